//! What all connections of one fake have in common.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use super::catalogue::Catalogue;
use super::documents::Documents;
use super::fault_rules::FaultRules;
use super::files::Files;
use super::jobs::Jobs;
use super::record::{RecordedRequest, Recorder};
use super::script::Script;
use super::storage::Storage;
use super::webhooks::Webhooks;

/// When an input that breaks a published bound is refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Validation {
    /// The submit itself is answered with 422, and no job is bought.
    #[default]
    AtSubmit,
    /// The submit is accepted, and the job ends with the 422 as its result, as when the model itself looks first.
    InJob,
    /// Never: any JSON is taken.
    Off,
}

pub(super) type ScriptFor = dyn Fn(&str, &Value) -> Script + Send + Sync;
pub(super) type OnRequest = dyn Fn(&RecordedRequest) + Send + Sync;

pub(super) struct Shared {
    pub(super) base_url: String,
    pub(super) key: String,
    pub(super) require_key: bool,
    pub(super) validation: Validation,
    pub(super) documents: Arc<Documents>,
    pub(super) jobs: Jobs,
    pub(super) catalogue: Mutex<Catalogue>,
    pub(super) files: Files,
    pub(super) storage: Storage,
    pub(super) faults: FaultRules,
    pub(super) recorder: Recorder,
    pub(super) webhooks: Webhooks,
    pub(super) on_request: Option<Box<OnRequest>>,
    pub(super) script_for: Mutex<Arc<ScriptFor>>,
}

impl Shared {
    /// The script of a job that is submitted now.
    pub(super) fn script(&self, endpoint: &str, input: &Value) -> Script {
        let script_for = Arc::clone(
            &self
                .script_for
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        );
        script_for(endpoint, input)
    }

    pub(super) fn set_script(&self, script_for: Arc<ScriptFor>) {
        *self
            .script_for
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = script_for;
    }
}
