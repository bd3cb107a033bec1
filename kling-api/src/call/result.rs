//! Fetching the result of a job, and telling a failed job from a failed fetch.

use http::Method;
use serde::de::{DeserializeOwned, IgnoredAny};
use tokio::time::Instant;

use crate::call::job_handle::Ticket;
use crate::error::Error;
use crate::error::body::Reading;
use crate::error::kind::{Kind, Phase};
use crate::http::retry::failure::{Failed, billable_units, is_success};
use crate::http::retry::{Operation, Outcome};
use crate::http::{Response, trace};
use crate::values::completed::Completed;
use crate::values::status::{State, Status};

/// Fetches the result. `status` is the one that says the job is completed, where one is at hand.
///
/// The result path replays the status, headers and body of the model. So a 5xx may mean that the job
/// failed, which is final, or that the fetch failed, which is worth another attempt. The job's status
/// decides: it names an error for a job that failed.
pub(crate) async fn result<O: DeserializeOwned>(
    ticket: &Ticket,
    mut status: Option<Status>,
    deadline: Option<Instant>,
) -> Result<Completed<O>, Error> {
    let mut attempts = ticket.attempts(Operation::Result, deadline);
    loop {
        trace::attempt(Operation::Result, attempts.number());
        let failed = match once(ticket, &mut status, deadline).await {
            Ok(response) => match decode(ticket, &response, status.as_ref()) {
                Ok(completed) => return Ok(completed),
                Err(failed) => failed,
            },
            Err(failed) => failed,
        };
        if let Err(error) = attempts.pause(ticket.owned(failed)).await {
            return Err(named(error, status.as_ref()));
        }
    }
}

async fn once(
    ticket: &Ticket,
    status: &mut Option<Status>,
    deadline: Option<Instant>,
) -> Result<Response, Failed> {
    let core = &ticket.core;
    let url = ticket.result_url();
    let request = Ticket::request(Method::GET, url, core.timeouts.result, deadline);
    let response = ticket.exchange(request, Phase::Result).await?;
    let waits = is_success(response.status) && is_waiting(&response, status.as_ref());
    if is_success(response.status) && !waits {
        return Ok(response);
    }
    let mut failed = Failed::refused(&response, Phase::Result, &core.http);
    let reading = &failed.error.inner().reading;
    let is_early = waits || (response.status == 400 && reading.is_in_progress);
    if status.is_none() && (is_early || response.status >= 500) {
        *status = ticket
            .status_once(false, deadline)
            .await
            .ok()
            .filter(Status::is_completed);
    }
    let is_the_jobs = !is_early && is_the_jobs(&response, &failed, status.as_ref());
    if let Outcome::Answer(answer) = &mut failed.outcome {
        answer.is_the_jobs = is_the_jobs;
        answer.result_is_late = is_early && status.is_some();
    }
    if is_early {
        failed.error.inner_mut().kind = Kind::InProgress;
    } else if is_the_jobs {
        failed.error.inner_mut().kind = Kind::JobFailed;
    }
    Err(failed)
}

/// Whether an answer of success is about the queue and not the result: 202, which a status gives
/// until the job has ended, or one of the words for a job that has not.
fn is_waiting(response: &Response, status: Option<&Status>) -> bool {
    let has_not_ended = State::read(&response.body)
        .is_some_and(|it| matches!(it, State::Queued | State::InProgress));
    has_not_ended || (response.status == 202 && status.is_none())
}

/// Whether an answer is what the job came to, and not what became of the question.
fn is_the_jobs(response: &Response, failed: &Failed, status: Option<&Status>) -> bool {
    let inner = failed.error.inner();
    if matches!(
        response.status,
        401 | 402 | 403 | 404 | 405 | 408 | 409 | 410 | 429
    ) {
        return false;
    }
    let is_failed = status.is_some_and(Status::is_failed);
    !inner.reading.field_errors.is_empty()
        || inner.user_timeout
        || (inner.reading.is_json && (is_failed || matches!(response.status, 400 | 422 | 499)))
}

fn decode<O: DeserializeOwned>(
    ticket: &Ticket,
    response: &Response,
    status: Option<&Status>,
) -> Result<Completed<O>, Failed> {
    let http = &ticket.core.http;
    let output = serde_json::from_slice(&response.body).map_err(|error| {
        let is_json = serde_json::from_slice::<IgnoredAny>(&response.body).is_ok();
        let mut failed = Failed::unreadable(response, Phase::Result, http, error);
        if is_json && (response.status == 200 || status.is_some()) {
            failed.error.inner_mut().kind = Kind::Output;
            failed.outcome = Outcome::Misshapen;
        }
        failed
    })?;
    Ok(Completed {
        output,
        request_id: ticket.request_id().to_owned(),
        inference_time: status.and_then(Status::inference_time),
        billable_units: billable_units(&response.headers),
        logs: Vec::new(),
    })
}

/// The job is known to have failed, whatever kept us from reading how: the error says so.
fn named(error: Error, status: Option<&Status>) -> Error {
    let Some(status) = status.filter(|status| status.is_failed()) else {
        return error;
    };
    if error.is_job_failure() {
        return error;
    }
    let (id, endpoint) = (
        error.request_id().map(str::to_owned),
        error.endpoint().map(str::to_owned),
    );
    let mut failure = Error::new(Kind::JobFailed, Phase::Result)
        .of_job(&id.unwrap_or_default(), &endpoint.unwrap_or_default());
    let inner = failure.inner_mut();
    inner.attempts = error.attempts();
    inner.reading = Reading {
        message: status.error().map(str::to_owned),
        error_type: status.error_type().cloned(),
        ..Reading::default()
    };
    failure.with_source(error)
}
