//! Reading the status of a job.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::http::json::object;
use crate::values::status::{LogLine, State, Status};

impl Status {
    /// Reads a status object; `None` where it names no state.
    ///
    /// Everything else is optional: fal leaves fields out, sends null, and its own schema is wrong
    /// about the logs.
    pub(super) fn read(body: &[u8]) -> serde_json::Result<Option<Self>> {
        let wire: Wire = object(body)?;
        Ok(wire.into_status())
    }
}

/// The fields that are read, of any type whatever. The others are ignored.
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
    pub(super) fn read(body: &[u8]) -> Option<Self> {
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

fn text(object: &Map<String, Value>, name: &str) -> Option<String> {
    object.get(name).and_then(Value::as_str).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::values::error_type::ErrorType;

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
        assert_eq!(queued.logs, None);

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
