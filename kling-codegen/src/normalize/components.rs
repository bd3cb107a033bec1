//! The components that the roots reach, each under one name.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::error::Error;
use crate::ir::note::Note;
use crate::normalize::normal::Normal;
use crate::normalize::schema::{Normalizer, REFERENCE};
use crate::normalize::source_map::SourceMap;

/// All components in normal form.
pub(super) struct Components {
    pub(super) schemas: Map<String, Value>,
    /// Where they stand in the document.
    pub(super) source_map: SourceMap,
    pub(super) notes: Vec<Note>,
}

impl Normalizer<'_> {
    /// All components that the input and the output reach.
    pub(super) fn components(&mut self) -> Result<Components, Error> {
        let mut done = Map::new();
        let mut source_map = SourceMap::default();
        let mut roots = Vec::new();
        for (name, value, at) in self.roots.clone() {
            let root = self.resolved(value, at)?;
            for source in &root.sources {
                self.names
                    .entry(source.clone())
                    .or_insert_with(|| name.to_owned());
            }
            self.bodies.insert(name.to_owned(), root.at.clone());
            roots.push((name, root));
        }
        for (name, root) in roots {
            let normal = self.schema(root.body, &root.at)?;
            let mut normal = self.behind_names(normal, name)?;
            // The queue takes objects alone: of an input behind a reference that leads nowhere, that much is known.
            if name == crate::ir::api::INPUT
                && normal.schema.is_empty()
                && root.body.get("$ref").is_some()
            {
                normal = Normal::of(json!({ "type": "object", "additionalProperties": true }));
            }
            for (map, at) in root.around.iter().rev() {
                let annotations = self.annotations(map, at)?;
                normal.schema.extend(annotations);
            }
            let at = self.bodies.get(name).unwrap_or(&root.at);
            source_map.put(
                &Self::place(name),
                at,
                std::mem::take(&mut normal.source_map),
            );
            done.insert(name.to_owned(), normal.into_value());
        }
        while let Some(source) = self.pending.pop() {
            let name = self
                .names
                .get(&source)
                .cloned()
                .unwrap_or_else(|| source.clone());
            if let Some(body) = self.component(&source) {
                let at = Self::place(&source);
                let mut normal = self.schema(body, &at)?;
                source_map.put(
                    &Self::place(&name),
                    &at,
                    std::mem::take(&mut normal.source_map),
                );
                done.insert(name, normal.into_value());
            }
        }
        keep_reachable(&mut done);
        self.check_notes()?;
        let mut notes = std::mem::take(&mut self.notes);
        notes.sort();
        notes.dedup();
        Ok(Components {
            schemas: done,
            source_map,
            notes,
        })
    }

    /// The body of a root that turns out to be one more name for a component: a union of one form is, for example.
    fn behind_names(&mut self, mut normal: Normal, root: &str) -> Result<Normal, Error> {
        let mut seen = BTreeSet::new();
        while let Some(source) = self.only_reference(&normal) {
            let at = Self::place(&source);
            let Some(body) = self
                .component(&source)
                .filter(|_| seen.insert(source.clone()))
            else {
                return Err(self.error(
                    &at,
                    "the component is nothing but another name of itself",
                    "Report it to fal, or correct the document by hand",
                ));
            };
            // A component that no other root stands for needs no definition of its own.
            if self.pending.contains(&source) {
                self.pending.retain(|pending| *pending != source);
                self.names.insert(source, root.to_owned());
            }
            self.bodies.insert(root.to_owned(), at.clone());
            normal = self.schema(body, &at)?;
        }
        Ok(normal)
    }

    /// The component that a schema in normal form refers to, if it does nothing else.
    fn only_reference(&self, normal: &Normal) -> Option<String> {
        if normal.nullable || normal.schema.len() != 1 {
            return None;
        }
        let name = normal
            .schema
            .get("$ref")?
            .as_str()?
            .strip_prefix(REFERENCE)?;
        // Several components may be names of a root, of which the last one is its body.
        if let Some(body) = self.bodies.get(name) {
            return body.component();
        }
        self.names
            .iter()
            .find(|(_, named)| *named == name)
            .map(|(source, _)| source.clone())
    }
}

/// Takes away what no root reaches: a form that came to nothing in the end may have named it.
fn keep_reachable(schemas: &mut Map<String, Value>) {
    let mut reached = BTreeSet::new();
    let mut open = vec![
        crate::ir::api::INPUT.to_owned(),
        crate::ir::api::OUTPUT.to_owned(),
    ];
    while let Some(name) = open.pop() {
        let Some(schema) = schemas.get(&name) else {
            continue;
        };
        let mut values = vec![schema];
        while let Some(value) = values.pop() {
            match value {
                Value::Array(items) => values.extend(items),
                Value::Object(fields) => {
                    let target = fields.get("$ref").and_then(Value::as_str);
                    open.extend(
                        target
                            .and_then(|target| target.strip_prefix(REFERENCE))
                            .filter(|target| !reached.contains(*target))
                            .map(str::to_owned),
                    );
                    values.extend(fields.values());
                }
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
            }
        }
        reached.insert(name);
    }
    schemas.retain(|name, _| reached.contains(name));
}
