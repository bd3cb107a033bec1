//! `cargo xtask check`: everything that CI asks of a commit.

use std::env;
use std::fmt;
use std::io::ErrorKind;
use std::path::Path;
use std::process::{Command, ExitCode, ExitStatus};
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

/// One thing that CI asks of a commit.
struct Step {
    program: Program,
    arguments: &'static str,
    environment: Option<(&'static str, &'static str)>,
    /// What to do where it fails.
    remedy: &'static str,
}

enum Program {
    Cargo,
    /// A program that not every machine has. CI has it; elsewhere its step is left out, with these words.
    Extra {
        name: &'static str,
        missing: &'static str,
    },
}

/// The one list of what CI runs; `.ci/run` calls this command.
const STEPS: [Step; 15] = [
    Step {
        program: Program::Cargo,
        arguments: "fmt --all --check",
        environment: None,
        remedy: "Run `cargo fmt --all`.",
    },
    Step {
        program: Program::Cargo,
        arguments: "xtask regen --offline --check",
        environment: None,
        remedy: "Run `cargo xtask regen --offline` and commit what it wrote.",
    },
    Step {
        program: Program::Extra {
            name: "zizmor",
            missing: "`pipx install zizmor` gives the linter of the workflows",
        },
        arguments: "--offline --no-progress --persona pedantic .github/workflows",
        environment: None,
        remedy: "Correct the workflow that zizmor names above.",
    },
    // Advisories need the network, and change without a commit: the workflow asks for them.
    Step {
        program: Program::Extra {
            name: "cargo-deny",
            missing: "`cargo install --locked cargo-deny` gives the check of the dependencies",
        },
        arguments: "--all-features --locked check licenses bans sources",
        environment: None,
        remedy: "Correct the dependency that cargo-deny names above, or say in deny.toml why it stays.",
    },
    Step {
        program: Program::Cargo,
        arguments: "clippy --workspace --all-targets --all-features -- -D warnings",
        environment: None,
        remedy: "Correct what clippy names above.",
    },
    // What callers get who ask for nothing else.
    Step {
        program: Program::Cargo,
        arguments: "clippy --package kling-api -- -D warnings",
        environment: None,
        remedy: "Correct what clippy names above; it depends on the features.",
    },
    // A program that receives webhooks and sends nothing.
    Step {
        program: Program::Cargo,
        arguments: "clippy --package kling-api --no-default-features --features webhook -- -D warnings",
        environment: None,
        remedy: "Correct what clippy names above; what sends something belongs behind the feature `client`.",
    },
    Step {
        program: Program::Cargo,
        arguments: "doc --workspace --all-features --no-deps",
        environment: Some(("RUSTDOCFLAGS", "-D warnings")),
        remedy: "Correct what rustdoc names above.",
    },
    Step {
        program: Program::Cargo,
        arguments: "test --workspace --all-features",
        environment: None,
        remedy: "Correct the test or what it tests.",
    },
    // The libraries for TLS alone, as a caller has them, and none. With all features it is rustls on AWS-LC.
    Step {
        program: Program::Cargo,
        arguments: "test --package kling-api --no-default-features --features rustls --test tls",
        environment: None,
        remedy: TLS_REMEDY,
    },
    Step {
        program: Program::Cargo,
        arguments: "test --package kling-api --no-default-features --features native-tls --test tls",
        environment: None,
        remedy: TLS_REMEDY,
    },
    Step {
        program: Program::Cargo,
        arguments: "test --package kling-api --no-default-features --features client --test tls",
        environment: None,
        remedy: TLS_REMEDY,
    },
    Step {
        program: Program::Cargo,
        arguments: "test --package xtask --test it the_suite_is_green -- --ignored",
        environment: None,
        remedy: "Give the test that fails in target/tmp/any-documents a document of its own: what fal publishes may change.",
    },
    Step {
        program: Program::Cargo,
        arguments: "test --workspace --all-features --test it packed:: -- --ignored",
        environment: None,
        remedy: "Correct the README, or what the packages lack.",
    },
    Step {
        program: Program::Cargo,
        arguments: "xtask conformance tests/fixtures/catalogue",
        environment: None,
        remedy: "Correct the generator for the document that is named above.",
    },
];

const TLS_REMEDY: &str =
    "Correct kling-api/src/http/tls.rs, or the features in kling-api/Cargo.toml that it names.";

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let repository = Repository::find()?;
    let mut failed = Vec::new();
    for step in &STEPS {
        say!("==> {step}");
        let start = Instant::now();
        let Some(status) = step.run(repository.root())? else {
            continue;
        };
        let seconds = start.elapsed().as_secs_f32();
        if status.success() {
            say!("    passed after {seconds:.1} s");
            continue;
        }
        say!("    FAILED after {seconds:.1} s");
        failed.push(step);
        if arguments.fail_fast {
            break;
        }
    }
    for step in &failed {
        complain!("error: `{step}` failed. {}", step.remedy);
    }
    if failed.is_empty() {
        say!("Every step passed.");
        return Ok(ExitCode::SUCCESS);
    }
    Ok(ExitCode::FAILURE)
}

impl Step {
    /// Runs the step; `None` where its program is missing and may be.
    fn run(&self, root: &Path) -> Result<Option<ExitStatus>> {
        let program = match self.program {
            Program::Cargo => env::var_os("CARGO").unwrap_or_else(|| "cargo".into()),
            Program::Extra { name, .. } => name.into(),
        };
        let status = Command::new(program)
            .current_dir(root)
            .args(self.arguments.split(' '))
            .envs(self.environment)
            .status();
        match (status, &self.program) {
            (Ok(status), _) => Ok(Some(status)),
            (Err(error), Program::Extra { missing, .. }) if error.kind() == ErrorKind::NotFound => {
                say!("    left out: {missing}");
                Ok(None)
            }
            (Err(error), _) => Err(error).with_context(|| format!("`{self}` cannot be started.")),
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let program = match self.program {
            Program::Cargo => "cargo",
            Program::Extra { name, .. } => name,
        };
        write!(formatter, "{program} {}", self.arguments)
    }
}
