//! The smallest value of a schema as fal writes it: what must stand around a value that is tried.
//!
//! It reads the document itself and asks the generator nothing, so that it can contradict it.

use serde_json::{Map, Value, json};

/// Deeper than any value that a schema asks for; only one that requires itself goes on for ever.
const DEEPEST: usize = 40;

/// A schema without its references, and the document that they lead into.
#[derive(Clone, Copy)]
pub(super) struct Schemas<'a>(pub(super) &'a Value);

impl<'a> Schemas<'a> {
    /// The component that a schema refers to, with its name.
    pub(super) fn referred(self, schema: &'a Value) -> Option<(&'a str, Option<&'a Value>)> {
        let reference = schema.get("$ref")?.as_str()?;
        let name = reference.strip_prefix("#/components/schemas/");
        let target = name.and_then(|name| {
            let key = name.replace("~1", "/").replace("~0", "~");
            self.0.get("components")?.get("schemas")?.get(key)
        });
        Some((reference, target))
    }

    pub(super) fn sample(self, schema: &'a Value, depth: usize) -> Value {
        if depth > DEEPEST {
            return Value::Null;
        }
        if let Some((_, target)) = self.referred(schema) {
            return target.map_or_else(|| json!("open"), |target| self.sample(target, depth + 1));
        }
        for keyword in ["anyOf", "oneOf"] {
            if let Some(branches) = schema.get(keyword).and_then(Value::as_array) {
                let branch = branches.iter().find(|branch| branch["type"] != "null");
                return branch.map_or(Value::Null, |branch| self.sample(branch, depth + 1));
            }
        }
        if let Some(branches) = schema.get("allOf").and_then(Value::as_array) {
            return self.joined(branches, depth);
        }
        if let Some(value) = schema.get("const") {
            return value.clone();
        }
        if let Some(Value::Array(values)) = schema.get("enum")
            && let Some(value) = values.iter().find(|value| !value.is_null())
        {
            return value.clone();
        }
        self.of_type(schema, depth)
    }

    fn of_type(self, schema: &'a Value, depth: usize) -> Value {
        let declared = schema.get("type").and_then(Value::as_str);
        let guessed = ["properties", "additionalProperties"]
            .iter()
            .any(|keyword| schema.get(*keyword).is_some());
        match declared {
            Some("boolean") => json!(true),
            Some("integer") => json!(1),
            Some("number") => json!(0.5),
            Some("null") => Value::Null,
            Some("array") => self.list(schema, depth),
            Some("object") => self.object(schema, depth),
            None if guessed => self.object(schema, depth),
            None if schema.get("items").is_some() || schema.get("prefixItems").is_some() => {
                self.list(schema, depth)
            }
            _ => json!("text"),
        }
    }

    fn list(self, schema: &'a Value, depth: usize) -> Value {
        let places = schema.get("prefixItems").and_then(Value::as_array);
        let places = places.into_iter().flatten();
        places.map(|place| self.sample(place, depth + 1)).collect()
    }

    fn object(self, schema: &'a Value, depth: usize) -> Value {
        let mut object = Map::new();
        for name in schema
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            if let Some(name) = name.as_str()
                && let Some(property) = schema.get("properties").and_then(|all| all.get(name))
            {
                object.insert(name.to_owned(), self.sample(property, depth + 1));
            }
        }
        Value::Object(object)
    }

    fn joined(self, branches: &'a [Value], depth: usize) -> Value {
        let mut object = Map::new();
        for branch in branches {
            match self.sample(branch, depth + 1) {
                Value::Object(part) => object.extend(part),
                other if branches.len() == 1 => return other,
                _ => {}
            }
        }
        Value::Object(object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_what_is_required_and_nothing_else() {
        let document = json!({ "components": { "schemas": { "Size": {
            "type": "object",
            "properties": { "width": { "type": "integer" }, "unit": { "enum": [null, "px"] }, "depth": { "type": "integer" } },
            "required": ["width", "unit"],
        } } } });
        let schema =
            json!({ "anyOf": [{ "type": "null" }, { "$ref": "#/components/schemas/Size" }] });
        assert_eq!(
            Schemas(&document).sample(&schema, 0),
            json!({ "width": 1, "unit": "px" })
        );
    }

    #[test]
    fn ends_where_a_schema_requires_itself() {
        let document = json!({ "components": { "schemas": { "Node": {
            "properties": { "next": { "$ref": "#/components/schemas/Node" } }, "required": ["next"],
        } } } });
        let schema = json!({ "$ref": "#/components/schemas/Node" });
        assert!(Schemas(&document).sample(&schema, 0).is_object());
    }
}
