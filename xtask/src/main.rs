//! What a maintainer of kling-api runs: `cargo xtask <command>`.

#[macro_use]
mod terminal;

mod commands;
mod generate;
mod report;
mod repository;
mod schemas;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::commands::{
    add, check, conformance, diff, discover, fetch, mock, regen, release, remove,
};
use crate::terminal::sentences;

/// The maintainer's commands of kling-api.
#[derive(Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    disable_help_subcommand = true
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Fetch(fetch::Arguments),
    Regen(regen::Arguments),
    Diff(diff::Arguments),
    Add(add::Arguments),
    Remove(remove::Arguments),
    Discover(discover::Arguments),
    Conformance(conformance::Arguments),
    Mock(mock::Arguments),
    Check(check::Arguments),
    Release(release::Arguments),
}

fn main() -> ExitCode {
    let command = Arguments::parse().command;
    let failure = match command {
        Command::Diff(_) => ExitCode::from(diff::EXIT_ERROR),
        _ => ExitCode::FAILURE,
    };
    let result = match command {
        Command::Fetch(arguments) => fetch::run(&arguments),
        Command::Regen(arguments) => regen::run(&arguments),
        Command::Diff(arguments) => diff::run(&arguments),
        Command::Add(arguments) => add::run(&arguments),
        Command::Remove(arguments) => remove::run(&arguments),
        Command::Discover(arguments) => discover::run(&arguments),
        Command::Conformance(arguments) => conformance::run(&arguments),
        Command::Mock(arguments) => mock::run(&arguments),
        Command::Check(arguments) => check::run(&arguments),
        Command::Release(arguments) => release::run(&arguments),
    };
    result.unwrap_or_else(|error| {
        complain!("error: {}", sentences(&error));
        failure
    })
}
