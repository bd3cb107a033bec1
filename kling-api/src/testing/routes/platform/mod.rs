//! fal's platform API on the fake's own state: models, prices, past requests.

mod billing;
mod models;
mod past_requests;
mod prices;
mod query;

use serde_json::{Value, json};

use crate::testing::recorder::{KeySent, RecordedRequest};
use crate::testing::routes::platform::query::Query;
use crate::testing::routes::router::DOCUMENT;
use crate::testing::state::Shared;
use crate::testing::wire::response::{Response, wrong_method};

/// Serves what stands below the platform API's base URL.
pub(crate) fn serve(shared: &Shared, path: &str, record: &mut RecordedRequest) -> Response {
    let allow = match path {
        DOCUMENT
        | "models"
        | "models/pricing"
        | "models/requests/by-endpoint"
        | "models/requests/search"
        | "models/billing-events"
        | "meta" => "GET",
        "models/pricing/estimate" => "POST",
        _ => return refusal(404, "not_found", format!("Path /v1/{path} not found")),
    };
    if record.method != allow {
        return wrong_method(allow);
    }
    // Models are for everybody, but a wrong key is refused all the same.
    let needs_key = match path {
        DOCUMENT | "meta" => false,
        "models" => record.key == KeySent::Wrong,
        _ => true,
    };
    if needs_key && !shared.accepts(record.key) {
        return refusal(401, "authorization_error", "Invalid API key");
    }
    record.took_effect = true;
    let query = Query::read(record.query.as_deref());
    let response = match path {
        DOCUMENT => document(shared, &query),
        "models" => models::models(shared, &query),
        "models/pricing" => prices::prices(shared, &query),
        "models/pricing/estimate" => prices::estimate(shared, &record.body),
        "models/requests/by-endpoint" => past_requests::past_requests(shared, &query),
        "models/requests/search" => past_requests::history(shared, &query),
        "models/billing-events" => billing::events(shared, &query),
        _ => Ok(json!({"webhook_ip_ranges": ["192.0.2.1/32", "198.51.100.0/24"]})),
    };
    response.map_or_else(|refused| refused, |value| Response::json(200, &value))
}

fn document(shared: &Shared, query: &Query) -> Result<Value, Response> {
    let id = query.one("endpoint_id").unwrap_or_default();
    let document = shared.documents.get(id);
    let document = document.map(|document| document.value().clone());
    document.ok_or_else(|| unknown(id))
}

/// The platform's own shape of an error.
fn refusal(code: u16, error_type: &str, message: impl Into<String>) -> Response {
    let message = message.into();
    let error = json!({
        "type": error_type,
        "message": message,
        "docs_url": "https://fal.ai/docs",
        "request_id": "req-of-the-fake",
    });
    Response::json(code, &json!({ "error": error }))
}

fn invalid(message: impl Into<String>) -> Response {
    refusal(400, "validation_error", message)
}

fn unknown(endpoint: &str) -> Response {
    refusal(404, "not_found", format!("Endpoint {endpoint} not found"))
}
