//! Prices, and estimates of what calls cost.

use serde_json::{Value, json};

use crate::testing::routes::platform::query::Query;
use crate::testing::routes::platform::{invalid, unknown};
use crate::testing::state::Shared;
use crate::testing::state::catalogue::Catalogue;
use crate::testing::wire::response::Response;

pub(super) fn prices(shared: &Shared, query: &Query) -> Result<Value, Response> {
    let ids = query.endpoint_ids()?;
    if ids.is_empty() {
        return Err(invalid("endpoint_id is required"));
    }
    let catalogue = shared.catalogue();
    let mut prices = Vec::new();
    for id in ids {
        check_known(&catalogue, shared, id)?;
        if let Some(price) = catalogue.prices.get(id) {
            prices.push(json!({
                "endpoint_id": id,
                "unit_price": price.amount,
                "unit": price.unit,
                "currency": "USD",
            }));
        }
    }
    query.page("prices", &prices, catalogue.page_size)
}

fn check_known(catalogue: &Catalogue, shared: &Shared, id: &str) -> Result<(), Response> {
    let is_known = catalogue.added.contains_key(id) || shared.documents.get(id).is_some();
    if is_known { Ok(()) } else { Err(unknown(id)) }
}

pub(super) fn estimate(shared: &Shared, body: &[u8]) -> Result<Value, Response> {
    let body: Value = serde_json::from_slice(body)
        .map_err(|error| invalid(format!("The body is no JSON: {error}")))?;
    let (kind, quantity) = match body["estimate_type"].as_str() {
        Some(kind @ "historical_api_price") => (kind, "call_quantity"),
        Some(kind @ "unit_price") => (kind, "unit_quantity"),
        _ => {
            return Err(invalid(
                "estimate_type must be historical_api_price or unit_price",
            ));
        }
    };
    let endpoints = body["endpoints"].as_object().filter(|it| !it.is_empty());
    let endpoints = endpoints.ok_or_else(|| invalid("endpoints must name at least one"))?;
    let catalogue = shared.catalogue();
    let mut total = 0.0;
    for (id, wanted) in endpoints {
        check_known(&catalogue, shared, id)?;
        let amount = wanted[quantity]
            .as_f64()
            .filter(|amount| *amount > 0.0)
            .ok_or_else(|| invalid(format!("{quantity} of {id} must be above 0")))?;
        // In the fake, every past call took one unit.
        total += amount * catalogue.prices.get(id).map_or(0.0, |price| price.amount);
    }
    // What is smaller than a micro-dollar comes from binary fractions.
    let total = (total * 1e6).round() / 1e6;
    Ok(json!({"estimate_type": kind, "total_cost": total, "currency": "USD"}))
}
