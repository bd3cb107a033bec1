//! What the fake's platform API knows, in the hands of a test.

use serde_json::Value;

use crate::testing::fake::FakeFal;
use crate::testing::state::catalogue::Price;

/// The platform API.
impl FakeFal {
    /// Sets the price of one unit of an endpoint, in US dollars. No endpoint has one by default, and the platform API
    /// leaves those without one out.
    pub fn set_price(&self, endpoint: impl Into<String>, unit_price: f64, unit: impl Into<String>) {
        let price = Price {
            amount: unit_price,
            unit: unit.into(),
        };
        let endpoint = endpoint.into();
        self.shared().catalogue().prices.insert(endpoint, price);
    }

    /// Adds an entry to the platform's list of models, in fal's form, or replaces the one of the same `endpoint_id`. It
    /// can be listed and not called. Where its document is requested and it has no `openapi`, it gets fal's object for
    /// an expansion that failed.
    ///
    /// # Panics
    /// If the entry has no `endpoint_id`.
    #[track_caller]
    pub fn add_model(&self, entry: Value) {
        let Some(id) = entry["endpoint_id"].as_str() else {
            panic!("a model needs an endpoint_id, but this one has none: {entry}");
        };
        let id = id.to_owned();
        self.shared().catalogue().added.insert(id, entry);
    }

    /// How many entries a page of the platform API has at most, 50 by default. A client that asks for more gets this
    /// many.
    pub fn set_page_size(&self, entries: usize) {
        self.shared().catalogue().page_size = entries.max(1);
    }

    /// Whether the list by endpoint has what has not ended yet, too, which is the default. fal does not say whether
    /// its list does. The history always has it.
    pub fn list_running(&self, list: bool) {
        self.shared().catalogue().lists_running = list;
    }

    /// Bills a request: a billing event of so many nano dollars. One may have several.
    pub fn bill(&self, request_id: impl Into<String>, nano_dollars: u64) {
        let mut catalogue = self.shared().catalogue();
        let events = catalogue.bills.entry(request_id.into()).or_default();
        events.push(nano_dollars);
    }

    /// Whether inputs and outputs are stored, so that the list of past requests has them. By default they are, but for
    /// a submit with `X-Fal-Store-IO: 0`.
    pub fn store_payloads(&self, store: bool) {
        self.shared().catalogue().stores_payloads = store;
    }
}
