//! The settings of a fake, before it starts.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;

use crate::testing::documents::Documents;
use crate::testing::fake::FakeFal;
use crate::testing::fake::runner::Runner;
use crate::testing::fault::rules::FaultRules;
use crate::testing::jobs::Jobs;
use crate::testing::jobs::script::Script;
use crate::testing::recorder::{RecordedRequest, Recorder};
use crate::testing::state::deliveries::Deliveries;
use crate::testing::state::files::{Files, ServedFile};
use crate::testing::state::storage::Storage;
use crate::testing::state::webhook_keys::WebhookKeys;
use crate::testing::state::{OnRequest, ScriptFor, Shared, Validation};

/// The settings of a [`FakeFal`], which it starts with.
#[must_use = "nothing runs before start()"]
pub struct FakeFalBuilder {
    documents: Vec<(String, Value)>,
    pub(crate) port: u16,
    key: String,
    require_key: bool,
    stall_timeout: Duration,
    validation: Validation,
    script_for: Arc<ScriptFor>,
    hold: bool,
    record: bool,
    files: Files,
    on_request: Option<Box<OnRequest>>,
}

/// The key is one for tests.
impl fmt::Debug for FakeFalBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FakeFalBuilder")
            .field("port", &self.port)
            .field("key", &self.key)
            .field("validation", &self.validation)
            .finish_non_exhaustive()
    }
}

impl Default for FakeFalBuilder {
    fn default() -> Self {
        Self {
            documents: Vec::new(),
            port: 0,
            key: "test-key-id:test-key-secret".to_owned(),
            require_key: true,
            stall_timeout: Duration::from_secs(30),
            validation: Validation::AtSubmit,
            script_for: Arc::new(|_, _| Script::new()),
            hold: false,
            record: true,
            files: Files::default(),
            on_request: None,
        }
    }
}

impl FakeFalBuilder {
    /// Serves this endpoint, by its OpenAPI document: as fal publishes it, or in the normal form of this project.
    /// With one or more documents given, the endpoints of the crate are not served.
    pub fn document(mut self, endpoint: impl Into<String>, document: Value) -> Self {
        self.documents.push((endpoint.into(), document));
        self
    }

    /// Listens on this port. By default, the system chooses a free one.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Accepts this key in place of the default one.
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = key.into();
        self
    }

    /// Whether requests without the right key are refused with 401, which is the default.
    pub fn require_key(mut self, require: bool) -> Self {
        self.require_key = require;
        self
    }

    /// How long the fake waits for a client that stops in the middle of a request or of reading a response, or that
    /// keeps a connection without using it, before it closes the connection: 30 seconds by default.
    pub fn stall_timeout(mut self, timeout: Duration) -> Self {
        self.stall_timeout = timeout;
        self
    }

    /// When an input that breaks a published bound is refused.
    pub fn validation(mut self, validation: Validation) -> Self {
        self.validation = validation;
        self
    }

    /// How every job runs.
    pub fn script(self, script: Script) -> Self {
        self.script_for(move |_, _| script.clone())
    }

    /// How a job runs, by its endpoint id and its input.
    pub fn script_for(
        mut self,
        script_for: impl Fn(&str, &Value) -> Script + Send + Sync + 'static,
    ) -> Self {
        self.script_for = Arc::new(script_for);
        self
    }

    /// Jobs do not move by themselves: [`FakeFal::job`] moves them, or [`FakeFal::release`] sets them free.
    pub fn hold(mut self) -> Self {
        self.hold = true;
        self
    }

    /// Whether requests are kept for [`FakeFal::requests`], which is the default. A fake that runs for days or under
    /// load should not keep them. It counts them all the same.
    pub fn record(mut self, record: bool) -> Self {
        self.record = record;
        self
    }

    /// Serves this file below `/files/`, where [`FakeFal::file_url`] finds it. It may be of any size, and is sent in
    /// ranges where a client asks for them.
    pub fn file(
        self,
        name: impl Into<String>,
        content_type: impl Into<String>,
        bytes: impl Into<Bytes>,
    ) -> Self {
        let (content_type, bytes) = (content_type.into(), bytes.into());
        let file = ServedFile {
            content_type,
            bytes,
        };
        self.files.put(name.into(), file);
        self
    }

    /// Calls this function for each request once its response is known, for example to print it.
    pub fn on_request(mut self, call: impl Fn(&RecordedRequest) + Send + Sync + 'static) -> Self {
        self.on_request = Some(Box::new(call));
        self
    }

    /// Starts the fake on the present tokio runtime.
    ///
    /// # Errors
    /// When the port is taken, or a document cannot be read.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    #[expect(
        clippy::unused_async,
        reason = "starting may come to wait for something, and belongs into a runtime"
    )]
    pub async fn start(self) -> Result<FakeFal, StartError> {
        Ok(FakeFal(Runner::on_this_runtime(self)?))
    }

    /// Starts the fake on a thread and a runtime of its own, for tests and programs without async.
    ///
    /// # Errors
    /// When the port is taken, a document cannot be read, or no thread can be started.
    pub fn start_blocking(self) -> Result<FakeFal, StartError> {
        Ok(FakeFal(Runner::on_own_thread(self)?))
    }

    /// Everything that the connections share, once the port is known.
    pub(crate) fn share(self, port: u16) -> Result<Arc<Shared>, StartError> {
        let documents = if self.documents.is_empty() {
            Documents::of_the_crate()
        } else {
            Documents::new(self.documents)
                .and_then(|documents| documents.check().map(|()| Arc::new(documents)))
        };
        Ok(Arc::new(Shared {
            base_url: format!("http://127.0.0.1:{port}"),
            key: self.key,
            require_key: self.require_key,
            stall_timeout: self.stall_timeout,
            validation: self.validation,
            documents: documents.map_err(StartError::Document)?,
            jobs: Jobs::new(self.hold),
            catalogue: Mutex::default(),
            files: self.files,
            storage: Storage::default(),
            faults: FaultRules::default(),
            recorder: Recorder::new(self.record),
            webhook_keys: WebhookKeys::new(),
            deliveries: Deliveries::default(),
            on_request: self.on_request,
            script_for: Mutex::new(self.script_for),
        }))
    }
}

/// Why a fake could not start.
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError {
    /// The port could not be listened on, or no thread could be started.
    Listen(std::io::Error),
    /// A document cannot be read; the text says which, where and why.
    Document(String),
}

impl fmt::Display for StartError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listen(_) => formatter.write_str(
                "FakeFal cannot listen on its port. Choose another, or 0 for a free one",
            ),
            Self::Document(problem) => {
                write!(formatter, "FakeFal cannot serve an endpoint. {problem}")
            }
        }
    }
}

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Listen(error) => Some(error),
            Self::Document(_) => None,
        }
    }
}
