//! Everything that the connections of one fake share. Knows no route.

pub(crate) mod catalogue;
pub(crate) mod deliveries;
pub(crate) mod files;
pub(crate) mod storage;
pub(crate) mod webhook_keys;

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use crate::testing::documents::Documents;
use crate::testing::fault::rules::FaultRules;
use crate::testing::jobs::Jobs;
use crate::testing::jobs::script::Script;
use crate::testing::recorder::{KeySent, RecordedRequest, Recorder};
use crate::testing::state::catalogue::Catalogue;
use crate::testing::state::deliveries::Deliveries;
use crate::testing::state::files::Files;
use crate::testing::state::storage::Storage;
use crate::testing::state::webhook_keys::WebhookKeys;

/// When an input that breaks a published bound is refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Validation {
    /// The response to the submit is the 422, and no job is bought.
    #[default]
    AtSubmit,
    /// The submit is accepted, and the job ends with the 422 as its result, as when the model itself checks its input.
    InJob,
    /// Never: any JSON is accepted.
    Off,
}

pub(crate) type ScriptFor = dyn Fn(&str, &Value) -> Script + Send + Sync;
pub(crate) type OnRequest = dyn Fn(&RecordedRequest) + Send + Sync;

pub(crate) struct Shared {
    pub(crate) base_url: String,
    pub(crate) key: String,
    pub(crate) require_key: bool,
    pub(crate) validation: Validation,
    pub(crate) documents: Arc<Documents>,
    pub(crate) jobs: Jobs,
    pub(crate) catalogue: Mutex<Catalogue>,
    pub(crate) files: Files,
    pub(crate) storage: Storage,
    pub(crate) faults: FaultRules,
    pub(crate) recorder: Recorder,
    pub(crate) webhook_keys: WebhookKeys,
    pub(crate) deliveries: Deliveries,
    pub(crate) on_request: Option<Box<OnRequest>>,
    pub(crate) script_for: Mutex<Arc<ScriptFor>>,
}

impl Shared {
    /// Whether a request that needs the key may pass.
    pub(crate) fn accepts(&self, key: KeySent) -> bool {
        !self.require_key || key == KeySent::Right
    }

    /// The script of a job that is submitted now.
    pub(crate) fn script(&self, endpoint: &str, input: &Value) -> Script {
        let script_for = self.script_for.lock();
        let script_for = Arc::clone(&script_for.unwrap_or_else(PoisonError::into_inner));
        script_for(endpoint, input)
    }

    pub(crate) fn set_script(&self, script_for: Arc<ScriptFor>) {
        let current = self.script_for.lock();
        *current.unwrap_or_else(PoisonError::into_inner) = script_for;
    }
}
