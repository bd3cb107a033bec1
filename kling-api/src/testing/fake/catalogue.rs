//! What the fake's platform API knows beside the jobs, in the hands of a test.

use std::collections::BTreeMap;
use std::sync::{MutexGuard, PoisonError};

use serde_json::{Value, json};

use crate::testing::documents::Document;
use crate::testing::fake::FakeFal;
use crate::testing::state::Shared;

/// Models beside those that are served, prices, and how much is told.
pub(crate) struct Catalogue {
    added: BTreeMap<String, Value>,
    pub(crate) prices: BTreeMap<String, Price>,
    pub(crate) page_size: usize,
    pub(crate) stores_payloads: bool,
}

pub(crate) struct Price {
    pub(crate) amount: f64,
    pub(crate) unit: String,
    pub(crate) currency: String,
}

impl Default for Catalogue {
    fn default() -> Self {
        Self {
            added: BTreeMap::new(),
            prices: BTreeMap::new(),
            page_size: 50,
            stores_payloads: true,
        }
    }
}

impl Catalogue {
    /// All models by id: those that are served, unless a test has put another entry in the place.
    pub(crate) fn models(&self, shared: &Shared) -> Vec<Value> {
        let served = shared
            .documents
            .ids()
            .map(|id| (id.to_owned(), entry(shared, id)));
        let mut models: BTreeMap<String, Value> = served.collect();
        models.extend(self.added.clone());
        models.into_values().collect()
    }
}

/// The entry of an endpoint that is served.
fn entry(shared: &Shared, id: &str) -> Value {
    let document = shared.documents.get(id).map(Document::value);
    let title = document.and_then(|document| document.pointer("/info/title")?.as_str());
    let category =
        document.and_then(|document| document.pointer("/info/x-fal-metadata/category")?.as_str());
    json!({
        "endpoint_id": id,
        "metadata": {
            "display_name": title.unwrap_or(id),
            "category": category.unwrap_or("image-to-video"),
            "description": "A model of the fake.",
            "status": "active",
            "tags": [],
            "updated_at": "2026-01-01T00:00:00Z",
            "is_favorited": null,
            "thumbnail_url": format!("{}/files/thumbnail.webp", shared.base_url),
            "model_url": format!("{}/-/run/{id}", shared.base_url),
            "date": "2026-01-01T00:00:00Z",
            "highlighted": false,
            "pinned": false,
        },
        "openapi": document,
    })
}

impl Shared {
    pub(crate) fn catalogue(&self) -> MutexGuard<'_, Catalogue> {
        self.catalogue
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the platform API tells.
impl FakeFal {
    /// Sets the price of one unit of an endpoint, in US dollars. No endpoint has one by default, and the platform API
    /// leaves those without one out.
    pub fn set_price(&self, endpoint: impl Into<String>, unit_price: f64, unit: impl Into<String>) {
        let price = Price {
            amount: unit_price,
            unit: unit.into(),
            currency: "USD".to_owned(),
        };
        let endpoint = endpoint.into();
        self.shared.catalogue().prices.insert(endpoint, price);
    }

    /// Adds an entry to the platform's list of models, as fal would send it, or replaces the one of the same
    /// `endpoint_id`. It can be listed and not called. Where its document is asked for and it has no `openapi`, it gets
    /// fal's object for an expansion that failed.
    ///
    /// # Panics
    /// If the entry has no `endpoint_id`.
    #[track_caller]
    pub fn add_model(&self, entry: Value) {
        let Some(id) = entry["endpoint_id"].as_str() else {
            panic!("a model needs an endpoint_id, but this one has none: {entry}");
        };
        let id = id.to_owned();
        self.shared.catalogue().added.insert(id, entry);
    }

    /// How many entries a page of the platform API has at most, 50 by default. However many a client asks for, it gets
    /// no more.
    pub fn set_page_size(&self, entries: usize) {
        self.shared.catalogue().page_size = entries.max(1);
    }

    /// Whether inputs and outputs are stored, so that the list of past requests can tell them. They are by default,
    /// but for a submit with `X-Fal-Store-IO: 0`.
    pub fn store_payloads(&self, store: bool) {
        self.shared.catalogue().stores_payloads = store;
    }
}
