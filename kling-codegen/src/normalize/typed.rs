//! Schemas led by `type`: which keywords belong to which type.

use serde_json::{Map, Value};

use crate::error::{Error, shortened};
use crate::ir::note::NoteKind;
use crate::normalize::normal::Normal;
use crate::normalize::numbers::{ENDS, canonical, copy_end};
use crate::normalize::schema::Normalizer;
use crate::pointer::Pointer;

impl<'a> Normalizer<'a> {
    pub(super) fn typed(
        &mut self,
        map: &'a Map<String, Value>,
        at: &Pointer,
    ) -> Result<Normal, Error> {
        match map.get("type") {
            Some(Value::String(name)) => self.of_type(name, map, at),
            Some(Value::Array(names)) => {
                self.check_forms(names, &at.key("type"))?;
                let mut branches = Vec::new();
                for (index, name) in names.iter().enumerate() {
                    let Some(name) = name.as_str() else {
                        return Err(self.error(
                            &at.key("type").index(index),
                            "a type name is text",
                            "Correct the document by hand",
                        ));
                    };
                    branches.push((at.clone(), self.of_type(name, map, at)?));
                }
                Ok(self.joined(branches, &at.key("type")))
            }
            Some(_) => Err(self.error(
                &at.key("type"),
                "`type` is neither a name nor a list of names",
                "Correct the document by hand",
            )),
            None => match guessed_type(map) {
                None => Ok(Normal::default()),
                Some(name) => {
                    self.note(
                        NoteKind::Guessed,
                        at,
                        format!("the schema has no `type`; its keywords are those of {name}"),
                    );
                    self.of_type(name, map, at)
                }
            },
        }
    }

    fn of_type(
        &mut self,
        name: &str,
        map: &'a Map<String, Value>,
        at: &Pointer,
    ) -> Result<Normal, Error> {
        let fitting: &[&str] = match name {
            "null" => return Ok(Normal::null()),
            "boolean" => &[],
            "string" => &["format", "maxLength", "minLength", "pattern"],
            "integer" | "number" => &[
                "exclusiveMaximum",
                "exclusiveMinimum",
                "format",
                "maximum",
                "minimum",
                "multipleOf",
            ],
            "array" => &[
                "items",
                "maxItems",
                "minItems",
                "prefixItems",
                "uniqueItems",
            ],
            "object" => &[
                "additionalProperties",
                // Nothing in the generated type could say how many keys a free object has.
                "maxProperties",
                "minProperties",
                "properties",
                "required",
                "x-fal-order-properties",
            ],
            other => {
                return Err(self.error(
                    &at.key("type"),
                    format!("`{}` is no JSON type", shortened(other).escape_debug()),
                    "Correct the document by hand",
                ));
            }
        };
        if map.get("type").is_some_and(Value::is_string) {
            self.drop_misfits(map, fitting, name, at);
        }
        match name {
            "object" => self.object(map, at),
            "array" => self.array(map, at),
            _ => self.scalar(name, map, at),
        }
    }

    fn drop_misfits(
        &mut self,
        map: &Map<String, Value>,
        fitting: &[&str],
        name: &str,
        at: &Pointer,
    ) {
        for keyword in map.keys() {
            let about_values = BOUND_KEYWORDS.contains(&keyword.as_str());
            if about_values && !fitting.contains(&keyword.as_str()) {
                self.note(
                    NoteKind::Dropped,
                    &at.key(keyword),
                    format!("`{keyword}` says nothing about a value of type {name}"),
                );
            }
        }
    }

    pub(super) fn scalar(
        &mut self,
        name: &str,
        map: &Map<String, Value>,
        at: &Pointer,
    ) -> Result<Normal, Error> {
        let mut schema = Map::new();
        schema.insert("type".into(), Value::from(name));
        match name {
            "string" => {
                for keyword in ["format", "pattern"] {
                    if let Some(text) = map.get(keyword).and_then(Value::as_str) {
                        schema.insert(keyword.into(), Value::from(text));
                    }
                }
                self.copy_counts(["minLength", "maxLength"], map, at, &mut schema)?;
            }
            "integer" | "number" => {
                for end in ENDS {
                    copy_end(end, map, name == "integer", &mut schema).map_err(|keyword| {
                        self.error(
                            &at.key(keyword),
                            "a bound is a number",
                            "Correct the document by hand",
                        )
                    })?;
                }
                if let Some(Value::Number(step)) = map.get("multipleOf") {
                    let step = canonical(step);
                    if step.as_f64().is_some_and(|step| step > 0.0)
                        && (name == "number" || step.is_i64())
                    {
                        schema.insert("multipleOf".into(), Value::Number(step));
                    } else {
                        self.note(
                            NoteKind::Dropped,
                            &at.key("multipleOf"),
                            "this is no step that a value could have",
                        );
                    }
                }
            }
            _ => {}
        }
        Ok(Normal::of(Value::Object(schema)))
    }

    /// Copies bounds that count something.
    pub(super) fn copy_counts(
        &self,
        keywords: [&str; 2],
        from: &Map<String, Value>,
        at: &Pointer,
        to: &mut Map<String, Value>,
    ) -> Result<(), Error> {
        for keyword in keywords {
            match from.get(keyword) {
                None | Some(Value::Null) => {}
                Some(Value::Number(number)) if canonical(number).is_u64() => {
                    to.insert(keyword.to_owned(), Value::Number(canonical(number)));
                }
                Some(_) => {
                    return Err(self.error(
                        &at.key(keyword),
                        "a count is a whole number from 0",
                        "Correct the document by hand",
                    ));
                }
            }
        }
        Ok(())
    }
}

/// Keywords that bound a value of one type.
const BOUND_KEYWORDS: [&str; 19] = [
    "additionalProperties",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "items",
    "maxItems",
    "maxLength",
    "maximum",
    "minItems",
    "minLength",
    "minimum",
    "multipleOf",
    "pattern",
    "prefixItems",
    "properties",
    "required",
    "uniqueItems",
    "x-fal-order-properties",
    "maxProperties",
    "minProperties",
];

fn guessed_type(map: &Map<String, Value>) -> Option<&'static str> {
    let any = |keywords: &[&str]| keywords.iter().any(|keyword| map.contains_key(*keyword));
    if any(&["properties", "additionalProperties", "required"]) {
        Some("object")
    } else if any(&[
        "items",
        "prefixItems",
        "minItems",
        "maxItems",
        "uniqueItems",
    ]) {
        Some("array")
    } else if any(&["minLength", "maxLength", "pattern", "format"]) {
        Some("string")
    } else if any(&[
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "multipleOf",
    ]) {
        Some("number")
    } else {
        None
    }
}
