//! The life of a job, with a file for each step: prepare, submit, follow, result, cancel, run, stream.
//!
//! Nothing here knows which endpoints exist.

mod billed_request;
pub(crate) mod budget;
pub(crate) mod by_id;
mod cancel;
mod endpoint_id;
pub(crate) mod follow;
mod job_handle;
mod job_urls;
pub(crate) mod options;
pub(crate) mod output_stream;
mod recorded;
pub(crate) mod recorder;
pub(crate) mod requests;
mod result;
mod run;
mod status;
mod status_stream;
mod submit;
mod tags;
mod updates;

pub use by_id::CallById;
pub use by_id::input::{ById, KnownEndpoint};
pub use follow::Follow;
pub use follow::update::{Update, Updates};
pub use options::Priority;
pub use output_stream::OutputStream;
pub use requests::{CancelRequest, ResultRequest, StatusRequest};

use std::fmt;
use std::future::IntoFuture;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::call::budget::{Budget, Reserved};
use crate::call::options::Options;
use crate::call::recorded::typed;
use crate::call::recorder::{Ended, Recording};
use crate::call::submit::Submit;
use crate::error::Error;
use crate::files::media;
use crate::http::core::{Core, Running};
use crate::http::notices::Notices;
use crate::values::completed::Completed;
use crate::values::endpoint::Endpoint;
use crate::values::job::Job;
use crate::values::lifecycle::ObjectLifecycle;
use crate::values::usd::Usd;
use crate::values::violations::Violations;

/// A call of one endpoint. Nothing is sent until it is awaited or [submitted](Self::submit).
///
/// Awaited, it submits the job, follows it and fetches the result. Dropping the future on the way
/// cancels nothing: the job continues, and is paid for. Where that may happen, submit and keep the
/// [`Job`].
///
/// ```no_run
/// # async fn example(client: kling_api::Client) -> Result<(), kling_api::Error> {
/// use std::time::Duration;
/// use kling_api::Priority;
///
/// let job = client
///     .call_raw("fal-ai/kling-video/v1/standard/image-to-video", serde_json::json!({"prompt": "a nest"}))
///     .priority(Priority::Low)
///     .start_timeout(Duration::from_secs(600))
///     .submit()
///     .await?;
/// println!("request {}", job.request_id());
/// # Ok(())
/// # }
/// ```
#[must_use = "a call sends nothing until it is awaited or submitted"]
pub struct Call<E> {
    core: Arc<Core>,
    budget: Arc<Budget>,
    input: E,
    options: Options,
    skip_validation: bool,
    timeout: Option<Duration>,
    cancel_on_timeout: bool,
    expected_cost: Option<Usd>,
    logs: bool,
    notices: Notices,
    pub(crate) recording: Recording,
}

impl<E: Endpoint> Call<E> {
    pub(crate) fn new(
        core: Arc<Core>,
        budget: Arc<Budget>,
        recording: Recording,
        input: E,
    ) -> Self {
        Self {
            core,
            budget,
            input,
            options: Options::default(),
            skip_validation: false,
            timeout: None,
            cancel_on_timeout: false,
            expected_cost: None,
            logs: false,
            notices: Notices::default(),
            recording,
        }
    }

    /// The place in the queue of the endpoint, which all callers share. fal's default is normal.
    pub fn priority(mut self, priority: Priority) -> Self {
        self.options.priority = Some(priority);
        self
    }

    /// The longest that the job may wait for its start, failed attempts of fal included; more than
    /// 0.1 s. Past it, fal gives the job up, unbilled. Unset, it waits as long as it takes.
    pub fn start_timeout(mut self, timeout: Duration) -> Self {
        self.options.start_timeout = Some(timeout);
        self
    }

    /// A URL that fal calls with the result, of http or https. Anybody can call it: the feature
    /// `webhook` checks that it was fal, and reads what came.
    pub fn webhook(mut self, url: impl Into<String>) -> Self {
        self.options.webhook = Some(url.into());
        self
    }

    /// Jobs with the same hint go to the same runner where that is possible.
    pub fn runner_hint(mut self, hint: impl Into<String>) -> Self {
        self.options.runner_hint = Some(hint.into());
        self
    }

    /// With `true`, fal makes one attempt at the job instead of up to ten.
    pub fn no_retry(mut self, no_retry: bool) -> Self {
        self.options.no_retry = no_retry;
        self
    }

    /// With `false`, fal does not store input and output. The result is then kept for an hour only,
    /// and for six minutes where it has 10 KB or more. Unset, the account's setting applies.
    pub fn store_io(mut self, store: bool) -> Self {
        self.options.store_io = Some(store);
        self
    }

    /// How long fal keeps the media that the job makes, and who may see them.
    pub fn object_lifecycle(mut self, lifecycle: ObjectLifecycle) -> Self {
        self.options.lifecycle = Some(lifecycle);
        self
    }

    /// With `true`, fal does not run the job on an equivalent model when this one keeps failing.
    pub fn disable_fallback(mut self, disable: bool) -> Self {
        self.options.disable_fallback = disable;
        self
    }

    /// The job is refused with 429 where more than so many jobs of all callers wait already. A 429
    /// then ends the call at once, and is not repeated as it otherwise would be.
    pub fn max_queue_length(mut self, length: u64) -> Self {
        self.options.max_queue_length = Some(length);
        self
    }

    /// A tag for the attribution of costs. At most ten; the key of up to 64 letters, digits, `.`,
    /// `_` and `-`, not starting with `fal.`; the value of up to 256 printable ASCII characters
    /// without a comma; 1024 bytes in all. Checked before anything is sent.
    pub fn tag(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.options.tags.push((key.into(), value.into()));
        self
    }

    /// What the call costs, in place of the published price: for endpoints without one, and for
    /// prices that have changed. It is held against the limits of the client, and sent nowhere.
    pub fn expected_cost(mut self, cost: Usd) -> Self {
        self.expected_cost = Some(cost);
        self
    }

    /// What the call costs: the [expected cost](Self::expected_cost), or that of the input by the published price.
    #[must_use]
    pub fn estimated_cost(&self) -> Option<Usd> {
        self.expected_cost.or_else(|| self.input.estimated_cost())
    }

    /// Sends the input even where it breaks a published bound: fal may have loosened it since.
    pub fn skip_validation(mut self) -> Self {
        self.skip_validation = true;
        self
    }

    /// The longest that the call as a whole may take, from the first byte to the result. Past it the
    /// call ends with an error that says what is known of the job; the job itself continues. Where it
    /// runs out while the submit is under way, the error's
    /// [`submission`](crate::Error::submission) may be `Unknown`.
    ///
    /// Unset, the client's [timeout](crate::ClientBuilder::timeout) counts. Without either, a call waits as long as the
    /// job takes, but ends after seconds where no connection can be made to submit it, and after 16 attempts in a row
    /// without a response, two to three minutes in all: see [`Retry::attempts`](crate::Retry::attempts).
    /// [`updates`](Self::updates) say what is retried.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// With `true`, the job is cancelled when the [`timeout`](Self::timeout) has passed; the error has
    /// the outcome. It does nothing without a timeout, for [`submit`](Self::submit), or while the
    /// submit is under way, when there is no request id yet. Cancelling takes up to 30 s, on top of
    /// the timeout.
    pub fn cancel_on_timeout(mut self, cancel: bool) -> Self {
        self.cancel_on_timeout = cancel;
        self
    }

    /// With `true`, the lines that the model logs are shown and kept while the job is followed. Off by default.
    pub fn logs(mut self, logs: bool) -> Self {
        self.logs = logs;
        self
    }

    /// Submits the job and gives it back without waiting for it. Files of this machine that the input
    /// holds are uploaded first; see [`Media`](crate::Media).
    ///
    /// # Errors
    /// The error's [`submission`](Error::submission) says whether a job was bought. A submit is
    /// repeated only where it provably bought none: no connection was made, 429, or a 5xx that fal
    /// marks retryable.
    ///
    /// ```no_run
    /// # async fn example(client: kling_api::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// let call = client.call_raw("fal-ai/kling-video/v1/standard/image-to-video", serde_json::json!({}));
    /// let job = call.submit().await?;
    /// std::fs::write("job.json", serde_json::to_string(&job)?)?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn submit(mut self) -> Result<Job<E>, Error> {
        let deadline = self.core.deadline(self.timeout);
        let (job, _) = self.submit_until(deadline).await?;
        Ok(job)
    }

    /// Runs the model without the queue, and waits for its output: `POST https://fal.run/{endpoint}`.
    ///
    /// For models that respond within seconds. There is no job to keep, to follow or to cancel: where
    /// the connection breaks, the output is lost and may be billed all the same. Dropping the future
    /// ends the call at fal, too. Use the queue for videos: await the call, or
    /// [submit](Self::submit) it.
    ///
    /// [`priority`](Self::priority), [`webhook`](Self::webhook) and
    /// [`max_queue_length`](Self::max_queue_length) belong to the queue and are refused;
    /// [`cancel_on_timeout`](Self::cancel_on_timeout) has no effect.
    ///
    /// # Errors
    /// The error's [`submission`](Error::submission) says whether the model may have run. An attempt
    /// is repeated only where it provably did not: no connection was made, 429, or a 5xx that fal
    /// marks retryable.
    ///
    /// ```no_run
    /// # async fn example(client: kling_api::Client) -> Result<(), kling_api::Error> {
    /// let input = serde_json::json!({"prompt": "a nest"});
    /// let image = client.call_raw("fal-ai/flux/schnell", input).run().await?;
    /// println!("{}", image["images"][0]["url"]);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn run(mut self) -> Result<Completed<E::Output>, Error> {
        self.refuse_key()?;
        let deadline = self.core.deadline(self.timeout);
        let reserved = self.ready(deadline).await?;
        let outcome = run::run(&self.core, &self.input, &self.options, deadline).await;
        reserved.settle(&outcome);
        outcome
    }

    /// Runs the model without the queue, and gives back its outputs while it runs:
    /// `POST https://fal.run/{endpoint}/stream`. Only some models have that path.
    ///
    /// What [`run`](Self::run) says of the queue, of broken connections and of dropping holds here
    /// too, and for the whole of the stream; [`timeout`](Self::timeout) covers all of it.
    ///
    /// # Errors
    /// As for [`run`](Self::run); a model without the path is a 404.
    ///
    /// ```no_run
    /// # async fn example(client: kling_api::Client) -> Result<(), kling_api::Error> {
    /// let input = serde_json::json!({"prompt": "a nest"});
    /// let mut outputs = client.call_raw("fal-ai/flux/dev", input).stream().await?;
    /// while let Some(output) = outputs.next().await {
    ///     println!("{}", output?);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn stream(mut self) -> Result<OutputStream<E::Output>, Error> {
        self.refuse_key()?;
        let deadline = self.core.deadline(self.timeout);
        let reserved = self.ready(deadline).await?;
        let outcome = run::open(&self.core, &self.input, &self.options, deadline).await;
        reserved.settle(&outcome);
        let (events, request_id) = outcome?;
        let endpoint = self.input.endpoint_id().to_owned();
        Ok(OutputStream::new(events, endpoint, request_id, deadline))
    }

    /// The job, and how it ended where a journal knows that.
    async fn submit_until(
        &mut self,
        deadline: Option<Instant>,
    ) -> Result<(Job<E>, Option<Box<Ended>>), Error> {
        if let Some(recorder) = self.recorder()? {
            // Boxed, so that calls without a journal are no larger for it.
            return Box::pin(self.submit_recorded(recorder, deadline)).await;
        }
        let reserved = self.ready(deadline).await?;
        let outcome = match Submit::new(&self.core, &self.input, &self.options, deadline) {
            Ok(submit) => submit.telling(&self.notices).send().await,
            Err(error) => Err(error),
        };
        reserved.settle(&outcome);
        Ok((outcome?.of(), None))
    }

    /// Checks the input, reserves the cost of the call, and uploads the local files of the input.
    async fn ready(&mut self, deadline: Option<Instant>) -> Result<Reserved, Error> {
        let endpoint = self.input.endpoint_id();
        if !self.skip_validation {
            Violations::of(&self.input)
                .map_err(|violations| Error::invalid(violations, endpoint))?;
        }
        let cost = self.estimated_cost();
        let reserved = self.budget.reserve(cost, endpoint)?;
        match media::upload(&self.core, &mut self.input, deadline, &self.notices).await {
            Ok(()) => Ok(reserved),
            Err(error) => {
                reserved.release();
                Err(error.of_endpoint(self.input.endpoint_id()))
            }
        }
    }

    fn follow(self, job: Job<E>, deadline: Option<Instant>) -> Follow<E> {
        Follow::new(self.core, job, self.recording.recorder)
            .cancel_on_timeout(self.cancel_on_timeout)
            .logs(self.logs)
            .until(deadline)
    }
}

impl<E: Endpoint> IntoFuture for Call<E> {
    type Output = Result<Completed<E::Output>, Error>;
    type IntoFuture = Running<Completed<E::Output>>;

    fn into_future(mut self) -> Self::IntoFuture {
        Box::pin(async move {
            let deadline = self.core.deadline(self.timeout);
            // What a submit needs is gone before the job is followed, which takes much longer.
            let (job, ended) = Box::pin(self.submit_until(deadline)).await?;
            if let Some(ended) = ended {
                return ended.and_then(|completed| typed(completed, &job));
            }
            self.follow(job, deadline).await
        })
    }
}

/// The input may be private; it is left out.
impl<E: Endpoint> fmt::Debug for Call<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("endpoint", &self.input.endpoint_id())
            .finish_non_exhaustive()
    }
}
