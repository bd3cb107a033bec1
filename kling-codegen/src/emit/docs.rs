//! Documentation: fal's words, and the facts that the schema adds to them in sentences.

use proc_macro2::TokenStream;
use quote::quote;
use serde_json::{Number, Value};

use crate::ir::definition::{Field, Presence, UnionVariant};
use crate::ir::types::{Array, Facts, Limit, NumberBounds, Slot, StringBounds, Type};
use crate::markdown::{code, plain, prose};

/// Paragraphs of documentation for an item. Whatever they hold, they are paragraphs of plain text.
pub(crate) fn outer<S: AsRef<str>>(paragraphs: &[S]) -> TokenStream {
    let lines = lines(paragraphs);
    quote!(#(#[doc = #lines])*)
}

/// Documentation for the module that it stands in.
pub(crate) fn inner<S: AsRef<str>>(paragraphs: &[S]) -> TokenStream {
    let lines = lines(paragraphs);
    quote!(#(#![doc = #lines])*)
}

/// The same, with an example of ours behind it. Nothing in it is a document's.
pub(crate) fn outer_with_example<S: AsRef<str>>(
    paragraphs: &[S],
    example: Option<&str>,
) -> TokenStream {
    let mut lines = lines(paragraphs);
    if let Some(example) = example {
        add(&format!("```no_run\n{example}\n```"), &mut lines);
    }
    quote!(#(#[doc = #lines])*)
}

fn lines<S: AsRef<str>>(paragraphs: &[S]) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in paragraphs
        .iter()
        .map(AsRef::as_ref)
        .filter(|paragraph| !paragraph.is_empty())
    {
        add(&plain(paragraph), &mut lines);
    }
    lines
}

fn add(paragraph: &str, lines: &mut Vec<String>) {
    if !lines.is_empty() {
        lines.push(String::new());
    }
    lines.extend(paragraph.lines().map(|line| {
        if line.is_empty() {
            String::new()
        } else {
            format!(" {line}")
        }
    }));
}

/// A JSON value in a code span, cut where it would fill the page.
fn code_value(value: &Value) -> String {
    const LONGEST: usize = 800;
    let text = value.to_string();
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => code(&format!("{}…", text.get(..end).unwrap_or_default())),
        None => code(&text),
    }
}

/// The documentation of a field: fal's words, then lines of facts.
pub(crate) fn field(field: &Field) -> Vec<String> {
    let mut paragraphs = vec![
        field
            .facts
            .description
            .as_deref()
            .map(prose)
            .unwrap_or_default(),
    ];
    let mut facts = bounds(&field.ty);
    if field.presence == Presence::RequiredNullable {
        facts.push("May be null.".into());
    }
    facts.extend(
        field
            .default
            .as_ref()
            .map(|default| format!("Default of fal: {}.", code_value(default))),
    );
    facts.extend(file_limits(&field.facts));
    paragraphs.push(facts.join(" "));
    paragraphs.extend(inside(&field.ty));
    paragraphs.extend(examples(&field.facts));
    paragraphs.retain(|paragraph| !paragraph.is_empty());
    if paragraphs.is_empty() {
        paragraphs.push(format!(
            "The field {}; fal does not describe it.",
            code(&field.wire)
        ));
    }
    paragraphs
}

/// What is said about the places inside a type: a paragraph for each of which something is said.
pub(crate) fn inside(ty: &Type) -> Vec<String> {
    let mut paragraphs = Vec::new();
    add_inside(ty, "", &mut paragraphs);
    paragraphs
}

fn add_inside(ty: &Type, of: &str, paragraphs: &mut Vec<String>) {
    match ty {
        Type::Array(array) => add_place("Each", &format!("item{of}"), &array.item, paragraphs),
        Type::Map(value) => add_place("Each", &format!("value{of}"), value, paragraphs),
        Type::Tuple(places) => {
            for (index, place) in places.iter().enumerate() {
                let name = format!("{} item{of}", crate::names::ordinal(index));
                add_place("The", &name, place, paragraphs);
            }
        }
        Type::Boolean
        | Type::Integer(_)
        | Type::Number(_)
        | Type::String(_)
        | Type::Named(_)
        | Type::Boxed(_)
        | Type::Any => {}
    }
}

fn add_place(article: &str, name: &str, place: &Slot, paragraphs: &mut Vec<String>) {
    paragraphs.extend(said_of(
        &format!("{article} {name}:"),
        &place.ty,
        &place.facts,
    ));
    let of = format!(" of {} {name}", article.to_lowercase());
    add_inside(&place.ty, &of, paragraphs);
}

/// The documentation of a form of a union: its type, then lines of facts.
pub(super) fn form(form: &UnionVariant, ty: &str) -> Vec<String> {
    let mut paragraphs = vec![code(ty)];
    paragraphs.extend(said_of("", &form.ty, &form.facts));
    paragraphs.extend(inside(&form.ty));
    paragraphs
}

/// The facts about a place that has no documentation of its own, in one paragraph.
fn said_of(start: &str, ty: &Type, facts: &Facts) -> Option<String> {
    let mut sentences = vec![start.to_owned()];
    sentences.extend(facts.description.as_deref().map(|description| {
        let words: Vec<&str> = description.split_whitespace().collect();
        let sentence = prose(&words.join(" "));
        if sentence.ends_with(char::is_alphanumeric) {
            format!("{sentence}.")
        } else {
            sentence
        }
    }));
    if facts.deprecated {
        sentences.push("Deprecated.".to_owned());
    }
    sentences.extend(bounds(ty));
    sentences.extend(file_limits(facts));
    sentences.extend(examples(facts));
    let said = sentences.len() > 1;
    sentences.retain(|sentence| !sentence.is_empty());
    said.then(|| sentences.join(" "))
}

fn file_limits(facts: &Facts) -> Option<String> {
    let limits: Vec<String> = facts
        .file_limits
        .iter()
        .map(|(limit, value)| {
            let value = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            format!("{} {}", code(limit), code(&value))
        })
        .collect();
    (!limits.is_empty()).then(|| format!("Limits of the file: {}.", limits.join(", ")))
}

fn examples(facts: &Facts) -> Option<String> {
    let examples: Vec<String> = facts.examples.iter().map(code_value).collect();
    match examples.as_slice() {
        [] => None,
        [only] => Some(format!("Example: {only}")),
        several => Some(format!("Examples: {}", several.join(", "))),
    }
}

/// The bounds of a type in sentences, without those of the places inside it.
fn bounds(ty: &Type) -> Vec<String> {
    match ty {
        Type::Integer(bounds) | Type::Number(bounds) => number_bounds(bounds),
        Type::String(bounds) => string_bounds(bounds),
        Type::Array(array) => array_bounds(array),
        Type::Boolean
        | Type::Map(_)
        | Type::Tuple(_)
        | Type::Named(_)
        | Type::Boxed(_)
        | Type::Any => Vec::new(),
    }
}

fn number_bounds(bounds: &NumberBounds) -> Vec<String> {
    let mut facts = Vec::new();
    let lower = |limit: &Limit| if limit.exclusive { "Above" } else { "At least" };
    let upper = |limit: &Limit| if limit.exclusive { "Below" } else { "At most" };
    match (&bounds.minimum, &bounds.maximum) {
        (None, None) => {}
        (Some(low), None) => facts.push(format!("{} {}.", lower(low), shown(&low.value))),
        (None, Some(high)) => facts.push(format!("{} {}.", upper(high), shown(&high.value))),
        (Some(low), Some(high)) if !low.exclusive && !high.exclusive => {
            facts.push(format!(
                "From {} to {}.",
                shown(&low.value),
                shown(&high.value)
            ));
        }
        (Some(low), Some(high)) => {
            let upper = upper(high).to_lowercase();
            facts.push(format!(
                "{} {} and {upper} {}.",
                lower(low),
                shown(&low.value),
                shown(&high.value)
            ));
        }
    }
    facts.extend(
        bounds
            .multiple_of
            .as_ref()
            .map(|step| format!("A multiple of {}.", shown(step))),
    );
    facts
}

/// A number as a person writes it.
fn shown(number: &Number) -> String {
    number.to_string()
}

fn string_bounds(bounds: &StringBounds) -> Vec<String> {
    let mut facts = counted(bounds.min_length, bounds.max_length, "character");
    facts.extend(
        bounds
            .pattern
            .as_ref()
            .map(|pattern| format!("Matches {}.", code(pattern))),
    );
    facts.extend(
        bounds
            .format
            .as_ref()
            .map(|format| format!("Format: {}.", code(format))),
    );
    facts
}

fn array_bounds(array: &Array) -> Vec<String> {
    let mut facts = counted(array.min_items, array.max_items, "item");
    if array.unique_items {
        facts.push("No item stands twice.".into());
    }
    facts
}

fn counted(least: Option<u64>, most: Option<u64>, noun: &str) -> Vec<String> {
    let many = |count: u64| format!("{count} {noun}{}", if count == 1 { "" } else { "s" });
    match (least.filter(|least| *least > 0), most) {
        (None, None) => Vec::new(),
        (Some(least), None) => vec![format!("At least {}.", many(least))],
        (None, Some(most)) => vec![format!("At most {}.", many(most))],
        (Some(least), Some(most)) if least == most => vec![format!("Exactly {}.", many(most))],
        (Some(least), Some(most)) => vec![format!("From {least} to {}.", many(most))],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_read_as_sentences() {
        let limit = |value: i64, exclusive| {
            Some(Limit {
                value: value.into(),
                exclusive,
            })
        };
        let facts = |minimum, maximum| {
            number_bounds(&NumberBounds {
                minimum,
                maximum,
                multiple_of: None,
            })
            .concat()
        };
        assert_eq!(facts(limit(0, false), limit(1, false)), "From 0 to 1.");
        assert_eq!(
            facts(limit(0, true), limit(1, false)),
            "Above 0 and at most 1."
        );
        assert_eq!(facts(None, limit(1, true)), "Below 1.");
        assert_eq!(counted(Some(1), Some(1), "item"), ["Exactly 1 item."]);
    }
}
