//! `cargo xtask conformance`: whether a whole folder of documents becomes code that compiles and takes its own values.

mod compiler;
mod complaint;
mod documents;
mod outcome;
mod program;
mod round_trip;
mod sample;
mod template;
mod values;

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use kling_codegen::{Target, generate};

use crate::commands::conformance::documents::Found;
use crate::commands::conformance::outcome::{Outcome, peak_memory};
use crate::commands::conformance::program::Program;
use crate::commands::conformance::round_trip::round_trip;
use crate::report::notes;
use crate::report::notes::Deny;
use crate::repository::Repository;

/// Generates, compiles and tries the types of every document below a folder
///
/// The documents become a crate, which is compiled with warnings as errors; more than 250 become several. Then every
/// example and every default in the documents goes through the generated types: a value of an input must come back as it
/// was, a value of an output must be read. A document that fails does not hide the others.
///
/// The last line is `N documents: A generated, B compiled, C round-tripped`. The exit code is 1 unless all are equal.
#[derive(clap::Args, Debug)]
pub(crate) struct Arguments {
    /// The folder of documents; a manifest.toml in it names them as in schemas/
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// How many documents become one crate; the compiler takes some 4 MB of memory for each
    #[arg(long, value_name = "N", default_value = "250")]
    at_once: NonZeroUsize,
    /// Prints one JSON object in place of the text
    #[arg(long)]
    json: bool,
    /// Ends with an error where the generator guessed, dropped or warns of anything
    #[arg(long, value_enum, value_name = "WHAT")]
    deny: Option<Deny>,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let repository = Repository::find()?;
    let found = documents::below(&arguments.folder)?;
    let outcome = conform(&repository, found, arguments.at_once)?;
    if arguments.json {
        say!("{}", outcome.to_json());
    } else {
        say!("{}", outcome.to_text());
    }
    notes::check(&outcome.notes, arguments.deny)?;
    Ok(if outcome.is_complete() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn conform(repository: &Repository, found: Found, at_once: NonZeroUsize) -> Result<Outcome> {
    let mut outcome = Outcome::of(found.documents.len() + found.unreadable.len());
    for (file, problem) in found.unreadable {
        outcome.fail(&file, "generate", problem);
    }
    let mut documents = found.documents;
    // The generator stops at the first document that it refuses; the others are generated without it.
    documents.retain(|(file, document)| {
        let alone = std::slice::from_ref(document);
        match generate(alone, &found.settings, Target::Elsewhere) {
            Ok(_) => true,
            Err(error) => {
                outcome.fail(file, "generate", error.to_string());
                false
            }
        }
    });
    let program = Program::new(repository, found.settings)?;
    let documents = program.without_collisions(documents, &mut outcome);
    outcome.generated = documents.len();
    outcome.notes = program.notes(&documents)?;
    for set in compiler::compile(&program, &documents, at_once.get(), &mut outcome)? {
        outcome.compiled += set.documents.len();
        round_trip(&set, &mut outcome)?;
    }
    program.clean();
    outcome.memory = peak_memory();
    Ok(outcome)
}
