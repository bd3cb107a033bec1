//! The 422 of an input that breaks its schema: pydantic's `loc` and `type`, in the order of fal's fields.
//!
//! The sentence under `msg` is not pydantic's: fal asks its callers not to read it.

#[cfg(test)]
mod tests;

use jsonschema::error::ValidationErrorKind as Kind;
use jsonschema::{ValidationError, Validator};
use serde_json::{Value, json};

/// The items of `detail`, in the order of the fields.
///
/// `schema` is the one that the validator was built from.
pub(crate) fn details(
    validator: &Validator,
    schema: &Value,
    body: &Value,
    order: &[String],
) -> Vec<Value> {
    let mut details = Details {
        schema,
        body,
        items: Vec::new(),
    };
    for error in validator.iter_errors(body) {
        details.add(&error, &[]);
    }
    let mut items = details.items;
    items.sort_by_key(|item| {
        let field = item["loc"].get(1).and_then(Value::as_str);
        order
            .iter()
            .position(|name| Some(name.as_str()) == field)
            .unwrap_or(order.len())
    });
    items
}

/// Where fal documents an error type.
pub(crate) fn documentation_url(error_type: &str) -> String {
    format!("https://docs.fal.ai/errors/#{error_type}")
}

struct Details<'a> {
    schema: &'a Value,
    body: &'a Value,
    items: Vec<Value>,
}

impl Details<'_> {
    /// `branch` is what pydantic appends to the place of an error inside a union: the name of the alternative.
    fn add(&mut self, error: &ValidationError<'_>, branch: &[String]) {
        match error.kind() {
            Kind::AnyOf { context } | Kind::OneOfNotValid { context } => {
                self.add_union(error, context, branch);
            }
            Kind::AdditionalProperties { unexpected } => {
                for name in unexpected {
                    self.push(error, branch, Some(name), ("extra_forbidden", None));
                }
            }
            Kind::Required { property } => {
                self.push(error, branch, property.as_str(), ("missing", None));
            }
            Kind::Type { .. } => {
                self.push(error, branch, None, (wrong_type(error, self.schema), None));
            }
            kind => self.push(error, branch, None, broken_bound(kind)),
        }
    }

    /// A value that fits no alternative. Null beside one schema is no union for pydantic: the errors are that schema's
    /// own. Else the errors of all alternatives are listed, each under the alternative's name.
    fn add_union(
        &mut self,
        error: &ValidationError<'_>,
        context: &[Vec<ValidationError<'static>>],
        branch: &[String],
    ) {
        let alternatives = self.schema.pointer(error.schema_path().as_str());
        let schema_of = |index: usize| alternatives.and_then(|schemas| schemas.get(index));
        let is_null =
            |index: &usize| schema_of(*index).is_some_and(|schema| schema["type"] == "null");
        let others: Vec<usize> = (0..context.len()).filter(|index| !is_null(index)).collect();
        for &index in &others {
            let mut branch = branch.to_vec();
            if others.len() > 1 {
                branch.push(schema_of(index).map_or_else(|| index.to_string(), alternative_name));
            }
            for error in &context[index] {
                self.add(error, &branch);
            }
        }
    }

    fn push(
        &mut self,
        error: &ValidationError<'_>,
        branch: &[String],
        field: Option<&str>,
        (error_type, bound): (&str, Option<(&str, Value)>),
    ) {
        let mut loc = location(error, self.body);
        loc.extend(branch.iter().map(|name| json!(name)));
        loc.extend(field.map(|name| json!(name)));
        let record = error.instance().as_ref();
        let mut item = json!({
            "loc": loc,
            "msg": error.masked_with("the value").to_string(),
            "type": error_type,
            "input": field.and_then(|name| record.get(name)).unwrap_or(record),
            "url": documentation_url(error_type),
        });
        if let Some((name, bound)) = bound {
            item["ctx"] = json!({ name: bound });
        }
        self.items.push(item);
    }
}

/// The type of a broken bound, and the bound by the name that fal has for it.
fn broken_bound(kind: &Kind) -> (&'static str, Option<(&'static str, Value)>) {
    let (error_type, name, bound) = match kind {
        Kind::Minimum { limit } => ("greater_than_equal", "ge", limit.clone()),
        Kind::Maximum { limit } => ("less_than_equal", "le", limit.clone()),
        Kind::ExclusiveMinimum { limit } => ("greater_than", "gt", limit.clone()),
        Kind::ExclusiveMaximum { limit } => ("less_than", "lt", limit.clone()),
        Kind::MultipleOf { multiple_of } => ("multiple_of", "multiple_of", json!(multiple_of)),
        Kind::MinLength { limit } => ("string_too_short", "min_length", json!(limit)),
        Kind::MaxLength { limit } => ("string_too_long", "max_length", json!(limit)),
        Kind::MinItems { limit } => ("sequence_too_short", "min_length", json!(limit)),
        Kind::MaxItems { limit } => ("sequence_too_long", "max_length", json!(limit)),
        Kind::Enum { .. } | Kind::Constant { .. } => return ("literal_error", None),
        Kind::Pattern { .. } => return ("string_pattern_mismatch", None),
        // pydantic has no type for the others, such as items that must be unique: a model checks them by hand.
        _ => return ("value_error", None),
    };
    (error_type, Some((name, bound)))
}

fn wrong_type(error: &ValidationError<'_>, schema: &Value) -> &'static str {
    let input = error.instance().as_ref();
    let keyword = error.schema_path().as_str();
    let types = schema
        .pointer(keyword)
        .map_or(&Value::Null, |types| types.get(0).unwrap_or(types));
    let record = keyword
        .strip_suffix("/type")
        .and_then(|place| schema.pointer(place))
        .unwrap_or(schema);
    match types.as_str() {
        Some("string") => "string_type",
        Some("integer") if input.is_string() => "int_parsing",
        Some("integer") if input.is_number() => "int_from_float",
        Some("integer") => "int_type",
        Some("number") if input.is_string() => "float_parsing",
        Some("number") => "float_type",
        Some("boolean") if input.is_string() => "bool_parsing",
        Some("boolean") => "bool_type",
        Some("array") => "list_type",
        Some("object") if record.get("properties").is_some() => "model_attributes_type",
        Some("object") => "dict_type",
        Some("null") => "none_required",
        _ => "value_error",
    }
}

/// pydantic's name of an alternative in a union.
fn alternative_name(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str() {
        return name.rsplit('/').next().unwrap_or(name).to_owned();
    }
    if let Some([only]) = schema["allOf"].as_array().map(Vec::as_slice) {
        return alternative_name(only);
    }
    if let Some(values) = schema["enum"].as_array() {
        let quoted: Vec<String> = values
            .iter()
            .map(|value| match value {
                Value::String(text) => format!("'{text}'"),
                other => other.to_string(),
            })
            .collect();
        return format!("literal[{}]", quoted.join(","));
    }
    match schema["type"].as_str() {
        Some("string") => "str".to_owned(),
        Some("integer") => "int".to_owned(),
        Some("number") => "float".to_owned(),
        Some("boolean") => "bool".to_owned(),
        Some("array") => format!("list[{}]", alternative_name(&schema["items"])),
        Some("object") => "dict[str,any]".to_owned(),
        _ => "any".to_owned(),
    }
}

/// The place of an error: `body`, and then field names and, inside lists, numbers.
fn location(error: &ValidationError<'_>, body: &Value) -> Vec<Value> {
    let mut loc = vec![json!("body")];
    let mut value = body;
    for segment in error.instance_path().as_str().split('/').skip(1) {
        let name = segment.replace("~1", "/").replace("~0", "~");
        value = if let Value::Array(items) = value {
            let index: usize = name.parse().unwrap_or_default();
            loc.push(json!(index));
            items.get(index).unwrap_or(&Value::Null)
        } else {
            loc.push(json!(name));
            &value[&name]
        };
    }
    loc
}
