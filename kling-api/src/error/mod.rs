//! The one error type: what went wrong, what it means for the job, and what to do.
//!
//! Nothing here knows who raises it.

mod advice;
pub(crate) mod body;
mod debug;
mod display;
mod error_kind;
mod invalid_field;
pub(crate) mod kind;
mod predicates;
mod raise;
pub(crate) mod visible;

use std::error::Error as StdError;
use std::time::Duration;

use crate::error::body::ErrorBody;
pub use crate::error::body::{FieldError, Location};
pub use crate::error::error_kind::ErrorKind;
pub use crate::error::invalid_field::InvalidField;
use crate::error::kind::{Kind, Phase};

use crate::values::cancel::CancelOutcome;
use crate::values::endpoint::Endpoint;
use crate::values::error_type::ErrorType;
use crate::values::job::{Job, Urls};
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
    /// fal may have the job: the request was sent, and no readable response came back. Look for
    /// the job before you submit again: with the feature `platform`, `Client::find_lost_jobs` does.
    Unknown,
}

/// Why an operation failed, and what is known of the job.
///
/// It prints as one sentence on what happened, for any reader; [`advice`](Self::advice) is what the
/// developer can do about it, and `{:#}` prints both. [`source`] has the cause. `{:?}` prints all of that,
/// and `{:#?}` shows every part. It never holds the API key.
///
/// [`kind`](Self::kind) says what kind of error it is, and so do the methods `is_…`, of which several may
/// hold; [`submission`](Self::submission), [`request_id`](Self::request_id) and [`job`](Self::job) say what
/// happened to the job.
///
/// ```no_run
/// # use kling_api::{Client, Error, Submission};
/// # async fn example(client: Client) -> Result<(), Error> {
/// use kling_api::v2_1::master::image_to_video::Input;
///
/// let input = Input::new("two robins build a nest", "https://example.com/robins.webp");
/// match client.call(input).await {
///     Ok(video) => println!("{}", video.video.url),
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
    pub(crate) body: ErrorBody,
    /// What the server says about a retry.
    pub(crate) retry_hint: Option<bool>,
    pub(crate) user_timeout: bool,
    pub(crate) retry_after: Option<Duration>,
    /// Whether fal named the job itself.
    pub(crate) is_named: bool,
    pub(crate) attempts: u32,
    pub(crate) cancel: Option<Result<CancelOutcome, Error>>,
    pub(crate) logs: Vec<LogLine>,
    /// The state of a followed job, where this version does not know it.
    pub(crate) unknown_state: Option<String>,
    pub(crate) source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    pub(crate) fn inner(&self) -> &Inner {
        &self.0
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
    /// from the part of the response that arrived, or from a header. Get its status before you submit
    /// again. A 404 for it proves nothing: an id in a header may be that of the request and not of a job.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// The job, where fal has it and `E` is its endpoint: to follow it, to get its result, to cancel it or to
    /// keep it. As [`Raw`](crate::Raw), it is the job of any endpoint.
    ///
    /// ```no_run
    /// # async fn example(client: kling_api::Client, error: kling_api::Error) -> Result<(), kling_api::Error> {
    /// use kling_api::v2_1::master::image_to_video::Input;
    ///
    /// if let Some(job) = error.job::<Input>() {
    ///     let video = client.follow(&job).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn job<E: Endpoint>(&self) -> Option<Job<E>> {
        let Submission::Submitted(id) = &self.0.submission else {
            return None;
        };
        // A synchronous call ran the model, and left no job.
        if self.0.phase == Phase::Run {
            return None;
        }
        let endpoint = self.endpoint()?;
        (E::INFO.id.is_empty() || E::INFO.id == endpoint)
            .then(|| Job::new(endpoint, id.clone(), Urls::default()))
    }

    /// The id of the endpoint that was called.
    #[must_use]
    pub fn endpoint(&self) -> Option<&str> {
        self.0.endpoint.as_deref()
    }

    /// The HTTP status, where there was a response.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// fal's name for what went wrong, where it gave one.
    #[must_use]
    pub fn error_type(&self) -> Option<&ErrorType> {
        self.0.body.error_type.as_ref()
    }

    /// What the model did not accept, field by field; empty where fal named no field.
    #[must_use]
    pub fn field_errors(&self) -> &[FieldError] {
        &self.0.body.field_errors
    }

    /// The limits that the input breaks, where the check before sending found any.
    #[must_use]
    pub fn violations(&self) -> Option<&Violations> {
        self.0.source.as_ref()?.downcast_ref()
    }

    /// What the server wrote about the error, in its own words.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.0.body.message.as_deref()
    }

    /// The start of the response's body, up to 64 KiB, as it came. The API key is taken out of it, should a
    /// server have sent it back; the prompt is not.
    #[must_use]
    pub fn body(&self) -> Option<&str> {
        self.0.body.start.as_deref()
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

    /// The result of `cancel_on_timeout`: `None` where nothing was cancelled, and the error of the
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
