//! What kind of error it is, and what that means for trying again.

use crate::error::kind::{Kind, Phase, is_transient};
use crate::error::{Error, Submission};
use crate::values::cancel::CancelOutcome;
use crate::values::error_type::ErrorType;

impl Error {
    /// A time limit has passed: of an attempt, of the caller, or the start timeout given to fal.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        matches!(self.0.kind, Kind::AttemptTimeout | Kind::Deadline)
            || self.0.user_timeout
            || matches!(self.0.status, Some(408 | 504))
    }

    /// No connection could be made.
    #[must_use]
    pub fn is_connect(&self) -> bool {
        matches!(self.0.kind, Kind::Connect)
    }

    /// fal did not accept the key: 401, or 403 for another reason than an exhausted balance.
    ///
    /// On a request for a status or a result it says nothing about the job.
    #[must_use]
    pub fn is_authentication(&self) -> bool {
        matches!(self.0.status, Some(401 | 403)) && !self.is_billing_lock()
    }

    /// The account is locked because its balance is exhausted. Existing jobs continue.
    #[must_use]
    pub fn is_billing_lock(&self) -> bool {
        self.0.status == Some(402) || (self.0.status == Some(403) && self.0.body.is_locked)
    }

    /// Too many requests at once: 429.
    #[must_use]
    pub fn is_rate_limit(&self) -> bool {
        self.0.status == Some(429)
    }

    /// The input is not valid: found before sending, or by fal (422).
    #[must_use]
    pub fn is_validation(&self) -> bool {
        matches!(self.0.kind, Kind::Invalid)
            || (self.0.status == Some(422) && !self.is_content_policy())
    }

    /// The content is against the rules of the model's owner. It may be billed.
    #[must_use]
    pub fn is_content_policy(&self) -> bool {
        self.has_type(&ErrorType::ContentPolicyViolation)
    }

    /// fal does not know the job or the endpoint: 404. Results are kept for an hour, those of 10 KB
    /// or more for six minutes, unless the account stores payloads.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.0.status == Some(404)
    }

    /// The job was cancelled.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.status == Some(499) || self.has_type(&ErrorType::ClientCancelled)
    }

    /// The server failed: any 5xx.
    #[must_use]
    pub fn is_server(&self) -> bool {
        matches!(self.0.status, Some(500..=599))
    }

    /// The job has ended without a result; fetching it again gives the same.
    #[must_use]
    pub fn is_job_failure(&self) -> bool {
        matches!(self.0.kind, Kind::JobFailed)
    }

    /// The result was asked for before the job had ended.
    #[must_use]
    pub fn is_in_progress(&self) -> bool {
        matches!(self.0.kind, Kind::InProgress)
    }

    /// This version cannot read the response: it is no JSON, JSON of another shape, or too large.
    /// A result of another shape is in [`body`](Self::body).
    #[must_use]
    pub fn is_unreadable(&self) -> bool {
        matches!(
            self.0.kind,
            Kind::Unreadable | Kind::Output | Kind::TooLarge
        )
    }

    /// A webhook came without the result of its job. The job is done and paid:
    /// [`Client::result`](crate::Client::result) fetches it, by the [`request_id`](Self::request_id).
    #[must_use]
    pub fn is_undelivered(&self) -> bool {
        matches!(self.0.kind, Kind::Undelivered)
    }

    /// Something about a file: it is missing, empty, too large or of the wrong type, or it cannot be read or written.
    #[must_use]
    pub fn is_file(&self) -> bool {
        matches!(self.0.kind, Kind::File { .. })
    }

    /// The caller has to correct something before anything can be sent: the key, a URL, an id, a
    /// header.
    #[must_use]
    pub fn is_configuration(&self) -> bool {
        matches!(
            self.0.kind,
            Kind::Configuration(_) | Kind::Encode | Kind::Untrusted | Kind::Unsendable
        )
    }

    /// The call costs more than the client may spend: see
    /// [`max_cost_per_call`](crate::ClientBuilder::max_cost_per_call) and
    /// [`budget`](crate::ClientBuilder::budget). Nothing was sent.
    #[must_use]
    pub fn is_over_budget(&self) -> bool {
        matches!(self.0.kind, Kind::OverBudget(_))
    }

    /// The journal could not say or keep what it should: its store failed, or whether fal has the job of a key is not
    /// known; [`submission`](Self::submission) tells the two apart. The same call with the same key may be made again
    /// at any time.
    #[must_use]
    pub fn is_journal(&self) -> bool {
        matches!(self.0.kind, Kind::Journal(_))
    }

    /// The idempotency key was used before, with another endpoint or another input. Nothing was sent.
    #[must_use]
    pub fn is_key_reused(&self) -> bool {
        matches!(self.0.kind, Kind::KeyReused(_))
    }

    /// Whether the same operation may succeed if it is repeated. To submit again is another
    /// operation: see [`may_submit_again`](Self::may_submit_again).
    ///
    /// Never where [`submission`](Self::submission) is unknown, or the job was cancelled by
    /// `cancel_on_timeout`. For a job that is there, "the same"
    /// is to ask for its status or result again. For a [failed job](Self::is_job_failure) it is a
    /// new submit, which is a new purchase; fal does not bill 5xx.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        if self.0.submission == Submission::Unknown || self.0.user_timeout || self.is_cancelled() {
            return false;
        }
        let is_bought = self.0.submission != Submission::NotSubmitted;
        if self.0.phase == Phase::Run && is_bought && !self.is_job_failure() {
            return false;
        }
        if let Some(Ok(CancelOutcome::Removed | CancelOutcome::Requested)) = self.0.cancel {
            return false;
        }
        match &self.0.kind {
            Kind::Connect
            | Kind::Journal(_)
            | Kind::Interrupted
            | Kind::AttemptTimeout
            | Kind::Deadline
            | Kind::Unreadable
            | Kind::InProgress
            | Kind::Undelivered
            | Kind::Unended => true,
            Kind::Configuration(_)
            | Kind::OverBudget(_)
            | Kind::KeyReused(_)
            | Kind::Invalid
            | Kind::Encode
            | Kind::Untrusted
            | Kind::Unsendable
            | Kind::TooLarge
            | Kind::File { .. }
            | Kind::Output => false,
            Kind::Refused | Kind::JobFailed => match (self.0.retry_hint, self.0.status) {
                (Some(hint), Some(500..=599)) => hint,
                (Some(hint), _) if self.is_job_failure() => hint,
                (_, Some(status)) => matches!(status, 408 | 409 | 429 | 500..=599),
                (_, None) => self.error_type().is_some_and(is_transient),
            },
        }
    }

    /// Whether to submit again: nothing was bought, and the cause may pass by itself.
    ///
    /// False for everything that has to be changed first, for a job that fal has or may have, and
    /// for a failed job, of which a new submit is a new purchase.
    #[must_use]
    pub fn may_submit_again(&self) -> bool {
        self.0.submission == Submission::NotSubmitted && self.is_retryable()
    }

    fn has_type(&self, wanted: &ErrorType) -> bool {
        self.error_type() == Some(wanted)
            || self
                .field_errors()
                .iter()
                .any(|field| field.error_type == *wanted)
    }
}
