//! fal's platform API on the fake's own state: models, prices, past requests.

use hyper::http::request::Parts;
use serde_json::{Value, json};

use crate::testing::fake::catalogue::Catalogue;
use crate::testing::recorder::{KeySent, RecordedRequest};
use crate::testing::routes::past_requests;
use crate::testing::routes::past_requests::Window;
use crate::testing::routes::router::DOCUMENT;
use crate::testing::state::Shared;
use crate::testing::wire::response;
use crate::testing::wire::response::Answer;

/// Answers a request to what stands below the platform API's base URL.
pub(crate) fn serve(
    shared: &Shared,
    path: &str,
    head: &Parts,
    record: &mut RecordedRequest,
) -> Answer {
    let allow = match path {
        DOCUMENT | "models" | "models/pricing" | "models/requests/by-endpoint" | "meta" => "GET",
        "models/pricing/estimate" => "POST",
        _ => return refusal(404, "not_found", format!("Path /v1/{path} not found")),
    };
    if head.method.as_str() != allow {
        return response::wrong_method(allow);
    }
    // Models are for everybody, but a key that is none is refused all the same.
    let needs_key = match path {
        DOCUMENT | "meta" => false,
        "models" => record.key == KeySent::Wrong,
        _ => true,
    };
    if needs_key && shared.require_key && record.key != KeySent::Right {
        return refusal(401, "authorization_error", "Invalid API key");
    }
    record.took_effect = true;
    let query = Query::read(record.query.as_deref());
    let answer = match path {
        DOCUMENT => document(shared, &query),
        "models" => models(shared, &query),
        "models/pricing" => prices(shared, &query),
        "models/pricing/estimate" => estimate(shared, &record.body),
        "models/requests/by-endpoint" => requests(shared, &query),
        _ => Ok(meta()),
    };
    answer.map_or_else(|refused| refused, |value| Answer::json(200, &value))
}

/// The platform's own shape of an error.
fn refusal(code: u16, error_type: &str, message: impl Into<String>) -> Answer {
    let message = message.into();
    let error = json!({
        "type": error_type,
        "message": message,
        "docs_url": "https://fal.ai/docs",
        "request_id": "req-of-the-fake",
    });
    Answer::json(code, &json!({ "error": error }))
}

fn invalid(message: impl Into<String>) -> Answer {
    refusal(400, "validation_error", message)
}

/// A decoded query: names may be repeated.
struct Query(Vec<(String, String)>);

/// fal looks up so many endpoint ids at a time.
const MOST_IDS: usize = 50;

impl Query {
    fn read(query: Option<&str>) -> Self {
        let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
        Self(pairs.into_owned().collect())
    }

    fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let pairs = self.0.iter().filter(move |(found, _)| found == name);
        pairs.map(|(_, value)| &**value)
    }

    fn one(&self, name: &str) -> Option<&str> {
        let pair = self.0.iter().find(|(found, _)| found == name);
        pair.map(|(_, value)| value.as_str())
    }

    /// Repeated, or in one list with commas.
    fn endpoint_ids(&self) -> Result<Vec<&str>, Answer> {
        let ids: Vec<&str> = self
            .all("endpoint_id")
            .flat_map(|list| list.split(','))
            .filter(|id| !id.is_empty())
            .collect();
        if ids.len() > MOST_IDS {
            return Err(invalid(format!(
                "At most {MOST_IDS} endpoint ids are allowed"
            )));
        }
        Ok(ids)
    }

    /// One of the words that are known, where one is given.
    fn word(&self, name: &str, known: &[&str]) -> Result<Option<&str>, Answer> {
        match self.one(name) {
            Some(word) if !known.contains(&word) => Err(invalid(format!(
                "{name} must be one of {}",
                known.join(", ")
            ))),
            word => Ok(word),
        }
    }

    fn expands(&self, wanted: &str, known: &[&str]) -> Result<bool, Answer> {
        match self.all("expand").find(|word| !known.contains(word)) {
            Some(word) => Err(invalid(format!("expand cannot be {word}"))),
            None => Ok(self.all("expand").any(|word| word == wanted)),
        }
    }

    /// One page of all entries, with the cursor of the next one.
    fn page(&self, name: &str, entries: &[Value], largest: usize) -> Result<Value, Answer> {
        let limit = match self.one("limit").map(str::parse::<usize>) {
            None => largest,
            Some(Ok(limit)) if limit >= 1 => limit.min(largest),
            Some(_) => return Err(invalid("limit must be a whole number from 1")),
        };
        let start = match self.one("cursor") {
            None => 0,
            // The sign at the end has to be encoded in a query, as those of fal's cursors have to be.
            Some(cursor) => cursor
                .strip_suffix('=')
                .and_then(|position| position.parse().ok())
                .filter(|position| *position <= entries.len())
                .ok_or_else(|| invalid("cursor is none of ours"))?,
        };
        let end = (start + limit).min(entries.len());
        let has_more = end < entries.len();
        let next_cursor = has_more.then(|| format!("{end}="));
        Ok(json!({name: entries[start..end], "next_cursor": next_cursor, "has_more": has_more}))
    }
}

const MODEL_EXPANSIONS: [&str; 2] = ["openapi-3.0", "enterprise_status"];

fn models(shared: &Shared, query: &Query) -> Result<Value, Answer> {
    let ids = query.endpoint_ids()?;
    let status = query.word("status", &["active", "deprecated"])?;
    let with_openapi = query.expands(MODEL_EXPANSIONS[0], &MODEL_EXPANSIONS)?;
    let with_enterprise = query.expands(MODEL_EXPANSIONS[1], &MODEL_EXPANSIONS)?;
    let text = query.one("q").map(str::to_lowercase);
    let catalogue = shared.catalogue();
    let is_wanted = |model: &Value| {
        let metadata = &model["metadata"];
        let is = |name: &str, wanted: Option<&str>| {
            wanted.is_none_or(|wanted| metadata[name].as_str() == Some(wanted))
        };
        let id = model["endpoint_id"].as_str().unwrap_or_default();
        let holds = |text: &String| {
            let fields = ["display_name", "description", "category"];
            id.contains(text.as_str())
                || fields.iter().any(|field| {
                    let said = metadata[field].as_str().unwrap_or_default();
                    said.to_lowercase().contains(text.as_str())
                })
        };
        (ids.is_empty() || ids.contains(&id))
            && is("status", status)
            && is("category", query.one("category"))
            && text.as_ref().is_none_or(holds)
    };
    let failed = |what: &str| json!({"error": {"code": "expansion_failed", "message": format!("{what} is not available")}});
    let mut models = catalogue.models(shared);
    models.retain(is_wanted);
    for model in &mut models {
        let Some(fields) = model.as_object_mut() else {
            continue;
        };
        if !with_openapi {
            fields.remove("openapi");
        } else if !fields.contains_key("openapi") {
            fields.insert("openapi".to_owned(), failed("The OpenAPI document"));
        }
        if !with_enterprise {
            fields.remove("enterprise_status");
        } else if !fields.contains_key("enterprise_status") {
            fields.insert("enterprise_status".to_owned(), json!("ready"));
        }
    }
    query.page("models", &models, catalogue.page_size)
}

fn prices(shared: &Shared, query: &Query) -> Result<Value, Answer> {
    let ids = query.endpoint_ids()?;
    if ids.is_empty() {
        return Err(invalid("endpoint_id is required"));
    }
    let catalogue = shared.catalogue();
    for id in &ids {
        known(&catalogue, shared, id)?;
    }
    let prices: Vec<Value> = ids
        .iter()
        .filter_map(|id| {
            let price = catalogue.prices.get(*id)?;
            Some(json!({
                "endpoint_id": id,
                "unit_price": price.amount,
                "unit": price.unit,
                "currency": price.currency,
            }))
        })
        .collect();
    query.page("prices", &prices, catalogue.page_size)
}

fn known(catalogue: &Catalogue, shared: &Shared, id: &str) -> Result<(), Answer> {
    let models = catalogue.models(shared);
    if models
        .iter()
        .any(|model| model["endpoint_id"].as_str() == Some(id))
    {
        Ok(())
    } else {
        Err(refusal(
            404,
            "not_found",
            format!("Endpoint {id} not found"),
        ))
    }
}

fn estimate(shared: &Shared, body: &[u8]) -> Result<Value, Answer> {
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
        known(&catalogue, shared, id)?;
        let amount = wanted[quantity]
            .as_f64()
            .filter(|amount| *amount > 0.0)
            .ok_or_else(|| invalid(format!("{quantity} of {id} must be above 0")))?;
        // Here, a call of the past took one unit.
        total += amount * catalogue.prices.get(id).map_or(0.0, |price| price.amount);
    }
    // Cents of micro-dollars are dust of the binary fractions.
    let total = (total * 1e6).round() / 1e6;
    Ok(json!({"estimate_type": kind, "total_cost": total, "currency": "USD"}))
}

/// fal gives so many requests to a page.
const LARGEST_REQUEST_PAGE: usize = 100;

fn requests(shared: &Shared, query: &Query) -> Result<Value, Answer> {
    let endpoint = query
        .one("endpoint_id")
        .ok_or_else(|| invalid("endpoint_id is required"))?;
    let limit = query
        .one("limit")
        .and_then(|limit| limit.parse::<usize>().ok());
    if limit.is_some_and(|limit| limit > LARGEST_REQUEST_PAGE) {
        return Err(invalid(format!(
            "limit must be at most {LARGEST_REQUEST_PAGE}"
        )));
    }
    let status = query.word("status", &["success", "error", "user_error"])?;
    let with_payloads = query.expands("payloads", &["payloads"])?;
    let request_id = query.one("request_id");
    let window =
        Window::of(query.one("start"), query.one("end"), request_id.is_some()).map_err(invalid)?;
    let catalogue = shared.catalogue();
    let largest = catalogue.page_size.min(LARGEST_REQUEST_PAGE);
    let entries: Vec<Value> = shared
        .jobs
        .all()
        .iter()
        .filter(|job| *job.endpoint == *endpoint && window.holds(job))
        .filter(|job| request_id.is_none_or(|id| job.request_id == id))
        .filter(|job| status.is_none_or(|status| past_requests::status(job) == Some(status)))
        .map(|job| past_requests::entry(shared, job, with_payloads && catalogue.stores_payloads))
        .collect();
    query.page("items", &entries, largest)
}

fn document(shared: &Shared, query: &Query) -> Result<Value, Answer> {
    let id = query.one("endpoint_id").unwrap_or_default();
    let document = shared.documents.get(id);
    let document = document.map(|document| document.value().clone());
    document.ok_or_else(|| refusal(404, "not_found", format!("Endpoint {id} not found")))
}

fn meta() -> Value {
    json!({"webhook_ip_ranges": ["192.0.2.1/32", "198.51.100.0/24"]})
}
