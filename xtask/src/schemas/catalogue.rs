//! fal's catalogue, as the platform API lists it.
//!
//! The generated client of this API stands in kling-api. This program must run where kling-api does not compile, since
//! `regen` is what repairs it. So it reads the few fields that it needs by itself, and a test holds them against the
//! document that the client is generated from.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::schemas::http::{Http, Server};

/// The models by endpoint id.
pub(crate) type Catalogue = BTreeMap<String, Model>;

/// What fal says about an endpoint.
#[derive(Debug, Deserialize)]
pub(crate) struct Model {
    endpoint_id: String,
    metadata: Option<Metadata>,
}

#[derive(Debug, Deserialize)]
struct Metadata {
    display_name: Option<String>,
    status: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Page {
    models: Vec<Model>,
    next_cursor: Option<String>,
    has_more: Option<bool>,
}

impl Model {
    /// The name that people read.
    pub(crate) fn name(&self) -> Option<&str> {
        self.metadata.as_ref()?.display_name.as_deref()
    }

    /// Whether fal advises against it.
    pub(crate) fn is_deprecated(&self) -> bool {
        let metadata = self.metadata.as_ref();
        metadata.and_then(|metadata| metadata.status.as_deref()) == Some("deprecated")
    }
}

const PLATFORM: &str = "https://api.fal.ai";
const LARGE_PAGE: usize = 100;
/// fal has some thousand endpoints; a server that never ends is broken.
const MOST_PAGES: usize = 1000;

/// Reads the whole catalogue. A search by text would be shorter, but does not promise to find everything.
pub(crate) fn read(http: &Http, server: &Server) -> Result<Catalogue> {
    let in_large_pages = pages(http, server, &format!("?limit={LARGE_PAGE}"));
    // How large a page may be is not documented. The platform's own choice always works, but takes more requests.
    in_large_pages.or_else(|error| pages(http, server, "?").map_err(|_| error))
}

fn pages(http: &Http, server: &Server, query: &str) -> Result<Catalogue> {
    let mut models = Catalogue::new();
    let mut cursors = BTreeSet::new();
    let mut url = server.url(PLATFORM, &format!("/v1/models{query}"));
    for _ in 0..MOST_PAGES {
        let response = http
            .get_json(&url)
            .with_context(|| format!("The catalogue cannot be read from {url}."))?;
        let page: Page = serde_json::from_str(&response.text)
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

    use super::{PLATFORM, encoded};

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
    fn a_cursor_goes_through_a_query_unharmed() {
        assert_eq!(encoded("Mg==&a+b/é"), "Mg%3D%3D%26a%2Bb%2F%C3%A9");
    }
}
