//! Every example and default of a document, each inside the smallest input or output that can hold it.

use serde_json::{Value, json};

use crate::commands::conformance::sample::Schemas;

/// What a value is that no document brings: the smallest one of a schema.
pub(super) const SMALLEST: &str = "smallest value";

/// A value to try.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Probe {
    /// Whether it stands in the input or in the output.
    pub(super) sent: bool,
    /// Where the schema stands that brings it, as a JSON pointer into the document.
    pub(super) pointer: String,
    /// `default` or `example`.
    pub(super) what: &'static str,
    /// The value itself.
    pub(super) value: Value,
    /// The whole input or output with the value in it.
    pub(super) whole: Value,
}

/// Finds the values of an endpoint's document. A null means the same as nothing at all, so there is nothing to try.
pub(super) fn probes(id: &str, document: &Value) -> Vec<Probe> {
    let body = [
        "paths",
        &format!("/{id}"),
        "post",
        "requestBody",
        "content",
        "application/json",
        "schema",
    ]
    .map(str::to_owned);
    let result = [
        "paths",
        &format!("/{id}/requests/{{request_id}}"),
        "get",
        "responses",
        "200",
        "content",
        "application/json",
        "schema",
    ]
    .map(str::to_owned);
    let mut all = Vec::new();
    for (sent, path) in [(true, body.as_slice()), (false, result.as_slice())] {
        let pointer: String = path.iter().map(|key| step(key)).collect();
        if let Some(schema) = document.pointer(&pointer) {
            let mut walk = Walk {
                schemas: Schemas(document),
                sent,
                seen: Vec::new(),
            };
            all.extend(walk.values(schema, &pointer));
            // What stands for every place is tried there too, were it the only value of the document.
            let smallest = walk.schemas.sample(schema, 0);
            all.push(Probe {
                sent,
                pointer,
                what: SMALLEST,
                value: smallest.clone(),
                whole: smallest,
            });
        }
    }
    all.retain(|probe| !probe.value.is_null());
    all
}

fn step(key: &str) -> String {
    format!("/{}", key.replace('~', "~0").replace('/', "~1"))
}

struct Walk<'a> {
    schemas: Schemas<'a>,
    sent: bool,
    /// The references that were followed; a component brings the same values wherever it is used.
    seen: Vec<&'a str>,
}

impl<'a> Walk<'a> {
    /// The values that a schema brings, each inside a value of that schema.
    fn values(&mut self, schema: &'a Value, at: &str) -> Vec<Probe> {
        let mut found = Vec::new();
        if let Some(default) = schema.get("default") {
            found.push(self.probe(at, "default", default));
        }
        for example in schema
            .get("examples")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            found.push(self.probe(at, "example", example));
        }
        found.extend(
            schema
                .get("example")
                .map(|example| self.probe(at, "example", example)),
        );
        if let Some((reference, target)) = self.schemas.referred(schema) {
            if let Some(target) = target
                && !self.seen.contains(&reference)
            {
                self.seen.push(reference);
                found.extend(self.values(target, reference.trim_start_matches('#')));
            }
            return found;
        }
        for keyword in ["anyOf", "oneOf", "allOf"] {
            for (index, branch) in list(schema, keyword) {
                let inner = self.values(branch, &format!("{at}/{keyword}/{index}"));
                found.extend(inner.into_iter().map(|probe| match (keyword, probe.whole) {
                    // A part of a join is no value of the whole, so what the other parts ask for joins it.
                    ("allOf", Value::Object(part)) => {
                        let mut whole = self.schemas.sample(schema, 0);
                        if let Value::Object(whole) = &mut whole {
                            whole.extend(part);
                        }
                        Probe { whole, ..probe }
                    }
                    (_, whole) => Probe { whole, ..probe },
                }));
            }
        }
        let properties = schema.get("properties").and_then(Value::as_object);
        for (name, property) in properties.into_iter().flatten() {
            let inner = self.values(property, &format!("{at}/properties{}", step(name)));
            if inner.is_empty() {
                continue;
            }
            let around = self.schemas.sample(schema, 0);
            found.extend(inner.into_iter().map(|probe| {
                let mut whole = around.clone();
                if let Value::Object(whole) = &mut whole {
                    whole.insert(name.clone(), probe.whole);
                }
                Probe { whole, ..probe }
            }));
        }
        if let Some(items) = schema.get("items") {
            let inner = self.values(items, &format!("{at}/items"));
            found.extend(inner.into_iter().map(|probe| Probe {
                whole: json!([probe.whole]),
                ..probe
            }));
        }
        for (index, place) in list(schema, "prefixItems") {
            let inner = self.values(place, &format!("{at}/prefixItems/{index}"));
            let around = self.schemas.sample(schema, 0);
            found.extend(inner.into_iter().map(|probe| {
                let mut whole = around.clone();
                whole[index] = probe.whole;
                Probe { whole, ..probe }
            }));
        }
        if let Some(value) = schema.get("additionalProperties") {
            let inner = self.values(value, &format!("{at}/additionalProperties"));
            found.extend(inner.into_iter().map(|probe| {
                let mut whole = self.schemas.sample(schema, 0);
                whole["any name"] = probe.whole;
                Probe { whole, ..probe }
            }));
        }
        found
    }

    fn probe(&self, at: &str, what: &'static str, value: &Value) -> Probe {
        Probe {
            sent: self.sent,
            pointer: at.to_owned(),
            what,
            value: value.clone(),
            whole: value.clone(),
        }
    }
}

fn list<'a>(schema: &'a Value, keyword: &str) -> impl Iterator<Item = (usize, &'a Value)> {
    schema
        .get(keyword)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .enumerate()
}

/// Whether a value came back as it was sent. What is null may be left out, and a whole number may have a fraction.
pub(super) fn same(sent: &Value, back: &Value) -> bool {
    match (sent, back) {
        (Value::Object(sent), Value::Object(back)) => {
            let kept = sent.iter().all(|(key, value)| match back.get(key) {
                Some(back) => same(value, back),
                None => value.is_null(),
            });
            kept && back.keys().all(|key| sent.contains_key(key))
        }
        (Value::Array(sent), Value::Array(back)) => {
            sent.len() == back.len() && sent.iter().zip(back).all(|(sent, back)| same(sent, back))
        }
        (Value::Number(one), Value::Number(other)) => {
            one == other || (!(one.is_i64() && other.is_i64()) && one.as_f64() == other.as_f64())
        }
        _ => sent == back,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_every_value_inside_what_it_needs_around_it() {
        let document = json!({
            "paths": { "/a/b": { "post": { "requestBody": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/I" } } } } } } },
            "components": { "schemas": {
                "I": { "type": "object", "required": ["prompt"], "properties": {
                    "prompt": { "type": "string", "examples": ["a", "b"] },
                    "parts": { "anyOf": [{ "type": "array", "items": { "$ref": "#/components/schemas/P" } }, { "type": "null" }], "default": null },
                } },
                "P": { "type": "object", "required": ["x"], "properties": { "x": { "type": "integer" }, "y": { "type": "integer", "default": 4 } } },
            } },
        });
        let wholes: Vec<Value> = probes("a/b", &document)
            .into_iter()
            .map(|probe| probe.whole)
            .collect();
        assert_eq!(
            wholes,
            [
                json!({ "prompt": "a" }),
                json!({ "prompt": "b" }),
                json!({ "prompt": "text", "parts": [{ "x": 1, "y": 4 }] }),
                json!({ "prompt": "text" }),
            ]
        );
    }

    #[test]
    fn what_is_lost_changed_or_new_is_not_the_same() {
        let sent = json!({ "a": 1, "b": null, "c": [0.5] });
        assert!(same(&sent, &json!({ "a": 1.0, "c": [0.5] })));
        for back in [
            json!({ "a": 1, "c": [] }),
            json!({ "a": 2, "c": [0.5] }),
            json!({ "a": 1, "c": [0.5], "d": null }),
            json!({ "a": "1", "c": [0.5] }),
        ] {
            assert!(!same(&sent, &back), "{back}");
        }
    }
}
