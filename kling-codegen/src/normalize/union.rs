//! Unions, joins and enums in normal form.

use serde_json::{Map, Value, json};

use super::schema::{Normal, Normalizer};
use crate::error::Error;
use crate::ir::NoteKind;
use crate::pointer::Pointer;

impl<'a> Normalizer<'a> {
    /// `anyOf` and `oneOf`: both say that a value has one of several forms.
    pub(super) fn union(&mut self, branches: &'a Value, at: &Pointer) -> Result<Normal, Error> {
        let Value::Array(branches) = branches else {
            return Err(self.error(
                at,
                "this is no list of schemas",
                "Correct the document by hand",
            ));
        };
        let mut normal = Vec::new();
        for (index, branch) in branches.iter().enumerate() {
            normal.push(self.schema(branch, &at.index(index))?);
        }
        Ok(self.joined(normal, at))
    }

    /// One schema for several forms. Null becomes a word about the place, and a form that stands twice stands once.
    pub(super) fn joined(&mut self, branches: Vec<Normal>, at: &Pointer) -> Normal {
        let mut nullable = false;
        let mut forms: Vec<Map<String, Value>> = Vec::new();
        for branch in branches {
            nullable |= branch.nullable;
            if branch.null_only {
                continue;
            }
            let nested = match branch.schema.get("anyOf") {
                Some(Value::Array(inner)) if branch.schema.len() == 1 => {
                    inner.iter().filter_map(Value::as_object).cloned().collect()
                }
                _ => vec![branch.schema],
            };
            for form in nested {
                if !forms.contains(&form) {
                    forms.push(form);
                }
            }
        }
        if forms.len() > 1 && forms.iter().any(Map::is_empty) {
            self.note(
                NoteKind::Guessed,
                at,
                "one of the forms allows anything, so the type is left open",
            );
            forms = vec![Map::new()];
        }
        let mut forms = forms.into_iter();
        match (forms.next(), forms.len()) {
            (None, _) => Normal {
                nullable,
                null_only: nullable,
                ..Normal::default()
            },
            (Some(only), 0) => Normal {
                schema: only,
                nullable,
                null_only: false,
            },
            (Some(first), _) => {
                let forms: Vec<Value> = std::iter::once(first)
                    .chain(forms)
                    .map(|schema| {
                        Normal {
                            schema,
                            ..Normal::default()
                        }
                        .into_value()
                    })
                    .collect();
                Normal {
                    nullable,
                    ..Normal::of(json!({ "anyOf": forms }))
                }
            }
        }
    }

    /// `allOf`: one schema with siblings, or several objects that make one.
    pub(super) fn all_of(&mut self, branches: &'a Value, at: &Pointer) -> Result<Normal, Error> {
        let Value::Array(branches) = branches else {
            return Err(self.error(
                at,
                "this is no list of schemas",
                "Correct the document by hand",
            ));
        };
        if let [only] = branches.as_slice() {
            return self.schema(only, &at.index(0));
        }
        let mut merged = Map::new();
        let mut properties = Map::new();
        let mut required = Vec::new();
        let mut order: Vec<Value> = Vec::new();
        for (index, branch) in branches.iter().enumerate() {
            let place = at.index(index);
            let body = self.body(branch, &place)?;
            if body.is_empty() {
                continue;
            }
            if body.get("type") != Some(&Value::from("object")) || !body.contains_key("properties")
            {
                return Err(self.error(
                    &place,
                    "only objects with known properties can be joined by allOf",
                    "Correct the document by hand",
                ));
            }
            for (keyword, value) in body {
                match (keyword.as_str(), value) {
                    ("properties", Value::Object(more)) => properties.extend(more),
                    ("required", Value::Array(more)) => required.extend(more),
                    ("x-fal-order-properties", Value::Array(more)) => order.extend(more),
                    (_, value) => {
                        merged.insert(keyword, value);
                    }
                }
            }
        }
        let mut seen = std::collections::BTreeSet::new();
        order.retain(|name| seen.insert(name.to_string()));
        required.sort_by_key(|name| order.iter().position(|other| other == name));
        required.dedup();
        if !properties.is_empty() {
            merged.insert("properties".into(), Value::Object(properties));
            merged.insert("x-fal-order-properties".into(), Value::Array(order));
        }
        if !required.is_empty() {
            merged.insert("required".into(), Value::Array(required));
        }
        Ok(Normal::of(Value::Object(merged)))
    }

    /// A branch of `allOf` with its reference followed.
    fn body(&mut self, branch: &'a Value, at: &Pointer) -> Result<Map<String, Value>, Error> {
        let target = branch
            .get("$ref")
            .and_then(Value::as_str)
            .and_then(|text| text.strip_prefix("#/components/schemas/"))
            .and_then(|source| self.component(source));
        Ok(self.schema(target.unwrap_or(branch), at)?.schema)
    }

    /// An enum, or a const, which is an enum of one. The values decide the type.
    pub(super) fn enumeration(
        &mut self,
        values: &[Value],
        declared: Option<&Value>,
        at: &Pointer,
    ) -> Normal {
        let mut strings: Vec<Value> = Vec::new();
        let mut integers: Vec<Value> = Vec::new();
        let (mut nullable, mut boolean, mut number, mut other) = (false, false, false, false);
        for value in values {
            match value {
                Value::Null => nullable = true,
                Value::Bool(_) => boolean = true,
                Value::String(_) if strings.contains(value) => {
                    self.note(NoteKind::Dropped, at, "a value stands twice");
                }
                Value::String(_) => strings.push(value.clone()),
                Value::Number(found) => {
                    let found = Value::Number(super::numbers::canonical(found));
                    if !found.is_i64() {
                        number = true;
                    } else if integers.contains(&found) {
                        self.note(NoteKind::Dropped, at, "a value stands twice");
                    } else {
                        integers.push(found);
                    }
                }
                Value::Array(_) | Value::Object(_) => other = true,
            }
        }
        if other {
            self.note(
                NoteKind::Guessed,
                at,
                "an enum of lists or objects is left open",
            );
            return Normal {
                nullable,
                ..Normal::default()
            };
        }
        let mut forms = Vec::new();
        if boolean {
            forms.push(json!({ "type": "boolean" }));
        }
        if number {
            self.note(
                NoteKind::Guessed,
                at,
                "an enum of fractions becomes a plain number",
            );
            forms.push(json!({ "type": "number" }));
        } else if !integers.is_empty() {
            forms.push(json!({ "type": "integer", "enum": integers }));
        }
        if !strings.is_empty() {
            forms.push(json!({ "type": "string", "enum": strings }));
        }
        self.check_declared(declared, &forms, at);
        let branches = forms.into_iter().map(Normal::of).collect();
        let mut normal = self.joined(branches, at);
        normal.nullable |= nullable;
        normal.null_only = nullable && normal.schema.is_empty();
        normal
    }

    fn check_declared(&mut self, declared: Option<&Value>, forms: &[Value], at: &Pointer) {
        let Some(Value::String(declared)) = declared else {
            return;
        };
        let fits = forms.iter().all(|form| {
            form["type"] == **declared || (declared == "number" && form["type"] == "integer")
        });
        if !fits {
            self.note(
                NoteKind::Warned,
                at,
                format!(
                    "the values are not of type `{}`; the values count",
                    crate::error::shortened(declared).escape_debug()
                ),
            );
        }
    }
}
