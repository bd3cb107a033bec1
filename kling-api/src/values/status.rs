//! The status of a job, and what it has logged.

use std::time::Duration;

use crate::values::error_type::ErrorType;

/// The status of a job, as fal sent it.
///
/// ```no_run
/// # use kling_api::{Client, Error, Job, Raw, State};
/// # async fn example(client: Client, job: Job<Raw>) -> Result<(), Error> {
/// let status = client.status(&job).logs(true).await?;
/// if let State::Queued = status.state() {
///     println!("{:?} jobs are before this one", status.queue_position());
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Status {
    pub(crate) state: State,
    pub(crate) queue_position: Option<u64>,
    /// `None` where the server sent no list.
    pub(crate) logs: Option<Vec<LogLine>>,
    pub(crate) inference_time: Option<Duration>,
    pub(crate) error: Option<String>,
    pub(crate) error_type: Option<ErrorType>,
}

/// The state of a job. fal has three; a job that failed or was cancelled is completed too.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum State {
    /// The job waits for a runner.
    Queued,
    /// A runner works on the job.
    InProgress,
    /// The job has ended, well or not: see [`Status::is_failed`].
    Completed,
    /// A state that this version does not know.
    Other(String),
}

/// One line that the model has logged.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct LogLine {
    /// The text.
    pub message: String,
    /// When it was logged, as fal writes it: ISO 8601, with or without a zone.
    pub timestamp: Option<String>,
    /// For example `INFO` or `STDERR`.
    pub level: Option<String>,
    /// For example `USER`.
    pub source: Option<String>,
}

impl Status {
    /// The state of the job.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Whether the job has ended, well or not.
    #[must_use]
    pub fn is_completed(&self) -> bool {
        self.state == State::Completed
    }

    /// Whether the job has ended without a result. Its result holds the details: fetching it gives
    /// them as a typed error.
    #[must_use]
    pub fn is_failed(&self) -> bool {
        self.is_completed() && (self.error.is_some() || self.error_type.is_some())
    }

    /// How many jobs are before this one; only while it is queued.
    #[must_use]
    pub fn queue_position(&self) -> Option<u64> {
        self.queue_position
    }

    /// The lines logged up to now; empty where none were asked for or the model logs nothing.
    #[must_use]
    pub fn logs(&self) -> &[LogLine] {
        self.logs.as_deref().unwrap_or_default()
    }

    /// How long the model ran; only once the job is completed, and not for every model.
    #[must_use]
    pub fn inference_time(&self) -> Option<Duration> {
        self.inference_time
    }

    /// What went wrong, in fal's words; only for a job that failed.
    #[must_use]
    pub fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }

    /// What went wrong, by fal's name for it; only for a job that failed.
    #[must_use]
    pub fn error_type(&self) -> Option<&ErrorType> {
        self.error_type.as_ref()
    }
}
