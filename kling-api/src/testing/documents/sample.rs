//! The example output of a document, or one made up from its types.

use serde_json::{Map, Value, json};

use crate::testing::documents::json_schema::resolve;
use crate::testing::documents::sample_file::SampleFile;

/// References deeper than this are taken for a circle.
const DEPTH_LIMIT: usize = 32;

/// A value of this schema: its own example, else one made of the examples of its fields, else one that fits its types.
/// The URLs in it lead to files that the fake serves.
pub(crate) fn sample(schema: &Value, document: &Value, base_url: &str) -> Value {
    Sampler { document, base_url }.value(schema, "output", 0)
}

struct Sampler<'a> {
    document: &'a Value,
    base_url: &'a str,
}

impl Sampler<'_> {
    fn value(&self, schema: &Value, name: &str, depth: usize) -> Value {
        if depth > DEPTH_LIMIT {
            return Value::Null;
        }
        if let Some(example) = example(schema) {
            return self.served(example.clone(), name);
        }
        if let Some(target) = schema["$ref"]
            .as_str()
            .and_then(|reference| resolve(reference, self.document))
        {
            return self.value(target, name, depth + 1);
        }
        if let Some(parts) = schema["allOf"].as_array() {
            return self.merged(parts, name, depth);
        }
        if let Some(alternatives) = schema["anyOf"]
            .as_array()
            .or_else(|| schema["oneOf"].as_array())
        {
            let first = alternatives
                .iter()
                .find(|alternative| alternative["type"] != "null");
            return first.map_or(Value::Null, |alternative| {
                self.value(alternative, name, depth + 1)
            });
        }
        let fixed = schema
            .get("const")
            .or_else(|| schema["enum"].get(0))
            .or_else(|| schema.get("default"));
        if let Some(value) = fixed.filter(|value| !value.is_null()) {
            return value.clone();
        }
        self.of_type(schema, name, depth)
    }

    /// A published example whose URLs lead to files of the fake, where they can be fetched.
    fn served(&self, example: Value, name: &str) -> Value {
        match example {
            Value::Array(items) => items
                .into_iter()
                .map(|item| self.served(item, name))
                .collect(),
            Value::Object(mut fields) if fields.get("url").is_some_and(Value::is_string) => {
                let file = SampleFile::for_field(name);
                fields.insert("url".to_owned(), json!(file.url(self.base_url)));
                for (field, value) in [
                    ("file_size", json!(file.bytes.len())),
                    ("file_name", json!(file.name)),
                    ("content_type", json!(file.content_type)),
                ] {
                    if fields.contains_key(field) {
                        fields.insert(field.to_owned(), value);
                    }
                }
                Value::Object(fields)
            }
            Value::Object(fields) => fields
                .into_iter()
                .map(|(name, value)| {
                    let value = self.served(value, &name);
                    (name, value)
                })
                .collect(),
            other => other,
        }
    }

    fn merged(&self, parts: &[Value], name: &str, depth: usize) -> Value {
        let mut values = parts.iter().map(|part| self.value(part, name, depth + 1));
        let first = values.next().unwrap_or_default();
        values.fold(first, |merged, value| match (merged, value) {
            (Value::Object(mut merged), Value::Object(more)) => {
                merged.extend(more);
                Value::Object(merged)
            }
            (merged, _) => merged,
        })
    }

    fn of_type(&self, schema: &Value, name: &str, depth: usize) -> Value {
        let kind = schema["type"]
            .as_str()
            .unwrap_or(if schema["properties"].is_object() {
                "object"
            } else {
                ""
            });
        match kind {
            "object" => self.object(schema, name, depth),
            "array" => self.array(schema, name, depth),
            "string" if name == "url" || name.ends_with("_url") || schema["format"] == "uri" => {
                json!(SampleFile::for_field(name).url(self.base_url))
            }
            "string" => json!(name),
            "integer" | "number" => schema.get("minimum").cloned().unwrap_or_else(|| json!(1)),
            "boolean" => json!(false),
            _ => Value::Null,
        }
    }

    fn array(&self, schema: &Value, name: &str, depth: usize) -> Value {
        let in_normal_form = schema["items"]
            .get("anyOf")
            .filter(|_| schema["x-prefix-items"] == true);
        if let Some(places) = in_normal_form
            .or_else(|| schema.get("prefixItems"))
            .and_then(Value::as_array)
        {
            return places
                .iter()
                .map(|place| self.value(place, name, depth + 1))
                .collect();
        }
        let items = schema["minItems"].as_u64().unwrap_or(1);
        (0..items)
            .map(|_| self.value(&schema["items"], name, depth + 1))
            .collect()
    }

    fn object(&self, schema: &Value, name: &str, depth: usize) -> Value {
        let Some(properties) = schema["properties"].as_object() else {
            return json!({});
        };
        let file = SampleFile::for_field(name);
        let of_file = |property: &str| match property {
            "url" => Some(json!(file.url(self.base_url))),
            "content_type" => Some(json!(file.content_type)),
            "file_name" => Some(json!(file.name)),
            "file_size" => Some(json!(file.bytes.len())),
            _ => None,
        };
        let is_file = properties.contains_key("url") && properties.contains_key("content_type");
        let mut object = Map::new();
        for (property, schema_of_property) in properties {
            let required = schema["required"]
                .as_array()
                .is_some_and(|names| names.iter().any(|name| name == property.as_str()));
            let value = match of_file(property).filter(|_| is_file) {
                Some(value) => value,
                None if required || example(schema_of_property).is_some() => {
                    self.value(schema_of_property, property, depth + 1)
                }
                None => continue,
            };
            object.insert(property.clone(), value);
        }
        Value::Object(object)
    }
}

/// The first example that stands beside a schema, in any of the three spellings.
fn example(schema: &Value) -> Option<&Value> {
    let listed = ["x-examples", "examples"]
        .iter()
        .find_map(|keyword| schema.get(keyword)?.get(0));
    listed.or_else(|| schema.get("example"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document() -> Value {
        json!({"components": {"schemas": {
            "File": {"type": "object", "required": ["url"], "properties": {
                "url": {"type": "string"},
                "content_type": {"type": "string", "nullable": true, "x-examples": ["image/png"]},
                "file_name": {"type": "string", "nullable": true},
                "file_size": {"type": "integer", "nullable": true},
            }},
            "Node": {"type": "object", "required": ["next"], "properties": {
                "next": {"$ref": "#/components/schemas/Node"},
            }},
        }}})
    }

    fn of(schema: &Value) -> Value {
        sample(schema, &document(), "http://fake")
    }

    #[test]
    fn examples_win_at_each_level() {
        let field = json!({"allOf": [{"$ref": "#/components/schemas/File"}], "x-examples": [{"url": "u", "file_size": 9}, {"url": "v"}]});
        let output =
            json!({"type": "object", "required": ["video"], "properties": {"video": field}});
        let served = json!({"video": {"url": "http://fake/files/output.mp4", "file_size": 40}});
        assert_eq!(of(&output), served);
        let mut whole = output;
        whole["examples"] = json!([{"video": {"url": "w"}, "seed": 7}]);
        let served = json!({"video": {"url": "http://fake/files/output.mp4"}, "seed": 7});
        assert_eq!(of(&whole), served);
    }

    #[test]
    fn a_file_without_example_is_one_of_the_fakes_own() {
        let output = json!({"type": "object", "required": ["video", "images"], "properties": {
            "video": {"$ref": "#/components/schemas/File"},
            "images": {"type": "array", "items": {"$ref": "#/components/schemas/File"}},
            "extra": {"type": "string", "nullable": true},
        }});
        let output = of(&output);
        assert_eq!(output["video"]["url"], "http://fake/files/output.mp4");
        assert_eq!(output["video"]["content_type"], "video/mp4");
        assert_eq!(output["images"][0]["url"], "http://fake/files/output.png");
        assert_eq!(output.get("extra"), None);
    }

    #[test]
    fn plain_types_are_made_up() {
        let output = json!({"type": "object", "required": ["seed", "kind", "done", "text", "either"], "properties": {
            "seed": {"type": "integer", "minimum": 7},
            "kind": {"type": "string", "enum": ["fast", "slow"]},
            "done": {"type": "boolean"},
            "text": {"type": "string"},
            "either": {"anyOf": [{"type": "null"}, {"type": "boolean"}]},
        }});
        assert_eq!(
            of(&output),
            json!({"seed": 7, "kind": "fast", "done": false, "text": "text", "either": false})
        );
    }

    #[test]
    fn lists_and_tuples_are_filled() {
        let places = json!([{"type": "boolean"}, {"type": "integer", "minimum": 3}]);
        for tuple in [
            json!({"type": "array", "prefixItems": places}),
            json!({"type": "array", "items": {"anyOf": places}, "x-prefix-items": true}),
        ] {
            assert_eq!(of(&tuple), json!([false, 3]));
        }
        assert_eq!(
            of(&json!({"type": "array", "items": {"type": "boolean"}, "minItems": 2})),
            json!([false, false])
        );
    }

    #[test]
    fn a_circle_ends() {
        assert!(of(&json!({"$ref": "#/components/schemas/Node"})).is_object());
    }
}
