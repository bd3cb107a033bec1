//! What requests cost.

use serde_json::{Value, json};

use crate::testing::jobs::logs::timestamp;
use crate::testing::routes::platform::invalid;
use crate::testing::routes::platform::query::Query;
use crate::testing::state::Shared;
use crate::testing::wire::response::Response;

pub(super) fn events(shared: &Shared, query: &Query) -> Result<Value, Response> {
    let id = query
        .one("request_id")
        .ok_or_else(|| invalid("request_id is required"))?;
    let jobs = shared.jobs.all();
    let job = jobs.iter().find(|job| job.request_id == id);
    let catalogue = shared.catalogue();
    let bills = catalogue
        .bills
        .get(id)
        .map(Vec::as_slice)
        .unwrap_or_default();
    let events = job.into_iter().flat_map(|job| {
        bills.iter().map(|nano_dollars| {
            json!({
                "request_id": id,
                "endpoint_id": &*job.submit.endpoint,
                "timestamp": timestamp(job.sent_at),
                "cost_estimate_nano_usd": nano_dollars,
            })
        })
    });
    query.page(
        "billing_events",
        &events.collect::<Vec<_>>(),
        catalogue.page_size,
    )
}
