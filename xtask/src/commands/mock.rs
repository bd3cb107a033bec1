//! `cargo xtask mock`: a server that speaks fal's queue protocol.

use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

use crate::repository::Repository;

/// Runs a fake of fal's queue for the manifest's endpoints until Ctrl-C
///
/// It answers on this machine alone and costs nothing. It prints its URLs, its key,
/// the environment that leads a program to it, and each request.
#[derive(clap::Args, Debug)]
pub(crate) struct Arguments {
    /// The port to listen on; by default one that is free
    #[arg(long, default_value_t = 0)]
    port: u16,
}

/// Runs the command.
///
/// The server is part of the generated crate. It is built on its own, so that `regen` can be built and run while the
/// crate does not compile.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let repository = Repository::find()?;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .current_dir(repository.root())
        .args([
            "run",
            "--quiet",
            "--package",
            "xtask",
            "--features",
            "mock",
            "--bin",
            "mock",
            "--",
        ])
        .arg(arguments.port.to_string());
    replace(&mut command)
}

/// Becomes the command, so that Ctrl-C and signals reach the server itself.
#[cfg(unix)]
fn replace(command: &mut Command) -> Result<ExitCode> {
    use std::os::unix::process::CommandExt;
    Err(command.exec()).context("cargo cannot be started. Is it on the PATH?")
}

#[cfg(not(unix))]
fn replace(command: &mut Command) -> Result<ExitCode> {
    let status = command
        .status()
        .context("cargo cannot be started. Is it on the PATH?")?;
    Ok(if status.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
