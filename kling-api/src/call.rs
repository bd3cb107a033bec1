//! A call that is about to be made.

use std::fmt;
use std::future::IntoFuture;
use std::pin::Pin;
use std::time::Duration;

use tokio::time::Instant;

use crate::options::Options;
use crate::{
    Client, Completed, Endpoint, Error, Follow, Job, ObjectLifecycle, Priority, Violations, media,
    submit,
};

/// A boxed future: what awaiting a call, a request or a follow runs.
pub(crate) type Running<T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send>>;

/// A call of one endpoint. Nothing is sent until it is awaited or [submitted](Self::submit).
///
/// Awaited, it submits the job, follows it and fetches the result. Dropping the future on the way
/// cancels nothing: the job goes on, and is paid for. Where that may happen, submit and keep the
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
    client: Client,
    input: E,
    options: Options,
    skip_validation: bool,
    timeout: Option<Duration>,
    cancel_on_timeout: bool,
}

impl<E: Endpoint> Call<E> {
    pub(crate) fn new(client: Client, input: E) -> Self {
        Self {
            client,
            input,
            options: Options::default(),
            skip_validation: false,
            timeout: None,
            cancel_on_timeout: false,
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

    /// A URL that fal calls with the result.
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

    /// Sends the input even where it breaks a published bound: fal may have loosened it since.
    pub fn skip_validation(mut self) -> Self {
        self.skip_validation = true;
        self
    }

    /// The longest that the call as a whole may take, from the first byte to the result. Past it the
    /// call ends with an error that says what became of the job; the job itself goes on. Where it
    /// runs out while the submit is under way, the error's
    /// [`submission`](crate::Error::submission) may be `Unknown`.
    ///
    /// There is no default. Without one, a call waits as long as the job takes, but ends after ten
    /// attempts in a row that bring no answer, two to three minutes in all: see
    /// [`Retry::attempts`](crate::Retry::attempts).
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// With `true`, a job that the [`timeout`](Self::timeout) cuts short is cancelled; the error says
    /// what that achieved. It does nothing without a timeout, for [`submit`](Self::submit), or while
    /// the submit is under way, when there is no job yet that could be named. It takes as long as cancelling takes, up to 30 s, on top of the timeout.
    pub fn cancel_on_timeout(mut self, cancel: bool) -> Self {
        self.cancel_on_timeout = cancel;
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
        let deadline = deadline(self.timeout);
        self.submit_until(deadline).await
    }

    async fn submit_until(&mut self, deadline: Option<Instant>) -> Result<Job<E>, Error> {
        if !self.skip_validation {
            Violations::of(&self.input)
                .map_err(|violations| Error::invalid(violations, self.input.endpoint_id()))?;
        }
        media::upload(&self.client, &mut self.input, deadline)
            .await
            .map_err(|mut error| {
                error.inner_mut().endpoint = Some(self.input.endpoint_id().to_owned());
                error
            })?;
        submit::submit(&self.client, &self.input, &self.options, deadline).await
    }
}

impl<E: Endpoint> IntoFuture for Call<E> {
    type Output = Result<Completed<E::Output>, Error>;
    type IntoFuture = Running<Completed<E::Output>>;

    fn into_future(mut self) -> Self::IntoFuture {
        Box::pin(async move {
            let deadline = deadline(self.timeout);
            let job = self.submit_until(deadline).await?;
            Follow::new(self.client.clone(), job)
                .cancel_on_timeout(self.cancel_on_timeout)
                .until(deadline)
                .await
        })
    }
}

/// The input may hold what is nobody else's business; it is left out.
impl<E: Endpoint> fmt::Debug for Call<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("endpoint", &self.input.endpoint_id())
            .finish_non_exhaustive()
    }
}

/// A timeout too long to be a point in time is none.
pub(crate) fn deadline(timeout: Option<Duration>) -> Option<Instant> {
    timeout.and_then(|timeout| Instant::now().checked_add(timeout))
}
