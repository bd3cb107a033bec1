//! What the developer can do about an error.

use crate::error::kind::{Kind, Phase};
use crate::error::{Error, Submission};
use crate::values::cancel::CancelOutcome;

impl Error {
    /// What can be done about the error, for the developer of the program and not for those who use it: it
    /// names methods of this crate. `{:#}` prints it behind the error.
    ///
    /// ```
    /// use kling_api::{Error, v2_1::master::image_to_video::Input};
    ///
    /// let input = Input::new("two robins", "robins.webp");
    /// let error = Error::from(input.validate().unwrap_err());
    /// assert!(error.to_string().starts_with("the job was not sent: image_url is no URL"));
    /// assert!(error.advice().unwrap().contains("skip_validation()"));
    /// assert!(format!("{error:#}").ends_with(&error.advice().unwrap()));
    /// ```
    #[must_use]
    pub fn advice(&self) -> Option<String> {
        match self.inner().kind.told() {
            Some(told) => told.advice.map(str::to_owned),
            None => Some(self.next()).filter(|advice| !advice.is_empty()),
        }
    }

    pub(super) fn next(&self) -> String {
        let inner = self.inner();
        match &inner.kind {
            Kind::Configuration(_)
            | Kind::OverBudget(_)
            | Kind::Journal(_)
            | Kind::KeyReused(_) => String::new(),
            _ if inner.phase == Phase::Upload => self.after_upload(),
            _ if inner.phase == Phase::Download => self.after_download(),
            Kind::Invalid => {
                "Correct the input, or call skip_validation() or call_raw() if fal accepts it by now".to_owned()
            }
            Kind::Encode => "Remove what JSON cannot hold, such as NaN".to_owned(),
            Kind::Untrusted => "Check the base URL of the client".to_owned(),
            Kind::Unsendable => {
                "Check the headers and the base URLs of the client; the cause says what is wrong"
                    .to_owned()
            }
            Kind::JobFailed => self.after_failure(),
            Kind::Output => {
                "The job is done and paid: read the result from the error's body(), and update \
                 this crate"
                    .to_owned()
            }
            _ if inner.phase == Phase::Run && inner.submission != Submission::NotSubmitted => {
                self.after_run()
            }
            Kind::Undelivered => self.undelivered(),
            _ if inner.phase == Phase::WebhookKeys => {
                "Answer the delivery with 503, and fal delivers it again; if this continues, check the \
                 network and rest_url"
                    .to_owned()
            }
            _ => match &inner.submission {
                Submission::Unknown => self.search(),
                _ if inner.phase == Phase::Platform => self.without_answer(),
                Submission::NotSubmitted => self.without_job(),
                Submission::Submitted(id) if inner.phase == Phase::Cancel => self.not_cancelled(id),
                Submission::Submitted(id) => self.with_job(id),
            },
        }
    }

    /// After a synchronous call, which has no job to follow.
    fn after_run(&self) -> String {
        let inner = self.inner();
        let request = match &inner.request_id {
            Some(id) => format!("request {id}"),
            None => "it".to_owned(),
        };
        let endpoint = inner.endpoint.as_deref().unwrap_or("…");
        format!(
            "The model may have run and be billed: before you call again, look for {request} in the \
             list of your requests, GET \
             https://api.fal.ai/v1/models/requests/by-endpoint?endpoint_id={endpoint}"
        )
    }

    fn undelivered(&self) -> String {
        let id = self.request_id().unwrap_or_default();
        format!(
            "The job is done and paid: fetch the result of request {id} with client.result(&job), soon, \
             for fal keeps results for an hour, those of 10 KB or more for six minutes"
        )
    }

    fn search(&self) -> String {
        let inner = self.inner();
        if let Some(id) = &inner.request_id {
            return format!(
                "fal may have taken it as job {id}: get the status of that id before you submit \
                 again. A 404 for it proves nothing, for it may be the id of the refused request"
            );
        }
        let endpoint = inner.endpoint.as_deref().unwrap_or("…");
        let list = format!(
            "the list of your requests, GET \
             https://api.fal.ai/v1/models/requests/by-endpoint?endpoint_id={endpoint}"
        );
        if inner.phase == Phase::Platform {
            return format!(
                "Whether there is a job is still unknown: {} and look again, or look at \
                 {list}",
                self.remedy()
            );
        }
        let how = if cfg!(feature = "platform") {
            "by find_lost_jobs, or in"
        } else {
            "in"
        };
        format!("fal may have taken it: before you submit again, look for it {how} {list}")
    }

    /// After a request to the platform API. No job is affected.
    fn without_answer(&self) -> String {
        let remedy = self.remedy();
        let mut letters = remedy.chars();
        let first = letters.next().map(|letter| letter.to_ascii_uppercase());
        let again = if self.is_rate_limit() {
            ""
        } else {
            ", then send the request again"
        };
        format!("{}{}{again}", first.unwrap_or_default(), letters.as_str())
    }

    /// What has to be done before the request is sent again.
    fn remedy(&self) -> String {
        let remedy = match &self.inner().kind {
            Kind::TooLarge => "ask for fewer entries or raise body_limit",
            Kind::Unreadable => "wait a while or update this crate",
            Kind::Deadline => "give it more time",
            _ if self.is_rate_limit() => return format!("send the request again {}", self.when()),
            _ if self.is_billing_lock() => "add credit to the account",
            _ if self.is_authentication() => "check the API key and its scope",
            _ if self.is_not_found() => "check the endpoint id",
            _ if self.is_connect() => "check the network and the proxy",
            _ if matches!(self.status(), Some(400..=499)) => "correct the request",
            _ => "wait until the cause is removed",
        };
        remedy.to_owned()
    }

    fn without_job(&self) -> String {
        let advice = if self.inner().user_timeout {
            NOT_STARTED
        } else if self.is_billing_lock() {
            "Nothing was bought: add credit to the account, then submit again"
        } else if self.is_authentication() {
            "Nothing was bought: check the API key and its scope"
        } else if self.is_rate_limit() {
            return format!("Nothing was bought: submit again {}", self.when());
        } else if self.is_validation() || self.is_content_policy() {
            "Correct the input, then submit again"
        } else if self.is_not_found() {
            "Check the endpoint id"
        } else if self.is_connect() {
            "Nothing was bought: check the network and the proxy, then submit again"
        } else if matches!(self.status(), Some(400..=499)) {
            "Nothing was bought. Correct the request, then submit again"
        } else {
            "Nothing was bought: submit again once the cause is removed"
        };
        advice.to_owned()
    }

    /// After an upload, which buys nothing.
    fn after_upload(&self) -> String {
        let advice = match &self.inner().kind {
            Kind::File { advice, .. } => advice,
            Kind::Untrusted => "no file may be sent to the URL that fal named",
            Kind::Deadline => "upload the file again with a longer timeout",
            _ if self.is_authentication() => "check the API key and its scope",
            _ if self.is_billing_lock() => "add credit to the account, then upload the file again",
            _ if self.is_retryable() => "upload the file again once the cause is removed",
            _ => "correct what the server refused, then upload the file again",
        };
        format!("Nothing was bought: {advice}")
    }

    /// After a download. The file is still there, and so is the job that made it.
    fn after_download(&self) -> String {
        let advice = match &self.inner().kind {
            Kind::File { advice, .. } => advice,
            Kind::Untrusted => "Check the URL",
            Kind::Deadline => "Download it again with a longer timeout",
            _ if self.is_not_found() => "Check the URL; the file may have expired",
            _ if self.is_authentication() => {
                "Only its owner may see the file, or its URL has expired; no API key is \
                 sent to the hosts of files"
            }
            _ if self.is_retryable() => {
                "Nothing is lost: download it again once the cause is removed"
            }
            _ => "Check the URL",
        };
        (*advice).to_owned()
    }

    /// After a cancellation that may not have arrived: the job may cost all the same.
    fn not_cancelled(&self, id: &str) -> String {
        let then = if self.is_billing_lock() {
            "add credit to the account, then cancel"
        } else if self.is_authentication() {
            "check the API key and its scope, then cancel"
        } else if self.is_not_found() {
            "check the endpoint id and the request id, then cancel"
        } else if self.is_rate_limit() {
            let when = self.when();
            return format!("The job may continue and be billed: cancel request {id} again {when}");
        } else {
            let is_answered = matches!(self.inner().kind, Kind::Refused);
            if !is_answered && !self.is_connect() {
                return format!(
                    "The cancellation may have arrived: get the status of request {id}, or \
                     cancel it again"
                );
            }
            "cancel"
        };
        format!("The job may continue and be billed: {then} request {id} again")
    }

    fn with_job(&self, id: &str) -> String {
        if let Some(cancelled) = self.cancel_outcome() {
            return after_cancelling(cancelled, id);
        }
        if self.is_billing_lock() {
            return format!(
                "The job itself continues: add credit to the account, then follow request {id} again"
            );
        }
        if self.is_authentication() {
            return format!(
                "The job itself is not affected: check the API key, then follow request {id} again"
            );
        }
        if self.is_not_found() && self.inner().phase == Phase::Result {
            return format!(
                "Check the request id {id}; fal keeps results for an hour, those of 10 KB or more for \
                 six minutes"
            );
        }
        if self.is_not_found() && self.inner().is_named {
            return format!(
                "fal named this job and does not know it any more: look for request {id} on fal's \
                 dashboard before you submit it again"
            );
        }
        if self.is_not_found() {
            return format!("Check the endpoint id and the request id {id}");
        }
        match &self.inner().kind {
            Kind::Deadline => {
                format!(
                    "The job is not affected: follow request {id} again, do not submit it again"
                )
            }
            Kind::InProgress => "Follow the job to wait for it".to_owned(),
            Kind::TooLarge => format!("Raise body_limit, then fetch request {id} again"),
            _ => format!(
                "The job itself is not affected: follow request {id} again, do not submit it again"
            ),
        }
    }

    fn after_failure(&self) -> String {
        let advice = if self.is_cancelled() {
            "Submit it again to get a result"
        } else if self.inner().user_timeout {
            NOT_STARTED
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

    fn when(&self) -> String {
        match self.inner().retry_after {
            Some(wait) => format!("in {} s", wait.as_secs()),
            None => "in a while".to_owned(),
        }
    }
}

const NOT_STARTED: &str =
    "It did not start within the start timeout: submit it again with a longer one";

fn after_cancelling(cancelled: Result<CancelOutcome, &Error>, id: &str) -> String {
    match cancelled {
        Ok(CancelOutcome::Removed) => "It will not run: submit it again to get a result".to_owned(),
        Ok(CancelOutcome::TooLate) => format!("It has ended: fetch the result of request {id}"),
        Ok(CancelOutcome::Requested) => {
            format!("Get the status of request {id} to see how it ended")
        }
        Ok(CancelOutcome::UnknownJob) => format!(
            "Check the endpoint id and the request id {id}: a job under another id may continue and be \
             billed"
        ),
        Err(_) => format!(
            "The job may continue and be billed: cancel request {id} again, or follow it to get the result"
        ),
    }
}
