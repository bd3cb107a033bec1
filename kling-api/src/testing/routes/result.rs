//! The result of a job that has ended.

use serde_json::{Value, json};

use crate::testing::jobs::job::Job;
use crate::testing::jobs::outcome::Outcome;
use crate::testing::jobs::state::Ending;
use crate::testing::state::Shared;
use crate::testing::wire::response::{Body, Response};

/// The response with the result: what the model or the platform said at the end.
pub(crate) fn result(shared: &Shared, job: &Job, ending: &Ending) -> Response {
    let outcome = &ending.outcome;
    let mut response = match outcome {
        Outcome::Example | Outcome::Output(_) => {
            let output = output(shared, job, outcome).unwrap_or_default();
            Response::json(outcome.code(), &output)
        }
        Outcome::ModelError { code, detail } => Response::json(*code, &json!({"detail": detail})),
        Outcome::PlatformError {
            code,
            error_type,
            message,
        } => Response::json(*code, &json!({"detail": message, "error_type": error_type}))
            .header("x-fal-error-type", error_type),
        Outcome::Answer {
            code,
            headers,
            body,
        } => Response {
            code: *code,
            headers: headers.clone(),
            body: Body::Whole(body.clone().into()),
        },
    };
    if ending.missed_start {
        response = response.header("x-fal-request-timeout-type", "user");
    }
    match job.submit.script.billable_units {
        Some(units) if outcome.failure().is_none() => {
            response.header("x-fal-billable-units", units.to_string())
        }
        _ => response,
    }
}

/// The output of an outcome that has one.
pub(crate) fn output(shared: &Shared, job: &Job, outcome: &Outcome) -> Option<Value> {
    match outcome {
        Outcome::Example => {
            let document = shared.documents.get(&job.submit.endpoint)?;
            Some(document.example_output(&shared.base_url))
        }
        Outcome::Output(output) => Some(output.clone()),
        Outcome::ModelError { .. } | Outcome::PlatformError { .. } | Outcome::Answer { .. } => None,
    }
}
