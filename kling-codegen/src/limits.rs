//! What a document may hold at most. Each limit is ten times what the largest document that fal publishes needs, or
//! more. A document beyond a limit would keep a build busy for too long, so it is an error at once.
//!
//! The text is looked through before anything is built from it, so that a hostile document costs no more than the part
//! of it that comes before the fault.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use crate::error::Error;
use crate::ir::names::EndpointId;
use crate::pointer::Pointer;

/// Bytes of a document. fal's largest is below 1 MB.
const DOCUMENT_BYTES: usize = 16_000_000;
/// Objects and lists in each other. The reader of JSON itself ends at 127.
const DOCUMENT_LEVELS: usize = 120;
/// Values of every kind in a document.
const DOCUMENT_VALUES: usize = 300_000;
/// Names in one object, whether properties, components or paths.
pub(crate) const OBJECT_NAMES: usize = 2_000;
/// Items of one list, such as the examples of a mask.
const LIST_ITEMS: usize = 100_000;
/// Bytes of one name.
pub(crate) const NAME_BYTES: usize = 500;
/// Bytes of one value of an enum.
pub(crate) const VALUE_BYTES: usize = 1_000;
/// Bytes of a JSON pointer to a schema: each note carries one.
pub(crate) const POINTER_BYTES: usize = 10_000;
/// Bytes of one description.
pub(crate) const WORDS_BYTES: usize = 200_000;
/// Schemas in a document, those counted again that stand in several joins.
pub(crate) const SCHEMAS: usize = 4_000;
/// Schemas in each other.
pub(crate) const SCHEMA_LEVELS: usize = 64;
/// Values of an enum. fal's largest has 200.
pub(crate) const ENUM_VALUES: usize = 2_000;
/// Values of all enums in a document, those counted again that stand in several joins.
pub(crate) const ALL_ENUM_VALUES: usize = 20_000;
/// Forms of a union.
pub(crate) const UNION_FORMS: usize = 250;
/// Names, values and words in all schemas, those counted again that stand in several joins.
pub(crate) const SCHEMA_WEIGHT: usize = 300_000;
/// So many bytes of text weigh as much as one value.
pub(crate) const BYTES_OF_A_WORD: usize = 50;
/// Notes about one document.
pub(crate) const NOTES: usize = 4_000;

/// What to do about a document that is beyond a limit.
pub(crate) const REMEDY: &str = "Generate from a smaller document";

/// How much of [`SCHEMA_WEIGHT`] a value takes: one for each value in it, and more where it holds long texts.
pub(crate) fn weight(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 1,
        Value::String(text) => 1 + text.len() / BYTES_OF_A_WORD,
        Value::Array(items) => 1 + items.iter().map(weight).sum::<usize>(),
        Value::Object(map) => 1 + map.values().map(weight).sum::<usize>(),
    }
}

/// Looks through the text of a document: whether it is JSON, and within the limits.
pub(crate) fn check(id: &EndpointId, text: &str) -> Result<(), Error> {
    if text.len() > DOCUMENT_BYTES {
        let problem = format!("the document is longer than {DOCUMENT_BYTES} bytes");
        return Err(Error::new(id.as_str(), "", problem, REMEDY));
    }
    let mut look = Look::default();
    let mut reader = serde_json::Deserializer::from_str(text);
    Inside(&mut look)
        .deserialize(&mut reader)
        .and_then(|()| reader.end())
        .map_err(|error| {
            let at = look.place();
            match look.beyond {
                Some(problem) => Error::new(id.as_str(), at.as_str(), problem, REMEDY),
                None => Error::new(
                    id.as_str(),
                    at.as_str(),
                    format!("this is no JSON document ({error})"),
                    "Fetch the document again",
                ),
            }
        })
}

/// How far the look through a document has come.
#[derive(Default)]
struct Look {
    path: Vec<Step>,
    values: usize,
    /// The limit that the document is beyond.
    beyond: Option<String>,
}

enum Step {
    Name(String),
    Index(usize),
}

impl Look {
    fn place(&self) -> Pointer {
        self.path
            .iter()
            .fold(Pointer::root(), |at, step| match step {
                Step::Name(name) => at.key(name),
                Step::Index(index) => at.index(*index),
            })
    }

    /// Ends the look; the reader's own words about its place are not needed.
    fn end<E: serde::de::Error>(&mut self, problem: String) -> E {
        self.beyond = Some(problem);
        E::custom("beyond a limit")
    }

    fn count<E: serde::de::Error>(&mut self) -> Result<(), E> {
        self.values += 1;
        if self.values > DOCUMENT_VALUES {
            return Err(self.end(format!(
                "the document holds more than {DOCUMENT_VALUES} values"
            )));
        }
        Ok(())
    }

    fn descend<E: serde::de::Error>(&mut self) -> Result<(), E> {
        if self.path.len() >= DOCUMENT_LEVELS {
            return Err(self.end(format!(
                "the document is nested deeper than {DOCUMENT_LEVELS} levels"
            )));
        }
        self.count()
    }
}

/// A value somewhere in the document. On an error the path stays as it is: it leads to where the reader was.
struct Inside<'a>(&'a mut Look);

impl<'de> DeserializeSeed<'de> for Inside<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Inside<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        self.0.count()
    }

    fn visit_bool<E: serde::de::Error>(self, _: bool) -> Result<(), E> {
        self.0.count()
    }

    fn visit_i64<E: serde::de::Error>(self, _: i64) -> Result<(), E> {
        self.0.count()
    }

    fn visit_u64<E: serde::de::Error>(self, _: u64) -> Result<(), E> {
        self.0.count()
    }

    fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<(), E> {
        self.0.count()
    }

    fn visit_str<E: serde::de::Error>(self, _: &str) -> Result<(), E> {
        self.0.count()
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let Self(look) = self;
        look.descend()?;
        for index in 0.. {
            if index > LIST_ITEMS {
                return Err(look.end(format!("the list has more than {LIST_ITEMS} items")));
            }
            look.path.push(Step::Index(index));
            let item = items.next_element_seed(Inside(look))?;
            look.path.pop();
            if item.is_none() {
                break;
            }
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let Self(look) = self;
        look.descend()?;
        let mut names = 0;
        while let Some(name) = entries.next_key_seed(Name)? {
            names += 1;
            if names > OBJECT_NAMES {
                return Err(look.end(format!(
                    "the object has more than {OBJECT_NAMES} properties"
                )));
            }
            let Some(name) = name else {
                return Err(look.end(format!(
                    "a name in this object is longer than {NAME_BYTES} bytes"
                )));
            };
            look.path.push(Step::Name(name));
            entries.next_value_seed(Inside(look))?;
            look.path.pop();
        }
        Ok(())
    }
}

/// A name in an object; `None` where it is too long.
struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Option<String>;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Option<String>, D::Error> {
        reader.deserialize_str(self)
    }
}

impl Visitor<'_> for Name {
    type Value = Option<String>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a name")
    }

    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Option<String>, E> {
        Ok((name.len() <= NAME_BYTES).then(|| name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> (String, String) {
        let error = check(&EndpointId::new("acme/app").unwrap(), text).unwrap_err();
        (error.pointer().to_owned(), error.problem().to_owned())
    }

    #[test]
    fn what_is_no_json_is_named_by_the_place_where_reading_ended() {
        for (text, place) in [
            ("", ""),
            ("{} {}", ""),
            (r#"{"a": [1, {"b/c": tru}]}"#, "/a/1/b~1c"),
            (r#"{"a": [1, 2"#, "/a/2"),
            (r#"{"a": {"b": 1 "c": 2}}"#, "/a"),
            (r#"{"a": 1e999}"#, "/a"),
            (r#"{"a": NaN}"#, "/a"),
        ] {
            let (pointer, problem) = fault(text);
            assert_eq!(pointer, place, "{text}");
            assert!(problem.starts_with("this is no JSON document ("), "{text}");
            assert!(problem.contains("at line 1 column"), "{text}: {problem}");
        }
    }

    #[test]
    fn each_limit_is_named_with_its_place_and_number() {
        let name = "n".repeat(NAME_BYTES + 1);
        let lists = vec!["[0]"; DOCUMENT_VALUES / 9].join(",");
        for (text, place, number) in [
            (" ".repeat(DOCUMENT_BYTES + 1), "", DOCUMENT_BYTES),
            (
                format!("[{}", r#"{"a":"#.repeat(200)),
                "/0/a/a/a",
                DOCUMENT_LEVELS,
            ),
            (
                format!(r#"{{"a": [{}]}}"#, "0,".repeat(LIST_ITEMS + 1)),
                "/a",
                LIST_ITEMS,
            ),
            (format!(r#"{{"a": {{"{name}": 1}}}}"#), "/a", NAME_BYTES),
            (
                format!("[{}]", vec![format!("[{lists}]"); 5].join(",")),
                "/4/",
                DOCUMENT_VALUES,
            ),
        ] {
            let (pointer, problem) = fault(&text);
            assert!(pointer.starts_with(place), "{pointer}: {problem}");
            assert!(problem.contains(&number.to_string()), "{problem}");
        }
        let many: Vec<String> = (0..=OBJECT_NAMES).map(|n| format!("\"{n}\": 0")).collect();
        let (pointer, problem) = fault(&format!("[{{{}}}]", many.join(",")));
        assert_eq!(
            (pointer.as_str(), problem.as_str()),
            ("/0", "the object has more than 2000 properties")
        );
    }

    #[test]
    fn what_is_within_the_limits_passes() {
        let id = EndpointId::new("acme/app").unwrap();
        let text = format!(
            r#" [[{}0], null, true, -1, 1.5, "\u0000", {{"a": {{}}}}] "#,
            "0,".repeat(LIST_ITEMS - 1)
        );
        assert_eq!(check(&id, &text), Ok(()));
    }
}
