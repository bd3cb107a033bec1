//! A schema in normal form.

use serde_json::{Map, Value, json};

use crate::normalize::source_map::SourceMap;

/// A schema in normal form, without the word about null: whoever holds the schema decides whether null matters there.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Normal {
    pub(super) schema: Map<String, Value>,
    pub(super) nullable: bool,
    /// Whether null is all that the schema allows.
    pub(super) null_only: bool,
    /// Where it was written, as far as it was elsewhere.
    pub(super) source_map: SourceMap,
}

impl Normal {
    pub(super) fn null() -> Self {
        Self {
            schema: Map::new(),
            nullable: true,
            null_only: true,
            source_map: SourceMap::default(),
        }
    }

    pub(super) fn of(value: Value) -> Self {
        match value {
            Value::Object(schema) => Self {
                schema,
                ..Self::default()
            },
            _ => Self::default(),
        }
    }

    /// The schema as it stands where null counts.
    pub(super) fn into_value(self) -> Value {
        let mut schema = wrapped(self.schema, self.nullable);
        if self.nullable {
            schema.insert("nullable".into(), Value::Bool(true));
        }
        Value::Object(schema)
    }

    /// The schema as it stands where a null means the same as nothing at all.
    pub(super) fn into_optional_value(mut self) -> Value {
        if self.schema.get("default") == Some(&Value::Null) {
            self.schema.remove("default");
        }
        Value::Object(wrapped(self.schema, false))
    }
}

/// In OpenAPI 3.0 a reference has no siblings, so what stands beside it goes around it.
fn wrapped(mut schema: Map<String, Value>, nullable: bool) -> Map<String, Value> {
    if (schema.len() > 1 || nullable)
        && let Some(reference) = schema.remove("$ref")
    {
        schema.insert("allOf".into(), json!([{ "$ref": reference }]));
    }
    schema
}
