//! What the report says of an endpoint does not depend on the endpoints beside it, as far as published crates go.

use std::collections::BTreeMap;

use kling_codegen::diff::{Report, Rule, Side, Wire};
use kling_codegen::ir::Api;
use kling_codegen::{Document, Settings, read};
use kling_tests::documents;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

const IDS: [&str; 3] = ["acme/one", "acme/two", "acme/three"];

/// A property of a record: its schema, and whether it must be there.
fn property() -> impl Strategy<Value = Option<(Value, bool)>> {
    let ty = prop_oneof![
        Just(json!({ "type": "string" })),
        Just(json!({ "type": "string", "maxLength": 5 })),
        Just(json!({ "type": "integer" })),
        Just(json!({ "type": "integer", "maximum": 9, "default": 3 })),
        Just(json!({ "type": "number", "nullable": true })),
        Just(json!({ "type": "string", "enum": ["a", "b"] })),
        Just(json!({ "type": "string", "enum": ["a", "c"] })),
        Just(json!({ "type": "array", "items": { "type": "integer" } })),
        Just(json!({ "$ref": "#/components/schemas/Inner" })),
    ];
    prop::option::weighted(0.8, (ty, any::<bool>()))
}

fn record() -> impl Strategy<Value = Value> {
    prop::collection::vec(property(), 3).prop_map(|properties| {
        let mut all = Map::new();
        let mut required = Vec::new();
        for (name, property) in ["x", "y", "z"].into_iter().zip(properties) {
            if let Some((schema, is_required)) = property {
                all.insert(name.to_owned(), schema);
                required.extend(is_required.then_some(name));
            }
        }
        json!({ "type": "object", "properties": all, "required": required })
    })
}

/// An endpoint that sends `Mask`, returns `Clip`, and may send `Clip` too; both may hold `Inner`.
fn endpoint() -> impl Strategy<Value = Value> {
    (record(), record(), any::<bool>(), any::<bool>(), any::<bool>()).prop_map(
        |(mask, clip, sends_clip, needs_width, in_union)| {
            let reference = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
            let mut input = json!({ "type": "object", "properties": { "mask": reference("Mask") }, "required": ["mask"] });
            if sends_clip {
                input["properties"]["clip"] = reference("Clip");
            }
            let clip_place = if in_union {
                json!({ "anyOf": [reference("Clip"), { "type": "boolean" }] })
            } else {
                reference("Clip")
            };
            let width = json!({ "type": "object", "properties": { "width": { "type": "integer" } },
                "required": if needs_width { json!(["width"]) } else { json!([]) } });
            json!({
                "Input": input,
                "Output": { "type": "object", "properties": { "clip": clip_place }, "required": ["clip"] },
                "Mask": mask, "Clip": clip, "Inner": width,
            })
        },
    )
}

/// Two states of three endpoints. Each endpoint stays as it is, or changes.
fn states() -> impl Strategy<Value = [Vec<Document>; 2]> {
    let one = (endpoint(), prop::option::of(endpoint()));
    prop::collection::vec(one, 3).prop_map(|endpoints| {
        let mut states = [Map::new(), Map::new()];
        for (id, (before, after)) in IDS.into_iter().zip(endpoints) {
            states[1].insert(id.to_owned(), after.unwrap_or_else(|| before.clone()));
            states[0].insert(id.to_owned(), before);
        }
        states.map(|state| documents(&Value::Object(state).to_string()).0)
    })
}

fn api(documents: &[Document]) -> Api {
    read(documents, &Settings::default()).unwrap()
}

/// The rules and verdicts of an endpoint's side by the path, as far as they are about the wire.
fn verdicts(report: &Report, id: &str, side: Side) -> BTreeMap<String, Vec<(Rule, Wire)>> {
    let mut found: BTreeMap<String, Vec<(Rule, Wire)>> = BTreeMap::new();
    for change in &report.changes {
        // What another document does to a Rust type is no matter of the wire.
        let rust_only = matches!(
            change.rule,
            Rule::SharedTypeChanged
                | Rule::RecordLeftShared
                | Rule::RecordBecameShared
                | Rule::TypeRenamed
                | Rule::FieldRenamed
                | Rule::VariantRenamed
        );
        for place in change.places.iter().filter(|_| !rust_only) {
            if place.endpoint.as_str() == id && place.side == Some(side) {
                let verdict = (change.rule, change.verdict.wire);
                found.entry(place.path.clone()).or_default().push(verdict);
            }
        }
    }
    for verdicts in found.values_mut() {
        verdicts.sort();
    }
    found
}

fn worst(verdicts: Option<&Vec<(Rule, Wire)>>) -> Wire {
    let wires = verdicts.into_iter().flatten().map(|(_, wire)| *wire);
    wires.max().unwrap_or(Wire::Ok)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_endpoint_is_judged_alone_as_among_others([before, after] in states()) {
        let (old, new) = (api(&before), api(&after));
        let among_others = kling_codegen::diff(&old, &new);
        for (before, after) in before.iter().zip(&after) {
            let id = before.id.as_str();
            let old_alone = api(std::slice::from_ref(before));
            let alone = kling_codegen::diff(&old_alone, &api(std::slice::from_ref(after)));
            prop_assert_eq!(
                verdicts(&among_others, id, Side::Input),
                verdicts(&alone, id, Side::Input)
            );
            let (among, alone) = (
                verdicts(&among_others, id, Side::Output),
                verdicts(&alone, id, Side::Output),
            );
            let is_merged = old.shared.iter().any(|(name, shared)| {
                old_alone.shared.get(name).is_some_and(|alone| alone.kind != shared.kind)
            });
            for path in among.keys().chain(alone.keys()) {
                let (here, there) = (worst(among.get(path)), worst(alone.get(path)));
                if here < there {
                    prop_assert!(is_merged, "{id} {path}: {here} among others, {there} alone");
                }
                // A new field can be worse: published crates have a field of that name by another document, and
                // expect another type there.
                let is_new = alone.get(path).is_some_and(|all| all.iter().any(|(rule, _)| *rule == Rule::OutputAdded));
                prop_assert!(
                    here <= there || is_new && is_merged,
                    "{id} {path}: {here} among others, {there} alone"
                );
            }
            if before == after {
                prop_assert!(among.is_empty(), "{id} did not change: {among:?}");
            }
        }
    }
}
