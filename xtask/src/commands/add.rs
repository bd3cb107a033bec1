//! `cargo xtask add`: endpoints from fal's catalogue into the crate.

use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use kling_codegen::ir::EndpointId;

use crate::commands::regenerate::{Output, regenerate};
use crate::repository::{MANIFEST, Repository};
use crate::schemas::Schemas;
use crate::schemas::download::download;
use crate::schemas::http::Server;

/// Adds endpoints: writes them into the manifest, fetches their documents and generates the crate
///
/// All or nothing: where one of the documents cannot be had, nothing is written.
#[derive(clap::Args, Debug)]
pub(crate) struct Arguments {
    /// The endpoint ids, such as fal-ai/kling-video/v2/master/text-to-video
    #[arg(value_name = "ID", required = true)]
    ids: Vec<String>,
    #[command(flatten)]
    server: Server,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let repository = Repository::find()?;
    let mut schemas = Schemas::load(&repository)?;
    for id in &arguments.ids {
        EndpointId::new(id).context("Nothing was added.")?;
        if schemas.manifest.lists(id) {
            bail!(
                "{id} is in {MANIFEST} already. Run `cargo xtask fetch {id}` to update its document."
            );
        }
        schemas.manifest = schemas.manifest.with(id)?;
    }
    let downloads = download(&mut schemas, &arguments.ids, &arguments.server)?;
    downloads.print();
    if downloads.has_failures() {
        bail!("Nothing was added, since not every document could be downloads.");
    }
    regenerate(&repository, &mut schemas, Output::default())?;
    say!(
        "{MANIFEST} can say more about each: its title, its price, and names for its enum values."
    );
    Ok(ExitCode::SUCCESS)
}
