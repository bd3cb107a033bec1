//! One sentence on what happened, for any reader; the alternate form adds the advice to the developer.

#[cfg(test)]
mod tests;

use std::fmt::{self, Write as _};

use crate::error::Error;
use crate::error::kind::{Kind, Phase};
use crate::error::visible::Visible;
use crate::values::cancel::CancelOutcome;

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let with_advice = f.alternate();
        let mut f = Visible(f);
        let kind = &self.inner().kind;
        match kind.told() {
            Some(told) if matches!(kind, Kind::OverBudget(_)) => {
                write!(f, "{}: {}", self.doing(), told.problem)?;
            }
            Some(told) => f.write_str(told.problem)?,
            None => write!(f, "{}{}", self.doing(), self.what())?,
        }
        match self.advice() {
            Some(advice) if with_advice && matches!(kind, Kind::Configuration(_)) => {
                write!(f, "; {advice}")
            }
            Some(advice) if with_advice => write!(f, ". {advice}"),
            _ => Ok(()),
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
            (Phase::Status, _) => format!("getting the status of {job} failed"),
            (Phase::Result, _) => format!("fetching the result of {job} failed"),
            (Phase::Cancel, _) => format!("cancelling {job} failed"),
            (Phase::Follow, _) => format!("following {job} ended"),
            (Phase::Run, _) => "running the model failed".to_owned(),
            (Phase::Upload, _) => "uploading the file failed".to_owned(),
            (Phase::Download, _) => "downloading the file failed".to_owned(),
            (Phase::Webhook, _) => format!("reading the webhook of {job} failed"),
            (Phase::WebhookKeys, _) => "fetching the keys of webhooks failed".to_owned(),
            (Phase::Platform, _) => "the request to fal's platform API failed".to_owned(),
        }
    }

    fn what(&self) -> String {
        let inner = self.inner();
        match &inner.kind {
            Kind::Configuration(sentence)
            | Kind::OverBudget(sentence)
            | Kind::Journal(sentence)
            | Kind::KeyReused(sentence) => format!(": {sentence}"),
            Kind::Invalid => match self.violations() {
                Some(violations) => format!(": {violations}"),
                None => ": the input breaks published limits".to_owned(),
            },
            Kind::Encode => ": the input cannot be written as JSON".to_owned(),
            Kind::Untrusted => ": the API key may not be sent to this URL".to_owned(),
            Kind::Unsendable => ": the HTTP library cannot make a request of it".to_owned(),
            Kind::Connect => ": no connection could be made".to_owned(),
            Kind::Interrupted => {
                ": the connection broke before the whole response arrived".to_owned()
            }
            Kind::AttemptTimeout => {
                ": the server took longer to respond than one attempt may take".to_owned()
            }
            Kind::Deadline => format!(
                ": the timeout of the call has passed{}{}",
                self.unknown_state(),
                self.cancelling()
            ),
            Kind::Unreadable => format!(": the response{} cannot be read", self.code()),
            Kind::TooLarge => ": the response is larger than the limit for bodies".to_owned(),
            Kind::Refused => format!(
                ": the server answered {}{}",
                self.status_line(),
                self.words()
            ),
            Kind::JobFailed if self.is_cancelled() => " was cancelled".to_owned(),
            Kind::JobFailed => format!(" failed{}", self.words()),
            Kind::InProgress => ": it is still in progress".to_owned(),
            Kind::Output => {
                ": the result is JSON of a shape that this version does not know".to_owned()
            }
            Kind::Undelivered => format!(": the webhook has no result{}", self.words()),
            Kind::File { problem, .. } => format!(": {problem}"),
            Kind::Unended => {
                " without a result or an error, which is a bug of kling-api".to_owned()
            }
        }
    }

    fn unknown_state(&self) -> String {
        let Some(state) = &self.inner().unknown_state else {
            return String::new();
        };
        format!("; the state of the job is {state:?}, which this version does not know")
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
        let line = line.trim_end_matches('.');
        if line.is_empty() {
            return String::new();
        }
        let short: String = line.chars().take(LONGEST).collect();
        let more = if short.len() < line.len() { "…" } else { "" };
        format!(": {short}{more}")
    }
}
