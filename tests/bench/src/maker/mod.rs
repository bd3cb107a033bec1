//! Makes any number of documents in fal's dialect, always the same ones: for measuring, where the real catalogue is
//! not at hand.
//!
//! How often a keyword occurs follows counts over fal's own documents, in which each has about 7 defaults, 7 lists of
//! examples, 6 unions with null, 2 enums and 2 references; a test holds the maker to them. `fixtures/catalogue` is the
//! other way round: each oddity once.

mod fields;
mod random;
mod records;

use kling_codegen::Document;
use serde_json::{Map, Value, json};

use self::random::Random;

const FAMILIES: [&str; 12] = [
    "amber-video",
    "birch-image",
    "cedar-motion",
    "drift-audio",
    "ember-upscaler",
    "fjord-portrait",
    "glade-speech",
    "heron-sketch",
    "inlet-avatar",
    "juniper-depth",
    "krill-mesh",
    "lumen-relight",
];
const TIERS: [&str; 3] = ["standard", "pro", "master"];
const TASKS: [(&str, &str); 8] = [
    ("image-to-video", "image-to-video"),
    ("text-to-video", "text-to-video"),
    ("text-to-image", "text-to-image"),
    ("edit", "image-to-image"),
    ("reference-to-video", "image-to-video"),
    ("extend", "video-to-video"),
    ("lip-sync", "audio-to-video"),
    ("text-to-speech", "text-to-speech"),
];

/// The first so many documents, in the order in which they are made. The first five are the same whatever the count.
#[must_use]
pub fn documents(count: usize) -> Vec<Document> {
    (0..count).map(document).collect()
}

fn document(number: usize) -> Document {
    // Neighbours differ in task and tier first, as the endpoints of one model do.
    let (task, category) = TASKS[number % TASKS.len()];
    let tier = TIERS[number / TASKS.len() % TIERS.len()];
    let model = number / TASKS.len() / TIERS.len();
    let family = FAMILIES[model % FAMILIES.len()];
    let version = model / FAMILIES.len();
    let id = format!(
        "fal-ai/{family}/v{}.{}/{tier}/{task}",
        version / 3 + 1,
        version % 3
    );
    let mut random = Random::new(number as u64);
    let stem = component_stem(&id);
    let (input, output) = (format!("{stem}Input"), format!("{stem}Output"));
    let mut schemas = Map::new();
    schemas.insert("QueueStatus".into(), queue_status());
    let (fields, required) = fields::input(&mut random);
    schemas.insert(
        input.clone(),
        record(
            &format!("{}Request", TASKS[number % 3].0),
            &fields,
            &required,
        ),
    );
    let (fields, required) = fields::output(&mut random, category);
    schemas.insert(output.clone(), record("Output", &fields, &required));
    records::add_referenced(&mut schemas, &mut random);
    let whole = json!({
        "openapi": "3.0.4",
        "info": {
            "title": format!("Queue OpenAPI for {id}"),
            "version": "1.0.0",
            "description": format!("Makes what the task {task} asks for with the {tier} model of {family}."),
            "x-fal-metadata": {
                "endpointId": id,
                "category": category,
                "thumbnailUrl": format!("https://fal.media/files/{number}.webp"),
                "playgroundUrl": format!("https://fal.ai/models/{id}"),
                "documentationUrl": format!("https://fal.ai/models/{id}/api"),
            },
        },
        "components": {
            "securitySchemes": { "apiKeyAuth": { "type": "apiKey", "in": "header", "name": "Authorization", "description": "Fal Key" } },
            "schemas": schemas,
        },
        "paths": paths(&id, &input, &output),
        "servers": [{ "url": "https://queue.fal.run" }],
        "security": [{ "apiKeyAuth": [] }],
    });
    Document {
        id,
        text: format!("{whole:#}"),
    }
}

/// `FalAiAmberVideoV10StandardEdit`: what fal makes of an id, without its first part.
fn component_stem(id: &str) -> String {
    let words = id.split(['/', '-', '.']).skip(2);
    words.map(capitalised).collect()
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .chain(letters)
        .collect()
}

/// `Guidance Scale`, as pydantic titles a field.
fn title(name: &str) -> String {
    name.split('_')
        .map(capitalised)
        .collect::<Vec<_>>()
        .join(" ")
}

/// An object schema with the title, order and required fields that fal writes.
fn record(title: &str, fields: &Map<String, Value>, required: &[String]) -> Value {
    let order: Vec<&String> = fields.keys().collect();
    let mut schema = json!({ "title": title, "type": "object", "x-fal-order-properties": order, "properties": fields });
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

fn paths(id: &str, input: &str, output: &str) -> Value {
    let answer = |name: &str, words: &str| json!({ "200": { "description": words, "content": { "application/json": { "schema": reference(name) } } } });
    let request = json!({ "name": "request_id", "in": "path", "required": true, "schema": { "type": "string", "description": "Request ID" } });
    let logs = json!({ "name": "logs", "in": "query", "required": false, "schema": { "type": "number", "description": "Whether to include logs" } });
    let success = json!({ "200": { "description": "The request was cancelled.", "content": { "application/json": { "schema": { "type": "object", "properties": { "success": { "type": "boolean" } } } } } } });
    json!({
        format!("/{id}"): { "post": {
            "requestBody": { "required": true, "content": { "application/json": { "schema": reference(input) } } },
            "responses": answer("QueueStatus", "The request status."),
        } },
        format!("/{id}/requests/{{request_id}}"): { "get": { "parameters": [request], "responses": answer(output, "Result of the request.") } },
        format!("/{id}/requests/{{request_id}}/status"): { "get": { "parameters": [request, logs], "responses": answer("QueueStatus", "The request status.") } },
        format!("/{id}/requests/{{request_id}}/cancel"): { "put": { "parameters": [request], "responses": success } },
    })
}

fn queue_status() -> Value {
    json!({
        "type": "object",
        "properties": {
            "status": { "type": "string", "enum": ["IN_QUEUE", "IN_PROGRESS", "COMPLETED"] },
            "request_id": { "type": "string", "description": "The request id." },
            "response_url": { "type": "string", "description": "The response url." },
            "status_url": { "type": "string", "description": "The status url." },
            "cancel_url": { "type": "string", "description": "The cancel url." },
            "logs": { "type": "object", "description": "The logs.", "additionalProperties": true },
            "metrics": { "type": "object", "description": "The metrics.", "additionalProperties": true },
            "queue_position": { "type": "integer", "description": "The queue position." },
        },
        "required": ["status", "request_id"],
    })
}

#[cfg(test)]
mod tests {
    use kling_codegen::{Settings, read};

    use super::*;

    fn occurrences(value: &Value, keyword: &str) -> usize {
        match value {
            Value::Object(fields) => {
                let here = usize::from(fields.contains_key(keyword));
                here + fields
                    .values()
                    .map(|value| occurrences(value, keyword))
                    .sum::<usize>()
            }
            Value::Array(items) => items.iter().map(|item| occurrences(item, keyword)).sum(),
            _ => 0,
        }
    }

    /// The counts of the real catalogue, of 930 documents, within a fifth.
    #[test]
    fn keywords_are_as_frequent_as_in_the_real_catalogue() {
        let documents = documents(930);
        let schemas: Vec<Value> = documents
            .iter()
            .map(|document| {
                let whole: Value =
                    serde_json::from_str(&document.text).expect("it was made as JSON");
                let mut schemas = whole["components"]["schemas"].clone();
                schemas
                    .as_object_mut()
                    .expect("an object")
                    .remove("QueueStatus");
                schemas
            })
            .collect();
        let expected = [
            ("default", 6884),
            ("examples", 6282),
            ("anyOf", 5590),
            ("x-fal-order-properties", 3000),
            ("minimum", 2292),
            ("maximum", 2651),
            ("enum", 2094),
            ("$ref", 1790),
            ("exclusiveMinimum", 408),
            ("maxLength", 313),
            ("minLength", 159),
        ];
        let counts = expected.map(|(keyword, _)| {
            let found: usize = schemas
                .iter()
                .map(|schemas| occurrences(schemas, keyword))
                .sum();
            (keyword, found)
        });
        for ((_, found), (_, due)) in counts.into_iter().zip(expected) {
            assert!(
                (due * 4..=due * 6).contains(&(found * 5)),
                "{counts:?} in place of {expected:?}"
            );
        }
    }

    #[test]
    fn the_same_documents_come_every_time_and_all_can_be_read() {
        let all = documents(200);
        assert_eq!(all, documents(200));
        assert_eq!(all[..5], documents(5));
        let api = read(&all, &Settings::default()).expect("every document is in fal's dialect");
        assert_eq!(api.endpoints.len(), 200);
        assert!(
            api.shared.len() >= 2,
            "{} records of outputs are shared",
            api.shared.len()
        );
    }
}
