//! Enums in normal form.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::error::shortened;
use crate::ir::note::NoteKind;
use crate::normalize::normal::Normal;
use crate::normalize::numbers::canonical;
use crate::normalize::schema::Normalizer;
use crate::pointer::Pointer;

impl Normalizer<'_> {
    /// An enum, or a const, which is an enum of one. The values decide the type.
    pub(super) fn enumeration(
        &mut self,
        values: &[Value],
        declared: Option<&Value>,
        at: &Pointer,
    ) -> Normal {
        let mut strings: Vec<Value> = Vec::new();
        let mut integers: Vec<Value> = Vec::new();
        let (mut texts, mut wholes) = (BTreeSet::new(), BTreeSet::new());
        let (mut nullable, mut boolean, mut number, mut other) = (false, false, false, false);
        for value in values {
            match value {
                Value::Null => nullable = true,
                Value::Bool(_) => boolean = true,
                Value::String(text) => {
                    if texts.insert(text.as_str()) {
                        strings.push(value.clone());
                    } else {
                        self.note(NoteKind::Dropped, at, "a value stands twice");
                    }
                }
                Value::Number(found) => {
                    let found = Value::Number(canonical(found));
                    match found.as_i64() {
                        None => number = true,
                        Some(whole) if wholes.insert(whole) => integers.push(found),
                        Some(_) => self.note(NoteKind::Dropped, at, "a value stands twice"),
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
        let branches = forms
            .into_iter()
            .map(|form| (at.clone(), Normal::of(form)))
            .collect();
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
                    shortened(declared).escape_debug()
                ),
            );
        }
    }
}
