//! `cargo xtask discover`: fal's catalogue against the manifest.

use std::process::ExitCode;

use anyhow::Result;
use kling_codegen::ir::EndpointId;

use crate::commands::add::add;
use crate::repository::{MANIFEST, Repository};
use crate::schemas::Schemas;
use crate::schemas::catalogue;
use crate::schemas::catalogue::{Catalogue, Model};
use crate::schemas::http::Server;
use crate::schemas::manifest::{Manifest, inline};
use crate::schemas::price;
use crate::terminal::counted;

/// Lists what fal offers under the families that the manifest lacks, and what is gone
///
/// The families are those of the manifest. The catalogue is read through fal's platform API, which needs no key for it.
/// With an API key in FAL_KEY, prices that differ from the manifest's are listed too; they are those of the key's
/// account.
#[derive(clap::Args, Debug)]
pub(crate) struct Arguments {
    /// Adds everything that is missing and not deprecated, all or nothing
    #[arg(long)]
    add: bool,
    /// Looks for endpoints whose ids start with this, in place of the manifest's families
    #[arg(long, value_name = "PREFIX")]
    family: Vec<String>,
    #[command(flatten)]
    server: Server,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let repository = Repository::find()?;
    let mut schemas = Schemas::load(&repository)?;
    let families = if arguments.family.is_empty() {
        let families = schemas.manifest.settings().families();
        families.map(|(prefix, _)| prefix.to_owned()).collect()
    } else {
        arguments.family.clone()
    };
    let catalogue = catalogue::read(&arguments.server.connect()?, &arguments.server)?;
    let wanted = print_missing(&schemas.manifest, &catalogue, &families);
    print_listed(&schemas.manifest, &catalogue);
    print_prices(&schemas, &arguments.server)?;
    if wanted.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    if arguments.add {
        let server = &arguments.server;
        add(&repository, &mut schemas, &wanted, &catalogue, server)?;
    } else {
        say!(
            "To add what is missing and not deprecated, run `cargo xtask discover --add`, or choose:\n  cargo xtask add {}",
            wanted.join(" ")
        );
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints what the manifest lacks; gives the ids of what is not deprecated.
fn print_missing(manifest: &Manifest, catalogue: &Catalogue, families: &[String]) -> Vec<String> {
    // What is printed here is meant to be pasted into a shell, and the catalogue is not ours.
    let (missing, odd): (Vec<_>, Vec<_>) = catalogue
        .iter()
        .filter(|(id, _)| families.iter().any(|family| belongs(id, family)) && !manifest.lists(id))
        .partition(|(id, _)| EndpointId::new(id).is_ok());
    say!(
        "fal offers {}; {} of {} are not in {MANIFEST}.",
        counted(catalogue.len(), "endpoint"),
        missing.len(),
        families.join(", ")
    );
    for (id, model) in &missing {
        let name = model.name().unwrap_or_default();
        let mark = if model.is_deprecated() {
            " [deprecated]"
        } else {
            ""
        };
        say!("  {id}{mark}  {}", name.escape_debug());
    }
    for (id, _) in &odd {
        say!(
            "  left out: \"{}\", which cannot be an endpoint's id",
            id.escape_debug()
        );
    }
    let wanted = missing.iter().filter(|(_, model)| !model.is_deprecated());
    wanted.map(|(id, _)| (*id).clone()).collect()
}

/// Prints what the catalogue says differently about the endpoints of the manifest.
fn print_listed(manifest: &Manifest, catalogue: &Catalogue) {
    for (id, title) in manifest.titles() {
        let name = catalogue.get(id).and_then(Model::name);
        if let Some(name) = name.filter(|name| Some(*name) != title) {
            let ours = title.map_or_else(
                || format!("{MANIFEST} has no title for it"),
                |title| format!("{MANIFEST} \"{title}\""),
            );
            say!("fal calls {id} \"{}\", and {ours}.", name.escape_debug());
        }
    }
    for id in manifest.ids() {
        match catalogue.get(id) {
            Some(model) if model.is_deprecated() => {
                say!("fal has deprecated {id}, which is in {MANIFEST}.");
            }
            Some(_) => {}
            None => say!(
                "fal no longer lists {id}, which is in {MANIFEST}. To drop it: cargo xtask remove {id}"
            ),
        }
    }
}

/// Prints where the prices of today differ from those of the manifest, which stay as they are.
fn print_prices(schemas: &Schemas, server: &Server) -> Result<()> {
    let Some(key) = server.key() else {
        return Ok(());
    };
    let ids: Vec<String> = schemas.manifest.ids().map(str::to_owned).collect();
    let prices = catalogue::prices(&server.connect()?, server, &ids, &key)?;
    for endpoint in &schemas.manifest.settings().endpoints {
        let Some(unit) = prices.get(&endpoint.id) else {
            continue;
        };
        let today = price::of_endpoint(schemas, &endpoint.id, unit).0;
        if today != endpoint.price {
            let ours = endpoint.price.as_ref();
            say!(
                "fal bills {} at {} {} per {} today, and {MANIFEST} says {}.",
                endpoint.id,
                unit.amount,
                unit.currency.escape_debug(),
                unit.unit.escape_debug(),
                ours.map_or_else(|| "nothing".to_owned(), inline)
            );
        }
    }
    Ok(())
}

fn belongs(id: &str, family: &str) -> bool {
    id.strip_prefix(family.trim_end_matches('/'))
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::belongs;

    #[test]
    fn a_family_is_whole_segments() {
        assert!(belongs("fal-ai/kling-video/v1/tts", "fal-ai/kling-video"));
        assert!(belongs("fal-ai/kling-video", "fal-ai/kling-video/"));
        assert!(!belongs("fal-ai/kling-video-2/x", "fal-ai/kling-video"));
    }
}
