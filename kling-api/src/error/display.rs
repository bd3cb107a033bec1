//! One sentence on what happened, one on what to do next.

use std::fmt;

use super::{Error, Kind, Phase, Submission};
use crate::CancelOutcome;

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.inner().kind {
            Kind::Configuration(sentence) => f.write_str(sentence),
            _ => write!(f, "{}{}. {}", self.doing(), self.what(), self.next()),
        }
    }
}

impl Error {
    fn doing(&self) -> String {
        let inner = self.inner();
        let job = match &inner.request_id {
            Some(id) => format!("job {id}"),
            None => "the job".to_owned(),
        };
        match (inner.phase, &inner.kind) {
            (_, Kind::JobFailed) => job,
            (Phase::Prepare, _) => "the job was not sent".to_owned(),
            (Phase::Submit, _) => "submitting the job failed".to_owned(),
            (Phase::Status, _) => format!("asking for the status of {job} failed"),
            (Phase::Result, _) => format!("fetching the result of {job} failed"),
            (Phase::Cancel, _) => format!("cancelling {job} failed"),
            (Phase::Follow, _) => format!("following {job} ended"),
        }
    }

    fn what(&self) -> String {
        let inner = self.inner();
        match &inner.kind {
            Kind::Configuration(sentence) => format!(": {sentence}"),
            Kind::Invalid => match self.violations() {
                Some(violations) => format!(": {violations}"),
                None => ": the input breaks published bounds".to_owned(),
            },
            Kind::Encode => ": the input cannot be written as JSON".to_owned(),
            Kind::Untrusted => ": the URL is not one that the API key may be sent to".to_owned(),
            Kind::Connect => ": no connection could be made".to_owned(),
            Kind::Interrupted => {
                ": the connection broke before the whole answer was there".to_owned()
            }
            Kind::AttemptTimeout => {
                ": the server took longer to answer than an attempt may".to_owned()
            }
            Kind::Deadline => format!(": the timeout of the call has passed{}", self.cancelling()),
            Kind::Unreadable => format!(": the answer{} cannot be read", self.code()),
            Kind::TooLarge => ": the answer is larger than the bound for bodies".to_owned(),
            Kind::Answer => format!(
                ": the server answered {}{}",
                self.status_line(),
                self.words()
            ),
            Kind::JobFailed if self.is_cancelled() => " was cancelled".to_owned(),
            Kind::JobFailed => format!(" failed{}", self.words()),
            Kind::InProgress => ": it is still in progress".to_owned(),
            Kind::Output => {
                ": the result is JSON of another shape than this version knows".to_owned()
            }
        }
    }

    fn next(&self) -> String {
        let inner = self.inner();
        match &inner.kind {
            Kind::Configuration(_) => String::new(),
            Kind::Invalid => {
                "Correct the input, or call skip_validation() if fal accepts it by now".to_owned()
            }
            Kind::Encode => "Take out what JSON cannot carry, such as NaN".to_owned(),
            Kind::Untrusted => "Check the base URL of the client".to_owned(),
            Kind::JobFailed => self.after_failure(),
            Kind::Output => {
                "The job is done and paid: take what you need from the error's body(), \
                             and update this crate"
                    .to_owned()
            }
            _ => match &inner.submission {
                Submission::Unknown => self.search(),
                Submission::NotSubmitted => self.without_job(),
                Submission::Submitted(id) => self.with_job(id),
            },
        }
    }

    fn search(&self) -> String {
        let inner = self.inner();
        if let Some(id) = &inner.request_id {
            return format!(
                "fal may have taken it as job {id}: ask for the status of that id before you submit \
                 again"
            );
        }
        let endpoint = inner.endpoint.as_deref().unwrap_or("…");
        format!(
            "fal may have taken it: before you submit again, look for it in the list of your \
             requests, GET https://api.fal.ai/v1/models/requests/by-endpoint?endpoint_id={endpoint}"
        )
    }

    fn without_job(&self) -> String {
        let advice = if self.is_billing_lock() {
            "Top up the balance of the account, then submit again"
        } else if self.is_authentication() {
            "Check the API key and its scope"
        } else if self.is_rate_limit() {
            return match self.inner().retry_after {
                Some(wait) => format!("Nothing was bought: submit again in {} s", wait.as_secs()),
                None => "Nothing was bought: submit again in a while".to_owned(),
            };
        } else if self.is_validation() || self.is_content_policy() {
            "Correct the input, then submit again"
        } else if self.is_not_found() {
            "Check the endpoint id"
        } else if self.is_connect() {
            "Nothing was bought: check the network and the proxy, then submit again"
        } else {
            "Nothing was bought: submit again once the cause is gone"
        };
        advice.to_owned()
    }

    fn with_job(&self, id: &str) -> String {
        match self.cancel_outcome() {
            Some(Ok(CancelOutcome::Removed)) => {
                return "It will not run: submit it again to have it".to_owned();
            }
            Some(Ok(CancelOutcome::TooLate)) => {
                return format!("It has ended: fetch the result of request {id}");
            }
            Some(Ok(CancelOutcome::Requested)) => {
                return format!("Ask for the status of request {id} to see how it ended");
            }
            _ => {}
        }
        if self.is_billing_lock() {
            return format!(
                "The job itself goes on: top up the balance of the account, then follow request {id} \
                 again"
            );
        }
        if self.is_authentication() {
            return format!(
                "This says nothing about the job: check the API key, then follow request {id} again"
            );
        }
        if self.is_not_found() {
            return "Check the request id; fal keeps results for an hour, large ones for six minutes"
                .to_owned();
        }
        if matches!(self.inner().kind, Kind::Deadline) {
            return format!(
                "The job is not affected: follow request {id} again, do not submit it anew"
            );
        }
        if matches!(self.inner().kind, Kind::InProgress) {
            return "Follow the job to wait for it".to_owned();
        }
        if matches!(self.inner().kind, Kind::TooLarge) {
            return format!("Raise body_limit, then fetch request {id} again");
        }
        format!("This says nothing about the job: follow request {id} again, do not submit it anew")
    }

    fn after_failure(&self) -> String {
        let advice = if self.is_cancelled() {
            "Submit it again to have it"
        } else if self.inner().user_timeout {
            "It did not start within the start timeout: submit it again with a longer one"
        } else if self.is_content_policy() {
            "Change the prompt or the images; the same input will be refused again"
        } else if self.is_retryable() {
            "Trying again may help: a new submit is a new job"
        } else if self.is_validation() {
            "Correct the input, then submit a new job"
        } else {
            "The same result will come back for this request: submit a new job to try again"
        };
        advice.to_owned()
    }

    fn cancelling(&self) -> String {
        let achieved = match self.cancel_outcome() {
            None => return String::new(),
            Some(Ok(CancelOutcome::Removed)) => "the job was taken out of the queue",
            Some(Ok(CancelOutcome::Requested)) => {
                "fal was asked to cancel the job, which may still finish and be billed"
            }
            Some(Ok(CancelOutcome::TooLate)) => "it was too late to cancel the job",
            Some(Ok(CancelOutcome::UnknownJob)) => {
                "fal does not know the job that was to be cancelled"
            }
            Some(Err(_)) => "cancelling the job failed too",
        };
        format!("; {achieved}")
    }

    fn code(&self) -> String {
        self.inner()
            .status
            .map(|status| format!(" ({status})"))
            .unwrap_or_default()
    }

    fn status_line(&self) -> String {
        let Some(status) = self.inner().status else {
            return "with an error".to_owned();
        };
        let name = http::StatusCode::from_u16(status)
            .ok()
            .and_then(|status| status.canonical_reason());
        match name {
            Some(name) => format!("{status} {name}"),
            None => status.to_string(),
        }
    }

    /// The server's own words, on one line and not too many of them.
    fn words(&self) -> String {
        const LONGEST: usize = 300;
        let Some(message) = self.message() else {
            return String::new();
        };
        let line: Vec<&str> = message.split_whitespace().collect();
        let line = line.join(" ");
        let short: String = line.chars().take(LONGEST).collect();
        let more = if short.len() < line.len() { "…" } else { "" };
        format!(": {}{more}", short.trim_end_matches('.'))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::Violations;
    use crate::check::{Check, Checks};
    use crate::error::Reading;

    const ENDPOINT: &str = "fal-ai/x/y";

    fn unknown(kind: Kind) -> Error {
        let mut error = Error::new(kind, Phase::Submit);
        error.inner_mut().submission = Submission::Unknown;
        error.inner_mut().endpoint = Some(ENDPOINT.to_owned());
        error
    }

    fn answered(phase: Phase, status: u16, body: &str) -> Error {
        let mut error = Error::new(Kind::Answer, phase);
        error.inner_mut().status = Some(status);
        error.inner_mut().reading = Reading::of(body.as_bytes(), str::to_owned);
        error
    }

    fn cancelled(outcome: Result<CancelOutcome, Error>) -> Error {
        let mut error = Error::new(Kind::Deadline, Phase::Follow).of_job("6f", ENDPOINT);
        error.inner_mut().cancel = Some(outcome);
        error
    }

    struct TooLong;

    impl Check for TooLong {
        fn check(&self, checks: &mut Checks) {
            checks.field("prompt", |checks| checks.max_length("abc", 2));
        }
    }

    #[test]
    fn each_says_what_happened_and_what_to_do() {
        let locked = r#"{"detail": "User is locked. Reason: Exhausted balance."}"#;
        let mut busy = answered(Phase::Submit, 429, "");
        busy.inner_mut().retry_after = Some(Duration::from_secs(8));
        let mut failed =
            answered(Phase::Result, 503, r#"{"detail": "Gone."}"#).of_job("6f", ENDPOINT);
        failed.inner_mut().kind = Kind::JobFailed;
        for (error, text) in [
            (
                Error::invalid(Violations::of(&TooLong).unwrap_err(), ENDPOINT),
                "the job was not sent: prompt has 3 characters but may have at most 2. Correct the \
                 input, or call skip_validation() if fal accepts it by now",
            ),
            (
                unknown(Kind::Interrupted),
                "submitting the job failed: the connection broke before the whole answer was there. \
                 fal may have taken it: before you submit again, look for it in the list of your \
                 requests, GET https://api.fal.ai/v1/models/requests/by-endpoint?endpoint_id=fal-ai/x/y",
            ),
            (
                Error::new(Kind::Connect, Phase::Submit),
                "submitting the job failed: no connection could be made. Nothing was bought: check \
                 the network and the proxy, then submit again",
            ),
            (
                busy,
                "submitting the job failed: the server answered 429 Too Many Requests. Nothing was \
                 bought: submit again in 8 s",
            ),
            (
                answered(Phase::Submit, 403, locked),
                "submitting the job failed: the server answered 403 Forbidden: User is locked. \
                 Reason: Exhausted balance. Top up the balance of the account, then submit again",
            ),
            (
                answered(Phase::Status, 401, "").of_job("6f", ENDPOINT),
                "asking for the status of job 6f failed: the server answered 401 Unauthorized. This \
                 says nothing about the job: check the API key, then follow request 6f again",
            ),
            (
                Error::new(Kind::AttemptTimeout, Phase::Result).of_job("6f", ENDPOINT),
                "fetching the result of job 6f failed: the server took longer to answer than an \
                 attempt may. This says nothing about the job: follow request 6f again, do not \
                 submit it anew",
            ),
            (
                failed,
                "job 6f failed: Gone. Trying again may help: a new submit is a new job",
            ),
            (
                cancelled(Ok(CancelOutcome::Removed)),
                "following job 6f ended: the timeout of the call has passed; the job was taken out \
                 of the queue. It will not run: submit it again to have it",
            ),
            (
                cancelled(Ok(CancelOutcome::Requested)),
                "following job 6f ended: the timeout of the call has passed; fal was asked to cancel \
                 the job, which may still finish and be billed. Ask for the status of request 6f to see \
                 how it ended",
            ),
            (
                cancelled(Err(Error::new(Kind::Connect, Phase::Cancel))),
                "following job 6f ended: the timeout of the call has passed; cancelling the job \
                 failed too. The job is not affected: follow request 6f again, do not submit it anew",
            ),
        ] {
            assert_eq!(error.to_string(), text);
        }
    }

    #[test]
    fn the_servers_words_are_kept_short_and_on_one_line() {
        let long = format!("{{\"detail\": \"a\\n{}\"}}", "b".repeat(1000));
        let text = answered(Phase::Submit, 500, &long).to_string();
        assert!(text.contains(": a bbb") && text.contains("b…"), "{text}");
        assert!(text.len() < 500);
    }
}
