//! The one text for a build script takes hardly more memory than the files: each module is formatted by itself.

#![cfg(target_os = "linux")]

use std::fs;

use kling_bench::maker;
use kling_codegen::{Settings, Target, generate};

/// It was more than twice as much while all modules were parsed together.
#[test]
fn one_text_takes_little_more_memory_than_files() {
    let documents = maker::documents(150);
    let peak = |target| {
        generate(&documents, &Settings::default(), target).unwrap();
        let status = fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find(|line| line.starts_with("VmHWM:"));
        let kilobytes = line.unwrap().split_whitespace().nth(1).unwrap();
        kilobytes.parse::<u64>().unwrap()
    };
    // The peak of a process never falls, so the larger one comes last.
    let files = peak(Target::Runtime);
    let text = peak(Target::Elsewhere);
    assert!(
        text * 2 <= files * 3,
        "one text takes {text} kB, and files take {files} kB"
    );
}
