//! Synchronous calls: the job runs through while the caller waits.

use serde_json::Value;

use crate::testing::jobs::job::Ending;
use crate::testing::jobs::script::Outcome;
use crate::testing::recorder::RecordedRequest;
use crate::testing::routes::admit;
use crate::testing::server::connection::Orders;
use crate::testing::state::Shared;
use crate::testing::wire::event_stream::EventStream;
use crate::testing::wire::response;
use crate::testing::wire::response::{Answer, AnswerBody};

/// Buys a job, ends it at once as its script says, and answers with what it came to: whole, or event by event.
pub(crate) fn run(
    shared: &Shared,
    endpoint: &str,
    streams: bool,
    record: &mut RecordedRequest,
    orders: &Orders,
) -> Answer {
    let job = match admit(shared, endpoint, record) {
        Ok(job) => job,
        Err(refusal) => return refusal,
    };
    job.finish(Ending::Outcome(job.script.outcome.clone()));
    let example = shared
        .documents
        .get(endpoint)
        .map(|document| document.example_output(&shared.base_url))
        .unwrap_or_default();
    let ending = Ending::Outcome(job.script.outcome.clone());
    let whole = response::result(&job, &ending, &example);
    let last = match &job.script.outcome {
        Outcome::Example => example,
        Outcome::Output(output) => output.clone(),
        Outcome::ModelError { .. } | Outcome::PlatformError { .. } | Outcome::Answer { .. } => {
            return whole;
        }
    };
    if !streams {
        return whole;
    }
    let outputs: Vec<Value> = job
        .script
        .partial_outputs
        .iter()
        .cloned()
        .chain([last])
        .collect();
    Answer {
        code: 200,
        headers: Vec::new(),
        body: AnswerBody::Events(Box::new(EventStream::of_outputs(outputs, orders.clone()))),
    }
    .header("content-type", "text/event-stream; charset=utf-8")
    .header("x-fal-request-id", &job.request_id)
}
