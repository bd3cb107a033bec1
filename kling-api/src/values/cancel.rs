//! What a cancellation achieved.

use std::fmt;

use serde_json::Value;

use crate::error::body::Reading;

/// What a cancellation achieved.
///
/// ```no_run
/// # use kling_api::{CancelOutcome, Client, Error, Job, Raw};
/// # async fn example(client: Client, job: Job<Raw>) -> Result<(), Error> {
/// match client.cancel(&job).await? {
///     CancelOutcome::Removed => println!("it will not run"),
///     outcome => println!("{outcome}"),
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CancelOutcome {
    /// The job was still queued and is removed. It will not run.
    Removed,
    /// The runner was told. The job may still finish, and be billed.
    Requested,
    /// The job had already ended.
    TooLate,
    /// fal knows no job of this id.
    UnknownJob,
}

impl CancelOutcome {
    /// Reads an answer; `None` where it is none to a cancellation.
    pub(crate) fn read(status: u16, body: &[u8], reading: &Reading) -> Option<Self> {
        let is_success = (200..300).contains(&status);
        match reading.status_word.as_deref() {
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
        (is_success && (reading.is_json || body.is_empty())).then_some(Self::Requested)
    }
}

impl fmt::Display for CancelOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Removed => "removed from the queue",
            Self::Requested => "cancellation requested",
            Self::TooLate => "too late, the job had ended",
            Self::UnknownJob => "no job of this id",
        })
    }
}

/// `{"success": false}`, which fal's schemas promise beside `true`.
fn is_denied(body: &[u8]) -> bool {
    serde_json::from_slice(body)
        .is_ok_and(|answer: Value| answer.get("success") == Some(&Value::Bool(false)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(status: u16, body: &'static str) -> Option<CancelOutcome> {
        let reading = Reading::of(body.as_bytes(), str::to_owned);
        CancelOutcome::read(status, body.as_bytes(), &reading)
    }

    #[test]
    fn the_four_answers_and_what_a_schema_promises_instead() {
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
