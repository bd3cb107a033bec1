//! Unions in normal form.

use serde_json::{Map, Value, json};

use crate::error::Error;
use crate::ir::note::NoteKind;
use crate::limits;
use crate::normalize::normal::Normal;
use crate::normalize::schema::Normalizer;
use crate::normalize::source_map::SourceMap;
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
        self.check_forms(branches, at)?;
        let mut normal = Vec::new();
        for (index, branch) in branches.iter().enumerate() {
            let at = at.index(index);
            let branch = self.schema(branch, &at)?;
            normal.push((at, branch));
        }
        Ok(self.joined(normal, at))
    }

    /// Forms are compared with each other, so there may not be too many.
    pub(super) fn check_forms(&self, forms: &[Value], at: &Pointer) -> Result<(), Error> {
        if forms.len() <= limits::UNION_FORMS {
            return Ok(());
        }
        let problem = format!("the list has more than {} forms", limits::UNION_FORMS);
        Err(self.error(at, problem, limits::REMEDY))
    }

    /// One schema for several forms, each with the place where it is written. Null becomes a word about the place, and a
    /// form that stands twice stands once.
    pub(super) fn joined(&mut self, branches: Vec<(Pointer, Normal)>, at: &Pointer) -> Normal {
        let nullable = branches.iter().any(|(_, branch)| branch.nullable);
        let mut forms: Vec<Form> = Vec::new();
        for form in branches
            .into_iter()
            .flat_map(|(at, branch)| forms_of(at, branch))
        {
            if !forms.iter().any(|other| other.schema == form.schema) {
                forms.push(form);
            }
        }
        if forms.len() > 1 && forms.iter().any(|form| form.schema.is_empty()) {
            self.note(
                NoteKind::Guessed,
                at,
                "one of the forms allows anything, so the type is left open",
            );
            forms = vec![Form {
                schema: Map::new(),
                at: at.clone(),
                inside: SourceMap::default(),
            }];
        }
        if forms.is_empty() {
            return Normal {
                nullable,
                null_only: nullable,
                ..Normal::default()
            };
        }
        let mut source_map = SourceMap::default();
        if forms.len() == 1
            && let Some(only) = forms.pop()
        {
            source_map = only.inside;
            source_map.below(&only.at);
            return Normal {
                schema: only.schema,
                nullable,
                null_only: false,
                source_map,
            };
        }
        let mut list = Vec::new();
        for (index, Form { schema, at, inside }) in forms.into_iter().enumerate() {
            source_map.put(&Pointer::root().key("anyOf").index(index), &at, inside);
            list.push(
                Normal {
                    schema,
                    ..Normal::default()
                }
                .into_value(),
            );
        }
        Normal {
            nullable,
            source_map,
            ..Normal::of(json!({ "anyOf": list }))
        }
    }
}

/// One form of a value, and where it was written.
struct Form {
    schema: Map<String, Value>,
    at: Pointer,
    inside: SourceMap,
}

/// The forms of a branch: those of a union inside it, or itself; none where it is null.
fn forms_of(at: Pointer, branch: Normal) -> Vec<Form> {
    match branch.schema.get("anyOf") {
        _ if branch.null_only => Vec::new(),
        Some(Value::Array(inner)) if branch.schema.len() == 1 => inner
            .iter()
            .filter_map(Value::as_object)
            .enumerate()
            .map(|(index, form)| {
                let step = Pointer::root().key("anyOf").index(index);
                Form {
                    schema: form.clone(),
                    at: branch.source_map.find(&step),
                    inside: branch.source_map.inside(&step),
                }
            })
            .collect(),
        _ => vec![Form {
            schema: branch.schema,
            at,
            inside: branch.source_map,
        }],
    }
}
