//! Fetching the result of a job, and telling a failed job from a failed request.

use http::Method;
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use crate::call::job_handle::{JobHandle, StatusOptions};
use crate::error::Error;
use crate::error::body::ErrorBody;
use crate::error::kind::{Kind, Phase};
use crate::http::json;
use crate::http::request::Request;
use crate::http::response::Response;
use crate::http::retry::failure::{AttemptFailure, billable_units};
use crate::http::retry::{Operation, Outcome};
use crate::values::completed::Completed;
use crate::values::status::{State, Status};

/// Fetches the result. `status` is the one that says the job is completed, where one is at hand.
///
/// The result path replays the status, headers and body of the model. So a 5xx may mean that the job
/// failed, which is final, or that the request failed, which is worth another attempt. The job's status
/// decides: it names an error for a job that failed.
pub(crate) async fn result<O: DeserializeOwned + Send + 'static>(
    handle: &JobHandle,
    status: Option<Status>,
    deadline: Option<Instant>,
) -> Result<Completed<O>, Error> {
    let attempt = |mut status| async move {
        let result = match once(handle, &mut status, deadline).await {
            Ok(response) => decode(handle, response, status.as_ref()).await,
            Err(failure) => Err(failure),
        };
        (status, result)
    };
    let attempts = handle.attempts(Operation::Result, deadline);
    let (status, result) = attempts.run_with(status, attempt).await;
    result.map_err(|error| named(error, status.as_ref()))
}

async fn once(
    handle: &JobHandle,
    status: &mut Option<Status>,
    deadline: Option<Instant>,
) -> Result<Response, AttemptFailure> {
    let core = &handle.core;
    let url = handle.urls.result(core.http.hosts()).clone();
    let request = Request::new(Method::GET, url, core.timeouts.request, deadline);
    let response = handle.exchange(request, Phase::Result).await?;
    let waits = response.is_success() && is_waiting(&response, status.as_ref());
    if response.is_success() && !waits {
        return Ok(response);
    }
    let http_status = response.status;
    let exists = status.is_some() || handle.urls.are_named();
    let mut failure = handle.refused(response, Phase::Result, exists);
    let body = &failure.error.inner().body;
    let is_early = waits || (http_status == 400 && body.is_in_progress);
    if status.is_none() && (is_early || http_status >= 500) {
        let options = StatusOptions {
            deadline,
            ..StatusOptions::default()
        };
        let asked = handle.status_once(options).await;
        *status = asked.ok().filter(Status::is_completed);
    }
    let is_the_jobs = !is_early && is_the_jobs(http_status, &failure, status.as_ref());
    if let Outcome::Refused(refusal) = &mut failure.outcome {
        refusal.is_the_jobs = is_the_jobs;
        refusal.is_not_yet |= is_early && status.is_some();
    }
    if is_early {
        failure.error.inner_mut().kind = Kind::InProgress;
    } else if is_the_jobs {
        failure.error.inner_mut().kind = Kind::JobFailed;
    }
    Err(failure)
}

/// Whether a response of success is about the queue and not the result: 202, which a status has
/// until the job has ended, or one of the words for a job that has not.
fn is_waiting(response: &Response, status: Option<&Status>) -> bool {
    let has_not_ended = State::read(&response.body)
        .is_some_and(|it| matches!(it, State::Queued | State::InProgress));
    has_not_ended || (response.status == 202 && status.is_none())
}

/// Whether a refusal is the end of the job, and not of the request.
fn is_the_jobs(http_status: u16, failure: &AttemptFailure, status: Option<&Status>) -> bool {
    let inner = failure.error.inner();
    if matches!(
        http_status,
        401 | 402 | 403 | 404 | 405 | 408 | 409 | 410 | 429
    ) {
        return false;
    }
    let is_failed = status.is_some_and(Status::is_failed);
    !inner.body.field_errors.is_empty()
        || inner.user_timeout
        || (inner.body.is_json && (is_failed || matches!(http_status, 400 | 422 | 499)))
}

async fn decode<O: DeserializeOwned + Send + 'static>(
    handle: &JobHandle,
    response: Response,
    status: Option<&Status>,
) -> Result<Completed<O>, AttemptFailure> {
    match json::read(&response.body).await {
        Ok(output) => Ok(Completed {
            output,
            endpoint: Some(handle.endpoint().to_owned()),
            request_id: handle.request_id().to_owned(),
            inference_time: status.and_then(Status::inference_time),
            billable_units: billable_units(&response),
            logs: Vec::new(),
        }),
        Err(error) => {
            let is_final =
                json::is_json(&response.body) && (response.status == 200 || status.is_some());
            let mut failure = AttemptFailure::unreadable(response, Phase::Result, error);
            if is_final {
                failure.error.inner_mut().kind = Kind::Output;
                failure.outcome = Outcome::Misshapen;
            }
            Err(handle.named(failure))
        }
    }
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
    inner.body = ErrorBody {
        message: status.error().map(str::to_owned),
        error_type: status.error_type().cloned(),
        ..ErrorBody::default()
    };
    failure.with_source(error)
}
