//! The queue's operations on the fake's own state.

pub(crate) mod files;
mod past_requests;
mod platform;
pub(crate) mod router;
mod run;
pub(crate) mod storage;
pub(crate) mod webhook_delivery;
pub(crate) mod webhooks;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hyper::http::request::Parts;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::testing::jobs::job::{Cancellation, Job, JobState};
use crate::testing::jobs::script::Outcome;
use crate::testing::recorder::{KeySent, RecordedRequest, query_value};
use crate::testing::routes::router::{Operation, Route, app_of};
use crate::testing::server::connection::Orders;
use crate::testing::state::{Shared, Validation};
use crate::testing::wire::event_stream::EventStream;
use crate::testing::wire::response;
use crate::testing::wire::response::{Answer, AnswerBody};

/// Carries a request out. Notes in `record` whether it took effect, and the id of the job that it bought.
pub(crate) fn carry_out(
    shared: &Arc<Shared>,
    route: &Route<'_>,
    head: &Parts,
    record: &mut RecordedRequest,
    body: &Bytes,
    urls_under: &str,
    orders: &Orders,
) -> Answer {
    match route {
        Route::File(name) => {
            record.took_effect = true;
            return files::serve(shared, name, head);
        }
        Route::Storage { .. } => return storage::carry_out(shared, route, head, record, body),
        _ => {}
    }
    if let Route::WebhookKeys = route {
        record.took_effect = true;
        return webhooks::keys(shared);
    }
    if let Route::Platform(path) = route {
        return platform::serve(shared, path, head, record);
    }
    if shared.require_key && record.key != KeySent::Right {
        return response::invalid_key();
    }
    match route {
        Route::Submit(endpoint) => submit(shared, endpoint, record, urls_under),
        Route::Job { operation, app, id } => match shared
            .jobs
            .get(id)
            .filter(|job| app_of(&job.endpoint) == app)
        {
            None => response::not_found(),
            Some(job) => {
                record.took_effect = true;
                about_job(shared, *operation, &job, head, orders)
            }
        },
        Route::WrongMethod { allow, .. } => response::wrong_method(allow),
        Route::Run { endpoint, streams } => run::run(shared, endpoint, *streams, record, orders),
        Route::Storage { .. }
        | Route::WebhookKeys
        | Route::Platform(_)
        | Route::File(_)
        | Route::Nothing => response::path_not_found(head.uri.path()),
    }
}

fn submit(
    shared: &Arc<Shared>,
    endpoint: &str,
    record: &mut RecordedRequest,
    urls_under: &str,
) -> Answer {
    match admit(shared, endpoint, record) {
        Ok(job) => {
            webhooks::watch(shared, &job);
            Answer::json(200, &response::submitted(&job, urls_under))
                .header("x-fal-request-id", &job.request_id)
        }
        Err(refusal) => refusal,
    }
}

/// Buys a job, or says why not. Notes it in `record`.
pub(crate) fn admit(
    shared: &Shared,
    endpoint: &str,
    record: &mut RecordedRequest,
) -> Result<Arc<Job>, Answer> {
    let Some(document) = shared.documents.get(endpoint) else {
        return Err(response::path_not_found(
            shared.documents.path_below_app(endpoint),
        ));
    };
    let input = serde_json::from_slice::<Value>(&record.body)
        .map_err(|error| unreadable_body(&record.body, &error))?;
    let limit = record
        .query_value("fal_max_queue_length")
        .and_then(|limit| limit.parse::<usize>().ok());
    if let Some(limit) = limit
        && shared.jobs.waiting(endpoint) > limit
    {
        return Err(Answer::json(
            429,
            &json!({"detail": format!("More than {limit} requests are waiting in the queue")}),
        ));
    }
    let mut script = shared.script(endpoint, &input);
    match (shared.validation, document.check_input(&input)) {
        (Validation::Off, _) => {}
        (_, Err(problem)) => return Err(Answer::json(500, &json!({"detail": problem}))),
        (Validation::AtSubmit, Ok(details)) if !details.is_empty() => {
            return Err(Answer::json(422, &json!({"detail": details})));
        }
        (Validation::InJob, Ok(details)) if !details.is_empty() => {
            script = script.outcome(Outcome::ModelError {
                code: 422,
                detail: Value::Array(details),
            });
        }
        (Validation::AtSubmit | Validation::InJob, Ok(_)) => {}
    }
    let webhook = record.query_value("fal_webhook");
    let deadline = start_deadline(record);
    let is_stored = record.header("x-fal-store-io") != Some("0");
    let job = shared.jobs.add(|request_id, held| {
        let mut job = Job::new(
            request_id,
            Arc::clone(document.id()),
            input,
            webhook,
            script,
            deadline,
            held,
        );
        job.is_stored = is_stored;
        job
    });
    record.took_effect = true;
    record.request_id = Some(job.request_id.clone());
    Ok(job)
}

/// What a pydantic application answers to a body that is no JSON.
fn unreadable_body(body: &[u8], error: &serde_json::Error) -> Answer {
    let detail = if body.is_empty() {
        json!([{"type": "missing", "loc": ["body"], "msg": "Field required", "input": null}])
    } else {
        json!([{
            "type": "json_invalid",
            "loc": ["body", error.column()],
            "msg": "JSON decode error",
            "input": {},
            "ctx": {"error": error.to_string()},
        }])
    };
    Answer::json(422, &json!({"detail": detail}))
}

/// fal takes the deadline in seconds, in a header of two names of which the newer one wins.
fn start_deadline(record: &RecordedRequest) -> Option<Instant> {
    let seconds = record
        .header("x-fal-request-start-timeout")
        .or_else(|| record.header("x-fal-request-timeout"))?;
    let timeout = Duration::try_from_secs_f64(seconds.parse().ok()?).ok()?;
    Instant::now().checked_add(timeout)
}

fn about_job(
    shared: &Shared,
    operation: Operation,
    job: &Arc<Job>,
    head: &Parts,
    orders: &Orders,
) -> Answer {
    let base_url = &shared.base_url;
    match operation {
        Operation::Stream => {
            let stream =
                EventStream::open(Arc::clone(job), wants_logs(head), base_url, orders.clone());
            Answer {
                code: 200,
                headers: Vec::new(),
                body: AnswerBody::Events(Box::new(stream)),
            }
            .header("content-type", "text/event-stream; charset=utf-8")
            .header("cache-control", "no-cache")
        }
        Operation::Result => match job.peek().ending {
            None => Answer::json(400, &response::still_in_progress()),
            Some(ending) => {
                let example = shared
                    .documents
                    .get(&job.endpoint)
                    .map(|document| document.example_output(base_url));
                return response::result(job, &ending, &example.unwrap_or_default());
            }
        },
        Operation::Cancel => match job.cancel() {
            Cancellation::Removed => Answer::json(200, &json!({"status": "OK"})),
            Cancellation::Requested => {
                Answer::json(202, &json!({"status": "CANCELLATION_REQUESTED"}))
            }
            Cancellation::TooLate => Answer::json(400, &json!({"status": "ALREADY_COMPLETED"})),
        },
        _ => {
            let snapshot = job.observe();
            let code = if snapshot.state == JobState::Completed {
                200
            } else {
                202
            };
            Answer::json(
                code,
                &response::status(job, &snapshot, wants_logs(head), base_url),
            )
        }
    }
    .header("x-fal-request-id", &job.request_id)
}

fn wants_logs(head: &Parts) -> bool {
    query_value(head.uri.query(), "logs").is_some_and(|logs| matches!(logs.as_str(), "1" | "true"))
}
