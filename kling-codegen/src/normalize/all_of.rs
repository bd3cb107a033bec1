//! Joins in normal form.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::error::Error;
use crate::ir::note::NoteKind;
use crate::normalize::keywords::shapes;
use crate::normalize::normal::Normal;
use crate::normalize::references::shaping;
use crate::normalize::schema::Normalizer;
use crate::normalize::source_map::SourceMap;
use crate::pointer::Pointer;

impl<'a> Normalizer<'a> {
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
        // Null is allowed only where all of them allow it.
        let nullable = !bodies.is_empty() && bodies.iter().all(|(_, body)| body.nullable);
        if siblings {
            bodies.push((beside.clone(), self.object(map, beside)?));
            let read = ["additionalProperties", "properties", "required", "type"];
            self.note_siblings(map, "allOf", &read, beside);
        } else {
            self.note_siblings(map, "allOf", &["type"], beside);
        }
        let mut joined = Joined::default();
        for (place, body) in bodies {
            self.join(&mut joined, &place, body)?;
        }
        let mut normal = joined.into_normal();
        normal.nullable = nullable;
        self.words(branches, at, &mut normal)?;
        Ok(normal)
    }

    /// Takes one object into the one that all of them make.
    fn join(&mut self, joined: &mut Joined, place: &Pointer, body: Normal) -> Result<(), Error> {
        let written = body.source_map;
        let body = body.schema;
        if body.is_empty() {
            return Ok(());
        }
        if body.get("type") != Some(&Value::from("object")) || !body.contains_key("properties") {
            return Err(self.error(
                place,
                "only objects with known properties can be joined by allOf",
                "Correct the document by hand",
            ));
        }
        for (keyword, value) in body {
            match (keyword.as_str(), value) {
                ("properties", Value::Object(more)) => {
                    for (name, property) in more {
                        if let Some(other) = joined.properties.get(&name)
                            && !same_shape(other, &property)
                        {
                            self.note(
                                NoteKind::Warned,
                                &place.key("properties").key(&name),
                                "another branch of the allOf says something else about this property; this one counts",
                            );
                        }
                        let step = Pointer::root().key("properties").key(&name);
                        joined.source_map.take(&step, &written, place);
                        joined.properties.insert(name, property);
                    }
                }
                ("required", Value::Array(more)) => joined.required.extend(more),
                ("x-fal-order-properties", Value::Array(more)) => joined.order.extend(more),
                (_, value) => {
                    let step = Pointer::root().key(&keyword);
                    joined.source_map.take(&step, &written, place);
                    joined.schema.insert(keyword, value);
                }
            }
        }
        Ok(())
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
}

/// The object that several make together.
#[derive(Default)]
struct Joined {
    schema: Map<String, Value>,
    properties: Map<String, Value>,
    required: Vec<Value>,
    order: Vec<Value>,
    source_map: SourceMap,
}

impl Joined {
    fn into_normal(mut self) -> Normal {
        in_order(&mut self.order, &mut self.required);
        let lists = [
            ("x-fal-order-properties", self.order),
            ("required", self.required),
        ];
        if !self.properties.is_empty() {
            self.schema
                .insert("properties".into(), Value::Object(self.properties));
        }
        for (keyword, list) in lists {
            if !list.is_empty() {
                self.schema.insert(keyword.into(), Value::Array(list));
            }
        }
        Normal {
            source_map: self.source_map,
            ..Normal::of(Value::Object(self.schema))
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
            map.retain(|keyword, _| keyword == "nullable" || shapes(keyword));
        }
        value
    };
    bare(left) == bare(right)
}
