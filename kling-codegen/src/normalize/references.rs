//! References that lead to a component by way of others, and words that stand around them.

use serde_json::{Map, Value};

use crate::error::Error;
use crate::limits;
use crate::normalize::keywords::{Treatment, shapes, treatment};
use crate::normalize::schema::{Normalizer, REFERENCE};
use crate::pointer::Pointer;

impl<'a> Normalizer<'a> {
    /// Follows a schema that is only a reference to a component, or annotations around one.
    pub(super) fn resolved(&self, value: &'a Value, at: Pointer) -> Result<Resolved<'a>, Error> {
        let mut found = Resolved {
            body: value,
            at,
            sources: Vec::new(),
            around: Vec::new(),
        };
        while let Value::Object(map) = found.body {
            if let Some(source) = reference_of(found.body) {
                // Where a reference leads nowhere, the type is left open, with a note.
                let Some(body) = self.component(&source) else {
                    break;
                };
                if found.sources.contains(&source) {
                    break;
                }
                if found.sources.len() >= limits::SCHEMA_LEVELS {
                    return Err(self.error(
                        &found.at,
                        format!(
                            "more than {} components are no more than names for each other",
                            limits::SCHEMA_LEVELS
                        ),
                        limits::REMEDY,
                    ));
                }
                found.around.push((map, found.at));
                found.at = Self::place(&source);
                found.body = body;
                found.sources.push(source);
            } else if let Some(Value::Array(branches)) = map.get("allOf")
                && branches.len() <= limits::UNION_FORMS
                && !map
                    .keys()
                    .any(|keyword| keyword != "allOf" && shapes(keyword))
                && let [(index, only)] = shaping(branches).as_slice()
            {
                let list = found.at.key("allOf");
                found.around.push((map, found.at));
                let words = branches
                    .iter()
                    .enumerate()
                    .filter(|(other, _)| other != index);
                for (other, branch) in words {
                    if let Value::Object(words) = branch {
                        found.around.push((words, list.index(other)));
                    }
                }
                found.at = list.index(*index);
                found.body = only;
            } else {
                break;
            }
        }
        Ok(found)
    }
}

/// What stands behind other names and words.
pub(super) struct Resolved<'a> {
    pub(super) body: &'a Value,
    pub(super) at: Pointer,
    /// The components on the way.
    pub(super) sources: Vec<String>,
    /// What stands around it, outermost first.
    pub(super) around: Vec<(&'a Map<String, Value>, Pointer)>,
}

/// The branches of an `allOf` that say what a value may be; the others hold words alone.
pub(super) fn shaping(branches: &[Value]) -> Vec<(usize, &Value)> {
    let says = |branch: &Value| match branch {
        Value::Object(map) => map
            .keys()
            .any(|keyword| shapes(keyword) || treatment(keyword) == Treatment::Unmodelled),
        _ => true,
    };
    branches
        .iter()
        .enumerate()
        .filter(|(_, branch)| says(branch))
        .collect()
}

/// The component that a schema refers to, if it does nothing else that counts.
pub(super) fn reference_of(value: &Value) -> Option<String> {
    let text = value.get("$ref")?.as_str()?.strip_prefix(REFERENCE)?;
    Some(unescaped(text))
}

/// A reference is a URI fragment that holds a JSON pointer.
pub(super) fn unescaped(name: &str) -> String {
    name.replace("~1", "/").replace("~0", "~")
}
