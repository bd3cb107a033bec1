//! Following a job to its end.

#[cfg(test)]
mod any_order;
mod driver;
mod logs;
mod source;
#[cfg(test)]
mod tests;
pub(crate) mod update;

use std::fmt;
use std::future::IntoFuture;
use std::marker::PhantomData;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{Stream, StreamExt};
use tokio::time::Instant;

use crate::call::follow::driver::Driver;
use crate::call::follow::source::Fal;
use crate::call::follow::update::{Update, Updates};
use crate::call::job_handle::JobHandle;
use crate::call::recorded::keep_end;
use crate::call::recorder::Recorder;
use crate::error::Error;
use crate::error::kind::{Kind, Phase};
use crate::http::core::{Core, Running};
use crate::http::notices::{self, Notices};
use crate::http::retry::policy::SHORTEST_PAUSE;
use crate::http::trace;
use crate::values::completed::Completed;
use crate::values::endpoint::Endpoint;
use crate::values::job::Job;

/// A request to follow a job to its end; made by [`Client::follow`](crate::Client::follow).
///
/// It reads fal's status stream, and polls the status where the stream breaks, is silent
/// or is refused. Awaited, it gives the result; [`updates`](Self::updates) gives every step on the
/// way. Dropping it cancels nothing, and the job can be followed again.
///
/// ```no_run
/// # async fn example(client: kling_api::Client, job: kling_api::Job<kling_api::Raw>)
/// # -> Result<(), kling_api::Error> {
/// use std::time::Duration;
///
/// let video = client
///     .follow(&job)
///     .timeout(Duration::from_secs(600))
///     .cancel_on_timeout(true)
///     .await?;
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is followed until it is awaited or its updates are read"]
pub struct Follow<E> {
    core: Arc<Core>,
    job: Job<E>,
    settings: FollowSettings,
    timeout: Option<Duration>,
    deadline: Option<Instant>,
    recorder: Option<Arc<dyn Recorder>>,
}

#[derive(Clone, Debug)]
struct FollowSettings {
    logs: bool,
    streaming: bool,
    cancel_on_timeout: bool,
    first_poll: Duration,
    last_poll: Duration,
    first_reopen: Duration,
    last_reopen: Duration,
    max_status_age: Duration,
    stall: Duration,
}

impl Default for FollowSettings {
    fn default() -> Self {
        Self {
            logs: false,
            streaming: true,
            cancel_on_timeout: false,
            first_poll: Duration::from_millis(250),
            last_poll: Duration::from_secs(5),
            first_reopen: Duration::from_millis(500),
            last_reopen: Duration::from_secs(30),
            max_status_age: Duration::from_secs(30),
            stall: Duration::from_secs(45),
        }
    }
}

impl<E: Endpoint> Follow<E> {
    pub(crate) fn new(core: Arc<Core>, job: Job<E>, recorder: Option<Arc<dyn Recorder>>) -> Self {
        Self {
            core,
            job,
            settings: FollowSettings::default(),
            timeout: None,
            deadline: None,
            recorder,
        }
    }

    /// With `true`, the lines that the model logs are shown and kept. Off by default.
    pub fn logs(mut self, logs: bool) -> Self {
        self.settings.logs = logs;
        self
    }

    /// The longest that following may take, the result included, counted from the moment that it is
    /// awaited or its updates are asked for. Past it the follow ends with an error; the job itself
    /// goes on.
    ///
    /// Unset, the client's [timeout](crate::ClientBuilder::timeout) counts. Without either, a follow waits as long as the
    /// job takes, but ends after 16 attempts in a row without a response, two to three minutes in all: see
    /// [`Retry::attempts`](crate::Retry::attempts). The updates say what is retried.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// With `true`, the job is cancelled when the timeout has passed. The error says what that
    /// achieved, and comes up to 30 s after the timeout.
    pub fn cancel_on_timeout(mut self, cancel: bool) -> Self {
        self.settings.cancel_on_timeout = cancel;
        self
    }

    /// The pauses between requests for the status, where there is no stream: `first` at the start,
    /// then 1.5 times as long each time, up to `last`. 250 ms and 5 s by default; at least 1 ms.
    pub fn poll_interval(mut self, first: Duration, last: Duration) -> Self {
        self.settings.first_poll = first.max(SHORTEST_PAUSE);
        self.settings.last_poll = last.max(SHORTEST_PAUSE);
        self
    }

    /// The longest that a follow relies on the stream alone; 30 s by default. Then it polls the status,
    /// whatever the stream says: a stream may be behind.
    pub fn max_status_age(mut self, age: Duration) -> Self {
        self.settings.max_status_age = age.max(SHORTEST_PAUSE);
        self
    }

    /// How long a stream may be silent, comments included, before it is given up; 45 s by default.
    /// fal sends a comment every 15 s.
    pub fn stall_timeout(mut self, timeout: Duration) -> Self {
        self.settings.stall = timeout;
        self
    }

    /// With `false`, no stream is opened and the status is polled instead.
    pub fn streaming(mut self, streaming: bool) -> Self {
        self.settings.streaming = streaming;
        self
    }

    pub(crate) fn until(mut self, deadline: Option<Instant>) -> Self {
        self.deadline = deadline;
        self
    }

    /// Every step of the job. The last item is [`Update::Completed`] or an error, and comes once.
    ///
    /// Nothing is sent until the updates are read, and nothing goes on while they are not.
    ///
    /// ```no_run
    /// # async fn example(client: kling_api::Client, job: kling_api::Job<kling_api::Raw>)
    /// # -> Result<(), kling_api::Error> {
    /// use kling_api::Update;
    ///
    /// let mut updates = client.follow(&job).logs(true).updates();
    /// while let Some(update) = updates.next().await {
    ///     match update? {
    ///         Update::Queued { position } => println!("queued: {position:?}"),
    ///         Update::Retrying(retry) => println!("{retry}"),
    ///         Update::Logs(lines) => lines.iter().for_each(|line| println!("{}", line.message)),
    ///         Update::Completed(video) => println!("{}", video.request_id()),
    ///         _ => {}
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn updates(self) -> Updates<E::Output> {
        let (notices, told) = notices::channel();
        Updates::new(self.items(notices), told)
    }

    /// Every step of the job, without what the notices tell.
    pub(super) fn items(
        self,
        notices: Notices,
    ) -> impl Stream<Item = Result<Update<E::Output>, Error>> + Send + 'static {
        let (endpoint, id) = (
            self.job.endpoint().to_owned(),
            self.job.request_id().to_owned(),
        );
        let timeout = self.timeout;
        let deadline = self.deadline.or_else(|| self.core.deadline(timeout));
        let stall = self.settings.stall;
        let start = JobHandle::new(self.core, &self.job).map(|handle| {
            let source = Fal {
                handle: handle.followed(notices),
                stall,
                output: PhantomData,
            };
            Box::new(Driver::new(source, self.settings, deadline))
        });
        let recorder = self.recorder;
        futures_util::stream::unfold(Some(start), move |state| {
            let recorder = recorder.clone();
            let step = async move {
                match state? {
                    Ok(mut driver) => {
                        let item = driver.next().await?;
                        let item = match recorder {
                            Some(recorder) => keep_end(&*recorder, item).await,
                            None => item,
                        };
                        Some((item, Some(Ok(driver))))
                    }
                    Err(error) => Some((Err(error), None)),
                }
            };
            trace::spanned("follow", Some(&endpoint), Some(&id), step)
        })
    }
}

impl<E: Endpoint> IntoFuture for Follow<E> {
    type Output = Result<Completed<E::Output>, Error>;
    type IntoFuture = Running<Completed<E::Output>>;

    fn into_future(self) -> Self::IntoFuture {
        let (id, endpoint) = (
            self.job.request_id().to_owned(),
            self.job.endpoint().to_owned(),
        );
        let items = self.items(Notices::default());
        Box::pin(async move {
            let mut items = pin!(items);
            while let Some(update) = items.next().await {
                if let Update::Completed(completed) = update? {
                    return Ok(*completed);
                }
            }
            Err(Error::new(Kind::Unended, Phase::Follow).of_job(&id, &endpoint))
        })
    }
}

impl<E> fmt::Debug for Follow<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Follow")
            .field("job", &self.job)
            .field("settings", &self.settings)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}
