//! What can go wrong, and what it means for the job.

mod advice;
pub(crate) mod body;
mod debug;
mod display;
pub(crate) mod kind;
mod predicates;
pub(crate) mod redact;

use std::error::Error as StdError;
use std::time::Duration;

use crate::error::body::Reading;
pub use crate::error::body::{FieldError, Location};
use crate::error::kind::{Kind, Phase};

use crate::values::cancel::CancelOutcome;
use crate::values::error_type::ErrorType;
use crate::values::status::LogLine;
use crate::values::violations::Violations;

/// What is known of the job when something went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Submission {
    /// No job was bought. Submitting again is safe; whether it may help is
    /// [`Error::may_submit_again`].
    NotSubmitted,
    /// fal has the job, under this request id. Unless it [failed](Error::is_job_failure), follow it
    /// and do not submit it again.
    ///
    /// For a job made by [`Job::from_request_id`](crate::Job::from_request_id) or
    /// [`Job::raw`](crate::Job::raw) that fal has it is the caller's claim. Of a
    /// [synchronous call](crate::Call::run), the model has run under this id, and there is no job to
    /// follow.
    Submitted(String),
    /// fal may have the job: the request left, and no answer that can be read came back. Look for
    /// the job before you submit again: with the feature `platform`, `Client::find_lost_jobs` does.
    Unknown,
}

/// Anything that went wrong.
///
/// Printed, it is one sentence on what happened and one on what to do next; [`source`] leads to the
/// cause. `{:?}` adds the causes, and `{:#?}` shows every part. It never holds the API key. The predicates say what kind of error it is;
/// [`submission`](Self::submission) and [`request_id`](Self::request_id) say what became of the job.
///
/// ```no_run
/// # use kling_api::{Client, Error, Job, Raw, Submission};
/// # async fn example(client: Client, input: serde_json::Value) -> Result<(), Error> {
/// match client.call_raw("fal-ai/kling-video/v1/standard/image-to-video", input).await {
///     Ok(video) => println!("{}", *video),
///     Err(error) => match error.submission() {
///         Submission::NotSubmitted if error.may_submit_again() => println!("try again: {error}"),
///         Submission::Submitted(id) => println!("job {id} is there: {error}"),
///         Submission::Unknown => println!("look for the job first: {error}"),
///         _ => return Err(error),
///     },
/// }
/// # Ok(())
/// # }
/// ```
///
/// [`source`]: StdError::source
pub struct Error(Box<Inner>);

pub(crate) struct Inner {
    pub(crate) kind: Kind,
    pub(crate) phase: Phase,
    pub(crate) submission: Submission,
    pub(crate) request_id: Option<String>,
    pub(crate) endpoint: Option<String>,
    pub(crate) status: Option<u16>,
    pub(crate) reading: Reading,
    pub(crate) hint: Option<bool>,
    pub(crate) user_timeout: bool,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) attempts: u32,
    pub(crate) cancel: Option<Result<CancelOutcome, Error>>,
    pub(crate) logs: Vec<LogLine>,
    pub(crate) source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    pub(crate) fn new(kind: Kind, phase: Phase) -> Self {
        Self(Box::new(Inner {
            kind,
            phase,
            submission: Submission::NotSubmitted,
            request_id: None,
            endpoint: None,
            status: None,
            reading: Reading::default(),
            hint: None,
            user_timeout: false,
            retry_after: None,
            attempts: 0,
            cancel: None,
            logs: Vec::new(),
            source: None,
        }))
    }

    /// Something that the caller has to correct before anything can be sent.
    pub(crate) fn configuration(sentence: impl Into<String>) -> Self {
        Self::new(Kind::Configuration(sentence.into()), Phase::Prepare)
    }

    /// Something about a file, and what to do about it.
    pub(crate) fn file(phase: Phase, problem: impl Into<String>, advice: &'static str) -> Self {
        let problem = problem.into();
        Self::new(Kind::File { problem, advice }, phase)
    }

    pub(crate) fn invalid(violations: Violations, endpoint: &str) -> Self {
        let mut error = Self::new(Kind::Invalid, Phase::Prepare).with_source(violations);
        error.0.endpoint = Some(endpoint.to_owned());
        error
    }

    pub(crate) fn with_source(
        mut self,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// For whatever came of this endpoint.
    pub(crate) fn of_endpoint(mut self, endpoint: &str) -> Self {
        self.0.endpoint = Some(endpoint.to_owned());
        self
    }

    /// For a model that ran while the caller waited, under this id where it is known.
    pub(crate) fn of_run(mut self, request_id: Option<String>) -> Self {
        self.0.submission = match &request_id {
            Some(id) => Submission::Submitted(id.clone()),
            None => Submission::Unknown,
        };
        self.0.request_id = request_id;
        self
    }

    /// For a job that fal has.
    pub(crate) fn of_job(mut self, request_id: &str, endpoint: &str) -> Self {
        self.0.submission = Submission::Submitted(request_id.to_owned());
        self.0.request_id = Some(request_id.to_owned());
        self.0.endpoint = Some(endpoint.to_owned());
        self
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.0
    }

    pub(crate) fn inner_mut(&mut self) -> &mut Inner {
        &mut self.0
    }

    /// What is known of the job: not submitted, submitted, or unknown.
    #[must_use]
    pub fn submission(&self) -> Submission {
        self.0.submission.clone()
    }

    /// The request id of the job, from the moment fal has named one.
    ///
    /// Where [`submission`](Self::submission) is [`Submission::NotSubmitted`], it is the id of a
    /// request that fal refused: good to name to fal's support, but there is no job of that id.
    ///
    /// Where [`submission`](Self::submission) is [`Submission::Unknown`] too, it may be here: read
    /// from the part of the answer that arrived. Ask for its status before you submit again.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// The id of the endpoint that was called.
    #[must_use]
    pub fn endpoint(&self) -> Option<&str> {
        self.0.endpoint.as_deref()
    }

    /// The HTTP status, where the server answered.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// fal's name for what went wrong, where it gave one.
    #[must_use]
    pub fn error_type(&self) -> Option<&ErrorType> {
        self.0.reading.error_type.as_ref()
    }

    /// What the model did not accept, field by field; empty where fal named no field.
    #[must_use]
    pub fn field_errors(&self) -> &[FieldError] {
        &self.0.reading.field_errors
    }

    /// The bounds that the input breaks, where the check before sending found any.
    #[must_use]
    pub fn violations(&self) -> Option<&Violations> {
        self.0.source.as_ref()?.downcast_ref()
    }

    /// What the server wrote about the error, in its own words.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.0.reading.message.as_deref()
    }

    /// The start of the answer, up to 64 KiB, as it came. The API key is taken out of it, should a
    /// server have sent it back; the prompt is not.
    #[must_use]
    pub fn body(&self) -> Option<&str> {
        self.0.reading.body.as_deref()
    }

    /// How long the server asks to wait before the next attempt.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// How many attempts were made; 0 where nothing was sent.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// What `cancel_on_timeout` achieved: `None` where nothing was cancelled, and the error of the
    /// cancellation where that failed too.
    #[must_use]
    pub fn cancel_outcome(&self) -> Option<Result<CancelOutcome, &Self>> {
        Some(self.0.cancel.as_ref()?.as_ref().copied())
    }

    /// What the model logged until the job failed or the follow ended, each line once. Empty unless
    /// the job was followed with `logs(true)`.
    #[must_use]
    pub fn logs(&self) -> &[LogLine] {
        &self.0.logs
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

const _: () = {
    const fn is_shareable<T: Send + Sync + 'static>() {}
    is_shareable::<Error>();
};
