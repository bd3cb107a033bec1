//! `cargo xtask discover`: fal's catalogue against the manifest.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use kling_codegen::ir::EndpointId;
use serde::Deserialize;

use crate::commands::fetch::counted;
use crate::repository::{MANIFEST, Repository};
use crate::schemas::Schemas;
use crate::schemas::download::{Http, Server};

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
    let catalogue = catalogue(&arguments.server.connect()?, &arguments.server)?;
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

const PLATFORM: &str = "https://api.fal.ai";
const LARGE_PAGE: usize = 100;
/// fal has some thousand endpoints; a server that never ends is broken.
const MOST_PAGES: usize = 1000;

// The generated client of this API stands in kling-api. This program must run where kling-api does not compile, since
// `regen` is what repairs it; so it reads the few fields that it needs by itself, and a test holds them against the
// document that the client is generated from.

type Catalogue = BTreeMap<String, Model>;

#[derive(Debug, Deserialize)]
struct Page {
    models: Vec<Model>,
    next_cursor: Option<String>,
    has_more: Option<bool>,
}

#[derive(Debug, Deserialize)]
struct Model {
    endpoint_id: String,
    metadata: Option<Metadata>,
}

#[derive(Debug, Deserialize)]
struct Metadata {
    display_name: Option<String>,
    status: Option<String>,
}

impl Model {
    fn name(&self) -> Option<&str> {
        self.metadata.as_ref()?.display_name.as_deref()
    }

    fn is_deprecated(&self) -> bool {
        self.metadata
            .as_ref()
            .and_then(|metadata| metadata.status.as_deref())
            == Some("deprecated")
    }
}

/// The whole catalogue by endpoint id. A search by text would be shorter, but does not promise to find everything.
fn catalogue(http: &Http, server: &Server) -> Result<Catalogue> {
    let in_large_pages = pages(http, server, &format!("?limit={LARGE_PAGE}"));
    // How large a page may be is not documented. The platform's own choice always works, but takes more requests.
    in_large_pages.or_else(|error| pages(http, server, "?").map_err(|_| error))
}

fn pages(http: &Http, server: &Server, query: &str) -> Result<Catalogue> {
    let mut models = Catalogue::new();
    let mut cursors = BTreeSet::new();
    let mut url = server.url(PLATFORM, &format!("/v1/models{query}"));
    for _ in 0..MOST_PAGES {
        let answer = http
            .get_json(&url)
            .with_context(|| format!("The catalogue cannot be read from {url}."))?;
        let page: Page = serde_json::from_value(answer.value)
            .with_context(|| format!("{url} gave JSON, but no page of the catalogue."))?;
        for model in page.models {
            models.insert(model.endpoint_id.clone(), model);
        }
        let Some(cursor) = page.next_cursor.filter(|_| page.has_more != Some(false)) else {
            return Ok(models);
        };
        url = server.url(
            PLATFORM,
            &format!("/v1/models{query}&cursor={}", encoded(&cursor)),
        );
        if !cursors.insert(cursor) {
            bail!("The catalogue runs in a circle: {url} was read already. Try again later.");
        }
    }
    bail!("The catalogue has no end: {MOST_PAGES} pages were read. Try again later.")
}

fn belongs(id: &str, family: &str) -> bool {
    id.strip_prefix(family.trim_end_matches('/'))
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Text as a value in a query.
fn encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::{PLATFORM, belongs, encoded};

    #[test]
    fn what_is_read_here_is_what_the_platform_documents() {
        let document = include_str!("../../../schemas/platform.json");
        let document: Value = serde_json::from_str(document).unwrap();
        assert_eq!(document["servers"][0]["url"], format!("{PLATFORM}/v1"));
        assert_eq!(
            document["paths"]["/models"]["get"]["operationId"],
            "list_models"
        );
        for (record, fields) in [
            ("ModelPage", &["models", "next_cursor", "has_more"][..]),
            ("Model", &["endpoint_id", "metadata"]),
            ("ModelMetadata", &["display_name", "status"]),
        ] {
            for field in fields {
                let properties = &document["components"]["schemas"][record]["properties"];
                assert!(properties[field].is_object(), "{record} has no {field}");
            }
        }
    }

    #[test]
    fn a_family_is_whole_segments() {
        assert!(belongs("fal-ai/kling-video/v1/tts", "fal-ai/kling-video"));
        assert!(belongs("fal-ai/kling-video", "fal-ai/kling-video/"));
        assert!(!belongs("fal-ai/kling-video-2/x", "fal-ai/kling-video"));
    }

    #[test]
    fn a_cursor_goes_through_a_query_unharmed() {
        assert_eq!(encoded("Mg==&a+b/é"), "Mg%3D%3D%26a%2Bb%2F%C3%A9");
    }
}
