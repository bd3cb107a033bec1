//! Requests about a job: status, stream, result and cancel.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::{self, Stream};
use serde_json::json;

use crate::testing::jobs::job::Job;
use crate::testing::jobs::json::{app_of, status};
use crate::testing::jobs::state::{Cancellation, JobState};
use crate::testing::operation::Operation;
use crate::testing::recorder::RecordedRequest;
use crate::testing::routes::result::result;
use crate::testing::state::Shared;
use crate::testing::wire::response::{Response, event, still_in_progress};

/// The job of this id, where it belongs to this app.
pub(crate) fn find(shared: &Shared, app: &str, id: &str) -> Option<Arc<Job>> {
    let job = shared.jobs.get(id)?;
    (app_of(&job.submit.endpoint) == app).then_some(job)
}

pub(crate) fn serve(
    shared: &Shared,
    operation: Operation,
    job: &Arc<Job>,
    record: &mut RecordedRequest,
) -> Response {
    record.took_effect = true;
    let logs = record.query_value("logs");
    let with_logs = logs.is_some_and(|logs| matches!(logs.as_str(), "1" | "true"));
    let response = match operation {
        Operation::Stream => {
            let events = events(Arc::clone(job), with_logs, shared.base_url.clone());
            Response::stream(200, operation.content_type(), events)
                .header("cache-control", "no-cache")
        }
        Operation::Result => match job.peek().ending {
            None => Response::json(400, &still_in_progress()),
            Some(ending) => result(shared, job, &ending),
        },
        Operation::Cancel => {
            let (code, status) = match job.cancel() {
                Cancellation::Removed => (200, "OK"),
                Cancellation::Requested => (202, "CANCELLATION_REQUESTED"),
                Cancellation::TooLate => (400, "ALREADY_COMPLETED"),
            };
            Response::json(code, &json!({"status": status}))
        }
        _ => {
            let snapshot = job.observe();
            let is_completed = snapshot.state == JobState::Completed;
            let code = if is_completed { 200 } else { 202 };
            Response::json(code, &status(job, &snapshot, with_logs, &shared.base_url))
        }
    };
    response.header("x-fal-request-id", &job.request_id)
}

/// Each status of a job as an event, with a comment after each silence.
fn events(
    job: Arc<Job>,
    with_logs: bool,
    base_url: String,
) -> impl Stream<Item = Bytes> + Send + 'static {
    let cursor = job.cursor();
    stream::unfold(
        (job, cursor, base_url),
        move |(job, mut cursor, base_url)| async move {
            let next = job.next_event(&mut cursor);
            let chunk = match tokio::time::timeout(job.submit.script.keep_alive, next).await {
                Ok(snapshot) => event(&status(&job, &snapshot?, with_logs, &base_url)),
                Err(_) => Bytes::from_static(b": ping\n\n"),
            };
            Some((chunk, (job, cursor, base_url)))
        },
    )
}
