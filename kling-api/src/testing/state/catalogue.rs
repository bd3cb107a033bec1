//! What the platform API knows beside the jobs and the documents: further models, prices, and its settings.

use std::collections::BTreeMap;
use std::sync::{MutexGuard, PoisonError};

use serde_json::Value;

use crate::testing::state::Shared;

pub(crate) struct Catalogue {
    /// Entries of models that are listed, by id, in place of those that are served.
    pub(crate) added: BTreeMap<String, Value>,
    pub(crate) prices: BTreeMap<String, Price>,
    pub(crate) page_size: usize,
    pub(crate) stores_payloads: bool,
    /// The list by endpoint has what has not ended yet, too.
    pub(crate) lists_running: bool,
    /// What requests cost, in nano dollars.
    pub(crate) bills: BTreeMap<String, Vec<u64>>,
}

pub(crate) struct Price {
    pub(crate) amount: f64,
    pub(crate) unit: String,
}

impl Default for Catalogue {
    fn default() -> Self {
        Self {
            added: BTreeMap::new(),
            prices: BTreeMap::new(),
            page_size: 50,
            stores_payloads: true,
            lists_running: true,
            bills: BTreeMap::new(),
        }
    }
}

impl Shared {
    pub(crate) fn catalogue(&self) -> MutexGuard<'_, Catalogue> {
        let catalogue = self.catalogue.lock();
        catalogue.unwrap_or_else(PoisonError::into_inner)
    }
}
