//! The terse way in which fixtures write documents. The build script reads it too.

use kling_codegen::{Document, Settings};
use serde_json::{Map, Value, json};

/// Reads a fixture: a map from endpoint ids to documents, and under `$settings` what the manifest would say.
///
/// A document is written tersely, as a map of its components. `Input` and `Output` are the roots; without an
/// `Output` the endpoint answers with a video. `$description`, `$category` and `$deprecated` speak of the endpoint.
/// A value that has `openapi` in it is a whole document and taken as it is.
///
/// # Panics
///
/// When the fixture itself is malformed.
#[must_use]
pub fn documents(text: &str) -> (Vec<Document>, Settings) {
    let fixture: Value = match serde_json::from_str(text) {
        Ok(fixture) => fixture,
        Err(error) => panic!("the fixture is no JSON: {error}"),
    };
    let mut documents = Vec::new();
    let mut settings = Settings::default();
    for (key, value) in fixture.as_object().into_iter().flatten() {
        if key == "$settings" {
            settings = match serde_json::from_value(value.clone()) {
                Ok(settings) => settings,
                Err(error) => panic!("the settings of the fixture are wrong: {error}"),
            };
        } else {
            let document = if value.get("openapi").is_some() {
                value.clone()
            } else {
                whole(key, value)
            };
            documents.push(Document {
                id: key.clone(),
                text: document.to_string(),
            });
        }
    }
    (documents, settings)
}

/// A whole document as fal would serve it.
fn whole(id: &str, terse: &Value) -> Value {
    let mut schemas = Map::new();
    for (name, schema) in terse.as_object().into_iter().flatten() {
        if !name.starts_with('$') {
            schemas.insert(name.clone(), schema.clone());
        }
    }
    if !schemas.contains_key("Output") {
        schemas.insert("Output".into(), json!({ "type": "object", "properties": { "video": { "$ref": "#/components/schemas/File" } }, "required": ["video"] }));
        schemas.entry("File").or_insert_with(|| json!({ "type": "object", "properties": { "url": { "type": "string" } }, "required": ["url"] }));
    }
    let reference = |name: &str| json!({ "content": { "application/json": { "schema": { "$ref": format!("#/components/schemas/{name}") } } } });
    let mut submit = json!({ "requestBody": reference("Input"), "responses": {} });
    if let Some(deprecated) = terse.get("$deprecated") {
        submit["deprecated"] = deprecated.clone();
    }
    let mut info = json!({ "title": format!("Queue OpenAPI for {id}"), "version": "1.0.0", "x-fal-metadata": { "endpointId": id } });
    if let Some(description) = terse.get("$description") {
        info["description"] = description.clone();
    }
    if let Some(category) = terse.get("$category") {
        info["x-fal-metadata"]["category"] = category.clone();
    }
    let mut paths = Map::new();
    paths.insert(format!("/{id}"), json!({ "post": submit }));
    paths.insert(
        format!("/{id}/requests/{{request_id}}"),
        json!({ "get": { "responses": { "200": reference("Output") } } }),
    );
    json!({ "openapi": "3.0.4", "info": info, "paths": paths, "components": { "schemas": schemas } })
}
