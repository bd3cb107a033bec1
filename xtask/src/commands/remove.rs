//! `cargo xtask remove`: endpoints out of the crate.

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::commands::regenerate::{Output, regenerate};
use crate::repository::{MANIFEST, Repository};
use crate::schemas::Schemas;

/// Removes endpoints: from the manifest, with their documents, and from the crate
#[derive(clap::Args, Debug)]
pub(crate) struct Arguments {
    /// The endpoint ids, as they stand in the manifest
    #[arg(value_name = "ID", required = true)]
    ids: Vec<String>,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let repository = Repository::find()?;
    let mut schemas = Schemas::load(&repository)?;
    for id in &arguments.ids {
        if !schemas.manifest.lists(id) {
            bail!(
                "{id} is not in {MANIFEST}, so nothing was removed. Its entries are: {}.",
                schemas.manifest.ids().collect::<Vec<_>>().join(", ")
            );
        }
        schemas.remove(id)?;
    }
    regenerate(&repository, &mut schemas, Output::default())?;
    Ok(ExitCode::SUCCESS)
}
