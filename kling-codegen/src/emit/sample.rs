//! The shortest call of an endpoint, for the example in its documentation.

use crate::ir::api::{Api, Endpoint, INPUT};
use crate::ir::definition::{DefinitionKind, Field, Presence, Record};
use crate::ir::names::TypeName;
use crate::ir::types::Type;

/// Deeper nested records make no short example.
const DEEPEST: usize = 2;

/// The expression that builds a minimal input, such as `Input::new("prompt", "https://example.com/image")`, and the
/// types that it names. `None` where that needs more than literals and constructors.
pub(super) fn minimal_input(api: &Api, endpoint: &Endpoint) -> Option<(String, Vec<TypeName>)> {
    let name = TypeName::unchecked(INPUT);
    let mut used = Vec::new();
    let expression = construct(api, endpoint, &name, &mut used, 0)?;
    Some((expression, used))
}

fn construct(
    api: &Api,
    endpoint: &Endpoint,
    name: &TypeName,
    used: &mut Vec<TypeName>,
    depth: usize,
) -> Option<String> {
    let DefinitionKind::Record(record) = &api.resolve(Some(endpoint), name)?.kind else {
        return None;
    };
    if depth > DEEPEST || has_deprecated(record) {
        return None;
    }
    if !used.contains(name) {
        used.push(name.clone());
    }
    let arguments: Option<Vec<String>> = record
        .fields
        .iter()
        .filter(|field| field.presence != Presence::Optional)
        .map(|field| argument(api, endpoint, field, used, depth))
        .collect();
    Some(format!("{name}::new({})", arguments?.join(", ")))
}

fn has_deprecated(record: &Record) -> bool {
    record
        .fields
        .iter()
        .any(|field| field.facts.deprecated && field.presence != Presence::Optional)
}

fn argument(
    api: &Api,
    endpoint: &Endpoint,
    field: &Field,
    used: &mut Vec<TypeName>,
    depth: usize,
) -> Option<String> {
    if field.presence == Presence::RequiredNullable {
        return Some("None".to_owned());
    }
    match &field.ty {
        Type::Boolean => Some("true".to_owned()),
        Type::Integer(_) => field
            .facts
            .examples
            .first()
            .and_then(serde_json::Value::as_i64)
            .or(Some(1))
            .map(|number| number.to_string()),
        Type::Number(_) => Some("1.0".to_owned()),
        Type::String(_) => literal(&text(field)),
        Type::Array(array) => match &array.item.ty {
            Type::Named(name) if !array.item.nullable => Some(format!(
                "[{}]",
                construct(api, endpoint, name, used, depth + 1)?
            )),
            Type::String(_) if !array.item.nullable => {
                Some(format!("[{}.to_owned()]", literal(&text(field))?))
            }
            _ => None,
        },
        Type::Named(name) => match &api.resolve(Some(endpoint), name)?.kind {
            DefinitionKind::Record(_) => construct(api, endpoint, name, used, depth + 1),
            DefinitionKind::StringEnum(variants) => {
                variants.first().and_then(|variant| literal(&variant.value))
            }
            DefinitionKind::IntegerEnum(variants) => {
                variants.first().map(|variant| variant.value.to_string())
            }
            DefinitionKind::Union(_) | DefinitionKind::Alias(_) => None,
        },
        Type::Tuple(_) | Type::Map(_) | Type::Boxed(_) | Type::Any => None,
    }
}

/// A string for the example. The example is compiled, so nothing of a document stands in it but plain words.
fn literal(text: &str) -> Option<String> {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || " .:/_-".contains(letter);
    text.chars().all(is_plain).then(|| format!("\"{text}\""))
}

/// What a person would write for a field of this name.
fn text(field: &Field) -> String {
    let words = field.wire.replace('_', " ");
    match words
        .strip_suffix(" url")
        .or_else(|| words.strip_suffix(" urls"))
    {
        Some(what) => format!("https://example.com/{}", what.replace(' ', "-")),
        None => format!("a {words}"),
    }
}
