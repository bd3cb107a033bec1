//! Measures how long the generator takes over each hostile document, and how it ends.
//!
//! `cargo run -p kling-tests --release --example hostile_times`, with or without `--release`.

use std::time::Instant;

use kling_tests::hostile::{CASES, Hostile};

fn main() {
    for case in CASES {
        let documents = (case.make)();
        let bytes: usize = documents.iter().map(|document| document.text.len()).sum();
        let start = Instant::now();
        let outcome = Hostile::run(&documents);
        let seconds = start.elapsed().as_secs_f64();
        let outcome = match outcome {
            Ok(generated) => {
                let bytes: usize = generated.files.values().map(String::len).sum();
                format!("{} kB of code", bytes / 1000)
            }
            Err(error) => error.problem().chars().take(70).collect(),
        };
        println!(
            "{seconds:7.3} s  {:6} kB  {}: {outcome}",
            bytes / 1000,
            case.name
        );
    }
}
