//! What the tests that cross crates have in common: the fixtures, compiled, and a terse way to write documents.

pub mod harness;

use std::path::{Path, PathBuf};

use kling_api::{Check, Violations};
use kling_codegen::{Document, Settings};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

include!(concat!(env!("OUT_DIR"), "/fixtures.rs"));

/// The types of one endpoint of a fixture, as functions from JSON text through the type to JSON text.
#[derive(Debug)]
pub struct Case {
    /// The folder below `fixtures/shapes`.
    pub fixture: &'static str,
    /// The endpoint.
    pub endpoint: &'static str,
    /// Decodes and encodes an input.
    pub input: fn(&str) -> Result<String, String>,
    /// Decodes and encodes an output.
    pub output: fn(&str) -> Result<String, String>,
}

/// The types of one endpoint of an evolve fixture.
#[derive(Debug)]
pub struct Change {
    /// The folder below `fixtures/evolve`.
    pub fixture: &'static str,
    /// The endpoint.
    pub endpoint: &'static str,
    /// The types of a crate that is already published; `None` where the endpoint is new.
    pub before: Option<Types>,
    /// The types of the regenerated crate; `None` where the endpoint is gone.
    pub after: Option<Types>,
}

/// The two types of an endpoint, as functions from JSON text through the type to JSON text.
#[derive(Debug)]
pub struct Types {
    /// Decodes, checks and encodes an input.
    pub input: fn(&str) -> Result<String, String>,
    /// Decodes and encodes an output.
    pub output: fn(&str) -> Result<String, String>,
}

/// Decodes a text as an input, checks the published bounds as a call does, and encodes it again.
///
/// # Errors
///
/// When the text is no value of the type, or breaks a bound.
pub fn checked<T: Serialize + DeserializeOwned + Check>(text: &str) -> Result<String, String> {
    let value: T = serde_json::from_str(text).map_err(|error| error.to_string())?;
    Violations::of(&value).map_err(|error| error.to_string())?;
    serde_json::to_string(&value).map_err(|error| error.to_string())
}

/// Decodes a text as a type and encodes it again.
///
/// # Errors
///
/// When the text is no value of the type.
pub fn through<T: Serialize + DeserializeOwned>(text: &str) -> Result<String, String> {
    let value: T = serde_json::from_str(text).map_err(|error| error.to_string())?;
    serde_json::to_string(&value).map_err(|error| error.to_string())
}

/// The folder with all fixtures.
#[must_use]
pub fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// The documents of `fixtures/catalogue`, in the order of their ids: whole documents in fal's dialect, as varied as the
/// real catalogue.
///
/// # Panics
///
/// When the folder cannot be read.
#[must_use]
pub fn catalogue() -> Vec<Document> {
    let mut documents = Vec::new();
    let mut folders = vec![(fixtures().join("catalogue"), String::new())];
    while let Some((folder, prefix)) = folders.pop() {
        let entries = std::fs::read_dir(&folder)
            .unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = entry.path();
            if path.is_dir() {
                folders.push((path, format!("{prefix}{name}/")));
            } else if let Some(stem) = name.strip_suffix(".json") {
                let text = std::fs::read_to_string(&path)
                    .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
                documents.push(Document {
                    id: format!("{prefix}{stem}"),
                    text,
                });
            }
        }
    }
    assert!(documents.len() >= 60, "the catalogue is not complete");
    documents.sort_by(|left, right| left.id.cmp(&right.id));
    documents
}

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

/// The README's code, which must compile as printed.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
