//! `cargo xtask check`: everything that CI asks of a commit.

use std::process::{Command, ExitCode};
use std::time::Instant;

use anyhow::{Context, Result};

use crate::repository::Repository;

/// Runs exactly what CI runs, and goes on to the end even where a step fails
#[derive(clap::Args, Debug)]
pub(crate) struct Arguments {
    /// Stops at the first step that fails
    #[arg(long)]
    fail_fast: bool,
}

/// A step: cargo's arguments, and what must stand in its environment.
struct Step {
    arguments: &'static str,
    environment: Option<(&'static str, &'static str)>,
    /// What to do where it fails.
    remedy: &'static str,
}

/// The one list of what CI runs; `.ci/run` calls this command.
const STEPS: [Step; 5] = [
    Step {
        arguments: "fmt --all --check",
        environment: None,
        remedy: "Run `cargo fmt --all`.",
    },
    Step {
        arguments: "xtask regen --offline --check",
        environment: None,
        remedy: "Run `cargo xtask regen --offline` and commit what it wrote.",
    },
    Step {
        arguments: "clippy --workspace --all-targets --all-features -- -D warnings",
        environment: None,
        remedy: "Correct what clippy names above.",
    },
    Step {
        arguments: "doc --workspace --all-features --no-deps",
        environment: Some(("RUSTDOCFLAGS", "-D warnings")),
        remedy: "Correct what rustdoc names above.",
    },
    Step {
        arguments: "test --workspace",
        environment: None,
        remedy: "Correct the test or what it tests.",
    },
];

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let repository = Repository::find()?;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut failed = Vec::new();
    for step in &STEPS {
        say!("==> cargo {}", step.arguments);
        let start = Instant::now();
        let status = Command::new(&cargo)
            .current_dir(repository.root())
            .args(step.arguments.split(' '))
            .envs(step.environment)
            .status()
            .context("cargo cannot be started. Is it on the PATH?")?;
        say!(
            "    {} after {:.1} s",
            if status.success() { "passed" } else { "FAILED" },
            start.elapsed().as_secs_f32()
        );
        if !status.success() {
            failed.push(step);
            if arguments.fail_fast {
                break;
            }
        }
    }
    if failed.is_empty() {
        say!("Every step passed.");
        return Ok(ExitCode::SUCCESS);
    }
    for step in failed {
        eprintln!("error: `cargo {}` failed. {}", step.arguments, step.remedy);
    }
    Ok(ExitCode::FAILURE)
}
