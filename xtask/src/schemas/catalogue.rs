//! fal's catalogue, as the platform API lists it.
//!
//! The generated client of this API stands in kling-api. This program must run where kling-api does not compile, since
//! `regen` is what repairs it. So it reads the few fields that it needs by itself, and a test holds them against the
//! document that the client is generated from.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Number;

use crate::schemas::http::{Http, Server};

/// The models by endpoint id.
pub(crate) type Catalogue = BTreeMap<String, Model>;

/// Unit prices by endpoint id.
pub(crate) type Prices = BTreeMap<String, UnitPrice>;

/// What fal says about an endpoint.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Model {
    endpoint_id: String,
    metadata: Option<Metadata>,
}

#[derive(Clone, Debug, Deserialize)]
struct Metadata {
    display_name: Option<String>,
    description: Option<String>,
    status: Option<String>,
}

/// What one unit of an endpoint's work costs.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct UnitPrice {
    endpoint_id: String,
    /// As it was sent, digit for digit.
    #[serde(rename = "unit_price")]
    pub(crate) amount: Number,
    /// What is counted, in free text.
    pub(crate) unit: String,
    pub(crate) currency: String,
}

#[derive(Debug, Deserialize)]
struct Page<T> {
    #[serde(alias = "models", alias = "prices")]
    items: Vec<T>,
    next_cursor: Option<String>,
    has_more: Option<bool>,
}

impl Model {
    /// The name that people read.
    pub(crate) fn name(&self) -> Option<&str> {
        words(self.metadata.as_ref()?.display_name.as_ref())
    }

    /// What the model does.
    pub(crate) fn description(&self) -> Option<&str> {
        words(self.metadata.as_ref()?.description.as_ref())
    }

    /// Whether fal advises against it.
    pub(crate) fn is_deprecated(&self) -> bool {
        let metadata = self.metadata.as_ref();
        metadata.and_then(|metadata| metadata.status.as_deref()) == Some("deprecated")
    }
}

fn words(text: Option<&String>) -> Option<&str> {
    text.map(|text| text.trim()).filter(|text| !text.is_empty())
}

const PLATFORM: &str = "https://api.fal.ai";
const LARGE_PAGE: usize = 100;
/// The platform takes at most as many ids in one request.
const MOST_IDS: usize = 50;
/// fal has some thousand endpoints; a server that never ends is broken.
const MOST_PAGES: usize = 1000;

/// Reads the whole catalogue. A search by text would be shorter, but does not promise to find everything.
pub(crate) fn read(http: &Http, server: &Server) -> Result<Catalogue> {
    let in_large_pages = pages(
        http,
        server,
        &format!("/v1/models?limit={LARGE_PAGE}"),
        None,
    );
    // How large a page may be is not documented. The platform's own choice always works, but takes more requests.
    let models = in_large_pages
        .or_else(|error| pages(http, server, "/v1/models?", None).map_err(|_| error))?;
    Ok(by_id(models))
}

/// Reads what the catalogue says about some endpoints.
pub(crate) fn read_some(http: &Http, server: &Server, ids: &[String]) -> Result<Catalogue> {
    let models = some(http, server, "/v1/models", ids, None)?;
    Ok(by_id(models))
}

/// Reads the unit prices of some endpoints.
pub(crate) fn prices(http: &Http, server: &Server, ids: &[String], key: &str) -> Result<Prices> {
    let prices: Vec<UnitPrice> = some(http, server, "/v1/models/pricing", ids, Some(key))?;
    let by_id = prices
        .into_iter()
        .map(|price| (price.endpoint_id.clone(), price));
    Ok(by_id.collect())
}

fn by_id(models: Vec<Model>) -> Catalogue {
    models
        .into_iter()
        .map(|model| (model.endpoint_id.clone(), model))
        .collect()
}

fn some<T: DeserializeOwned>(
    http: &Http,
    server: &Server,
    path: &str,
    ids: &[String],
    key: Option<&str>,
) -> Result<Vec<T>> {
    let mut found = Vec::new();
    for ids in ids.chunks(MOST_IDS) {
        let query: Vec<String> = ids
            .iter()
            .map(|id| format!("endpoint_id={}", encoded(id)))
            .collect();
        found.extend(pages(
            http,
            server,
            &format!("{path}?{}", query.join("&")),
            key,
        )?);
    }
    Ok(found)
}

/// Reads page after page, up to the last.
fn pages<T: DeserializeOwned>(
    http: &Http,
    server: &Server,
    path: &str,
    key: Option<&str>,
) -> Result<Vec<T>> {
    let mut items = Vec::new();
    let mut cursors = BTreeSet::new();
    let mut url = server.url(PLATFORM, path);
    for _ in 0..MOST_PAGES {
        let response = match key {
            Some(key) => http.get_json_with(&url, key),
            None => http.get_json(&url),
        };
        let response =
            response.with_context(|| format!("fal's catalogue cannot be read from {url}."))?;
        let page: Page<T> = serde_json::from_str(&response.text)
            .with_context(|| format!("{url} gave JSON, but no page of the catalogue."))?;
        items.extend(page.items);
        let Some(cursor) = page.next_cursor.filter(|_| page.has_more != Some(false)) else {
            return Ok(items);
        };
        url = server.url(PLATFORM, &format!("{path}&cursor={}", encoded(&cursor)));
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
            ("ModelMetadata", &["display_name", "description", "status"]),
            ("PricePage", &["prices", "next_cursor", "has_more"]),
            (
                "UnitPrice",
                &["endpoint_id", "unit_price", "unit", "currency"],
            ),
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
