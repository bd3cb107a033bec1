//! Converts the schemas of a document to JSON Schema 2020-12, which the validator reads.
//!
//! Documents come in two dialects: as fal serves them, which is 2020-12 already, and in the normal form, which is
//! OpenAPI 3.0. Both are accepted, also mixed.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

const COMPONENTS: &str = "#/components/schemas/";

/// A schema that stands alone: `schema`, with the document's components beside it.
pub(crate) fn validation_schema(schema: &Value, document: &Value) -> Value {
    let none = Map::new();
    let components = document
        .pointer("/components/schemas")
        .and_then(Value::as_object)
        .unwrap_or(&none);
    let convert = Convert { components };
    let converted: Map<String, Value> = components
        .iter()
        .map(|(name, schema)| (name.clone(), convert.schema(schema)))
        .collect();
    let mut root = convert.schema(schema);
    if !root.is_object() {
        root = json!({});
    }
    root["components"] = json!({"schemas": converted});
    root
}

/// What a `$ref` into the document's components names; none where it dangles.
pub(crate) fn resolve<'a>(reference: &str, document: &'a Value) -> Option<&'a Value> {
    document
        .get("components")?
        .get("schemas")?
        .get(reference.strip_prefix(COMPONENTS)?)
}

/// The field names of a record in fal's order, in which fal lists its errors too.
pub(crate) fn property_order(schema: &Value, document: &Value) -> Vec<String> {
    let mut schema = schema;
    while let Some(target) = schema
        .get("$ref")
        .and_then(Value::as_str)
        .and_then(|name| resolve(name, document))
    {
        schema = target;
    }
    match (&schema["x-fal-order-properties"], &schema["properties"]) {
        (Value::Array(order), _) => {
            let names = order.iter().filter_map(Value::as_str);
            names.map(str::to_owned).collect()
        }
        (_, Value::Object(properties)) => properties.keys().cloned().collect(),
        _ => Vec::new(),
    }
}

struct Convert<'a> {
    components: &'a Map<String, Value>,
}

impl Convert<'_> {
    fn schema(&self, schema: &Value) -> Value {
        let Value::Object(source) = schema else {
            return schema.clone();
        };
        let source = &with_places(source);
        let mut target = Map::new();
        for (keyword, value) in source.iter() {
            if keyword == "properties" {
                target.insert(keyword.clone(), self.properties(value, source));
            } else if let Some((keyword, value)) = self.keyword(keyword, value) {
                target.insert(keyword.to_owned(), value);
            }
        }
        exclusive_bound(&mut target, source, "exclusiveMinimum", "minimum");
        exclusive_bound(&mut target, source, "exclusiveMaximum", "maximum");
        if source.get("nullable") == Some(&Value::Bool(true)) {
            nullable(target)
        } else {
            Value::Object(target)
        }
    }

    /// A keyword that limits values, converted; none for those that only describe.
    fn keyword<'k>(&self, keyword: &'k str, value: &Value) -> Option<(&'k str, Value)> {
        let converted = match keyword {
            "prefixItems" | "allOf" | "anyOf" | "oneOf" => self.each_item(value),
            "items" | "additionalProperties" | "not" => self.schema(value),
            "$ref" => return self.reference(value).map(|value| (keyword, value)),
            "exclusiveMinimum" | "exclusiveMaximum" => value.is_number().then(|| value.clone())?,
            "type" | "enum" | "const" | "minimum" | "maximum" | "multipleOf" | "minLength"
            | "maxLength" | "pattern" | "minItems" | "maxItems" | "uniqueItems"
            | "minProperties" | "maxProperties" | "required" => value.clone(),
            _ => return None,
        };
        Some((keyword, converted))
    }

    /// A few of fal's documents name components that they do not hold: nothing is known of such a value.
    fn reference(&self, value: &Value) -> Option<Value> {
        let name = value.as_str()?.strip_prefix(COMPONENTS)?;
        self.components.contains_key(name).then(|| value.clone())
    }

    /// A field that may be left out and has no default is None in fal's code where it is left out, and so takes null.
    /// The normal form does not say so, because it makes no difference to a caller who leaves it out.
    fn properties(&self, properties: &Value, record: &Map<String, Value>) -> Value {
        let names = record.get("required").and_then(Value::as_array);
        let required =
            |name: &str| names.is_some_and(|names| names.iter().any(|required| required == name));
        let properties = properties.as_object().into_iter().flatten();
        let converted = properties.map(|(name, schema)| {
            let optional = !required(name) && schema.get("default").is_none();
            let converted = match self.schema(schema) {
                Value::Object(converted) if optional && !takes_null(&converted) => {
                    nullable(converted)
                }
                converted => converted,
            };
            (name.clone(), converted)
        });
        Value::Object(converted.collect())
    }

    fn each_item(&self, value: &Value) -> Value {
        Value::Array(
            value
                .as_array()
                .into_iter()
                .flatten()
                .map(|schema| self.schema(schema))
                .collect(),
        )
    }
}

/// The normal form writes a tuple as a list of any of its places, and says beside it that they are places.
fn with_places(schema: &Map<String, Value>) -> Cow<'_, Map<String, Value>> {
    let places = schema.get("items").and_then(|items| items.get("anyOf"));
    match (schema.get("x-prefix-items"), places) {
        (Some(Value::Bool(true)), Some(places)) => {
            let mut schema = schema.clone();
            schema.insert("prefixItems".to_owned(), places.clone());
            schema.remove("items");
            Cow::Owned(schema)
        }
        _ => Cow::Borrowed(schema),
    }
}

fn takes_null(schema: &Map<String, Value>) -> bool {
    let is_null = |schema: &Value| schema["type"] == "null" || schema["type"][1] == "null";
    match schema.get("anyOf") {
        Some(Value::Array(alternatives)) => alternatives.iter().any(is_null),
        _ => {
            schema
                .get("type")
                .is_some_and(|types| types == "null" || types[1] == "null")
                || schema.is_empty()
        }
    }
}

/// OpenAPI 3.0 says by a boolean that the bound beside it is exclusive.
fn exclusive_bound(
    target: &mut Map<String, Value>,
    source: &Map<String, Value>,
    exclusive: &str,
    bound: &str,
) {
    if source.get(exclusive) == Some(&Value::Bool(true))
        && let Some(limit) = target.remove(bound)
    {
        target.insert(exclusive.to_owned(), limit);
    }
}

fn nullable(mut schema: Map<String, Value>) -> Value {
    let composed = ["$ref", "allOf", "anyOf", "oneOf", "const"]
        .iter()
        .any(|keyword| schema.contains_key(*keyword));
    let name = schema
        .get("type")
        .and_then(Value::as_str)
        .map(str::to_owned);
    match name {
        Some(name) if !composed => {
            schema.insert("type".to_owned(), json!([name, "null"]));
            if let Some(Value::Array(values)) = schema.get_mut("enum") {
                values.push(Value::Null);
            }
            Value::Object(schema)
        }
        _ => json!({"anyOf": [schema, {"type": "null"}]}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepts(schema: &Value, value: &Value) -> bool {
        let document = json!({"components": {"schemas": {
            "Point": {"type": "object", "required": ["x"], "properties": {"x": {"type": "integer"}}},
        }}});
        let schema = validation_schema(schema, &document);
        jsonschema::draft202012::is_valid(&schema, value)
    }

    #[test]
    fn both_spellings_of_null_and_of_exclusive_bounds() {
        for schema in [
            json!({"type": "integer", "nullable": true, "minimum": 1, "exclusiveMinimum": true}),
            json!({"anyOf": [{"type": "integer", "exclusiveMinimum": 1}, {"type": "null"}]}),
        ] {
            assert!(accepts(&schema, &json!(2)));
            assert!(accepts(&schema, &json!(null)));
            assert!(!accepts(&schema, &json!(1)));
            assert!(!accepts(&schema, &json!("2")));
        }
        let upper = json!({"type": "number", "maximum": 1, "exclusiveMaximum": true});
        assert!(accepts(&upper, &json!(0.99)));
        assert!(!accepts(&upper, &json!(1)));
        let inclusive = json!({"type": "number", "maximum": 1, "exclusiveMaximum": false});
        assert!(accepts(&inclusive, &json!(1)));
    }

    #[test]
    fn references_with_siblings_and_null() {
        let schema = json!({"allOf": [{"$ref": "#/components/schemas/Point"}], "nullable": true, "description": "p"});
        assert!(accepts(&schema, &json!({"x": 1})));
        assert!(accepts(&schema, &json!(null)));
        assert!(!accepts(&schema, &json!({"x": "1"})));
        assert!(!accepts(&schema, &json!({})));
    }

    #[test]
    fn nullable_enumerations() {
        let schema = json!({"type": "string", "enum": ["a"], "nullable": true});
        assert!(accepts(&schema, &json!("a")));
        assert!(accepts(&schema, &json!(null)));
        assert!(!accepts(&schema, &json!("b")));
        assert!(!accepts(
            &json!({"type": "string", "enum": ["a"]}),
            &json!(null)
        ));
    }

    #[test]
    fn tuples_in_both_spellings() {
        let places = json!([{"type": "string"}, {"type": "integer"}]);
        for schema in [
            json!({"type": "array", "items": {"anyOf": places}, "x-prefix-items": true}),
            json!({"type": "array", "prefixItems": places}),
        ] {
            assert!(accepts(&schema, &json!(["a", 1])));
            assert!(!accepts(&schema, &json!([1, "a"])));
        }
    }

    #[test]
    fn an_optional_field_without_default_takes_null() {
        let record = |field: Value, required: Value| json!({"properties": {"f": field}, "required": required});
        let null = json!({"f": null});
        for field in [
            json!({"type": "string"}),
            json!({"type": "string", "enum": ["a"]}),
            json!({"allOf": [{"$ref": "#/components/schemas/Point"}]}),
            json!({"anyOf": [{"type": "string"}, {"type": "integer"}]}),
        ] {
            assert!(accepts(&record(field.clone(), json!([])), &null), "{field}");
            assert!(
                !accepts(&record(field.clone(), json!(["f"])), &null),
                "{field}"
            );
            let mut with_default = field.clone();
            with_default["default"] = json!("a");
            assert!(!accepts(&record(with_default, json!([])), &null), "{field}");
        }
    }

    #[test]
    fn a_dangling_reference_accepts_anything() {
        let gone = json!({"$ref": "#/components/schemas/Gone"});
        assert!(accepts(&gone, &json!(["x"])));
    }

    #[test]
    fn fields_come_in_fals_order() {
        let document =
            json!({"components": {"schemas": {"In": {"x-fal-order-properties": ["b", "a"]}}}});
        assert_eq!(
            property_order(&json!({"$ref": "#/components/schemas/In"}), &document),
            ["b", "a"]
        );
    }
}
