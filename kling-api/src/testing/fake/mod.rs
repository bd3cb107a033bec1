//! The running fake, in the hands of a test.

pub(crate) mod builder;
mod catalogue;
pub(crate) mod job_control;
mod runner;
mod webhook_control;

use std::fmt;
use std::io;
use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value;

use crate::client::Client;
use crate::client::builder::ClientBuilder;
use crate::testing::fake::builder::{FakeFalBuilder, StartError};
use crate::testing::fake::job_control::JobControl;
use crate::testing::fake::runner::Runner;
use crate::testing::fault::Fault;
use crate::testing::fault::rules::FaultRule;
use crate::testing::jobs::JobRecord;
use crate::testing::jobs::script::Script;
use crate::testing::operation::Operation;
use crate::testing::recorder::RecordedRequest;
use crate::testing::server::listener::Command;
use crate::testing::state::Shared;
use crate::testing::state::files::ServedFile;
use crate::testing::state::storage::UploadRecord;

/// A server on loopback that speaks fal's protocols. Dropping it stops it.
///
/// [`client`](Self::client) makes a client for it. [`Script`] says how jobs run, [`fault`](Self::fault) what goes
/// wrong, and [`jobs`](Self::jobs) and [`requests`](Self::requests) what arrived.
pub struct FakeFal(Runner);

impl FakeFal {
    /// The settings of a client that knows this fake alone, with its key.
    ///
    /// ```
    /// use kling_api::testing::FakeFal;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let fake = FakeFal::start().await?;
    /// let client = fake.client().build()?;
    /// let input = kling_api::v2_1::master::image_to_video::Input::example();
    /// println!("{}", client.call(input).await?.video.url);
    /// # Ok(()) }
    /// ```
    pub fn client(&self) -> ClientBuilder {
        Client::builder()
            .key(self.key())
            .queue_url(self.url())
            .run_url(self.run_url())
            .rest_url(self.rest_url())
            .platform_url(self.platform_url())
    }

    /// Starts a fake for every endpoint of the crate, on a free port of loopback, on the present tokio runtime.
    ///
    /// # Errors
    /// When no port can be listened on.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub async fn start() -> Result<Self, StartError> {
        Self::builder().start().await
    }

    /// Starts a fake on a thread and a runtime of its own, for tests and programs without async.
    ///
    /// # Errors
    /// When no port can be listened on, or no thread can be started.
    pub fn start_blocking() -> Result<Self, StartError> {
        Self::builder().start_blocking()
    }

    /// The settings of a fake, before it starts.
    pub fn builder() -> FakeFalBuilder {
        FakeFalBuilder::default()
    }

    fn shared(&self) -> &Arc<Shared> {
        self.0.shared()
    }

    /// The base URL of synchronous calls.
    #[must_use]
    pub fn run_url(&self) -> String {
        format!("{}/-/run", self.url())
    }

    /// The base URL of uploads and of the keys of webhooks.
    #[must_use]
    pub fn rest_url(&self) -> String {
        format!("{}/-/rest", self.url())
    }

    /// The base URL of fal's CDN, to which fal's Python client uploads.
    #[must_use]
    pub fn cdn_url(&self) -> String {
        format!("{}/-/cdn", self.url())
    }

    /// The base URL of the platform API.
    #[must_use]
    pub fn platform_url(&self) -> String {
        format!("{}/-/platform/v1", self.url())
    }

    /// The base URL of the queue, such as `http://127.0.0.1:40123`, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.shared().base_url
    }

    /// The one key that the fake accepts. It opens nothing else.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.shared().key
    }

    /// The variables by which a program that is not changed talks to this fake: `FAL_KEY`, and the base URLs that
    /// [`ClientBuilder::queue_url`] names.
    ///
    /// ```
    /// use kling_api::testing::FakeFal;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let fake = FakeFal::start().await?;
    /// let mut program = std::process::Command::new("my-program");
    /// program.envs(fake.environment());
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn environment(&self) -> [(&'static str, String); 5] {
        [
            ("FAL_KEY", self.key().to_owned()),
            ("KLING_API_QUEUE_URL", self.url().to_owned()),
            ("KLING_API_RUN_URL", self.run_url()),
            ("KLING_API_REST_URL", self.rest_url()),
            ("KLING_API_PLATFORM_URL", self.platform_url()),
        ]
    }

    /// The ids of the endpoints that are served.
    pub fn endpoints(&self) -> impl Iterator<Item = &str> {
        self.shared().documents.ids()
    }

    /// How the jobs run that are submitted from now on.
    pub fn set_script(&self, script: Script) {
        self.shared()
            .set_script(Arc::new(move |_: &str, _: &Value| script.clone()));
    }

    /// Keeps all jobs, present and future, from moving by themselves. [`FakeFal::job`] moves them.
    pub fn hold(&self) {
        self.shared().jobs.hold();
    }

    /// Lets all jobs move on as their scripts say.
    pub fn release(&self) {
        self.shared().jobs.release();
    }

    /// One job, to move by hand.
    ///
    /// # Panics
    /// If no job of this id was bought here.
    #[must_use]
    #[track_caller]
    pub fn job(&self, request_id: &str) -> JobControl<'_> {
        match self.shared().jobs.get(request_id) {
            Some(job) => JobControl {
                jobs: &self.shared().jobs,
                job,
            },
            None => panic!("no job {request_id} was bought from this FakeFal"),
        }
    }

    /// Sets a fault for requests for this operation: for all of them, unless the rule that is returned is told
    /// otherwise.
    ///
    /// ```no_run
    /// # use kling_api::testing::{FakeFal, Fault, Operation};
    /// # async fn example() -> Result<(), kling_api::testing::StartError> {
    /// let fake = FakeFal::start().await?;
    /// fake.fault(Operation::Submit, Fault::ResetAfter).times(1);
    /// fake.fault(Operation::Status, Fault::status(503).header("retry-after", "2")).nth(3);
    /// # Ok(()) }
    /// ```
    ///
    /// # Panics
    /// If the fault has no meaning for the operation, such as a dropped stream for a submit.
    #[track_caller]
    #[expect(
        clippy::must_use_candidate,
        reason = "the rule is in force whether or not it is told more"
    )]
    pub fn fault(&self, operation: Operation, fault: Fault) -> FaultRule<'_> {
        self.shared().faults.add(operation, fault)
    }

    /// Removes all faults.
    pub fn clear_faults(&self) {
        self.shared().faults.clear();
    }

    /// All requests so far, in the order in which they arrived.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.shared().recorder.requests()
    }

    /// How many requests for this operation have arrived.
    #[must_use]
    pub fn count(&self, operation: Operation) -> usize {
        self.shared().recorder.count(operation)
    }

    /// Waits until so many requests for this operation have arrived since the start.
    pub async fn wait_for(&self, operation: Operation, count: usize) {
        self.shared().recorder.wait_for(operation, count).await;
    }

    /// How many jobs were bought: submits that took effect, whether their response arrived or not.
    #[must_use]
    pub fn submits(&self) -> usize {
        self.shared().jobs.count()
    }

    /// All jobs that were bought, in order.
    #[must_use]
    pub fn jobs(&self) -> Vec<JobRecord> {
        self.shared().jobs.records()
    }

    /// All files that were uploaded completely, in the order in which their uploads began.
    #[must_use]
    pub fn uploads(&self) -> Vec<UploadRecord> {
        self.shared().storage.uploads(self.url())
    }

    /// Serves another file under a name, from now on.
    pub fn set_file(
        &self,
        name: impl Into<String>,
        content_type: impl Into<String>,
        bytes: impl Into<Bytes>,
    ) {
        let (content_type, bytes) = (content_type.into(), bytes.into());
        let file = ServedFile {
            content_type,
            bytes,
        };
        self.shared().files.put(name.into(), file);
    }

    /// The URL of a file that [`FakeFalBuilder::file`](FakeFalBuilder::file) or [`set_file`](Self::set_file)
    /// added, or of one of the fake's own: `output.mp4`, `output.png`, `output.wav`.
    #[must_use]
    pub fn file_url(&self, name: &str) -> String {
        format!("{}/files/{name}", self.url())
    }

    /// Closes all connections, and lets the system refuse new ones until [`online`](Self::online). Jobs are kept.
    ///
    /// # Errors
    /// When the port cannot be held meanwhile.
    pub async fn offline(&self) -> io::Result<()> {
        self.0.command(Command::Offline).await
    }

    /// Accepts connections again, on the same port.
    ///
    /// # Errors
    /// When the port cannot be listened on.
    pub async fn online(&self) -> io::Result<()> {
        self.0.command(Command::Online).await
    }

    /// Stops the fake, and returns once its port and all connections are closed.
    pub async fn shutdown(self) {
        self.0.shutdown().await;
    }
}

/// Without the key.
impl fmt::Debug for FakeFal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("FakeFal")
            .field("url", &self.url())
            .field("submits", &self.submits())
            .finish_non_exhaustive()
    }
}
