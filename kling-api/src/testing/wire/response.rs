//! fal's answers, before they are put on the wire.

use std::time::Duration;

use serde_json::{Value, json};

use crate::testing::jobs::job::{Ending, Job, JobState, Snapshot};
use crate::testing::jobs::script::Outcome;
use crate::testing::wire::event_stream::EventStream;

/// An answer that can still be spoiled by a fault.
pub(crate) struct Answer {
    pub(crate) code: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: AnswerBody,
}

pub(crate) enum AnswerBody {
    Whole(Vec<u8>),
    Events(Box<EventStream>),
    /// The first bytes, and then the others again and again, for ever.
    Endless {
        first: Vec<u8>,
        again: Vec<u8>,
    },
    /// Byte by byte, with this time between two.
    Trickle(Vec<u8>, Duration),
}

impl Answer {
    pub(crate) fn new(code: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            code,
            headers: Vec::new(),
            body: AnswerBody::Whole(body.into()),
        }
        .header("content-type", content_type)
    }

    pub(crate) fn json(code: u16, value: &Value) -> Self {
        Self::new(code, "application/json", value.to_string())
    }

    pub(crate) fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }
}

pub(crate) fn still_in_progress() -> Value {
    json!({"detail": "Request is still in progress"})
}

pub(crate) fn invalid_key() -> Answer {
    Answer::json(401, &json!({"detail": "invalid key credentials"}))
}

pub(crate) fn not_found() -> Answer {
    Answer::json(404, &json!({"status": "NOT_FOUND"}))
}

pub(crate) fn path_not_found(path: &str) -> Answer {
    Answer::json(
        404,
        &json!({"error": "Error", "message": format!("Path {path} not found")}),
    )
}

pub(crate) fn wrong_method(allow: &str) -> Answer {
    Answer::json(405, &json!({"detail": "Method Not Allowed"})).header("allow", allow)
}

/// The JSON of a submit answer, with the URLs under this base.
pub(crate) fn submitted(job: &Job, base_url: &str) -> Value {
    let position = job.script.queue_positions.first().copied().unwrap_or(0);
    let mut answer =
        json!({"status": "IN_QUEUE", "request_id": job.request_id, "queue_position": position});
    add_urls(&mut answer, job, base_url);
    answer
}

/// The JSON of a status.
pub(crate) fn status(job: &Job, snapshot: &Snapshot, with_logs: bool, base_url: &str) -> Value {
    let logs = with_logs.then(|| {
        snapshot
            .logs
            .iter()
            .map(crate::testing::jobs::logs::LogLine::to_json)
            .collect::<Vec<_>>()
    });
    let mut answer = json!({"request_id": job.request_id, "logs": logs, "metrics": {}});
    match snapshot.state {
        JobState::InQueue => {
            answer["status"] = json!("IN_QUEUE");
            answer["queue_position"] = json!(snapshot.queue_position);
        }
        JobState::InProgress => answer["status"] = json!("IN_PROGRESS"),
        JobState::Completed => {
            answer["status"] = json!("COMPLETED");
            answer["metrics"] = json!({"inference_time": job.script.inference_time});
        }
    }
    if let Some((error, error_type)) = snapshot.ending.as_ref().and_then(failure) {
        answer["error"] = json!(error);
        if let Some(error_type) = error_type {
            answer["error_type"] = json!(error_type);
        }
    }
    add_urls(&mut answer, job, base_url);
    answer
}

fn add_urls(answer: &mut Value, job: &Job, base_url: &str) {
    let url = format!(
        "{base_url}/{}/requests/{}",
        crate::testing::routes::router::app_of(&job.endpoint),
        job.request_id
    );
    answer["status_url"] = json!(format!("{url}/status"));
    answer["cancel_url"] = json!(format!("{url}/cancel"));
    answer["response_url"] = json!(url);
}

/// What a completed status says of a failure: the sentence, and fal's type where the platform failed.
pub(crate) fn failure(ending: &Ending) -> Option<(String, Option<&str>)> {
    match ending {
        Ending::Outcome(Outcome::Example | Outcome::Output(_) | Outcome::Answer { .. }) => None,
        Ending::Outcome(Outcome::ModelError { code, .. }) => {
            Some((format!("Invalid status code: {code}"), None))
        }
        Ending::Outcome(Outcome::PlatformError {
            error_type,
            message,
            ..
        }) => Some((message.clone(), Some(error_type))),
        Ending::Cancelled => Some(("Request was cancelled".to_owned(), Some("client_cancelled"))),
        Ending::StartTimeout => Some((START_TIMEOUT.to_owned(), Some("request_timeout"))),
    }
}

const START_TIMEOUT: &str = "Request did not start within the requested time";

/// The answer to a result: what the model or the platform said at the end.
pub(crate) fn result(job: &Job, ending: &Ending, example: &Value) -> Answer {
    let answer = match ending {
        Ending::Outcome(Outcome::Example) => Answer::json(200, example),
        Ending::Outcome(Outcome::Output(output)) => Answer::json(200, output),
        Ending::Outcome(Outcome::ModelError { code, detail }) => {
            Answer::json(*code, &json!({"detail": detail}))
        }
        Ending::Outcome(Outcome::PlatformError {
            code,
            error_type,
            message,
        }) => platform_error(*code, error_type, message),
        Ending::Outcome(Outcome::Answer {
            code,
            headers,
            body,
        }) => Answer {
            code: *code,
            headers: headers.clone(),
            body: AnswerBody::Whole(body.clone()),
        },
        Ending::Cancelled => platform_error(499, "client_cancelled", "Request was cancelled"),
        Ending::StartTimeout => platform_error(504, "request_timeout", START_TIMEOUT)
            .header("x-fal-request-timeout-type", "user"),
    };
    let succeeded = matches!(
        ending,
        Ending::Outcome(Outcome::Example | Outcome::Output(_) | Outcome::Answer { .. })
    );
    let answer = answer.header("x-fal-request-id", &job.request_id);
    match job.script.billable_units {
        Some(units) if succeeded => answer.header("x-fal-billable-units", units.to_string()),
        _ => answer,
    }
}

fn platform_error(code: u16, error_type: &str, message: &str) -> Answer {
    Answer::json(code, &json!({"detail": message, "error_type": error_type}))
        .header("x-fal-error-type", error_type)
}
