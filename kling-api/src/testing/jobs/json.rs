//! The JSON of the responses about a job.

use serde_json::{Value, json};

use crate::testing::jobs::job::Job;
use crate::testing::jobs::logs::LogLine;
use crate::testing::jobs::state::{JobState, Snapshot};

/// The response to a submit.
pub(crate) fn submitted(job: &Job, base_url: &str) -> Value {
    let positions = &job.submit.script.queue_positions;
    let submitted = json!({
        "status": "IN_QUEUE",
        "request_id": job.request_id,
        "queue_position": positions.first().copied().unwrap_or(0),
    });
    with_urls(submitted, job, base_url)
}

/// A status, asked for or streamed.
pub(crate) fn status(job: &Job, snapshot: &Snapshot, with_logs: bool, base_url: &str) -> Value {
    let lines = snapshot.logs.iter().map(LogLine::to_json);
    let logs = with_logs.then(|| lines.collect::<Vec<_>>());
    let mut status = json!({"request_id": job.request_id, "logs": logs, "metrics": {}});
    match snapshot.state {
        JobState::InQueue => {
            status["status"] = json!("IN_QUEUE");
            status["queue_position"] = json!(snapshot.queue_position);
        }
        JobState::InProgress => status["status"] = json!("IN_PROGRESS"),
        JobState::Completed => {
            status["status"] = json!("COMPLETED");
            status["metrics"] = json!({"inference_time": job.submit.script.inference_time});
        }
    }
    let failure = snapshot.ending.as_ref();
    if let Some((error, error_type)) = failure.and_then(|ending| ending.outcome.failure()) {
        status["error"] = json!(error);
        if let Some(error_type) = error_type {
            status["error_type"] = json!(error_type);
        }
    }
    with_urls(status, job, base_url)
}

fn with_urls(mut response: Value, job: &Job, base_url: &str) -> Value {
    let app = app_of(&job.submit.endpoint);
    let url = format!("{base_url}/{app}/requests/{}", job.request_id);
    response["status_url"] = json!(format!("{url}/status"));
    response["cancel_url"] = json!(format!("{url}/cancel"));
    response["response_url"] = json!(url);
    response
}

/// The part of an endpoint id that stands in the URLs of its jobs: owner and alias, with the namespace.
pub(crate) fn app_of(endpoint: &str) -> &str {
    let namespaced = ["workflows/", "comfy/"]
        .iter()
        .any(|namespace| endpoint.starts_with(namespace));
    let segments = if namespaced { 3 } else { 2 };
    match endpoint.match_indices('/').nth(segments - 1) {
        Some((end, _)) => &endpoint[..end],
        None => endpoint,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_namespace_is_part_of_the_app() {
        assert_eq!(app_of("workflows/a/b/x/y"), "workflows/a/b");
        assert_eq!(app_of("comfy/a/b"), "comfy/a/b");
        assert_eq!(app_of("acme/film/v1/image-to-video"), "acme/film");
        assert_eq!(app_of("xai/grok"), "xai/grok");
    }
}
