//! fal's words for an input that breaks its schema: pydantic's error types, with fal's `url`.

#[cfg(test)]
mod tests;

use jsonschema::error::ValidationErrorKind as Kind;
use jsonschema::{ValidationError, Validator};
use serde_json::{Value, json};

/// Where fal documents an error type.
pub(crate) fn documentation_url(error_type: &str) -> String {
    format!("https://docs.fal.ai/errors/#{error_type}")
}

/// The items of `detail`, in the order of the fields.
///
/// `schema` is the one that the validator was built from.
pub(crate) fn details(
    validator: &Validator,
    schema: &Value,
    body: &Value,
    order: &[String],
) -> Vec<Value> {
    let mut details = Vec::new();
    for error in validator.iter_errors(body) {
        describe(&error, schema, body, &[], &mut details);
    }
    details.sort_by_key(|detail| {
        let field = detail["loc"].get(1).and_then(Value::as_str);
        order
            .iter()
            .position(|name| Some(name.as_str()) == field)
            .unwrap_or(order.len())
    });
    details
}

/// `branch` is what pydantic appends to the place of an error inside a union: the name of the alternative.
fn describe(
    error: &ValidationError<'_>,
    schema: &Value,
    body: &Value,
    branch: &[String],
    details: &mut Vec<Value>,
) {
    let input = error.instance().as_ref();
    let found = match error.kind() {
        Kind::AnyOf { context } | Kind::OneOfNotValid { context } => {
            return describe_union(error, context, schema, body, branch, details);
        }
        Kind::AdditionalProperties { unexpected } => {
            for name in unexpected {
                let extra =
                    Found::new("extra_forbidden", "Extra inputs are not permitted").field(name);
                details.push(extra.detail(error, body, branch, &input[name]));
            }
            return;
        }
        Kind::Type { .. } => wrong_type(error, schema),
        kind => wrong_value(kind, error),
    };
    details.push(found.detail(error, body, branch, input));
}

/// An error, before it is put in its place.
struct Found {
    error_type: &'static str,
    message: String,
    context: Option<Value>,
    field: Option<String>,
}

impl Found {
    fn new(error_type: &'static str, message: impl Into<String>) -> Self {
        Self {
            error_type,
            message: message.into(),
            context: None,
            field: None,
        }
    }

    fn context(self, name: &str, value: &Value) -> Self {
        Self {
            context: Some(json!({name: value})),
            ..self
        }
    }

    fn field(self, name: &str) -> Self {
        Self {
            field: Some(name.to_owned()),
            ..self
        }
    }

    fn detail(
        self,
        error: &ValidationError<'_>,
        body: &Value,
        branch: &[String],
        input: &Value,
    ) -> Value {
        let mut loc = location(error, body);
        loc.extend(branch.iter().map(|name| json!(name)));
        loc.extend(self.field.map(Value::String));
        let mut detail = json!({
            "loc": loc,
            "msg": self.message,
            "type": self.error_type,
            "input": input,
            "url": documentation_url(self.error_type),
        });
        if let Some(context) = self.context {
            detail["ctx"] = context;
        }
        detail
    }
}

fn wrong_value(kind: &Kind, error: &ValidationError<'_>) -> Found {
    match kind {
        Kind::Required { property } => {
            Found::new("missing", "Field required").field(property.as_str().unwrap_or_default())
        }
        Kind::Minimum { limit } => {
            number("greater_than_equal", "be greater than or equal to", limit).context("ge", limit)
        }
        Kind::Maximum { limit } => {
            number("less_than_equal", "be less than or equal to", limit).context("le", limit)
        }
        Kind::ExclusiveMinimum { limit } => {
            number("greater_than", "be greater than", limit).context("gt", limit)
        }
        Kind::ExclusiveMaximum { limit } => {
            number("less_than", "be less than", limit).context("lt", limit)
        }
        Kind::MultipleOf { multiple_of } => {
            let step = whole_where_whole(*multiple_of);
            number("multiple_of", "be a multiple of", &step).context("multiple_of", &step)
        }
        Kind::MinLength { limit } => length(
            "string_too_short",
            "String",
            "at least",
            *limit,
            "character",
        ),
        Kind::MaxLength { limit } => {
            length("string_too_long", "String", "at most", *limit, "character")
        }
        Kind::MinItems { limit } => {
            length("sequence_too_short", "List", "at least", *limit, "item")
        }
        Kind::MaxItems { limit } => length("sequence_too_long", "List", "at most", *limit, "item"),
        Kind::Enum { options } => literal(options.as_array().map_or(&[][..], Vec::as_slice)),
        Kind::Constant { expected_value } => literal(std::slice::from_ref(&**expected_value)),
        Kind::Pattern { pattern } => Found::new(
            "string_pattern_mismatch",
            format!("String should match pattern '{pattern}'"),
        )
        .context("pattern", &json!(pattern)),
        // pydantic has no type for what is left, such as items that are to be unique: a model checks it by hand.
        _ => Found::new(
            "value_error",
            format!("Value error, {}", error.masked_with("the value")),
        ),
    }
}

fn number(error_type: &'static str, relation: &str, limit: &Value) -> Found {
    Found::new(error_type, format!("Input should {relation} {limit}"))
}

fn length(error_type: &'static str, what: &str, relation: &str, limit: u64, unit: &str) -> Found {
    let plural = if limit == 1 { "" } else { "s" };
    let name = if relation == "at least" {
        "min_length"
    } else {
        "max_length"
    };
    Found::new(
        error_type,
        format!("{what} should have {relation} {limit} {unit}{plural}"),
    )
    .context(name, &json!(limit))
}

/// The values of an enumeration as pydantic writes them: `'5', '10' or '15'`.
fn literal(values: &[Value]) -> Found {
    let quoted: Vec<String> = values
        .iter()
        .filter(|value| !value.is_null())
        .map(quote)
        .collect();
    let expected = match quoted.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    };
    Found::new("literal_error", format!("Input should be {expected}"))
        .context("expected", &json!(expected))
}

fn quote(value: &Value) -> String {
    match value {
        Value::String(text) => format!("'{text}'"),
        other => other.to_string(),
    }
}

fn whole_where_whole(number: f64) -> Value {
    // Beyond 2^53 a float is no exact step anyway.
    match format!("{number}").parse::<i64>() {
        Ok(whole) => json!(whole),
        Err(_) => json!(number),
    }
}

fn wrong_type(error: &ValidationError<'_>, schema: &Value) -> Found {
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
        Some("string") => Found::new("string_type", "Input should be a valid string"),
        Some("integer") => match input {
            Value::String(_) => Found::new(
                "int_parsing",
                "Input should be a valid integer, unable to parse string as an integer",
            ),
            Value::Number(_) => Found::new(
                "int_from_float",
                "Input should be a valid integer, got a number with a fractional part",
            ),
            _ => Found::new("int_type", "Input should be a valid integer"),
        },
        Some("number") if input.is_string() => Found::new(
            "float_parsing",
            "Input should be a valid number, unable to parse string as a number",
        ),
        Some("number") => Found::new("float_type", "Input should be a valid number"),
        Some("boolean") if input.is_string() => Found::new(
            "bool_parsing",
            "Input should be a valid boolean, unable to interpret input",
        ),
        Some("boolean") => Found::new("bool_type", "Input should be a valid boolean"),
        Some("array") => Found::new("list_type", "Input should be a valid list"),
        Some("object") if record.get("properties").is_some() => Found::new(
            "model_attributes_type",
            "Input should be a valid dictionary or object to extract fields from",
        ),
        Some("object") => Found::new("dict_type", "Input should be a valid dictionary"),
        Some("null") => Found::new("none_required", "Input should be None"),
        _ => Found::new(
            "value_error",
            format!("Value error, {}", error.masked_with("the value")),
        ),
    }
}

/// A value that fits no alternative. Null beside one schema is no union in pydantic's eyes: the errors are that
/// schema's own. Else the errors of all alternatives are listed, each under the alternative's name.
fn describe_union(
    error: &ValidationError<'_>,
    context: &[Vec<ValidationError<'static>>],
    schema: &Value,
    body: &Value,
    branch: &[String],
    details: &mut Vec<Value>,
) {
    let alternatives = schema
        .pointer(error.schema_path().as_str())
        .and_then(Value::as_array);
    let schema_of = |index: usize| alternatives.and_then(|alternatives| alternatives.get(index));
    let is_null = |index: usize| schema_of(index).is_some_and(|schema| schema["type"] == "null");
    let meant: Vec<usize> = (0..context.len())
        .filter(|index| !is_null(*index))
        .collect();
    for &index in &meant {
        let mut branch = branch.to_vec();
        if meant.len() > 1 {
            branch.push(schema_of(index).map_or_else(|| index.to_string(), alternative_name));
        }
        for error in &context[index] {
            describe(error, schema, body, &branch, details);
        }
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
        return format!(
            "literal[{}]",
            values.iter().map(quote).collect::<Vec<_>>().join(",")
        );
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
