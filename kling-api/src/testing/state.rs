//! What all connections of one fake have in common.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use crate::testing::documents::Documents;
use crate::testing::fake::catalogue::Catalogue;
use crate::testing::fault::rules::FaultRules;
use crate::testing::jobs::Jobs;
use crate::testing::jobs::script::Script;
use crate::testing::recorder::{RecordedRequest, Recorder};
use crate::testing::routes::files::Files;
use crate::testing::routes::storage::Storage;
use crate::testing::routes::webhooks::Webhooks;

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
    pub(crate) webhooks: Webhooks,
    pub(crate) on_request: Option<Box<OnRequest>>,
    pub(crate) script_for: Mutex<Arc<ScriptFor>>,
}

impl Shared {
    /// The script of a job that is submitted now.
    pub(crate) fn script(&self, endpoint: &str, input: &Value) -> Script {
        let script_for = Arc::clone(
            &self
                .script_for
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        );
        script_for(endpoint, input)
    }

    pub(crate) fn set_script(&self, script_for: Arc<ScriptFor>) {
        *self
            .script_for
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = script_for;
    }
}
