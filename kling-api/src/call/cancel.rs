//! Cancelling a job.

use http::Method;
use serde_json::Value;
use tokio::time::Instant;

use crate::call::job_handle::{JobHandle, StatusOptions};
use crate::error::Error;
use crate::error::body::ErrorBody;
use crate::error::kind::Phase;
use crate::http::request::Request;
use crate::http::response::is_success;
use crate::http::retry::failure::AttemptFailure;
use crate::http::retry::{Operation, Outcome};
use crate::values::cancel::CancelOutcome;
use crate::values::error_type::ErrorType;

impl JobHandle {
    /// Cancels the job; retried until there is a response.
    pub(crate) async fn cancel(&self, deadline: Option<Instant>) -> Result<CancelOutcome, Error> {
        let attempt = |may_have_arrived| async move {
            let outcome = match self.cancel_once(deadline).await {
                Ok(outcome) => outcome,
                Err(failure) => {
                    let has_not_left = matches!(
                        failure.outcome,
                        Outcome::NotConnected | Outcome::TimedOutUnsent
                    );
                    return (may_have_arrived || !has_not_left, Err(failure));
                }
            };
            let is_too_late = matches!(outcome, CancelOutcome::TooLate | CancelOutcome::UnknownJob);
            if is_too_late && may_have_arrived {
                let outcome = self.after_lost_response(outcome, deadline).await;
                return (may_have_arrived, Ok(outcome));
            }
            (may_have_arrived, Ok(outcome))
        };
        let attempts = self.attempts(Operation::Cancel, deadline);
        attempts.run_with(false, attempt).await.1
    }

    async fn cancel_once(
        &self,
        deadline: Option<Instant>,
    ) -> Result<CancelOutcome, AttemptFailure> {
        let url = self.urls.cancel(self.core.http.hosts()).clone();
        let request = Request::new(Method::PUT, url, self.core.timeouts.request, deadline);
        let response = self.exchange(request, Phase::Cancel).await?;
        match CancelOutcome::read(response.status, &response.body) {
            Some(outcome) => Ok(outcome),
            None if response.is_success() => {
                let problem = "the response is none to a cancellation";
                Err(self.named(AttemptFailure::unreadable(response, Phase::Cancel, problem)))
            }
            None => Err(self.named(AttemptFailure::refused(response, Phase::Cancel))),
        }
    }

    /// "Already completed" or "not found" after an attempt whose response was lost: that attempt may
    /// be the reason.
    async fn after_lost_response(
        &self,
        outcome: CancelOutcome,
        deadline: Option<Instant>,
    ) -> CancelOutcome {
        let options = StatusOptions {
            deadline,
            ..StatusOptions::default()
        };
        match self.status_once(options).await {
            Ok(status) if status.error_type() == Some(&ErrorType::ClientCancelled) => {
                CancelOutcome::Requested
            }
            _ => outcome,
        }
    }
}

impl CancelOutcome {
    /// Reads a response; `None` where it is none to a cancellation.
    fn read(status: u16, body: &[u8]) -> Option<Self> {
        let is_success = is_success(status);
        let read = ErrorBody::from(&*String::from_utf8_lossy(body));
        match read.status_word.as_deref() {
            Some("ALREADY_COMPLETED") => return Some(Self::TooLate),
            Some("NOT_FOUND") => return Some(Self::UnknownJob),
            Some("CANCELLATION_REQUESTED") if is_success => {
                return Some(Self::Requested);
            }
            Some("OK") if status == 200 => return Some(Self::Removed),
            _ => {}
        }
        if is_denied(body) {
            return None;
        }
        // Any other success is taken for the weaker promise.
        (is_success && (read.is_json || body.is_empty())).then_some(Self::Requested)
    }
}

/// `{"success": false}`, which fal's schemas promise beside `true`.
fn is_denied(body: &[u8]) -> bool {
    serde_json::from_slice(body)
        .is_ok_and(|body: Value| body.get("success") == Some(&Value::Bool(false)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(status: u16, body: &'static str) -> Option<CancelOutcome> {
        CancelOutcome::read(status, body.as_bytes())
    }

    #[test]
    fn the_four_responses_and_what_a_schema_promises_instead() {
        for (status, body, outcome) in [
            (200, r#"{"status":"OK"}"#, Some(CancelOutcome::Removed)),
            (202, r#"{"status":"OK"}"#, Some(CancelOutcome::Requested)),
            (
                202,
                r#"{"status":"CANCELLATION_REQUESTED"}"#,
                Some(CancelOutcome::Requested),
            ),
            (
                200,
                r#"{"status":"CANCELLATION_REQUESTED"}"#,
                Some(CancelOutcome::Requested),
            ),
            (
                400,
                r#"{"status":"ALREADY_COMPLETED"}"#,
                Some(CancelOutcome::TooLate),
            ),
            (
                404,
                r#"{"status":"NOT_FOUND"}"#,
                Some(CancelOutcome::UnknownJob),
            ),
            (200, r#"{"success":true}"#, Some(CancelOutcome::Requested)),
            (200, r#"{"success":false}"#, None),
            (204, "", Some(CancelOutcome::Requested)),
            (200, "<html>", None),
            (404, r#"{"detail":"Path /foo not found"}"#, None),
            (400, r#"{"detail":"no"}"#, None),
            (500, r#"{"status":"OK"}"#, None),
        ] {
            assert_eq!(read(status, body), outcome, "{status} {body}");
        }
    }
}
