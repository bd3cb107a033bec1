//! The kinds of errors, as callers tell them apart.

use crate::error::Error;
use crate::error::kind::Kind;

macro_rules! kinds {
    ($($name:ident $what:literal $todo:literal;)+) => {
        /// What went wrong: [`Error::kind`] gives each error one kind.
        ///
        /// What happened to the job is another matter, and says whether to submit again: see
        /// [`Error::submission`] and [`Error::may_submit_again`]. A job that [failed](Error::is_job_failure)
        /// has the kind of its cause, where that is one of those below.
        ///
        /// | kind | what happened | what to do |
        /// |---|---|---|
        $(#[doc = concat!(
            "| [`", stringify!($name), "`](Self::", stringify!($name), ") | ", $what, " | ", $todo, " |"
        )])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorKind {
            $(#[doc = concat!($what, ": ", $todo, ".")] $name,)+
        }

        #[cfg(test)]
        const ALL: &[ErrorKind] = &[$(ErrorKind::$name),+];
    };
}

kinds! {
    Configuration "the client, an id, a header or an option cannot be used" "correct it; nothing was sent";
    Validation "the input is not valid: found before it was sent, or by fal" "correct what [`Error::invalid_fields`] lists";
    ContentPolicy "the content is against the rules of the model's owner" "change the prompt or the files; it may be billed";
    OverBudget "the call costs more than the client may spend" "ask for less, or raise the limit; nothing was sent";
    Journal "the journal could not say or keep what it should" "make the same call with the same key again";
    KeyReused "the idempotency key stands for another call" "give another key; nothing was sent";
    File "a file is missing, empty, too large or of the wrong kind, or cannot be read or written" "give another file or path";
    Connect "no connection could be made" "check the network and the proxy, then try again";
    Interrupted "the connection broke before the whole response arrived" "submit again only where [`Error::may_submit_again`] says so; all else can be repeated";
    Timeout "a time limit has passed: of an attempt, of the caller, or of fal" "give it more time, or follow the job again";
    Authentication "fal did not accept the key" "check the key and its scope; jobs are not affected";
    BillingLock "the balance of the account is exhausted" "add credit; jobs that are there continue";
    RateLimit "too many requests at once" "wait for [`Error::retry_after`]";
    NotFound "fal does not know the job, the endpoint or the file" "check the id; results are kept for an hour or less";
    Cancelled "the job was cancelled" "submit it again to get a result";
    JobFailed "the job has ended without a result, for another reason than those above" "a new submit is a new job; [`Error::is_retryable`] says whether it may help";
    InProgress "the job has not ended yet" "follow it";
    Unreadable "this version cannot read the response" "read it from [`Error::body`], or update this crate; a job that is there is not affected";
    Undelivered "a webhook came without the result of its job" "fetch the result, soon";
    Server "the server failed: a 5xx" "try again where [`Error::is_retryable`] says so";
    Refused "the server refused the request for a reason that has no kind of its own" "correct the request; [`Error::message`] has the server's words";
    Bug "following the job stopped without an end, which is a bug of this crate" "follow the job again, and report it";
}

impl Error {
    /// What went wrong, as one kind. [`ErrorKind`] has a table of what to do.
    ///
    /// ```
    /// use kling_api::{Client, ErrorKind};
    ///
    /// let error = Client::builder().key("no colon").build().unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::Configuration);
    /// ```
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self.inner().kind {
            Kind::Configuration(_) | Kind::Encode | Kind::Untrusted | Kind::Unsendable => {
                ErrorKind::Configuration
            }
            Kind::Invalid => ErrorKind::Validation,
            Kind::OverBudget(_) => ErrorKind::OverBudget,
            Kind::Journal(_) => ErrorKind::Journal,
            Kind::KeyReused(_) => ErrorKind::KeyReused,
            Kind::File { .. } => ErrorKind::File,
            Kind::Connect => ErrorKind::Connect,
            Kind::Interrupted => ErrorKind::Interrupted,
            Kind::AttemptTimeout | Kind::Deadline => ErrorKind::Timeout,
            Kind::Unreadable | Kind::TooLarge | Kind::Output => ErrorKind::Unreadable,
            Kind::InProgress => ErrorKind::InProgress,
            Kind::Undelivered => ErrorKind::Undelivered,
            Kind::Unended => ErrorKind::Bug,
            Kind::JobFailed => self.cause().unwrap_or(ErrorKind::JobFailed),
            Kind::Refused => self.refusal(),
        }
    }

    /// What a failed job and a refused request may both have been refused for.
    fn cause(&self) -> Option<ErrorKind> {
        if self.is_cancelled() {
            Some(ErrorKind::Cancelled)
        } else if self.inner().user_timeout {
            Some(ErrorKind::Timeout)
        } else if self.is_content_policy() {
            Some(ErrorKind::ContentPolicy)
        } else if self.is_validation() {
            Some(ErrorKind::Validation)
        } else {
            None
        }
    }

    fn refusal(&self) -> ErrorKind {
        if let Some(cause) = self.cause() {
            cause
        } else if self.is_billing_lock() {
            ErrorKind::BillingLock
        } else if self.is_authentication() {
            ErrorKind::Authentication
        } else if self.is_rate_limit() {
            ErrorKind::RateLimit
        } else if self.is_not_found() {
            ErrorKind::NotFound
        } else if self.is_timeout() {
            ErrorKind::Timeout
        } else if self.is_server() {
            ErrorKind::Server
        } else {
            ErrorKind::Refused
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::body::ErrorBody;
    use crate::error::kind::Phase;

    fn refused(kind: Kind, status: u16, body: &str) -> Error {
        let mut error = Error::new(kind, Phase::Result);
        error.inner_mut().status = Some(status);
        error.inner_mut().body = ErrorBody::from(body);
        error
    }

    fn errors() -> Vec<Error> {
        let text = || "a sentence".to_owned();
        let file = Kind::File {
            problem: text(),
            advice: "advice",
        };
        let plain = [
            Kind::Configuration(text()),
            Kind::Invalid,
            Kind::OverBudget(text()),
            Kind::Journal(text()),
            Kind::KeyReused(text()),
            Kind::Encode,
            Kind::Untrusted,
            Kind::Unsendable,
            Kind::Connect,
            Kind::Interrupted,
            Kind::AttemptTimeout,
            Kind::Deadline,
            Kind::Unreadable,
            Kind::TooLarge,
            Kind::InProgress,
            Kind::Output,
            Kind::Undelivered,
            file,
            Kind::Unended,
        ];
        let mut all: Vec<Error> = plain
            .into_iter()
            .map(|kind| Error::new(kind, Phase::Result))
            .collect();
        let bodies = [
            "",
            r#"{"detail": "User is locked. Reason: Exhausted balance."}"#,
            r#"{"detail": [{"msg": "no", "type": "content_policy_violation", "loc": ["body"]}]}"#,
            r#"{"detail": [{"msg": "no", "type": "missing", "loc": ["body", "prompt"]}]}"#,
        ];
        for kind in [Kind::Refused, Kind::JobFailed] {
            for status in 400..600 {
                all.extend(bodies.map(|body| refused(kind.clone(), status, body)));
            }
        }
        all
    }

    #[test]
    fn each_kind_is_given_and_its_predicate_agrees() {
        let mut given = Vec::new();
        for error in errors() {
            let kind = error.kind();
            given.push(kind);
            let agrees = match kind {
                ErrorKind::Configuration => error.is_configuration(),
                ErrorKind::Validation => error.is_validation(),
                ErrorKind::ContentPolicy => error.is_content_policy(),
                ErrorKind::OverBudget => error.is_over_budget(),
                ErrorKind::Journal => error.is_journal(),
                ErrorKind::KeyReused => error.is_key_reused(),
                ErrorKind::File => error.is_file(),
                ErrorKind::Connect => error.is_connect(),
                ErrorKind::Timeout => error.is_timeout(),
                ErrorKind::Authentication => error.is_authentication(),
                ErrorKind::BillingLock => error.is_billing_lock(),
                ErrorKind::RateLimit => error.is_rate_limit(),
                ErrorKind::NotFound => error.is_not_found(),
                ErrorKind::Cancelled => error.is_cancelled(),
                ErrorKind::JobFailed => error.is_job_failure(),
                ErrorKind::InProgress => error.is_in_progress(),
                ErrorKind::Unreadable => error.is_unreadable(),
                ErrorKind::Undelivered => error.is_undelivered(),
                ErrorKind::Server => error.is_server(),
                ErrorKind::Interrupted | ErrorKind::Refused | ErrorKind::Bug => true,
            };
            assert!(agrees, "{kind:?}: {error:#?}");
        }
        for kind in ALL {
            assert!(given.contains(kind), "{kind:?}");
        }
    }

    #[test]
    fn a_failed_job_has_the_kind_of_its_cause() {
        let of = |status, body| refused(Kind::JobFailed, status, body).kind();
        assert_eq!(of(422, ""), ErrorKind::Validation);
        assert_eq!(of(499, ""), ErrorKind::Cancelled);
        assert_eq!(of(500, ""), ErrorKind::JobFailed);
    }
}
