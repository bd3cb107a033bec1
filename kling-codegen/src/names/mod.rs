//! All naming: from the words of a document to Rust identifiers. A name is a function of what it names. Only where
//! two would be the same within one space does `distinct` tell the later one apart, so that what fal appends renames
//! nothing.

mod reserved;
mod spelling;
#[cfg(test)]
mod tests;
pub(crate) mod unique;

use std::fmt::Write as _;

use heck::ToSnakeCase;

use crate::ir::names::{EndpointId, Identifier, TypeName};
use crate::names::reserved::{KEYWORDS, NEVER_RAW, TAKEN_TYPES};
use crate::names::spelling::{between_digits, camel, is_plain, keyword_free, snake, spoken};
const WORDS: [&str; 21] = [
    "Zero",
    "One",
    "Two",
    "Three",
    "Four",
    "Five",
    "Six",
    "Seven",
    "Eight",
    "Nine",
    "Ten",
    "Eleven",
    "Twelve",
    "Thirteen",
    "Fourteen",
    "Fifteen",
    "Sixteen",
    "Seventeen",
    "Eighteen",
    "Nineteen",
    "Twenty",
];

/// The module path of an endpoint: the id below the prefix, one module for each segment.
pub(crate) fn module_path(id: &EndpointId, prefix: &str) -> Vec<Identifier> {
    let prefix = prefix.trim_end_matches('/');
    let below = id
        .as_str()
        .strip_prefix(prefix)
        .and_then(|rest| rest.strip_prefix('/'))
        .filter(|_| !prefix.is_empty())
        .unwrap_or(id.as_str());
    let mut path: Vec<Identifier> = below
        .split('/')
        .map(|segment| snake(segment, "endpoint"))
        .map(|name| match name.as_str() {
            // The file of that module would be its parent's.
            "r#mod" => Identifier::unchecked("mod_"),
            _ => name,
        })
        .collect();
    if let Some(first) = path.first_mut()
        && reserved::MODULES.contains(&first.as_str().trim_start_matches("r#"))
    {
        *first = Identifier::unchecked(format!("{}_", first.as_str().trim_start_matches("r#")));
    }
    path
}

/// The name of the client's method for a module path.
pub(crate) fn method(module: &[Identifier]) -> Identifier {
    let joined: Vec<&str> = module
        .iter()
        .map(|part| part.as_str().trim_start_matches("r#"))
        .collect();
    let mut name = joined.join("_");
    // A part may start or end with an underscore of its own; Rust's names have no two in a row.
    while name.contains("__") {
        name = name.replace("__", "_");
    }
    let mut name = name.trim_end_matches('_').to_owned();
    if reserved::METHODS.contains(&name.as_str()) {
        name.push('_');
    }
    keyword_free(name)
}

/// The name of a field.
pub(crate) fn field(wire: &str) -> Identifier {
    snake(wire, "field")
}

/// The name of a type from some words: the parts of its path, or a component's name.
pub(crate) fn type_name(words: &str) -> TypeName {
    let mut name: String = camel(words);
    if name.is_empty() {
        name = "Unnamed".into();
    }
    if name.starts_with(|first: char| first.is_numeric()) {
        name.insert_str(0, "Type");
    }
    if TAKEN_TYPES.contains(&name.as_str()) {
        name.push_str("Type");
    }
    TypeName::unchecked(name)
}

/// The names of a component, best first: the last part where fal joined a path by `__`, then more and more of the path.
pub(crate) fn component(key: &str) -> Vec<TypeName> {
    let parts: Vec<&str> = key
        .split("__")
        .filter(|part| part.chars().any(char::is_alphanumeric))
        .collect();
    if parts.is_empty() {
        return vec![type_name(key)];
    }
    (0..parts.len())
        .rev()
        .filter_map(|start| Some(type_name(&parts.get(start..)?.join(" "))))
        .collect()
}

/// What the name of a type starts with that is written in a place of the output. An input may have the same field, and
/// neither may take the name from the other.
pub(crate) const RETURNED: &str = "returned";

/// The name of a type that is written in a place of the input, by the words of that place.
pub(crate) fn sent_type(words: &str) -> TypeName {
    let name = type_name(words);
    if name.as_str().to_snake_case().split('_').next() == Some(RETURNED) {
        return type_name(&format!("input {words}"));
    }
    name
}

/// The name of a value of a string enum, before collisions are assigned.
pub(crate) fn variant(type_name: &TypeName, value: &str) -> Identifier {
    if value.is_empty() {
        return Identifier::unchecked("Empty");
    }
    if let Ok(number) = value.parse::<usize>()
        && value == number.to_string()
        && let Some(word) = WORDS.get(number)
    {
        return Identifier::unchecked(*word);
    }
    // `mp3_22050_32` without its signs would be another number.
    let parts: Vec<String> = between_digits(&spoken(value))
        .iter()
        .map(|part| camel(part))
        .collect();
    let mut name = parts.join("_");
    if name.is_empty() {
        for character in value.chars() {
            let _ = write!(name, "U{:04X}", u32::from(character));
        }
    }
    if name.starts_with(|first: char| first.is_numeric()) {
        name.insert_str(0, last_word(type_name.as_str()));
    }
    if matches!(name.as_str(), "Self" | "Other") {
        name.push_str("Value");
    }
    Identifier::unchecked(name)
}

/// The word for a place of a tuple.
pub(crate) fn ordinal(index: usize) -> String {
    const ORDINALS: [&str; 8] = [
        "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth",
    ];
    match ORDINALS.get(index) {
        Some(word) => (*word).to_owned(),
        None => format!("place {}", index + 1),
    }
}

/// The name of a value of an integer enum.
pub(crate) fn integer_variant(type_name: &TypeName, value: i64) -> Identifier {
    if value < 0 {
        let positive = variant(type_name, &value.unsigned_abs().to_string());
        return Identifier::unchecked(format!("Minus{positive}"));
    }
    variant(type_name, &value.to_string())
}

/// A Rust identifier that a person wrote, such as one in the settings.
pub(crate) fn checked(text: &str) -> Option<Identifier> {
    let raw = text.strip_prefix("r#");
    let plain = raw.unwrap_or(text);
    let mut characters = plain.chars();
    let starts = characters
        .next()
        .is_some_and(|first| first == '_' || is_plain(first) && !first.is_ascii_digit());
    let whole = characters.all(|character| character == '_' || is_plain(character));
    let free = !NEVER_RAW.contains(&plain)
        && plain != "Self"
        && (raw.is_some() || !KEYWORDS.contains(&plain));
    (starts && whole && free).then(|| Identifier::unchecked(text))
}

/// `Ratio` of `AspectRatio`, and `Value` of a name that has no word to give: the whole input has none.
fn last_word(type_name: &str) -> &str {
    let start = type_name
        .rfind(|character: char| character.is_uppercase())
        .unwrap_or_default();
    type_name
        .get(start..)
        .filter(|word| word.starts_with(char::is_alphabetic))
        .unwrap_or("Value")
}
