//! `cargo xtask add`: endpoints from fal's catalogue into the crate.

use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use kling_codegen::ir::EndpointId;
use kling_codegen::settings::EndpointSettings;

use crate::commands::regenerate::{Output, regenerate};
use crate::repository::{MANIFEST, Repository};
use crate::schemas::Schemas;
use crate::schemas::catalogue;
use crate::schemas::catalogue::Catalogue;
use crate::schemas::download::download;
use crate::schemas::http::Server;
use crate::schemas::price;

/// Adds endpoints: writes them into the manifest, fetches their documents and generates the crate
///
/// Titles and descriptions come from fal's catalogue. With an API key in FAL_KEY, so do the prices; they are those of
/// the key's account. All or nothing: if one of the documents cannot be fetched, nothing is written.
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
    }
    let http = arguments.server.connect()?;
    let catalogue = catalogue::read_some(&http, &arguments.server, &arguments.ids);
    let catalogue = catalogue.unwrap_or_else(|error| {
        eprintln!("warning: {MANIFEST} gets no titles. {error:#}");
        Catalogue::new()
    });
    add(
        &repository,
        &mut schemas,
        &arguments.ids,
        &catalogue,
        &arguments.server,
    )?;
    Ok(ExitCode::SUCCESS)
}

/// Adds endpoints, all or none.
pub(crate) fn add(
    repository: &Repository,
    schemas: &mut Schemas,
    ids: &[String],
    catalogue: &Catalogue,
    server: &Server,
) -> Result<()> {
    let downloads = download(schemas, ids, server)?;
    if downloads.has_failures() {
        downloads.print_failures();
        bail!("Nothing was added, since not every document could be fetched.");
    }
    let prices = prices(ids, server);
    for id in ids {
        let model = catalogue.get(id);
        let described = schemas.describes(id);
        let (price, note) = match prices.get(id) {
            Some(unit) => price::of_endpoint(schemas, id, unit),
            None => (None, None),
        };
        if let Some(note) = note {
            say!("  note: {id} gets no price: {note}");
        }
        schemas.manifest = schemas.manifest.with(EndpointSettings {
            id: id.clone(),
            title: model.and_then(|model| Some(model.name()?.to_owned())),
            // The document's own words follow fal's changes; the catalogue's are for a document without any.
            description: model
                .filter(|_| !described)
                .and_then(|model| Some(model.description()?.to_owned())),
            price,
            ..EndpointSettings::default()
        })?;
    }
    regenerate(repository, schemas, Output::default())
}

/// The prices that the key of the environment can read; none without a key.
fn prices(ids: &[String], server: &Server) -> catalogue::Prices {
    let Some(key) = server.key() else {
        say!("  note: no prices are written, since no API key stands in FAL_KEY.");
        return catalogue::Prices::new();
    };
    let read = server
        .connect()
        .and_then(|http| catalogue::prices(&http, server, ids, &key));
    read.unwrap_or_else(|error| {
        eprintln!("warning: {MANIFEST} gets no prices. {error:#}");
        catalogue::Prices::new()
    })
}
