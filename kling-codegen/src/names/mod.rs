//! All naming: from the words of a document to Rust identifiers. A name is a function of what it names. Only where
//! two would be the same within one space does `distinct` tell the later one apart, so that what fal appends renames
//! nothing.

mod reserved;
#[cfg(test)]
mod tests;
pub(crate) mod unique;

use std::fmt::Write as _;

use heck::{ToSnakeCase, ToUpperCamelCase};

use crate::ir::names::{EndpointId, Identifier, TypeName};

/// Words that Rust keeps for itself, of every edition.
const KEYWORDS: [&str; 51] = [
    "abstract",
    "as",
    "async",
    "await",
    "become",
    "box",
    "break",
    "const",
    "continue",
    "do",
    "dyn",
    "else",
    "enum",
    "extern",
    "false",
    "final",
    "fn",
    "for",
    "gen",
    "if",
    "impl",
    "in",
    "let",
    "loop",
    "macro",
    "match",
    "mod",
    "move",
    "mut",
    "override",
    "priv",
    "pub",
    "ref",
    "return",
    "static",
    "struct",
    "trait",
    "true",
    "try",
    "type",
    "typeof",
    "union",
    "unsafe",
    "unsized",
    "use",
    "virtual",
    "where",
    "while",
    "yield",
    "macro_rules",
    "raw",
];
/// Keywords that cannot be written as raw identifiers.
const NEVER_RAW: [&str; 4] = ["crate", "self", "super", "_"];

/// Types that generated code uses by their short names, and those that would confuse a reader.
const TAKEN_TYPES: [&str; 24] = [
    "Box",
    "Call",
    "Client",
    "Clone",
    "Debug",
    "Default",
    "Eq",
    "Err",
    "From",
    "Hash",
    "Input",
    "Into",
    "None",
    "Ok",
    "Option",
    "Output",
    "PartialEq",
    "Result",
    "Self",
    "Some",
    "String",
    "Value",
    "Vec",
    "Validate",
];

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

fn snake(words: &str, fallback: &str) -> Identifier {
    let mut name = only_word_characters(words).to_snake_case();
    if name.is_empty() {
        fallback.clone_into(&mut name);
    }
    if name.starts_with(|first: char| !unicode_start(first)) {
        name.insert(0, '_');
    }
    keyword_free(name)
}

fn keyword_free(mut name: String) -> Identifier {
    if NEVER_RAW.contains(&name.as_str()) {
        name.push('_');
    } else if KEYWORDS.contains(&name.as_str())
        && !matches!(name.as_str(), "union" | "macro_rules" | "raw")
    {
        name.insert_str(0, "r#");
    }
    Identifier::unchecked(name)
}

fn camel(words: &str) -> String {
    only_word_characters(words).to_upper_camel_case()
}

/// Letters with accents and those of Chinese may stand in a name too; marks and symbols may not.
fn only_word_characters(words: &str) -> String {
    // A longer name helps no one; what falls together is told apart as other equal names are.
    const LONGEST: usize = 120;
    let mut text = String::new();
    for character in words.chars().take(LONGEST) {
        if is_plain(character) {
            text.push(character);
        } else if let Some(latin) = deunicode::deunicode_char(character)
            && !character.is_ascii()
            && latin.bytes().all(|byte| byte.is_ascii_alphanumeric())
        {
            text.push_str(latin);
        } else {
            text.push(' ');
        }
    }
    text
}

/// Letters that the compiler takes without a warning. Those of other scripts may look like Latin ones, and compatibility
/// forms are another spelling of a letter; both are written in Latin letters. The compiler compares names after it has
/// composed them (NFC), so no letter is here that another one could be part of: no mark, no part of a syllable, and not
/// the İ that becomes two in lower case.
fn is_plain(character: char) -> bool {
    match character {
        'İ' | 'Ĳ' | 'ĳ' | 'Ŀ' | 'ŀ' | 'ŉ' | 'ſ' | '×' | '÷' => false,
        'À'..='ž' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' => true,
        other => other.is_ascii_alphanumeric(),
    }
}

fn unicode_start(character: char) -> bool {
    character.is_ascii_alphabetic()
        || (!character.is_ascii()
            && syn::parse_str::<proc_macro2::Ident>(&character.to_string()).is_ok())
}

/// Puts signs into words where they carry the meaning: `16:9` is a ratio, `1.5` one number, `+` plus.
fn spoken(value: &str) -> String {
    // The brackets of a tag such as `<CAPTION>` compare nothing.
    let value = value
        .strip_prefix('<')
        .and_then(|inner| inner.strip_suffix('>'))
        .unwrap_or(value);
    let characters: Vec<char> = value.chars().collect();
    let digit = |index: Option<usize>| {
        index
            .and_then(|index| characters.get(index))
            .is_some_and(char::is_ascii_digit)
    };
    let mut text = String::new();
    for (index, character) in characters.iter().enumerate() {
        let between_digits = digit(index.checked_sub(1)) && digit(Some(index + 1));
        match character {
            ':' | '×' if between_digits => text.push('x'),
            '.' if between_digits => text.push_str("point"),
            '-' if index == 0 && digit(Some(1)) => text.push_str("minus "),
            '+' => text.push_str(" plus "),
            '%' => text.push_str(" percent "),
            '&' => text.push_str(" and "),
            '#' => text.push_str(" sharp "),
            '*' => text.push_str(" star "),
            '=' => text.push_str(" equals "),
            '<' => text.push_str(" less "),
            '>' => text.push_str(" greater "),
            other => text.push(*other),
        }
    }
    text
}

/// Cuts a text at each sign that stands alone between two digits.
fn between_digits(text: &str) -> Vec<String> {
    let characters: Vec<char> = text.chars().collect();
    let mut parts = vec![String::new()];
    for (index, character) in characters.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|index| characters.get(index));
        let after = characters.get(index + 1);
        let cut = !character.is_alphanumeric()
            && before.is_some_and(char::is_ascii_digit)
            && after.is_some_and(char::is_ascii_digit);
        match parts.last_mut() {
            Some(part) if !cut => part.push(*character),
            _ => parts.push(String::new()),
        }
    }
    parts
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
