//! The list of past requests: the fake's jobs.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use crate::testing::jobs::job::Job;
use crate::testing::jobs::logs::timestamp;
use crate::testing::jobs::outcome::Outcome;
use crate::testing::jobs::state::JobState;
use crate::testing::routes::platform::invalid;
use crate::testing::routes::platform::query::Query;
use crate::testing::routes::result::output;
use crate::testing::state::Shared;
use crate::testing::wire::response::Response;

/// fal gives this many requests to a page.
const LARGEST_PAGE: usize = 100;

pub(super) fn past_requests(shared: &Shared, query: &Query) -> Result<Value, Response> {
    let endpoint = query
        .one("endpoint_id")
        .ok_or_else(|| invalid("endpoint_id is required"))?;
    let limit = query.one("limit").map(str::parse::<usize>);
    if matches!(limit, Some(Ok(limit)) if limit > LARGEST_PAGE) {
        return Err(invalid(format!("limit must be at most {LARGEST_PAGE}")));
    }
    let wanted = query.word("status", &["success", "error", "user_error"])?;
    let with_payloads = query.expands("payloads", &["payloads"])?;
    let request_id = query.one("request_id");
    let window = Window::read(query)?;
    let catalogue = shared.catalogue();
    let entries: Vec<Value> = shared
        .jobs
        .all()
        .iter()
        .filter(|job| *job.submit.endpoint == *endpoint && window.holds(job))
        .filter(|job| request_id.is_none_or(|id| job.request_id == id))
        .filter(|job| wanted.is_none() || status(job) == wanted)
        .filter(|job| catalogue.lists_running || job.peek().ending.is_some())
        .map(|job| entry(shared, job, with_payloads && catalogue.stores_payloads))
        .collect();
    query.page("items", &entries, catalogue.page_size.min(LARGEST_PAGE))
}

/// The history: the newest first.
pub(super) fn history(shared: &Shared, query: &Query) -> Result<Value, Response> {
    let endpoints = query.endpoint_ids()?;
    let with_payloads = query.expands("payloads", &["payloads"])?;
    let catalogue = shared.catalogue();
    let entries: Vec<Value> = shared
        .jobs
        .all()
        .iter()
        .rev()
        .filter(|job| endpoints.is_empty() || endpoints.contains(&&*job.submit.endpoint))
        .map(|job| entry(shared, job, with_payloads && catalogue.stores_payloads))
        .collect();
    query.page("results", &entries, catalogue.page_size.min(LARGEST_PAGE))
}

/// From when to when, in whole seconds, as text that sorts by time.
struct Window {
    start: Option<String>,
    end: Option<String>,
}

/// How far back the list goes by itself, and how far for one request.
const DAY: Duration = Duration::from_secs(24 * 3600);
const LONGEST: Duration = Duration::from_secs(90 * 24 * 3600);

/// `2026-01-02T03:04:05`.
const SECONDS: usize = 19;

impl Window {
    fn read(query: &Query) -> Result<Self, Response> {
        let age = match query.one("request_id") {
            Some(_) => LONGEST,
            None => DAY,
        };
        let default = SystemTime::now().checked_sub(age).map(timestamp);
        let seconds = |text: &str| {
            let seconds = text.get(..SECONDS).filter(|seconds| {
                let digits = seconds.bytes().filter(u8::is_ascii_digit).count();
                seconds.as_bytes()[10] == b'T' && digits == 14
            });
            let seconds = seconds.map(str::to_owned);
            seconds.ok_or_else(|| invalid("start and end must be ISO 8601"))
        };
        let start = query.one("start").or(default.as_deref());
        Ok(Self {
            start: start.map(seconds).transpose()?,
            end: query.one("end").map(seconds).transpose()?,
        })
    }

    fn holds(&self, job: &Job) -> bool {
        let sent_at = timestamp(job.sent_at);
        let sent_at = &sent_at[..SECONDS];
        self.start.as_deref().is_none_or(|start| start <= sent_at)
            && self.end.as_deref().is_none_or(|end| sent_at <= end)
    }
}

/// How a job ended, in the words of the list; nothing before.
fn status(job: &Job) -> Option<&'static str> {
    Some(match job.peek().ending?.outcome.code() {
        ..400 => "success",
        400..500 => "user_error",
        500.. => "error",
    })
}

fn entry(shared: &Shared, job: &Job, with_payloads: bool) -> Value {
    let snapshot = job.peek();
    let script = &job.submit.script;
    let has_started = snapshot.state != JobState::InQueue;
    let has_run = snapshot
        .ending
        .as_ref()
        .is_some_and(|ending| ending.has_run);
    let duration = script.inference_time.filter(|_| has_run);
    let outcome = snapshot.ending.map(|ending| ending.outcome);
    // In the fake, a job spends no time in the queue.
    let ended_at = outcome.as_ref().map(|_| {
        let seconds = duration.unwrap_or_default();
        timestamp(job.sent_at + Duration::try_from_secs_f64(seconds).unwrap_or_default())
    });
    let mut entry = json!({
        "request_id": job.request_id,
        "endpoint_id": &*job.submit.endpoint,
        "sent_at": timestamp(job.sent_at),
        "started_at": has_started.then(|| timestamp(job.sent_at)),
        "ended_at": ended_at,
        "status_code": outcome.as_ref().map(Outcome::code),
        "duration": duration,
    });
    if with_payloads && job.submit.is_stored {
        entry["json_input"] = job.submit.input.clone();
        entry["json_output"] = json!(outcome.and_then(|outcome| output(shared, job, &outcome)));
    }
    entry
}
