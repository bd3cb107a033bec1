//! How words become identifiers: case, letters, signs that carry a meaning.

use heck::{ToSnakeCase, ToUpperCamelCase};

use crate::ir::names::Identifier;
use crate::names::reserved::{KEYWORDS, NEVER_RAW};

pub(super) fn snake(words: &str, fallback: &str) -> Identifier {
    let mut name = only_word_characters(words).to_snake_case();
    if name.is_empty() {
        fallback.clone_into(&mut name);
    }
    if name.starts_with(|first: char| !first.is_ascii_alphabetic()) {
        name.insert(0, '_');
    }
    keyword_free(name)
}

pub(super) fn keyword_free(mut name: String) -> Identifier {
    if NEVER_RAW.contains(&name.as_str()) {
        name.push('_');
    } else if KEYWORDS.contains(&name.as_str())
        && !matches!(name.as_str(), "union" | "macro_rules" | "raw")
    {
        name.insert_str(0, "r#");
    }
    Identifier::unchecked(name)
}

pub(super) fn camel(words: &str) -> String {
    only_word_characters(words).to_upper_camel_case()
}

/// Letters of other alphabets are written in Latin ones: an identifier is one that everybody can type, that looks like no
/// other, and that the compiler takes without a warning. An apostrophe joins (`Let's`); other signs part words.
fn only_word_characters(words: &str) -> String {
    // Longer names are hard to read. Names that become equal by the cut are made different later.
    const LONGEST: usize = 120;
    let mut text = String::new();
    for character in words.chars().take(LONGEST) {
        if is_plain(character) {
            text.push(character);
        } else if let Some(latin) = deunicode::deunicode_char(character)
            && !character.is_ascii()
            && !latin.trim().is_empty()
            && latin
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b' ')
        {
            text.push_str(latin);
        } else if !matches!(character, '\'' | '\u{2019}') {
            text.push(' ');
        }
    }
    text
}

pub(super) fn is_plain(character: char) -> bool {
    character.is_ascii_alphanumeric()
}

/// Puts signs into words where they carry the meaning: `16:9` is a ratio, `1.5` one number, `+` plus.
pub(super) fn spoken(value: &str) -> String {
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
pub(super) fn between_digits(text: &str) -> Vec<String> {
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
