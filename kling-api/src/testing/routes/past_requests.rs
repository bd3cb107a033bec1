//! The fake's jobs as entries of the list of past requests.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use crate::testing::jobs::job::{Ending, Job, JobState};
use crate::testing::jobs::logs::timestamp;
use crate::testing::jobs::script::Outcome;
use crate::testing::state::Shared;

/// From when to when, in whole seconds, as text that sorts by time.
pub(crate) struct Window {
    start: Option<String>,
    end: Option<String>,
}

/// How far back the list goes by itself, and how far for one request.
const DAY: Duration = Duration::from_secs(24 * 3600);
const LONGEST: Duration = Duration::from_secs(90 * 24 * 3600);

/// `2026-01-02T03:04:05`.
const SECONDS: usize = 19;

impl Window {
    pub(crate) fn of(
        start: Option<&str>,
        end: Option<&str>,
        of_one: bool,
    ) -> Result<Self, &'static str> {
        let age = if of_one { LONGEST } else { DAY };
        let default = SystemTime::now().checked_sub(age).map(timestamp);
        let read = |text: &str| {
            let seconds = text.get(..SECONDS).filter(|seconds| {
                let digits = seconds.bytes().filter(u8::is_ascii_digit).count();
                seconds.as_bytes()[10] == b'T' && digits == 14
            });
            seconds
                .map(str::to_owned)
                .ok_or("start and end must be ISO 8601")
        };
        Ok(Self {
            start: start.or(default.as_deref()).map(read).transpose()?,
            end: end.map(read).transpose()?,
        })
    }

    pub(crate) fn holds(&self, job: &Job) -> bool {
        let sent_at = timestamp(job.sent_at);
        let sent_at = &sent_at[..SECONDS];
        self.start.as_deref().is_none_or(|start| start <= sent_at)
            && self.end.as_deref().is_none_or(|end| sent_at <= end)
    }
}

/// How a job ended, in the words of the list; nothing before.
pub(crate) fn status(job: &Job) -> Option<&'static str> {
    Some(match code(&job.peek().ending?) {
        ..400 => "success",
        400..500 => "user_error",
        500.. => "error",
    })
}

/// One entry.
pub(crate) fn entry(shared: &Shared, job: &Job, with_payloads: bool) -> Value {
    let snapshot = job.peek();
    let has_started = snapshot.state != JobState::InQueue;
    // Here, a job waits for no time at all.
    let ended_at = snapshot.ending.as_ref().map(|_| {
        let seconds = job.script.inference_time.unwrap_or_default();
        timestamp(job.sent_at + Duration::try_from_secs_f64(seconds).unwrap_or_default())
    });
    let mut entry = json!({
        "request_id": job.request_id,
        "endpoint_id": &*job.endpoint,
        "sent_at": timestamp(job.sent_at),
        "started_at": has_started.then(|| timestamp(job.sent_at)),
        "ended_at": ended_at,
        "status_code": snapshot.ending.as_ref().map(code),
        "duration": snapshot.ending.as_ref().and(job.script.inference_time),
    });
    if with_payloads && job.is_stored {
        entry["json_input"] = job.input.clone();
        entry["json_output"] = match &snapshot.ending {
            Some(Ending::Outcome(Outcome::Output(output))) => output.clone(),
            Some(Ending::Outcome(Outcome::Example)) => {
                let document = shared.documents.get(&job.endpoint);
                document.map_or(Value::Null, |it| it.example_output(&shared.base_url))
            }
            _ => Value::Null,
        };
    }
    entry
}

/// The status of the result.
fn code(ending: &Ending) -> u16 {
    match ending {
        Ending::Outcome(Outcome::Example | Outcome::Output(_)) => 200,
        Ending::Outcome(
            Outcome::ModelError { code, .. }
            | Outcome::PlatformError { code, .. }
            | Outcome::Answer { code, .. },
        ) => *code,
        Ending::Cancelled => 499,
        Ending::StartTimeout => 504,
    }
}
