//! The list of models.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::testing::documents::Document;
use crate::testing::routes::platform::query::Query;
use crate::testing::state::Shared;
use crate::testing::wire::response::Response;

const EXPANSIONS: [&str; 2] = ["openapi-3.0", "enterprise_status"];

pub(super) fn models(shared: &Shared, query: &Query) -> Result<Value, Response> {
    let ids = query.endpoint_ids()?;
    let status = query.word("status", &["active", "deprecated"])?;
    let with_openapi = query.expands(EXPANSIONS[0], &EXPANSIONS)?;
    let with_enterprise = query.expands(EXPANSIONS[1], &EXPANSIONS)?;
    let text = query.one("q").map(str::to_lowercase);
    let is_wanted = |id: &str, model: &Value| {
        let field = |name: &str| model["metadata"][name].as_str();
        let is = |name, wanted: Option<&str>| wanted.is_none() || field(name) == wanted;
        let holds = |text: &String| {
            let fields = ["display_name", "description", "category"].map(field);
            let mut fields = fields.into_iter().flatten().map(str::to_lowercase);
            id.contains(text.as_str()) || fields.any(|field| field.contains(text.as_str()))
        };
        (ids.is_empty() || ids.contains(&id))
            && is("status", status)
            && is("category", query.one("category"))
            && text.as_ref().is_none_or(holds)
    };
    let catalogue = shared.catalogue();
    let served = shared.documents.ids().map(|id| (id, entry(shared, id)));
    let mut models: BTreeMap<&str, Value> = served.collect();
    // An entry of a test stands in the place of one that is served.
    let added = catalogue.added.iter();
    models.extend(added.map(|(id, entry)| (id.as_str(), entry.clone())));
    models.retain(|id, model| is_wanted(id, model));
    let failed = json!({"error": {"code": "expansion_failed", "message": "The OpenAPI document is not available"}});
    let expanded = models.into_values().map(|mut model| {
        expand(&mut model, "openapi", with_openapi, &failed);
        expand(
            &mut model,
            "enterprise_status",
            with_enterprise,
            &json!("ready"),
        );
        model
    });
    query.page("models", &expanded.collect::<Vec<_>>(), catalogue.page_size)
}

/// Takes a part out that was not asked for, or fills it in where it is missing.
fn expand(model: &mut Value, part: &str, is_wanted: bool, default: &Value) {
    let Some(fields) = model.as_object_mut() else {
        return;
    };
    if is_wanted {
        let entry = fields.entry(part);
        entry.or_insert_with(|| default.clone());
    } else {
        fields.remove(part);
    }
}

/// The entry of an endpoint that is served.
fn entry(shared: &Shared, id: &str) -> Value {
    let document = shared.documents.get(id).map(Document::value);
    let text = |pointer| document.and_then(|document| document.pointer(pointer)?.as_str());
    json!({
        "endpoint_id": id,
        "metadata": {
            "display_name": text("/info/title").unwrap_or(id),
            "category": text("/info/x-fal-metadata/category").unwrap_or("image-to-video"),
            "description": "A model of the fake.",
            "status": "active",
            "tags": [],
            "updated_at": "2026-01-01T00:00:00Z",
            "is_favorited": null,
            "thumbnail_url": format!("{}/files/thumbnail.webp", shared.base_url),
            "model_url": format!("{}/-/run/{id}", shared.base_url),
            "date": "2026-01-01T00:00:00Z",
            "highlighted": false,
            "pinned": false,
        },
        "openapi": document,
    })
}
