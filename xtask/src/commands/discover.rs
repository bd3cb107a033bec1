//! `cargo xtask discover`: fal's catalogue against the manifest.

use std::process::ExitCode;

use anyhow::Result;
use kling_codegen::ir::EndpointId;

use crate::repository::{MANIFEST, Repository};
use crate::schemas::Schemas;
use crate::schemas::catalogue;
use crate::schemas::catalogue::Model;
use crate::schemas::http::Server;
use crate::terminal::counted;

/// Lists what fal offers under the family that the manifest lacks, and what is gone
///
/// The family is the manifest's prefix. The catalogue is read through fal's platform API, which needs no key for it.
#[derive(clap::Args, Debug)]
pub(crate) struct Arguments {
    /// Looks for endpoints whose ids start with this, in place of the manifest's prefix
    #[arg(long, value_name = "PREFIX")]
    family: Vec<String>,
    #[command(flatten)]
    server: Server,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let repository = Repository::find()?;
    let manifest = Schemas::load(&repository)?.manifest;
    let families = if arguments.family.is_empty() {
        vec![manifest.settings().prefix.clone()]
    } else {
        arguments.family.clone()
    };
    let catalogue = catalogue::read(&arguments.server.connect()?, &arguments.server)?;
    // What is printed here is meant to be pasted into a shell, and the catalogue is not ours.
    let (missing, odd): (Vec<_>, Vec<_>) = catalogue
        .iter()
        .filter(|(id, _)| families.iter().any(|family| belongs(id, family)) && !manifest.lists(id))
        .partition(|(id, _)| EndpointId::new(id).is_ok());
    let gone: Vec<&str> = manifest
        .ids()
        .filter(|id| !catalogue.contains_key(*id))
        .collect();
    let deprecated: Vec<&str> = manifest
        .ids()
        .filter(|id| catalogue.get(*id).is_some_and(Model::is_deprecated))
        .collect();

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
    for id in &deprecated {
        say!("fal has deprecated {id}, which is in {MANIFEST}.");
    }
    for id in &gone {
        say!(
            "fal no longer lists {id}, which is in {MANIFEST}. To drop it: cargo xtask remove {id}"
        );
    }
    let wanted: Vec<&str> = missing
        .iter()
        .filter(|(_, model)| !model.is_deprecated())
        .map(|(id, _)| id.as_str())
        .collect();
    if !wanted.is_empty() {
        say!(
            "To add what is missing and not deprecated:\n  cargo xtask add {}",
            wanted.join(" ")
        );
    }
    Ok(ExitCode::SUCCESS)
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
