//! Crates that are written, and built by cargo, for measuring.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use nix::sys::resource::UsageWho;

use crate::child::processor_time_of;

/// What a build took.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cost {
    pub(crate) seconds: f64,
    pub(crate) processor_seconds: f64,
}

/// The root of this repository.
pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .expect("the sources are here")
}

/// The folder beside the builds of this program, for what may be kept for the next run.
pub(crate) fn kept() -> PathBuf {
    let program = std::env::current_exe().expect("this program has a path");
    program
        .ancestors()
        .nth(2)
        .expect("it stands in a folder of a target folder")
        .join("kling-bench")
}

/// Writes a file and the folders above it.
pub(crate) fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().expect("a file is in a folder"))
        .expect("the folder can be made");
    fs::write(path, text).expect("the file can be written");
}

/// A new workspace with the versions of this repository's lock file.
pub(crate) fn workspace(folder: &Path, members: &str) {
    write(
        &folder.join("Cargo.toml"),
        &format!("[workspace]\nresolver = \"3\"\nmembers = [{members}]\n"),
    );
    fs::copy(repository().join("Cargo.lock"), folder.join("Cargo.lock"))
        .expect("the lock file is there");
}

/// cargo in a folder, silent where all goes well, with a target folder of its own.
pub(crate) fn cargo(folder: &Path, target: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command
        .current_dir(folder)
        .args(arguments)
        .env("CARGO_TARGET_DIR", target)
        .env("CARGO_INCREMENTAL", "0");
    command.env_remove("RUSTFLAGS").stdin(Stdio::null());
    command
}

/// Runs a command to its end, which must be a good one.
pub(crate) fn run(command: &mut Command) -> (Cost, String) {
    let (start, before) = (Instant::now(), processor_time_of(UsageWho::RUSAGE_CHILDREN));
    let output = command.output().expect("the command starts");
    let cost = Cost {
        seconds: start.elapsed().as_secs_f64(),
        processor_seconds: processor_time_of(UsageWho::RUSAGE_CHILDREN) - before,
    };
    assert!(
        output.status.success(),
        "{command:?} failed:\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    (cost, String::from_utf8_lossy(&output.stdout).into_owned())
}
