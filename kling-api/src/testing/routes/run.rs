//! Synchronous calls: the job runs to its end while the caller waits.

use futures_util::stream;

use crate::testing::jobs::state::Ending;
use crate::testing::operation::Operation;
use crate::testing::recorder::RecordedRequest;
use crate::testing::routes::result::{output, result};
use crate::testing::routes::submit::buy;
use crate::testing::state::Shared;
use crate::testing::wire::response::{Response, event};

/// Buys a job, ends it at once as its script says, and responds with its result: whole, or event by event.
pub(crate) fn run(
    shared: &Shared,
    endpoint: &str,
    streams: bool,
    record: &mut RecordedRequest,
) -> Response {
    let job = match buy(shared, endpoint, record) {
        Ok(job) => job,
        Err(refusal) => return refusal,
    };
    let script = &job.submit.script;
    let ending = Ending::of(script.outcome.clone());
    job.finish(ending.clone());
    let response = match output(shared, &job, &script.outcome) {
        Some(last) if streams => {
            let outputs = script.partial_outputs.iter().chain([&last]).map(event);
            let events: Vec<_> = outputs.collect();
            Response::stream(
                200,
                Operation::RunStream.content_type(),
                stream::iter(events),
            )
        }
        _ => result(shared, &job, &ending),
    };
    response.header("x-fal-request-id", &job.request_id)
}
