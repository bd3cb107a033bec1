//! One spelling for one fact: a document in fal's dialect becomes an OpenAPI 3.0 document in normal form.
//!
//! Two documents that mean the same have the same normal form, so its text is what the lock hashes. It holds what
//! the generator reads and nothing else: the input, the output, the components that they reach, and fal's metadata.
//! The queue's own paths and states are left out, since they are the same for all endpoints and wrong in places.

mod all_of;
mod annotations;
mod components;
mod enumeration;
mod keywords;
mod normal;
pub(crate) mod numbers;
mod object;
mod references;
pub(crate) mod schema;
mod source;
mod source_map;
#[cfg(test)]
mod tests;
mod typed;
mod union;

use serde_json::{Map, Value, json};

use crate::document::Document;
use crate::error::Error;
use crate::ir::names::EndpointId;
use crate::ir::note::Note;
use crate::limits;
use crate::normalize::source::Source;
use crate::pointer::Pointer;

/// A document in normal form.
#[derive(Clone, Debug)]
pub struct NormalDocument {
    id: EndpointId,
    value: Value,
    notes: Vec<Note>,
    /// Where all this stands in the document.
    source_map: source_map::SourceMap,
}

/// Where a component stood, and under which name, is no part of what a document says.
impl PartialEq for NormalDocument {
    fn eq(&self, other: &Self) -> bool {
        (&self.id, &self.value, &self.notes) == (&other.id, &other.value, &other.notes)
    }
}

impl NormalDocument {
    /// The endpoint.
    #[must_use]
    pub fn id(&self) -> &EndpointId {
        &self.id
    }

    /// The document: valid OpenAPI 3.0, object keys sorted, components `Input` and `Output` at the roots.
    #[must_use]
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// What was dropped or guessed on the way.
    #[must_use]
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// The place in the document that a place in the normal form was made of.
    pub(crate) fn source(&self, at: &Pointer) -> Pointer {
        self.source_map.find(at)
    }

    /// The canonical text: the same for every spelling of the same facts. The lock file hashes it.
    #[must_use]
    pub fn to_text(&self) -> String {
        format!("{:#}\n", self.value)
    }
}

/// Brings a document into normal form.
///
/// # Errors
///
/// When the text is no JSON, no OpenAPI document, the document of another endpoint, or holds a schema keyword that
/// changes what is valid and that the generator does not model.
pub fn normalize(document: &Document) -> Result<NormalDocument, Error> {
    let id = EndpointId::new(&document.id)?;
    limits::check(&id, &document.text)?;
    let value: Value = serde_json::from_str(&document.text).map_err(|error| {
        Error::new(
            id.as_str(),
            "",
            format!("this is no JSON document ({error})"),
            "Fetch the document again",
        )
    })?;
    let source = Source::find(&id, &value)?;
    check_words(&id, &value)?;
    let mut normalizer =
        schema::Normalizer::new(&id, source.components, source.input, source.output);
    let components::Components {
        schemas,
        source_map,
        notes,
    } = normalizer.components()?;
    let value = assemble(&id, &value, source.deprecated, &schemas);
    Ok(NormalDocument {
        id,
        value: sorted(value),
        notes,
        source_map,
    })
}

/// The words about the endpoint, which stand in no schema.
fn check_words(id: &EndpointId, value: &Value) -> Result<(), Error> {
    for place in [
        "/info/description",
        "/info/x-fal-metadata/about",
        "/info/x-fal-metadata/category",
        "/info/x-fal-metadata/documentationUrl",
    ] {
        let text = value.pointer(place).and_then(Value::as_str);
        if text.is_some_and(|text| text.len() > limits::WORDS_BYTES) {
            let problem = format!("the text is longer than {} bytes", limits::WORDS_BYTES);
            return Err(Error::new(id.as_str(), place, problem, limits::REMEDY));
        }
    }
    Ok(())
}

/// The description that fal writes where nobody wrote one. It says nothing, so it counts as none.
fn is_boilerplate(description: &str, id: &EndpointId) -> bool {
    let about = description
        .trim()
        .strip_prefix("The OpenAPI schema for the ");
    about.and_then(|about| about.strip_suffix(" queue.")) == Some(id.as_str())
}

fn assemble(
    id: &EndpointId,
    source: &Value,
    deprecated: bool,
    schemas: &Map<String, Value>,
) -> Value {
    let mut info = json!({ "title": id.as_str(), "version": "1.0.0" });
    if let Some(description) = source.pointer("/info/description").and_then(Value::as_str)
        && !description.trim().is_empty()
        && !is_boilerplate(description, id)
    {
        info["description"] = Value::from(description.trim());
    }
    let mut metadata = json!({ "endpointId": id.as_str() });
    for key in ["category", "documentationUrl", "about"] {
        let place = Pointer::root().key("info").key("x-fal-metadata").key(key);
        if let Some(text) = place.look_up(source).and_then(Value::as_str) {
            metadata[key] = Value::from(text.trim());
        }
    }
    info["x-fal-metadata"] = metadata;
    let mut submit = json!({
        "requestBody": { "required": true, "content": { "application/json": {
            "schema": { "$ref": "#/components/schemas/Input" } } } },
        "responses": {},
    });
    if deprecated {
        submit["deprecated"] = Value::Bool(true);
    }
    let result = json!({
        "parameters": [{ "name": "request_id", "in": "path", "required": true, "schema": { "type": "string" } }],
        "responses": { "200": { "description": "", "content": { "application/json": {
            "schema": { "$ref": "#/components/schemas/Output" } } } } },
    });
    let mut paths = Map::new();
    paths.insert(format!("/{id}"), json!({ "post": submit }));
    paths.insert(
        format!("/{id}/requests/{{request_id}}"),
        json!({ "get": result }),
    );
    json!({
        "openapi": "3.0.4",
        "info": info,
        "paths": paths,
        "components": { "schemas": schemas },
    })
}

/// Sorts the keys of all objects. Order that means something stands in arrays.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<(String, Value)> = map.into_iter().collect();
            entries.sort_by(|left, right| left.0.cmp(&right.0));
            Value::Object(
                entries
                    .into_iter()
                    .map(|(key, value)| (key, sorted(value)))
                    .collect(),
            )
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => other,
    }
}
