//! How a job ended, as the journal keeps it.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::Error;
use crate::error::body::ErrorBody;
use crate::error::kind::{Kind, Phase};
use crate::values::completed::Completed;
use crate::values::endpoint::Raw;
use crate::values::error_type::ErrorType;
use crate::values::job::Job;

/// The output, with what came along with it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Success {
    pub(crate) output: Value,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seconds: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    billable_units: Option<f64>,
}

/// The error of a job that failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Failure {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error_type: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    is_retryable: Option<bool>,
    #[serde(default)]
    is_user_timeout: bool,
}

impl Success {
    pub(crate) fn of<O: Serialize>(completed: &Completed<O>) -> Result<Self, serde_json::Error> {
        Ok(Self {
            output: serde_json::to_value(&completed.output)?,
            seconds: completed.inference_time.map(|time| time.as_secs_f64()),
            billable_units: completed.billable_units,
        })
    }

    /// The result, as the job gave it. Log lines are not kept.
    pub(crate) fn completed(self, job: &Job<Raw>) -> Completed<Value> {
        Completed {
            output: self.output,
            endpoint: Some(job.endpoint().to_owned()),
            request_id: job.request_id().to_owned(),
            inference_time: self
                .seconds
                .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()),
            billable_units: self.billable_units,
            logs: Vec::new(),
        }
    }
}

impl Failure {
    /// Nothing for an error that says nothing about the job.
    pub(crate) fn of(error: &Error) -> Option<Self> {
        error.is_job_failure().then(|| Self {
            status: error.status(),
            message: error.message().map(str::to_owned),
            error_type: error.error_type().map(|kind| kind.as_str().to_owned()),
            body: error.body().map(str::to_owned),
            is_retryable: error.inner().retry_hint,
            is_user_timeout: error.inner().user_timeout,
        })
    }

    pub(crate) fn message(&self) -> Option<&str> {
        self.message.as_deref().or(self.error_type.as_deref())
    }

    /// The error that the job ended with. Log lines and causes are not kept.
    pub(crate) fn error(&self, job: &Job<Raw>) -> Error {
        let mut error =
            Error::new(Kind::JobFailed, Phase::Result).of_job(job.request_id(), job.endpoint());
        let inner = error.inner_mut();
        inner.status = self.status;
        inner.retry_hint = self.is_retryable;
        inner.user_timeout = self.is_user_timeout;
        inner.body = ErrorBody {
            message: self.message.clone(),
            error_type: self.error_type.clone().map(ErrorType::from),
            ..ErrorBody::from(self.body.as_deref().unwrap_or_default())
        };
        error
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_comes_back_as_it_was() {
        let job = Job::raw("a/b", "6f");
        let completed = Completed {
            output: serde_json::json!({"video": {"url": "https://v3.fal.media/a.mp4"}}),
            endpoint: Some("a/b".to_owned()),
            request_id: "6f".to_owned(),
            inference_time: Some(Duration::from_millis(3420)),
            billable_units: Some(0.0),
            logs: Vec::new(),
        };
        let kept = serde_json::to_string(&Success::of(&completed).unwrap()).unwrap();
        let read: Success = serde_json::from_str(&kept).unwrap();
        assert_eq!(read.completed(&job), completed);
    }

    #[test]
    fn a_failure_comes_back_with_its_fields() {
        let job = Job::raw("a/b", "6f");
        let body =
            r#"{"detail":[{"loc":["body","prompt"],"msg":"too long","type":"string_too_long"}]}"#;
        let mut error = Error::new(Kind::JobFailed, Phase::Result).of_job("6f", "a/b");
        let inner = error.inner_mut();
        inner.status = Some(422);
        inner.retry_hint = Some(false);
        inner.body = ErrorBody::from(body);
        let kept = serde_json::to_string(&Failure::of(&error).unwrap()).unwrap();
        let again = serde_json::from_str::<Failure>(&kept).unwrap().error(&job);
        assert_eq!(again.to_string(), error.to_string());
        assert_eq!(again.field_errors(), error.field_errors());
        assert_eq!(again.body(), error.body());
        assert_eq!(again.is_retryable(), error.is_retryable());
        assert!(again.is_validation() && again.is_job_failure());
    }

    #[test]
    fn only_the_end_of_a_job_is_kept() {
        assert_eq!(Failure::of(&Error::new(Kind::Connect, Phase::Result)), None);
    }
}
