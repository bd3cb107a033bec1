//! The webhooks of jobs: the published key, and the event that is delivered when a job has ended.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::testing::jobs::job::Job;
use crate::testing::jobs::state::Ending;
use crate::testing::recorder::RecordedRequest;
use crate::testing::routes::result::result;
use crate::testing::routes::webhook_delivery::{deliver, target};
use crate::testing::state::Shared;
use crate::testing::wire::response::{Body, Response};

/// How often the fake delivers an event that is not accepted. fal: more often, over hours.
const ATTEMPTS: u32 = 5;

/// The pause after the first attempt; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(10);

/// The public key. It needs no API key.
pub(crate) fn keys(shared: &Shared, record: &mut RecordedRequest) -> Response {
    record.took_effect = true;
    Response::json(200, &shared.webhook_keys.jwks())
}

/// Delivers the job's event once it has ended, where its webhook is on this machine.
pub(crate) fn watch(shared: &Arc<Shared>, job: &Arc<Job>) {
    let Some(target) = job.submit.webhook.as_deref().and_then(target) else {
        return;
    };
    let (watched, job) = (Arc::clone(shared), Arc::clone(job));
    shared.deliveries.spawn(async move {
        let Some(ending) = end(&job).await else {
            return;
        };
        let body = body(&watched, &job, &ending);
        let mut pause = FIRST_PAUSE;
        for attempt in 1..=ATTEMPTS {
            let status = deliver(&watched, &job, &target, &body, attempt).await;
            // fal takes a redirect for a final response, and any other failure for a passing one.
            if status.is_some_and(|status| (200..400).contains(&status)) {
                return;
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
    });
}

/// One more delivery of a job that has ended; the status of the response.
pub(crate) async fn deliver_again(shared: &Arc<Shared>, job: &Job) -> Option<u16> {
    let target = target(job.submit.webhook.as_deref()?)?;
    let body = body(shared, job, &job.peek().ending?);
    let made = shared.deliveries.all();
    let made = made.iter().filter(|it| it.request_id == job.request_id);
    let attempt = u32::try_from(made.count()).unwrap_or(u32::MAX);
    deliver(shared, job, &target, &body, attempt.saturating_add(1)).await
}

/// Waits for the end of the job. Reads its statuses like a stream, so that the job moves on by itself.
async fn end(job: &Job) -> Option<Ending> {
    let mut cursor = job.cursor();
    while job.next_event(&mut cursor).await.is_some() {}
    job.peek().ending
}

/// The event: the result stands under `payload`.
fn body(shared: &Shared, job: &Job, ending: &Ending) -> Vec<u8> {
    let result = result(shared, job, ending);
    let payload = match &result.body {
        Body::Whole(body) => serde_json::from_slice::<Value>(body).ok(),
        Body::Stream(_) => None,
    };
    let is_success = (200..300).contains(&result.code);
    let failure = match ending.outcome.failure() {
        Some((sentence, _)) => Some(sentence),
        None => (!is_success).then(|| format!("Invalid status code: {}", result.code)),
    };
    let problem = match (&job.submit.script.payload_error, &payload) {
        (Some(problem), _) => Some(problem.as_str()),
        (None, None) => Some("Response payload is not JSON serializable"),
        (None, Some(_)) => None,
    };
    let mut event = json!({
        "request_id": job.request_id,
        "gateway_request_id": job.request_id,
        "status": if failure.is_none() { "OK" } else { "ERROR" },
        "payload": payload,
    });
    if let Some(failure) = failure {
        event["error"] = json!(failure);
    }
    if let Some(problem) = problem {
        event["payload"] = Value::Null;
        event["payload_error"] = json!(problem);
    }
    event.to_string().into_bytes()
}
