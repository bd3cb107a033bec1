//! What can be asked about a job that fal has.

use http::{HeaderMap, HeaderValue, Method, header};
use tokio::time::Instant;
use url::Url;

use std::sync::Arc;

use crate::call::job_urls::Routes;
use crate::call::sse::Events;
use crate::error::Error;
use crate::error::body::Reading;
use crate::error::kind::Phase;
use crate::http::core::Core;
use crate::http::retry::attempts::Attempts;
use crate::http::retry::failure::{Failed, is_success};
use crate::http::retry::{Operation, Outcome};
use crate::http::{Body, Request, Response, Source, trace};
use crate::values::cancel::CancelOutcome;
use crate::values::error_type::ErrorType;
use crate::values::job::Job;
use crate::values::status::Status;

/// A job with the URLs under which it can be asked for.
pub(crate) struct Ticket {
    pub(crate) core: Arc<Core>,
    routes: Routes,
}

/// What came of the wish for a status stream.
pub(crate) enum Opened {
    Stream(Events),
    /// Not now: the client has as many as it may, or the server is busy.
    Later,
    /// The server has none for this job.
    Never,
}

impl Ticket {
    pub(crate) fn new<E>(core: Arc<Core>, job: Job<E>) -> Result<Self, Error> {
        let job = job.into_parts();
        let routes = Routes::of(job.clone())
            .map_err(|error| error.of_job(&job.request_id, &job.endpoint))?;
        Ok(Self { core, routes })
    }

    pub(crate) fn request_id(&self) -> &str {
        &self.routes.job().request_id
    }

    pub(crate) fn endpoint(&self) -> &str {
        &self.routes.job().endpoint
    }

    pub(crate) fn result_url(&self) -> Url {
        self.routes.result(self.core.http.hosts())
    }

    /// The status; repeated until it comes, at most `limit` times where one is given.
    pub(crate) async fn status(
        &self,
        logs: bool,
        limit: Option<u32>,
        deadline: Option<Instant>,
    ) -> Result<Status, Error> {
        let mut attempts = self
            .attempts(Operation::Status, deadline)
            .at_most(limit.unwrap_or(u32::MAX));
        loop {
            trace::attempt(Operation::Status, attempts.number());
            match self.status_once(logs, deadline).await {
                Ok(status) => return Ok(status),
                Err(failed) => attempts.pause(self.owned(failed)).await?,
            }
        }
    }

    pub(crate) async fn status_once(
        &self,
        logs: bool,
        deadline: Option<Instant>,
    ) -> Result<Status, Failed> {
        let core = &self.core;
        let mut url = self.routes.status(core.http.hosts());
        with_logs(&mut url, logs);
        let request = Self::request(Method::GET, url, core.timeouts.status, deadline);
        let response = self.exchange(request, Phase::Status).await?;
        if !is_success(response.status) {
            return Err(Failed::refused(&response, Phase::Status, &core.http));
        }
        let unreadable =
            |problem: Source| Failed::unreadable(&response, Phase::Status, &core.http, problem);
        Status::read(&response.body)
            .map_err(|error| unreadable(error.into()))?
            .map(|status| status.redacted(|text| core.http.redact(text)))
            .ok_or_else(|| unreadable("the answer names no status".into()))
    }

    /// Opens the status stream. What goes wrong here says nothing about the job.
    pub(crate) async fn open(&self, logs: bool, stall: std::time::Duration) -> Opened {
        let core = &self.core;
        let mut url = self.routes.stream(core.http.hosts());
        with_logs(&mut url, logs);
        let mut request = Self::request(Method::GET, url, core.timeouts.status, None);
        request.headers.insert(
            header::ACCEPT,
            HeaderValue::from_static("text/event-stream"),
        );
        match core.http.open(request).await {
            Some(Ok(Ok(body))) => {
                let core = self.core.clone();
                let events = Events::new(body.pieces(), stall, core.http.body_limit());
                Opened::Stream(events.redacted(move |text| core.http.redact(text)))
            }
            // No stream of events, or no stream of this job: asking again would not change that.
            Some(Ok(Err(response))) if is_success(response.status) => Opened::Never,
            Some(Ok(Err(response))) if matches!(response.status, 404 | 405 | 406 | 410 | 501) => {
                Opened::Never
            }
            Some(Ok(Err(_)) | Err(_)) | None => Opened::Later,
        }
    }

    /// Cancels the job; repeated until an answer comes.
    pub(crate) async fn cancel(&self, deadline: Option<Instant>) -> Result<CancelOutcome, Error> {
        let core = &self.core;
        let mut attempts = self.attempts(Operation::Cancel, deadline);
        let mut may_have_arrived = false;
        loop {
            trace::attempt(Operation::Cancel, attempts.number());
            let url = self.routes.cancel(core.http.hosts());
            let request = Self::request(Method::PUT, url, core.timeouts.cancel, deadline);
            let failed = match self.exchange(request, Phase::Cancel).await {
                Ok(response) => {
                    let reading = Reading::of(&response.body, |text| core.http.redact(text));
                    match CancelOutcome::read(response.status, &response.body, &reading) {
                        Some(outcome) => {
                            return Ok(match outcome {
                                CancelOutcome::TooLate | CancelOutcome::UnknownJob
                                    if may_have_arrived =>
                                {
                                    self.after_lost_answer(outcome, deadline).await
                                }
                                _ => outcome,
                            });
                        }
                        None if is_success(response.status) => {
                            let problem = "the answer is none to a cancellation";
                            Failed::unreadable(&response, Phase::Cancel, &core.http, problem)
                        }
                        None => Failed::refused(&response, Phase::Cancel, &core.http),
                    }
                }
                Err(failed) => failed,
            };
            may_have_arrived |= !matches!(
                failed.outcome,
                Outcome::NotConnected | Outcome::TimedOutUnsent
            );
            attempts.pause(self.owned(failed)).await?;
        }
    }

    /// "Already completed" or "not found" after an attempt whose answer was lost: that attempt may
    /// be the reason.
    async fn after_lost_answer(
        &self,
        outcome: CancelOutcome,
        deadline: Option<Instant>,
    ) -> CancelOutcome {
        match self.status_once(false, deadline).await {
            Ok(status) if status.error_type() == Some(&ErrorType::ClientCancelled) => {
                CancelOutcome::Requested
            }
            _ => outcome,
        }
    }

    pub(crate) fn attempts(&self, operation: Operation, deadline: Option<Instant>) -> Attempts {
        Attempts::new(operation, &self.core.retry, deadline)
    }

    pub(crate) fn request(
        method: Method,
        url: Url,
        timeout: std::time::Duration,
        deadline: Option<Instant>,
    ) -> Request {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        Request {
            method,
            url,
            headers,
            body: Body::None,
            timeout,
            deadline,
        }
    }

    pub(crate) async fn exchange(
        &self,
        request: Request,
        phase: Phase,
    ) -> Result<Response, Failed> {
        let http = &self.core.http;
        http.exchange(request)
            .await
            .map_err(|failure| Failed::of_failure(failure, phase, http))
    }

    /// Every error about a job names the job.
    pub(crate) fn owned(&self, failed: Failed) -> Failed {
        Failed {
            error: self.of_job(failed.error),
            ..failed
        }
    }

    pub(crate) fn of_job(&self, error: Error) -> Error {
        error.of_job(self.request_id(), self.endpoint())
    }
}

fn with_logs(url: &mut Url, logs: bool) {
    if logs {
        url.query_pairs_mut().append_pair("logs", "1");
    }
}
