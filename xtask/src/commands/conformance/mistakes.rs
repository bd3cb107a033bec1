//! Examples and defaults that their own schema refuses. They are mistakes of the document, not of the generator.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::commands::conformance::values::Probe;

/// A document as a JSON Schema validator reads it.
pub(super) struct OwnSchemas(Value);

impl OwnSchemas {
    pub(super) fn of(document: &Value) -> Self {
        let mut document = document.clone();
        make_plain(&mut document);
        Self(document)
    }

    /// Why a value is none of the schema that brings it; `None` where it is one, or where no validator can be made.
    pub(super) fn refuses(&mut self, probe: &Probe) -> Option<String> {
        self.0["$ref"] = Value::from(format!("#{}", fragment(&probe.pointer)));
        let validator = jsonschema::draft202012::new(&self.0).ok()?;
        let error = validator.validate(&probe.value).err()?;
        Some(format!(
            "the {} {} contradicts its schema: {error}",
            probe.what, probe.value
        ))
    }
}

/// Spells fal's dialect as JSON Schema: a nullable type as two types, and as optional what fal fills in by itself.
fn make_plain(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(make_plain),
        Value::Object(map) => {
            map.values_mut().for_each(make_plain);
            if map.get("nullable") == Some(&Value::Bool(true)) {
                if let Some(Value::String(name)) = map.get("type") {
                    let both = json!([name, "null"]);
                    map.insert("type".to_owned(), both);
                }
                if let Some(Value::Array(values)) = map.get_mut("enum") {
                    values.push(Value::Null);
                }
            }
            let properties = map.get("properties").and_then(Value::as_object);
            let filled: Vec<String> = properties
                .into_iter()
                .flatten()
                .filter(|(_, property)| property.get("default").is_some())
                .map(|(name, _)| name.clone())
                .collect();
            if let Some(Value::Array(required)) = map.get_mut("required") {
                required.retain(|name| !filled.iter().any(|filled| name == filled));
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// A JSON pointer as the fragment of a URI.
fn fragment(pointer: &str) -> String {
    let mut fragment = String::new();
    for byte in pointer.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            fragment.push(char::from(byte));
        } else {
            let _ = write!(fragment, "%{byte:02X}");
        }
    }
    fragment
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refuses(schema: &Value, value: Value) -> bool {
        let mut schemas =
            OwnSchemas::of(&json!({ "components": { "schemas": { "A b": schema.clone() } } }));
        let probe = Probe {
            sent: true,
            pointer: "/components/schemas/A b".to_owned(),
            what: "example",
            value,
            whole: Value::Null,
        };
        schemas.refuses(&probe).is_some()
    }

    #[test]
    fn a_value_is_held_against_the_schema_that_brings_it() {
        let schema = json!({ "type": "object", "required": ["n", "m"], "properties": {
            "n": { "type": "integer", "nullable": true, "exclusiveMinimum": 0 }, "m": { "type": "string", "default": "x" } } });
        for good in [json!({ "n": 1 }), json!({ "n": null, "more": true })] {
            assert!(!refuses(&schema, good.clone()), "{good}");
        }
        for bad in [json!({ "n": 0 }), json!({}), json!(["n"])] {
            assert!(refuses(&schema, bad.clone()), "{bad}");
        }
    }
}
