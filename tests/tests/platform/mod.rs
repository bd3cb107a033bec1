//! The platform API: the generated client under the client's own rules, against `FakeFal`.

mod faults;
mod lists;
mod lost;
mod prices;

use kling_api::testing::{FakeFal, Operation, RecordedRequest};

const ENDPOINT: &str = "fal-ai/kling-video/v1/standard/image-to-video";
const OTHER: &str = "fal-ai/kling-video/v2.1/master/image-to-video";

/// What was asked of the platform API, in order.
fn asked(fake: &FakeFal) -> Vec<RecordedRequest> {
    let mut requests = fake.requests();
    requests.retain(|request| request.operation == Operation::Platform);
    requests
}
