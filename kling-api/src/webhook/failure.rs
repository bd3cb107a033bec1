//! The errors of events: those that following the same job would give.

use serde_json::Value;

use crate::error::Error;
use crate::error::body::ErrorBody;
use crate::error::kind::{Kind, Phase};
use crate::values::error_type::ErrorType;
use crate::webhook::event::{Wire, text};

/// The job has ended without an output.
pub(super) fn job_failed(wire: &Wire) -> Error {
    let mut error = Error::new(Kind::JobFailed, Phase::Webhook);
    let inner = error.inner_mut();
    // The payload is the body that a request for the result gets.
    if let Some(payload) = &wire.payload {
        inner.body = ErrorBody::from(payload.get());
    }
    let body = &mut inner.body;
    if body.message.is_none() {
        body.message = text(&wire.error).map(str::to_owned);
    }
    if body.error_type.is_none() {
        body.error_type = text(&wire.error_type).map(|name| name.to_owned().into());
    }
    inner.status = status_in(&wire.error)
        .or_else(|| body.error_type.as_ref().and_then(usual_status))
        .or_else(|| (!body.field_errors.is_empty()).then_some(422));
    match text(&wire.payload_error) {
        Some(problem) => error.with_source(problem),
        None => error,
    }
}

/// The job is done, and fal could not put its output into the event.
pub(super) fn undelivered(wire: &Wire) -> Error {
    let mut error = Error::new(Kind::Undelivered, Phase::Webhook);
    error.inner_mut().body.message = text(&wire.payload_error).map(str::to_owned);
    error
}

/// The output is JSON of another shape than this version knows.
pub(super) fn other_shape(payload: &str) -> Error {
    let mut error = Error::new(Kind::Output, Phase::Webhook);
    let inner = error.inner_mut();
    inner.status = Some(200);
    inner.body = ErrorBody::from(payload);
    error
}

/// fal says something about the job that this version has no word for.
pub(super) fn unknown_status(status: Option<&str>) -> Error {
    let problem = match status {
        Some(word) => format!("the status of the event is {word:?}, and not OK or ERROR"),
        None => "the event has no status".to_owned(),
    };
    Error::new(Kind::Unreadable, Phase::Webhook).with_source(problem)
}

/// The status of a request for the result: "Invalid status code: 422".
fn status_in(error: &Value) -> Option<u16> {
    let (_, code) = text(error)?.split_once("status code: ")?;
    let code = code.get(..3)?.parse().ok()?;
    (400..600).contains(&code).then_some(code)
}

/// The status that fal documents for a type, where the event does not say it.
fn usual_status(error_type: &ErrorType) -> Option<u16> {
    Some(match error_type {
        ErrorType::RequestTimeout | ErrorType::StartupTimeout | ErrorType::GenerationTimeout => 504,
        ErrorType::RunnerSchedulingFailure
        | ErrorType::RunnerConnectionTimeout
        | ErrorType::RunnerDisconnected
        | ErrorType::RunnerConnectionRefused
        | ErrorType::RunnerConnectionError => 503,
        ErrorType::RunnerIncompleteResponse => 502,
        ErrorType::RunnerServerError
        | ErrorType::InternalError
        | ErrorType::InternalServerError
        | ErrorType::DownstreamServiceUnavailable => 500,
        ErrorType::ClientDisconnected | ErrorType::ClientCancelled => 499,
        ErrorType::BadRequest | ErrorType::DownstreamServiceError => 400,
        ErrorType::ConcurrentRequestsLimit => 429,
        _ => return None,
    })
}
