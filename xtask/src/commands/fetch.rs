//! `cargo xtask fetch`: downloads the documents into `schemas/`.

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::repository::file_changes::FileChanges;
use crate::repository::{MANIFEST, Repository};
use crate::schemas::Schemas;
use crate::schemas::download::download;
use crate::schemas::http::Server;

/// Downloads documents into `schemas/`, all of the manifest by default
///
/// A document is replaced only by one that is JSON, is OpenAPI, is for the endpoint that was asked for and can be
/// generated from. Where that fails, the old file stays, the reason is listed and the exit code is 1; the other
/// documents are updated all the same.
#[derive(clap::Args, Debug)]
pub(crate) struct Arguments {
    /// The endpoints to fetch, as they stand in the manifest
    #[arg(value_name = "ID")]
    ids: Vec<String>,
    #[command(flatten)]
    server: Server,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let repository = Repository::find()?;
    let mut schemas = Schemas::load(&repository)?;
    if let Some(id) = arguments.ids.iter().find(|id| !schemas.manifest.lists(id)) {
        bail!("{id} is not in {MANIFEST}. Add it with `cargo xtask add {id}`.");
    }
    let ids: Vec<String> = schemas
        .manifest
        .ids()
        .map(str::to_owned)
        .filter(|id| arguments.ids.is_empty() || arguments.ids.contains(id))
        .collect();
    let downloads = download(&mut schemas, &ids, &arguments.server)?;
    downloads.print();
    keep(&repository, &mut schemas)?;
    if !downloads.changed.is_empty() {
        say!("Now run `cargo xtask regen --offline`, which generates the code from them.");
    }
    Ok(downloads.exit_code())
}

/// Writes the documents that were taken over, whatever the state of the others; gives the number of files.
pub(crate) fn keep(repository: &Repository, schemas: &mut Schemas) -> Result<usize> {
    let mut changes = FileChanges::new(repository);
    for note in schemas.plan(repository, &[], &mut changes)? {
        complain!("warning: {note}");
    }
    changes.commit()?;
    Ok(changes.all().count())
}
