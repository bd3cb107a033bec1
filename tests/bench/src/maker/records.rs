//! The records that fal names and that many documents share.

use serde_json::{Map, Value, json};

use super::random::Random;
use super::{record, reference, title};

/// Adds every record that is referred to, and those that they refer to.
pub(super) fn add_referenced(schemas: &mut Map<String, Value>, random: &mut Random) {
    loop {
        let mut names = Vec::new();
        schemas
            .values()
            .for_each(|schema| references(schema, &mut names));
        let Some(name) = names.into_iter().find(|name| !schemas.contains_key(name)) else {
            return;
        };
        let body = body(&name, random);
        schemas.insert(name, body);
    }
}

fn references(value: &Value, names: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                match value.as_str() {
                    Some(pointer) if key == "$ref" => {
                        names.extend(
                            pointer
                                .strip_prefix("#/components/schemas/")
                                .map(str::to_owned),
                        );
                    }
                    _ => references(value, names),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, names)),
        _ => {}
    }
}

#[expect(clippy::too_many_lines, reason = "it is a table")]
fn body(name: &str, random: &mut Random) -> Value {
    let text = |words: &str| json!({ "type": "string", "description": words });
    let whole = |words: &str| json!({ "type": "integer", "description": words });
    let nullable = |kind: &str, words: &str| json!({ "anyOf": [{ "type": kind }, { "type": "null" }], "description": words });
    let fraction = |low: i64, high: i64, default: f64| json!({ "type": "number", "minimum": low, "maximum": high, "default": default, "description": "How strong it is." });
    let (mut fields, required): (Vec<(&str, Value)>, &[&str]) = match name {
        "File" | "Image" => (
            vec![
                (
                    "url",
                    json!({ "type": "string", "description": "Where the file can be downloaded from." }),
                ),
                (
                    "content_type",
                    nullable("string", "The mime type of the file."),
                ),
                ("file_name", nullable("string", "The name of the file.")),
                (
                    "file_size",
                    nullable("integer", "The size of the file in bytes."),
                ),
            ],
            &["url"],
        ),
        "ImageSize" => (
            vec![
                (
                    "width",
                    json!({ "type": "integer", "exclusiveMinimum": 0, "maximum": 14142, "default": 512, "description": "The width." }),
                ),
                (
                    "height",
                    json!({ "type": "integer", "exclusiveMinimum": 0, "maximum": 14142, "default": 512, "description": "The height." }),
                ),
            ],
            &[],
        ),
        "DynamicMask" => (
            vec![
                ("mask_url", text("Where the mask can be downloaded from.")),
                (
                    "trajectories",
                    json!({ "type": "array", "items": reference("Trajectory"), "description": "How it moves." }),
                ),
            ],
            &["mask_url"],
        ),
        "Trajectory" => (
            vec![("x", whole("To the right.")), ("y", whole("Downwards."))],
            &["x", "y"],
        ),
        "LoraWeight" => (
            vec![
                ("path", text("Where the weights are.")),
                ("scale", fraction(0, 4, 1.0)),
            ],
            &["path"],
        ),
        "CameraControl" => (
            vec![
                (
                    "movement_type",
                    json!({ "type": "string", "enum": ["horizontal", "vertical", "pan", "tilt", "roll", "zoom"], "description": "How the camera moves." }),
                ),
                (
                    "movement_value",
                    json!({ "type": "integer", "minimum": -10, "maximum": 10, "description": "How far." }),
                ),
            ],
            &["movement_type", "movement_value"],
        ),
        "VoiceSettings" => (
            vec![
                ("speed", fraction(0, 2, 1.0)),
                ("pitch", json!({ "type": "integer", "default": 0 })),
            ],
            &[],
        ),
        "ElementInput" => (
            vec![
                (
                    "frontal_image_url",
                    nullable("string", "The element from the front."),
                ),
                (
                    "reference_image_urls",
                    json!({ "type": "array", "items": { "type": "string" }, "maxItems": 3 }),
                ),
            ],
            &[],
        ),
        "Embedding" => (
            vec![
                ("path", text("Where the embedding is.")),
                (
                    "tokens",
                    json!({ "type": "array", "items": { "type": "string" }, "default": ["<s0>", "<s1>"] }),
                ),
            ],
            &["path"],
        ),
        _ => (
            vec![
                ("path", text("Where the weights are.")),
                ("control_image_url", text("What controls it.")),
                ("conditioning_scale", fraction(0, 2, 1.0)),
            ],
            &["path"],
        ),
    };
    if name == "Image" {
        fields.push(("width", nullable("integer", "The width in pixels.")));
        fields.push(("height", nullable("integer", "The height in pixels.")));
    }
    // A few of fal's names have more than one body.
    if name == "Embedding" && random.percent(20) {
        fields[1].1 = json!({ "type": "integer", "description": "How many tokens it has." });
    }
    let fields = fields
        .into_iter()
        .map(|(field, mut schema)| {
            schema["title"] = json!(title(field));
            (field.to_owned(), schema)
        })
        .collect();
    let required: Vec<String> = required.iter().map(|&field| field.to_owned()).collect();
    record(name, &fields, &required)
}
