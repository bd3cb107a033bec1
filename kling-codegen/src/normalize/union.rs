//! Unions, joins and enums in normal form.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::error::Error;
use crate::ir::note::NoteKind;
use crate::limits;
use crate::normalize::references::shaping;
use crate::normalize::schema::{Normal, Normalizer};
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
        let mut nullable = false;
        let mut forms: Vec<Map<String, Value>> = Vec::new();
        let mut written: Vec<(Pointer, SourceMap)> = Vec::new();
        for (place, branch) in branches {
            nullable |= branch.nullable;
            if branch.null_only {
                continue;
            }
            let nested: Vec<_> = match branch.schema.get("anyOf") {
                Some(Value::Array(inner)) if branch.schema.len() == 1 => inner
                    .iter()
                    .filter_map(Value::as_object)
                    .enumerate()
                    .map(|(index, form)| {
                        let step = Pointer::root().key("anyOf").index(index);
                        let written = (
                            branch.source_map.find(&step),
                            branch.source_map.inside(&step),
                        );
                        (form.clone(), written)
                    })
                    .collect(),
                _ => vec![(branch.schema, (place, branch.source_map))],
            };
            for (form, place) in nested {
                if !forms.contains(&form) {
                    forms.push(form);
                    written.push(place);
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
            written = vec![(at.clone(), SourceMap::default())];
        }
        let mut source_map = SourceMap::default();
        if let [(place, inside)] = written.as_mut_slice() {
            source_map = std::mem::take(inside);
            source_map.below(place);
        } else {
            for (index, (place, inside)) in written.into_iter().enumerate() {
                source_map.put(&Pointer::root().key("anyOf").index(index), &place, inside);
            }
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
                source_map,
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
                    source_map,
                    ..Normal::of(json!({ "anyOf": forms }))
                }
            }
        }
    }

    /// `allOf`: one schema with siblings, or several objects that make one.
    /// What stands beside it is one branch more.
    pub(super) fn all_of(
        &mut self,
        branches: &'a Value,
        map: &'a Map<String, Value>,
        beside: &Pointer,
    ) -> Result<Normal, Error> {
        let at = &beside.key("allOf");
        let Value::Array(branches) = branches else {
            return Err(self.error(
                at,
                "this is no list of schemas",
                "Correct the document by hand",
            ));
        };
        self.check_forms(branches, at)?;
        let siblings = map.contains_key("properties");
        let shaping = shaping(branches);
        if let [(index, only)] = shaping.as_slice()
            && !siblings
        {
            let place = at.index(*index);
            let mut normal = self.schema(only, &place)?;
            normal.source_map.below(&place);
            self.words(branches, at, &mut normal)?;
            let merged = self.merge_bounds(map, &mut normal, beside)?;
            self.note_siblings(map, "allOf", &merged, beside);
            return Ok(normal);
        }
        let mut bodies = Vec::new();
        for (index, branch) in &shaping {
            bodies.push(self.body(branch, at.index(*index))?);
        }
        if siblings {
            bodies.push((beside.clone(), self.object(map, beside)?));
            let read = ["additionalProperties", "properties", "required", "type"];
            self.note_siblings(map, "allOf", &read, beside);
        } else {
            self.note_siblings(map, "allOf", &["type"], beside);
        }
        // Null is allowed only where all of them allow it.
        let nullable = !shaping.is_empty()
            && bodies
                .iter()
                .take(shaping.len())
                .all(|(_, body)| body.nullable);
        let mut merged = Map::new();
        let mut source_map = SourceMap::default();
        let mut properties: Map<String, Value> = Map::new();
        let mut required = Vec::new();
        let mut order: Vec<Value> = Vec::new();
        for (place, body) in bodies {
            let written = body.source_map;
            let body = body.schema;
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
                    ("properties", Value::Object(more)) => {
                        for (name, property) in more {
                            if let Some(other) = properties.get(&name)
                                && !same_shape(other, &property)
                            {
                                self.note(
                                    NoteKind::Warned,
                                    &place.key("properties").key(&name),
                                    "another branch of the allOf says something else about this property; this one counts",
                                );
                            }
                            let step = Pointer::root().key("properties").key(&name);
                            source_map.take(&step, &written, &place);
                            properties.insert(name, property);
                        }
                    }
                    ("required", Value::Array(more)) => required.extend(more),
                    ("x-fal-order-properties", Value::Array(more)) => order.extend(more),
                    (_, value) => {
                        let step = Pointer::root().key(&keyword);
                        source_map.take(&step, &written, &place);
                        merged.insert(keyword, value);
                    }
                }
            }
        }
        in_order(&mut order, &mut required);
        if !properties.is_empty() {
            merged.insert("properties".into(), Value::Object(properties));
            merged.insert("x-fal-order-properties".into(), Value::Array(order));
        }
        if !required.is_empty() {
            merged.insert("required".into(), Value::Array(required));
        }
        let mut normal = Normal::of(Value::Object(merged));
        normal.nullable = nullable;
        normal.source_map = source_map;
        self.words(branches, at, &mut normal)?;
        Ok(normal)
    }

    /// The words of the branches that hold nothing else.
    fn words(
        &mut self,
        branches: &'a [Value],
        at: &Pointer,
        normal: &mut Normal,
    ) -> Result<(), Error> {
        let shaping = shaping(branches);
        for (index, branch) in branches.iter().enumerate() {
            if let Value::Object(map) = branch
                && !shaping.iter().any(|(other, _)| *other == index)
            {
                let annotations = self.annotations(map, &at.index(index))?;
                normal.schema.extend(annotations);
            }
        }
        Ok(())
    }

    /// A branch of `allOf` with its reference followed, and the place that leads to.
    fn body(&mut self, branch: &'a Value, at: Pointer) -> Result<(Pointer, Normal), Error> {
        let resolved = self.resolved(branch, at)?;
        let normal = self.schema(resolved.body, &resolved.at)?;
        Ok((resolved.at, normal))
    }

    /// Takes the bounds that stand beside a single form into that form, and says which keywords it has taken.
    pub(super) fn merge_bounds(
        &mut self,
        map: &Map<String, Value>,
        normal: &mut Normal,
        at: &Pointer,
    ) -> Result<Vec<&'static str>, Error> {
        let Some(name) = normal.schema.get("type").and_then(Value::as_str) else {
            return Ok(Vec::new());
        };
        if map.get("type").is_none_or(|ty| ty == name) && normal.schema.contains_key("enum") {
            return Ok(vec!["type"]);
        }
        let name = name.to_owned();
        let groups: &[&[&'static str]] = match name.as_str() {
            "string" => &[&["format"], &["maxLength"], &["minLength"], &["pattern"]],
            "integer" | "number" => &[
                &["minimum", "exclusiveMinimum"],
                &["maximum", "exclusiveMaximum"],
                &["multipleOf"],
            ],
            "array" => &[&["minItems"], &["maxItems"], &["uniqueItems"]],
            _ => &[],
        };
        let mut beside = Map::new();
        for keyword in groups.iter().copied().flatten() {
            if let Some(value) = map.get(*keyword) {
                beside.insert((*keyword).to_owned(), value.clone());
            }
        }
        let mut bounds = Map::new();
        if name == "array" {
            self.copy_counts(["minItems", "maxItems"], &beside, at, &mut bounds)?;
            if beside.get("uniqueItems") == Some(&Value::Bool(true)) {
                bounds.insert("uniqueItems".into(), Value::Bool(true));
            }
        } else if !beside.is_empty() {
            bounds = self.scalar(&name, &beside, at)?.schema;
        }
        let mut taken = Vec::new();
        if map.get("type").is_some_and(|ty| *ty == *name) {
            taken.push("type");
        }
        for group in groups {
            let of = |schema: &Map<String, Value>| -> Vec<Option<Value>> {
                group
                    .iter()
                    .map(|keyword| schema.get(*keyword).cloned())
                    .collect()
            };
            let (inside, outside) = (of(&normal.schema), of(&bounds));
            let free = inside.iter().all(Option::is_none);
            if free {
                for (keyword, value) in group.iter().zip(outside.iter().cloned()) {
                    if let Some(value) = value {
                        normal.schema.insert((*keyword).to_owned(), value);
                    }
                }
            }
            if free || inside == outside {
                taken.extend_from_slice(group);
            }
        }
        Ok(taken)
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
                    let found = Value::Number(crate::normalize::numbers::canonical(found));
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
                    crate::error::shortened(declared).escape_debug()
                ),
            );
        }
    }
}

/// Names each property once in the order, and sorts those that are required by it.
fn in_order(order: &mut Vec<Value>, required: &mut Vec<Value>) {
    let mut source_map = BTreeMap::new();
    order.retain(|name| {
        let next = source_map.len();
        let name = name.as_str().unwrap_or_default().to_owned();
        let mut is_new = false;
        source_map.entry(name).or_insert_with(|| {
            is_new = true;
            next
        });
        is_new
    });
    required.sort_by_cached_key(|name: &Value| {
        name.as_str().and_then(|name| source_map.get(name)).copied()
    });
    required.dedup();
}

/// Whether two normal forms allow the same, whatever they say about it.
fn same_shape(left: &Value, right: &Value) -> bool {
    let bare = |value: &Value| {
        let mut value = value.clone();
        if let Value::Object(map) = &mut value {
            map.retain(|keyword, _| {
                keyword == "nullable" || crate::normalize::keywords::shapes(keyword)
            });
        }
        value
    };
    bare(left) == bare(right)
}
