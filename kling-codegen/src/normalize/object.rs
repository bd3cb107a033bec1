//! Objects and lists in normal form.

use serde_json::{Map, Value, json};

use crate::error::Error;
use crate::ir::note::NoteKind;
use crate::limits;
use crate::normalize::normal::Normal;
use crate::normalize::schema::Normalizer;
use crate::normalize::source_map::SourceMap;
use crate::pointer::Pointer;

impl<'a> Normalizer<'a> {
    /// An object with known properties, a map, or a free object.
    pub(super) fn object(
        &mut self,
        map: &'a Map<String, Value>,
        at: &Pointer,
    ) -> Result<Normal, Error> {
        let mut schema = Map::new();
        let mut source_map = SourceMap::default();
        schema.insert("type".into(), Value::from("object"));
        let properties = match map.get("properties") {
            None => None,
            Some(Value::Object(properties)) => Some(properties),
            Some(_) => {
                return Err(self.error(
                    &at.key("properties"),
                    "`properties` is no object",
                    "Correct the document by hand",
                ));
            }
        };
        match map.get("additionalProperties") {
            Some(rest @ Value::Object(keywords)) if !keywords.is_empty() => {
                let mut rest = self.schema(rest, &at.key("additionalProperties"))?;
                source_map.keep(
                    &Pointer::root().key("additionalProperties"),
                    std::mem::take(&mut rest.source_map),
                );
                let rest = match rest.into_value() {
                    // What says nothing of its values has one spelling.
                    Value::Object(nothing) if nothing.is_empty() => Value::Bool(true),
                    rest => rest,
                };
                if rest != Value::Bool(true) || properties.is_none_or(Map::is_empty) {
                    schema.insert("additionalProperties".into(), rest);
                }
            }
            // Unknown properties are let through everywhere, so only where there is no known one do they matter.
            Some(Value::Bool(_) | Value::Object(_)) | None => {
                if properties.is_none_or(Map::is_empty) {
                    let free = map.get("additionalProperties") != Some(&Value::Bool(false));
                    schema.insert("additionalProperties".into(), Value::Bool(free));
                }
            }
            Some(_) => {
                return Err(self.error(
                    &at.key("additionalProperties"),
                    "this is neither a schema nor true or false",
                    "Correct the document by hand",
                ));
            }
        }
        if let Some(properties) = properties
            && !properties.is_empty()
        {
            self.properties(properties, map, at, (&mut schema, &mut source_map))?;
        }
        Ok(Normal {
            source_map,
            ..Normal::of(Value::Object(schema))
        })
    }

    fn properties(
        &mut self,
        properties: &'a Map<String, Value>,
        map: &'a Map<String, Value>,
        at: &Pointer,
        (schema, source_map): (&mut Map<String, Value>, &mut SourceMap),
    ) -> Result<(), Error> {
        // Lists of such a length take too long to search.
        for keyword in ["properties", "required", "x-fal-order-properties"] {
            let length = match map.get(keyword) {
                Some(Value::Object(entries)) => entries.len(),
                Some(Value::Array(entries)) => entries.len(),
                _ => 0,
            };
            if length > limits::OBJECT_NAMES {
                return Err(self.error(
                    &at.key(keyword),
                    format!(
                        "the object has more than {} properties",
                        limits::OBJECT_NAMES
                    ),
                    limits::REMEDY,
                ));
            }
            self.spend(length, &at.key(keyword))?;
        }
        let order = self.order(properties, map, at);
        let named: std::collections::BTreeSet<&str> = match map.get("required") {
            None => std::collections::BTreeSet::new(),
            Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
            Some(_) => {
                return Err(self.error(
                    &at.key("required"),
                    "`required` is no list of names",
                    "Correct the document by hand",
                ));
            }
        };
        for name in &named {
            if !properties.contains_key(*name) {
                self.note(
                    NoteKind::Dropped,
                    &at.key("required"),
                    format!(
                        "`{}` is required but is no property",
                        crate::error::shortened(name).escape_debug()
                    ),
                );
            }
        }
        let mut normal = Map::new();
        let mut required = Vec::new();
        for name in &order {
            let Some(body) = properties.get(name) else {
                continue;
            };
            let mut property = self.schema(body, &at.key("properties").key(name))?;
            source_map.keep(
                &Pointer::root().key("properties").key(name),
                std::mem::take(&mut property.source_map),
            );
            let value = if named.contains(name.as_str()) {
                required.push(Value::from(name.as_str()));
                property.into_value()
            } else {
                property.into_optional_value()
            };
            normal.insert(name.clone(), value);
        }
        schema.insert("properties".into(), Value::Object(normal));
        if !required.is_empty() {
            schema.insert("required".into(), Value::Array(required));
        }
        schema.insert("x-fal-order-properties".into(), json!(order));
        Ok(())
    }

    /// fal's order for people; properties that it leaves out follow by name, since the order of keys means nothing.
    fn order(
        &mut self,
        properties: &Map<String, Value>,
        map: &Map<String, Value>,
        at: &Pointer,
    ) -> Vec<String> {
        let mut rest: std::collections::BTreeSet<&str> =
            properties.keys().map(String::as_str).collect();
        let mut order: Vec<String> = Vec::new();
        if let Some(Value::Array(names)) = map.get("x-fal-order-properties") {
            for name in names.iter().filter_map(Value::as_str) {
                if rest.remove(name) {
                    order.push(name.to_owned());
                } else {
                    self.note(
                        NoteKind::Dropped,
                        &at.key("x-fal-order-properties"),
                        format!(
                            "`{}` is no further property",
                            crate::error::shortened(name).escape_debug()
                        ),
                    );
                }
            }
        }
        order.extend(rest.into_iter().map(str::to_owned));
        order
    }

    /// A list, or a tuple where each place has its own schema.
    pub(super) fn array(
        &mut self,
        map: &'a Map<String, Value>,
        at: &Pointer,
    ) -> Result<Normal, Error> {
        let mut schema = Map::new();
        let mut source_map = SourceMap::default();
        schema.insert("type".into(), Value::from("array"));
        let mut items = json!({});
        match tuple_places(map) {
            (Some(Value::Array(bodies)), None | Some(Value::Bool(false))) if !bodies.is_empty() => {
                let mut tuple = Vec::new();
                for (index, body) in bodies.iter().enumerate() {
                    let mut item = self.schema(body, &at.key("prefixItems").index(index))?;
                    source_map.keep(
                        &Pointer::root().key("prefixItems").index(index),
                        std::mem::take(&mut item.source_map),
                    );
                    tuple.push(item.into_value());
                }
                // OpenAPI 3.0 has no tuples: its readers see a list of any of the places.
                items = json!({ "anyOf": tuple });
                schema.insert("x-prefix-items".into(), Value::Bool(true));
            }
            (Some(_), Some(_)) => {
                self.note(NoteKind::Guessed, &at.key("prefixItems"), "places with their own schemas and further items together become a list of any values");
            }
            (_, Some(body)) => {
                let mut item = self.schema(body, &at.key("items"))?;
                source_map.keep(
                    &Pointer::root().key("items"),
                    std::mem::take(&mut item.source_map),
                );
                items = item.into_value();
            }
            (Some(_), None) => self.note(
                NoteKind::Dropped,
                &at.key("prefixItems"),
                "this lists no schemas",
            ),
            (None, None) => self.note(
                NoteKind::Guessed,
                at,
                "the list does not say what it holds, so it holds any values",
            ),
        }
        schema.insert("items".into(), items);
        self.copy_counts(["minItems", "maxItems"], map, at, &mut schema)?;
        if map.get("uniqueItems") == Some(&Value::Bool(true)) {
            schema.insert("uniqueItems".into(), Value::Bool(true));
        }
        Ok(Normal {
            source_map,
            ..Normal::of(Value::Object(schema))
        })
    }
}

/// The places of a tuple and the further items, from the document's spelling or from that of the normal form.
fn tuple_places(map: &Map<String, Value>) -> (Option<&Value>, Option<&Value>) {
    let items = map.get("items");
    if map.get("x-prefix-items") == Some(&Value::Bool(true)) {
        (items.and_then(|items| items.get("anyOf")), None)
    } else {
        (map.get("prefixItems"), items)
    }
}
