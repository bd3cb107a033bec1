//! One schema, and all that it refers to, in normal form.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::error::{Error, shortened};
use crate::ir::names::EndpointId;
use crate::ir::note::{Note, NoteKind};
use crate::limits;
use crate::normalize::keywords::{Treatment, shapes, treatment};
use crate::normalize::normal::Normal;
use crate::normalize::references::unescaped;
use crate::pointer::Pointer;

pub(crate) const REFERENCE: &str = "#/components/schemas/";

pub(super) struct Normalizer<'a> {
    pub(super) id: &'a EndpointId,
    pub(super) components: Option<&'a Map<String, Value>>,
    pub(super) roots: [(&'static str, &'a Value, Pointer); 2],
    /// Where the bodies of the roots stand.
    pub(super) bodies: BTreeMap<String, Pointer>,
    /// The names in the normal form, by the names in the document.
    pub(super) names: BTreeMap<String, String>,
    pub(super) taken: BTreeSet<String>,
    pub(super) pending: Vec<String>,
    pub(super) notes: Vec<Note>,
    pub(super) schemas: usize,
    pub(super) depth: usize,
    /// How many names and words were read.
    pub(super) weight: usize,
    /// How many values of enums were read.
    pub(super) values: usize,
}

impl<'a> Normalizer<'a> {
    pub(super) fn new(
        id: &'a EndpointId,
        components: Option<&'a Map<String, Value>>,
        input: (&'a Value, Pointer),
        output: (&'a Value, Pointer),
    ) -> Self {
        let roots = [
            (crate::ir::api::INPUT, input.0, input.1),
            (crate::ir::api::OUTPUT, output.0, output.1),
        ];
        let taken = roots.iter().map(|root| root.0.to_owned()).collect();
        Self {
            id,
            components,
            roots,
            bodies: BTreeMap::new(),
            names: BTreeMap::new(),
            taken,
            pending: Vec::new(),
            notes: Vec::new(),
            schemas: 0,
            depth: 0,
            weight: 0,
            values: 0,
        }
    }

    /// Says what of a schema is not read because another keyword leads it.
    pub(super) fn note_siblings(
        &mut self,
        map: &Map<String, Value>,
        lead: &str,
        read: &[&str],
        at: &Pointer,
    ) {
        for keyword in map.keys() {
            if keyword != lead && shapes(keyword) && !read.contains(&keyword.as_str()) {
                self.note(
                    NoteKind::Dropped,
                    &at.key(keyword),
                    format!("`{keyword}` is not read beside `{lead}`"),
                );
            }
        }
    }

    pub(super) fn place(component: &str) -> Pointer {
        Pointer::root()
            .key("components")
            .key("schemas")
            .key(component)
    }

    pub(super) fn component(&self, source: &str) -> Option<&'a Value> {
        self.components?.get(source)
    }

    /// One schema in normal form.
    pub(super) fn schema(&mut self, value: &'a Value, at: &Pointer) -> Result<Normal, Error> {
        let map = match value {
            Value::Object(map) => map,
            Value::Bool(true) => return Ok(Normal::default()),
            _ => return Err(self.error(at, "this is no schema", "A schema is a JSON object")),
        };
        self.schemas += 1;
        self.check_limits(at)?;
        self.spend(map.len(), at)?;
        self.depth += 1;
        let result = self.form(map, at);
        self.depth -= 1;
        let mut normal = result?;
        let annotations = self.annotations(map, at)?;
        if map.get("nullable") == Some(&Value::Bool(true)) {
            normal.nullable = true;
        }
        // What stands beside a reference or a union is about this place, so it counts for more than what is inside.
        normal.schema.extend(annotations);
        Ok(normal)
    }

    fn check_limits(&self, at: &Pointer) -> Result<(), Error> {
        let (problem, remedy) = if self.schemas > limits::SCHEMAS {
            (
                format!("the document holds more than {} schemas", limits::SCHEMAS),
                limits::REMEDY,
            )
        } else if self.depth >= limits::SCHEMA_LEVELS {
            (
                format!(
                    "schemas are nested deeper than {} levels",
                    limits::SCHEMA_LEVELS
                ),
                "Name the inner schemas as components",
            )
        } else if at.as_str().len() > limits::POINTER_BYTES {
            (
                format!(
                    "the names on the way to this schema are longer than {} bytes",
                    limits::POINTER_BYTES
                ),
                "Name the inner schemas as components",
            )
        } else {
            return self.check_notes();
        };
        Err(self.error(at, problem, remedy))
    }

    pub(super) fn check_notes(&self) -> Result<(), Error> {
        let Some(last) = self.notes.get(limits::NOTES) else {
            return Ok(());
        };
        Err(Error::new(
            self.id.as_str(),
            last.pointer.clone(),
            format!(
                "there is more to note about the document than {} things",
                limits::NOTES
            ),
            "Correct the document by hand",
        ))
    }

    /// Counts what is read, since a join reads what it joins each time: a small document can be long to read.
    pub(super) fn spend(&mut self, weight: usize, at: &Pointer) -> Result<(), Error> {
        self.weight += weight;
        if self.weight <= limits::SCHEMA_WEIGHT {
            return Ok(());
        }
        Err(self.error(
            at,
            format!(
                "the schemas hold more than {} names, values and words",
                limits::SCHEMA_WEIGHT
            ),
            limits::REMEDY,
        ))
    }

    /// What a schema allows, by the keyword that leads it.
    fn form(&mut self, map: &'a Map<String, Value>, at: &Pointer) -> Result<Normal, Error> {
        for keyword in map.keys() {
            match treatment(keyword) {
                Treatment::Unmodelled => {
                    return Err(self.error(
                        &at.key(keyword),
                        "this keyword changes what is valid, and the generator does not model it",
                        "Model it in the generator, or correct the document by hand",
                    ));
                }
                Treatment::Unknown => self.note(
                    NoteKind::Dropped,
                    &at.key(keyword),
                    "no such keyword is known, so it is taken for an annotation",
                ),
                Treatment::Modelled | Treatment::FileLimit | Treatment::Ignored => {}
            }
        }
        if let Some(reference) = map.get("$ref") {
            self.note_siblings(map, "$ref", &[], at);
            return Ok(self.reference(reference, &at.key("$ref")));
        }
        for keyword in ["anyOf", "oneOf"] {
            if let Some(branches) = map.get(keyword) {
                let mut normal = self.union(branches, &at.key(keyword))?;
                let merged = self.merge_bounds(map, &mut normal, at)?;
                self.note_siblings(map, keyword, &merged, at);
                return Ok(normal);
            }
        }
        if let Some(branches) = map.get("allOf") {
            return self.all_of(branches, map, at);
        }
        if let Some(value) = map.get("const") {
            self.note_siblings(map, "const", &["type"], at);
            return Ok(self.enumeration(
                std::slice::from_ref(value),
                map.get("type"),
                &at.key("const"),
            ));
        }
        match map.get("enum") {
            Some(Value::Array(values)) if !values.is_empty() => {
                self.check_values(values, &at.key("enum"))?;
                self.note_siblings(map, "enum", &["type"], at);
                return Ok(self.enumeration(values, map.get("type"), &at.key("enum")));
            }
            Some(_) => self.note(
                NoteKind::Dropped,
                &at.key("enum"),
                "an enum without values says nothing",
            ),
            None => {}
        }
        self.typed(map, at)
    }

    fn check_values(&mut self, values: &[Value], at: &Pointer) -> Result<(), Error> {
        if values.len() > limits::ENUM_VALUES {
            let problem = format!("the enum has more than {} values", limits::ENUM_VALUES);
            return Err(self.error(at, problem, limits::REMEDY));
        }
        let too_long = |value: &Value| {
            value
                .as_str()
                .is_some_and(|text| text.len() > limits::VALUE_BYTES)
        };
        if let Some(index) = values.iter().position(too_long) {
            let problem = format!(
                "a value of the enum is longer than {} bytes",
                limits::VALUE_BYTES
            );
            return Err(self.error(&at.index(index), problem, limits::REMEDY));
        }
        self.values += values.len();
        if self.values > limits::ALL_ENUM_VALUES {
            let problem = format!(
                "the enums of the document have more than {} values",
                limits::ALL_ENUM_VALUES
            );
            return Err(self.error(at, problem, limits::REMEDY));
        }
        Ok(())
    }

    fn reference(&mut self, reference: &Value, at: &Pointer) -> Normal {
        let source = reference
            .as_str()
            .and_then(|text| text.strip_prefix(REFERENCE))
            .map(unescaped);
        let Some(source) = source.filter(|source| self.component(source).is_some()) else {
            let text = shortened(&reference.to_string());
            self.note(
                NoteKind::Warned,
                at,
                format!(
                    "{} leads nowhere, so the type is left open",
                    text.escape_debug()
                ),
            );
            return Normal::default();
        };
        let name = if let Some(name) = self.names.get(&source) {
            name.clone()
        } else {
            let mut name = source.clone();
            while !self.taken.insert(name.clone()) {
                name.push('_');
            }
            self.names.insert(source.clone(), name.clone());
            self.pending.push(source);
            name
        };
        Normal::of(json!({ "$ref": format!("{REFERENCE}{name}") }))
    }

    pub(super) fn note(&mut self, kind: NoteKind, at: &Pointer, message: impl Into<String>) {
        // One more than there may be: the next schema ends the reading.
        if self.notes.len() > limits::NOTES {
            return;
        }
        self.notes.push(Note {
            endpoint: self.id.clone(),
            pointer: at.as_str().to_owned(),
            kind,
            message: message.into(),
        });
    }

    pub(super) fn error(
        &self,
        at: &Pointer,
        problem: impl Into<String>,
        remedy: &'static str,
    ) -> Error {
        Error::new(self.id.as_str(), at.as_str(), problem, remedy)
    }
}
