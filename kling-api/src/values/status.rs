//! How far a job is, and what it has logged.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use crate::error::body::text;
use crate::values::error_type::ErrorType;
use crate::values::json::object;

/// How far a job is, as fal answered.
///
/// ```no_run
/// # use kling_api::{Client, Error, Job, Raw, State};
/// # async fn example(client: Client, job: Job<Raw>) -> Result<(), Error> {
/// let status = client.status(&job).logs(true).await?;
/// if let State::Queued = status.state() {
///     println!("{:?} jobs are before this one", status.queue_position());
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Status {
    state: State,
    queue_position: Option<u64>,
    logs: Option<Vec<LogLine>>,
    inference_time: Option<Duration>,
    error: Option<String>,
    error_type: Option<ErrorType>,
}

/// The state of a job. fal has three; a job that failed or was cancelled is completed too.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum State {
    /// The job waits for a runner.
    Queued,
    /// A runner works on the job.
    InProgress,
    /// The job has ended, well or not: see [`Status::is_failed`].
    Completed,
    /// A state that this version does not know.
    Other(String),
}

/// One line that the model has logged.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct LogLine {
    /// The text.
    pub message: String,
    /// When it was logged, as fal writes it: ISO 8601, with or without a zone.
    pub timestamp: Option<String>,
    /// For example `INFO` or `STDERR`.
    pub level: Option<String>,
    /// For example `USER`.
    pub source: Option<String>,
}

impl Status {
    /// Reads a status object; `None` where it names no state.
    ///
    /// Everything else is optional: fal leaves fields out, sends null, and its own schema is wrong
    /// about the logs.
    pub(crate) fn read(body: &[u8]) -> serde_json::Result<Option<Self>> {
        let wire: Wire = object(body)?;
        Ok(wire.into_status())
    }

    /// The status without what must not be kept, should a server have sent it back.
    pub(crate) fn redacted(mut self, redact: impl Fn(&str) -> String) -> Self {
        if let State::Other(word) = &mut self.state {
            *word = redact(word);
        }
        if let Some(error) = &mut self.error {
            *error = redact(error);
        }
        // The known types are fal's own words, which hold nothing of ours.
        if let Some(ErrorType::Other(name)) = &mut self.error_type {
            *name = redact(name);
        }
        for line in self.logs.iter_mut().flatten() {
            line.message = redact(&line.message);
            for text in [&mut line.timestamp, &mut line.level, &mut line.source] {
                *text = text.as_deref().map(&redact);
            }
        }
        self
    }

    /// The state of the job.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Whether the job has ended, well or not.
    #[must_use]
    pub fn is_completed(&self) -> bool {
        self.state == State::Completed
    }

    /// Whether the job has ended without a result. Its result holds the details: fetching it gives
    /// them as a typed error.
    #[must_use]
    pub fn is_failed(&self) -> bool {
        self.is_completed() && (self.error.is_some() || self.error_type.is_some())
    }

    /// How many jobs are before this one; only while it is queued.
    #[must_use]
    pub fn queue_position(&self) -> Option<u64> {
        self.queue_position
    }

    /// The lines logged up to now; empty where none were asked for or the model logs nothing.
    #[must_use]
    pub fn logs(&self) -> &[LogLine] {
        self.logs.as_deref().unwrap_or_default()
    }

    /// The lines, or `None` where the server sent no list at all.
    pub(crate) fn log_list(&self) -> Option<&[LogLine]> {
        self.logs.as_deref()
    }

    /// How long the model ran; only once the job is completed, and not for every model.
    #[must_use]
    pub fn inference_time(&self) -> Option<Duration> {
        self.inference_time
    }

    /// What went wrong, in fal's words; only for a job that failed.
    #[must_use]
    pub fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }

    /// What went wrong, by fal's name for it; only for a job that failed.
    #[must_use]
    pub fn error_type(&self) -> Option<&ErrorType> {
        self.error_type.as_ref()
    }
}

/// The fields that are read, of any type whatever. The others are passed over.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Wire {
    status: Value,
    queue_position: Value,
    logs: Value,
    metrics: Value,
    error: Value,
    error_type: Value,
}

impl Wire {
    fn into_status(self) -> Option<Status> {
        let state = State::of(self.status.as_str()?);
        let seconds = self.metrics.get("inference_time").and_then(Value::as_f64);
        Some(Status {
            state,
            queue_position: self.queue_position.as_u64(),
            logs: self
                .logs
                .as_array()
                .map(|logs| logs.iter().filter_map(LogLine::read).collect()),
            inference_time: seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()),
            error: said(&self.error).map(str::to_owned),
            error_type: said(&self.error_type).map(|name| name.to_owned().into()),
        })
    }
}

/// A text with something in it: an empty one says no more than null.
fn said(value: &Value) -> Option<&str> {
    value.as_str().filter(|text| !text.is_empty())
}

impl State {
    /// Reads the state alone; `None` where none is named.
    pub(crate) fn read(body: &[u8]) -> Option<Self> {
        #[derive(Deserialize)]
        struct Named {
            #[serde(default)]
            status: Value,
        }
        let named: Named = object(body).ok()?;
        named.status.as_str().map(Self::of)
    }

    fn of(word: &str) -> Self {
        match word {
            "IN_QUEUE" => Self::Queued,
            "IN_PROGRESS" => Self::InProgress,
            "COMPLETED" => Self::Completed,
            other => Self::Other(other.to_owned()),
        }
    }
}

impl LogLine {
    fn read(value: &Value) -> Option<Self> {
        if let Value::String(message) = value {
            return Some(Self {
                message: message.clone(),
                timestamp: None,
                level: None,
                source: None,
            });
        }
        let object = value.as_object()?;
        let level = text(object, "level").or_else(|| {
            object
                .get("labels")
                .and_then(Value::as_object)
                .and_then(|labels| text(labels, "level"))
        });
        Some(Self {
            message: text(object, "message")?,
            timestamp: text(object, "timestamp"),
            level,
            source: text(object, "source"),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(value: &Value) -> Option<Status> {
        Status::read(value.to_string().as_bytes()).unwrap_or_default()
    }

    #[test]
    fn the_three_states_and_any_other_are_read() {
        let queued = read(&json!({
            "status": "IN_QUEUE", "request_id": "6f", "queue_position": 3, "logs": null, "metrics": {}
        }))
        .unwrap();
        assert_eq!(queued.state(), &State::Queued);
        assert_eq!(queued.queue_position(), Some(3));
        assert_eq!(queued.log_list(), None);

        let failed = read(&json!({
            "status": "COMPLETED", "metrics": {"inference_time": 3.42},
            "error": "Runner disconnected", "error_type": "runner_disconnected"
        }))
        .unwrap();
        assert!(failed.is_failed());
        assert_eq!(failed.inference_time(), Some(Duration::from_millis(3420)));
        assert_eq!(failed.error_type(), Some(&ErrorType::RunnerDisconnected));

        let other = read(&json!({"status": "PAUSED"})).unwrap();
        assert_eq!(other.state(), &State::Other("PAUSED".into()));
        assert!(!other.is_completed());
    }

    #[test]
    fn what_names_no_state_is_no_status() {
        for value in [
            json!(null),
            json!([]),
            json!({}),
            json!({"status": 3}),
            json!("COMPLETED"),
        ] {
            assert_eq!(read(&value), None, "{value}");
        }
    }

    #[test]
    fn every_field_but_the_state_may_be_of_any_type() {
        let status = read(&json!({
            "status": "COMPLETED", "queue_position": "x", "logs": {"a": 1}, "metrics": null,
            "error": null, "error_type": 7
        }))
        .unwrap();
        assert!(!status.is_failed());
        assert!(status.logs().is_empty());
        let silent = json!({"status": "COMPLETED", "error": "", "error_type": ""});
        assert!(!read(&silent).unwrap().is_failed());
        let negative =
            read(&json!({"status": "COMPLETED", "metrics": {"inference_time": -1}})).unwrap();
        assert_eq!(negative.inference_time(), None);
    }

    #[test]
    fn no_text_of_a_status_keeps_the_key_however_it_was_written() {
        let value = serde_json::from_str(
            r#"{"status": "SECRET", "error": "SE\u0043RET", "error_type": "a SECRET", "logs": [
                "SECRET", {"message": "SECRET", "timestamp": "SECRET", "level": "SECRET", "source": "SECRET"}
            ]}"#,
        );
        let status = read(&value.unwrap())
            .unwrap()
            .redacted(|text| text.replace("SECRET", "[key]"));
        assert!(!format!("{status:?}").contains("SECRET"), "{status:?}");
        assert_eq!(status.error(), Some("[key]"));
        assert_eq!(status.logs().len(), 2);
    }

    #[test]
    fn log_lines_come_in_several_shapes() {
        let status = read(&json!({"status": "IN_PROGRESS", "logs": [
            {"message": "a", "level": "INFO", "source": "USER", "timestamp": "2026-02-17T10:30:01.123Z"},
            {"message": "b", "labels": {"level": "STDERR"}},
            "c", {"no": "message"}, 7
        ]}))
        .unwrap();
        let levels: Vec<_> = status
            .logs()
            .iter()
            .map(|it| (it.message.as_str(), it.level.as_deref()))
            .collect();
        assert_eq!(
            levels,
            [("a", Some("INFO")), ("b", Some("STDERR")), ("c", None)]
        );
    }
}
