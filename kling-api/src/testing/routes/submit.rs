//! A submit: buys a job.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use crate::testing::documents::Documents;
use crate::testing::jobs::job::{Job, Submit};
use crate::testing::jobs::json::{app_of, submitted};
use crate::testing::jobs::outcome::Outcome;
use crate::testing::recorder::RecordedRequest;
use crate::testing::routes::webhooks;
use crate::testing::state::{Shared, Validation};
use crate::testing::wire::response::{Response, path_not_found};

pub(crate) fn submit(
    shared: &Arc<Shared>,
    endpoint: &str,
    record: &mut RecordedRequest,
) -> Response {
    match buy(shared, endpoint, record) {
        Ok(job) => {
            webhooks::watch(shared, &job);
            Response::json(200, &submitted(&job, &shared.base_url))
                .header("x-fal-request-id", &job.request_id)
        }
        Err(refusal) => refusal,
    }
}

/// Buys a job, or says why not. Notes it in `record`.
pub(super) fn buy(
    shared: &Shared,
    endpoint: &str,
    record: &mut RecordedRequest,
) -> Result<Arc<Job>, Response> {
    let Some(document) = shared.documents.get(endpoint) else {
        return Err(path_not_found(path_below_app(&shared.documents, endpoint)));
    };
    let input = serde_json::from_slice::<Value>(&record.body)
        .map_err(|error| unreadable_body(&record.body, &error))?;
    let limit = record
        .query_value("fal_max_queue_length")
        .and_then(|limit| limit.parse::<usize>().ok());
    if let Some(limit) = limit
        && shared.jobs.waiting(endpoint) > limit
    {
        return Err(Response::json(
            429,
            &json!({"detail": format!("More than {limit} requests are waiting in the queue")}),
        ));
    }
    let mut script = shared.script(endpoint, &input);
    if shared.validation != Validation::Off {
        let details = document
            .check_input(&input)
            .map_err(|problem| Response::json(500, &json!({"detail": problem})))?;
        let is_valid = details.is_empty();
        let detail = Value::Array(details);
        if !is_valid && shared.validation == Validation::AtSubmit {
            return Err(Response::json(422, &json!({"detail": detail})));
        } else if !is_valid {
            script = script.outcome(Outcome::ModelError { code: 422, detail });
        }
    }
    let job = shared.jobs.add(Submit {
        endpoint: Arc::clone(document.id()),
        input,
        webhook: record.query_value("fal_webhook"),
        script,
        start_deadline: start_deadline(record),
        is_stored: record.header("x-fal-store-io") != Some("0"),
    });
    record.took_effect = true;
    record.request_id = Some(job.request_id.clone());
    Ok(job)
}

/// The part of an unknown endpoint id that fal's 404 names: what follows the app, where fal knows the app.
fn path_below_app<'a>(documents: &Documents, id: &'a str) -> &'a str {
    let app = app_of(id);
    let is_known = documents.ids().any(|known| app_of(known) == app);
    if is_known && app.len() < id.len() {
        &id[app.len()..]
    } else {
        id
    }
}

/// The 422 of a pydantic application for a body that is no JSON.
fn unreadable_body(body: &[u8], error: &serde_json::Error) -> Response {
    let detail = if body.is_empty() {
        json!([{"type": "missing", "loc": ["body"], "msg": "The body is empty", "input": null}])
    } else {
        json!([{
            "type": "json_invalid",
            "loc": ["body", error.column()],
            "msg": error.to_string(),
            "input": {},
        }])
    };
    Response::json(422, &json!({"detail": detail}))
}

/// fal takes the deadline in seconds, in a header of two names of which the newer one wins.
fn start_deadline(record: &RecordedRequest) -> Option<Instant> {
    let seconds = record
        .header("x-fal-request-start-timeout")
        .or_else(|| record.header("x-fal-request-timeout"))?;
    let timeout = Duration::try_from_secs_f64(seconds.parse().ok()?).ok()?;
    Instant::now().checked_add(timeout)
}
