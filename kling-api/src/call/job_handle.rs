//! Requests about a job that fal has.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Method, header};
use tokio::time::Instant;
use url::Url;

use crate::call::job_urls::JobUrls;
use crate::call::status_stream::StatusStream;
use crate::error::Error;
use crate::error::kind::Phase;
use crate::http::core::Core;
use crate::http::json;
use crate::http::notices::Notices;
use crate::http::request::{Cause, Request};
use crate::http::response::Response;
use crate::http::retry::attempts::Attempts;
use crate::http::retry::failure::AttemptFailure;
use crate::http::retry::{Operation, Outcome};
use crate::http::transport::EventResponse;
use crate::values::job::Job;
use crate::values::status::Status;

/// A job, with what is needed to send requests about it.
pub(crate) struct JobHandle {
    pub(crate) core: Arc<Core>,
    pub(super) urls: JobUrls,
    grace: Grace,
    is_followed: bool,
    notices: Notices,
}

/// How long opening a stream may take. A server that hangs must not keep the status from being polled.
const OPENING: Duration = Duration::from_secs(5);

/// How the status is requested.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct StatusOptions {
    pub(crate) logs: bool,
    /// The most attempts, where it is fewer than the client makes.
    pub(crate) max_attempts: Option<u32>,
    pub(crate) deadline: Option<Instant>,
}

/// The response to a request for a status stream.
pub(crate) enum Opened {
    Stream(StatusStream),
    /// Not now: the client has as many as it may, or the server is busy.
    Later,
    /// The server has none for this job.
    Never,
}

impl JobHandle {
    pub(crate) fn new<E>(core: Arc<Core>, job: &Job<E>) -> Result<Self, Error> {
        let urls = JobUrls::of(job.parts.clone())
            .map_err(|error| error.of_job(job.request_id(), job.endpoint()))?;
        let grace = Grace::default();
        Ok(Self {
            core,
            urls,
            grace,
            is_followed: false,
            notices: Notices::default(),
        })
    }

    /// The job is followed to its end, and tells what is retried on the way.
    pub(crate) fn followed(mut self, notices: Notices) -> Self {
        self.is_followed = true;
        self.notices = notices;
        self
    }

    /// Whether there was a retry since this was last looked at.
    pub(crate) fn take_retried(&self) -> bool {
        self.notices.take_retried()
    }

    pub(crate) fn request_id(&self) -> &str {
        &self.urls.job().request_id
    }

    pub(crate) fn endpoint(&self) -> &str {
        &self.urls.job().endpoint
    }

    /// The status; retried until there is one.
    pub(crate) async fn status(&self, options: StatusOptions) -> Result<Status, Error> {
        self.attempts(Operation::Status, options.deadline)
            .at_most(options.max_attempts.unwrap_or(u32::MAX))
            .run(|| self.status_once(options))
            .await
    }

    pub(super) async fn status_once(
        &self,
        options: StatusOptions,
    ) -> Result<Status, AttemptFailure> {
        let core = &self.core;
        let mut url = self.urls.status(core.http.hosts()).clone();
        with_logs(&mut url, options.logs);
        let request = Request::new(Method::GET, url, core.timeouts.request, options.deadline);
        let response = self.exchange(request, Phase::Status).await?;
        if !response.is_success() {
            return Err(self.refused(response, Phase::Status, self.urls.are_named()));
        }
        self.grace.end();
        let body = Bytes::clone(&response.body);
        let read = json::aside(body.len(), move || Status::read(&body)).await;
        let problem: Cause = match read {
            Ok(Some(status)) => return Ok(status),
            Ok(None) => "the response names no status".into(),
            Err(error) => error.into(),
        };
        Err(self.named(AttemptFailure::unreadable(response, Phase::Status, problem)))
    }

    /// Opens the status stream. What goes wrong here says nothing about the job.
    pub(crate) async fn open(&self, logs: bool, stall: Duration) -> Opened {
        let core = &self.core;
        let mut url = self.urls.stream(core.http.hosts());
        with_logs(&mut url, logs);
        let timeout = core.timeouts.request.min(OPENING);
        let mut request = Request::new(Method::GET, url, timeout, None);
        request.headers.insert(
            header::ACCEPT,
            HeaderValue::from_static("text/event-stream"),
        );
        match core.http.open(request).await {
            Ok(EventResponse::Stream(stream)) => {
                Opened::Stream(StatusStream::new(stream.texts(stall)))
            }
            // No stream of events, or no stream of this job: another request would not change that.
            Ok(EventResponse::Other(response))
                if response.is_success()
                    || matches!(response.status, 405 | 406 | 410 | 501)
                    || (response.status == 404 && !self.is_not_yet(self.urls.are_named())) =>
            {
                Opened::Never
            }
            Ok(EventResponse::Other(_) | EventResponse::NoPlace) | Err(_) => Opened::Later,
        }
    }

    pub(super) fn attempts(&self, operation: Operation, deadline: Option<Instant>) -> Attempts {
        self.core
            .attempts(operation, deadline)
            .telling(&self.notices)
            // It has been bought: a network that is gone is no reason to give it up.
            .outlasting(self.is_followed)
    }

    pub(super) async fn exchange(
        &self,
        request: Request,
        phase: Phase,
    ) -> Result<Response, AttemptFailure> {
        let exchanged = self.core.http.exchange(request).await;
        exchanged.map_err(|failure| self.named(AttemptFailure::of_failure(failure, phase)))
    }

    /// A refusal of a request about the job, which fal has named or which exists for another reason.
    pub(super) fn refused(&self, response: Response, phase: Phase, exists: bool) -> AttemptFailure {
        let status = response.status;
        let mut failure = self.named(AttemptFailure::refused(response, phase));
        if status == 404
            && let Outcome::Refused(refusal) = &mut failure.outcome
        {
            failure.error.inner_mut().is_named = self.urls.are_named();
            refusal.is_not_yet = self.is_not_yet(exists);
        }
        failure
    }

    /// Whether a 404 says "not yet": the job exists, and not all of fal's servers may know it by now.
    fn is_not_yet(&self, exists: bool) -> bool {
        exists && self.grace.lasts(self.core.timeouts.not_found)
    }

    /// Every error about a job names the job.
    pub(super) fn named(&self, failure: AttemptFailure) -> AttemptFailure {
        AttemptFailure {
            error: self.of_job(failure.error),
            ..failure
        }
    }

    pub(crate) fn of_job(&self, error: Error) -> Error {
        error.of_job(self.request_id(), self.endpoint())
    }
}

/// The time since the first 404 in a row.
#[derive(Default)]
pub(super) struct Grace(Mutex<Option<Instant>>);

impl Grace {
    fn lasts(&self, grace: Duration) -> bool {
        let mut since = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        since.get_or_insert_with(Instant::now).elapsed() < grace
    }

    pub(super) fn end(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

fn with_logs(url: &mut Url, logs: bool) {
    if logs {
        url.query_pairs_mut().append_pair("logs", "1");
    }
}
