//! What fal adds renames nothing: for every type of the catalogue, a field, an answer and a component of its name are
//! added, and every place still has the type that it had.

use std::collections::{BTreeMap, BTreeSet};

use kling_codegen::ir::{Api, Definition, DefinitionKind, Endpoint, Origin, Type, TypeName};
use kling_codegen::{Document, Settings, read};
use kling_tests::{catalogue, documents};
use serde_json::{Value, json};

/// The types that an endpoint reaches, by the way that leads there. A shared one is called by its name in `types`.
fn types(api: &Api) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for endpoint in &api.endpoints {
        for root in ["Input", "Output"] {
            let way = format!("{} {root}", endpoint.id);
            walk(
                api,
                endpoint,
                endpoint.definition(root).unwrap(),
                true,
                &way,
                &mut found,
            );
        }
    }
    found
}

fn walk(
    api: &Api,
    endpoint: &Endpoint,
    definition: &Definition,
    own: bool,
    way: &str,
    found: &mut BTreeMap<String, String>,
) {
    if way.matches('.').count() > 5 {
        return;
    }
    let mut step = |ty: &Type, way: String| {
        let mut names = Vec::new();
        ty.visit(&mut |inner| {
            if let Type::Named(name) | Type::Boxed(name) = inner {
                names.push(name.clone());
            }
        });
        for name in names {
            let own = own && endpoint.types.contains_key(&name);
            let (shown, definition) = if own {
                (name.to_string(), &endpoint.types[&name])
            } else {
                let shared = endpoint.shared_name(&name);
                (format!("types::{shared}"), &api.shared[shared])
            };
            found.insert(way.clone(), shown);
            walk(api, endpoint, definition, own, &way, found);
        }
    };
    match &definition.kind {
        DefinitionKind::Record(record) => {
            for field in &record.fields {
                step(&field.ty, format!("{way}.{}", field.wire));
            }
            if let Some(rest) = &record.rest {
                step(&rest.value.ty, format!("{way}.*"));
            }
        }
        DefinitionKind::Union(variants) => {
            for variant in variants {
                step(&variant.ty, format!("{way}.<{}>", variant.ident));
            }
        }
        DefinitionKind::Alias(slot) => step(&slot.ty, way.to_owned()),
        DefinitionKind::StringEnum(_) | DefinitionKind::IntegerEnum(_) => {}
    }
}

fn read_one(id: &str, document: &Value) -> Api {
    let document = Document {
        id: id.to_owned(),
        text: document.to_string(),
    };
    read(&[document], &Settings::default()).unwrap()
}

/// The schema of an endpoint's input or output.
fn root<'a>(document: &'a mut Value, id: &str, side: &str) -> Option<&'a mut Value> {
    let (path, operation) = match side {
        "Input" => (format!("/{id}"), "post/requestBody"),
        _ => (
            format!("/{id}/requests/{{request_id}}"),
            "get/responses/200",
        ),
    };
    let path = path.replace('/', "~1");
    let mut pointer = format!("/paths/{path}/{operation}/content/application~1json/schema");
    while let Some(reference) = document.pointer(&pointer)?.get("$ref") {
        pointer = reference.as_str()?.trim_start_matches('#').to_owned();
    }
    document.pointer_mut(&pointer)
}

/// Adds an optional property at the end, if the object has none of that name.
fn add(document: &mut Value, id: &str, side: &str, name: &str, schema: Value) -> bool {
    let Some(root) = root(document, id, side) else {
        return false;
    };
    let Some(properties) = root.get_mut("properties").and_then(Value::as_object_mut) else {
        return false;
    };
    if properties.contains_key(name) {
        return false;
    }
    properties.insert(name.to_owned(), schema);
    if let Some(Value::Array(order)) = root.get_mut("x-fal-order-properties") {
        order.push(json!(name));
    }
    true
}

fn snake(name: &str) -> String {
    let mut text = String::new();
    for character in name.chars() {
        if character.is_uppercase() && !text.is_empty() {
            text.push('_');
        }
        text.extend(character.to_lowercase());
    }
    text
}

#[track_caller]
fn kept(before: &BTreeMap<String, String>, after: &Api, what: &str) {
    let after = types(after);
    for (way, name) in before {
        assert_eq!(after.get(way), Some(name), "{way} after {what}");
    }
}

#[test]
fn what_is_added_to_a_document_renames_no_type() {
    let mut additions = 0;
    for Document { id, text } in catalogue() {
        let document: Value = serde_json::from_str(&text).unwrap();
        let api = read_one(&id, &document);
        let before = types(&api);
        let names: BTreeSet<(TypeName, (bool, bool))> = api.endpoints[0]
            .types
            .iter()
            .chain(&api.shared)
            // What is written inside a component is named after it, and gives way to a component of that name. A
            // component gives way to a place; where it is shared, it has its name in `types` all the same.
            .map(|(name, ty)| {
                let inside = matches!(ty.origin, Origin::Inside(_));
                let component = ty.origin != Origin::Place;
                let own = api.endpoints[0].types.contains_key(name);
                (name.clone(), (inside, component && own))
            })
            .collect();
        for (name, (inside, gives_way)) in names {
            let field = snake(name.as_str());
            let values = json!({ "type": "string", "enum": ["added"] });
            let record =
                json!({ "type": "object", "properties": { "added": { "type": "string" } } });
            for side in ["Input", "Output"] {
                for schema in [&values, &record].into_iter().filter(|_| !gives_way) {
                    let mut changed = document.clone();
                    if add(&mut changed, &id, side, &field, schema.clone()) {
                        let what = format!("{field} in {side}");
                        kept(&before, &read_one(&id, &changed), &what);
                        additions += 1;
                    }
                }
            }
            // fal's keys differ; only in Rust do they become one name.
            let key = format!("{name}_");
            for schema in [&values, &record] {
                let mut changed = document.clone();
                let reference = json!({ "$ref": format!("#/components/schemas/{key}") });
                // A component of the endpoint's own that has given way to a place has a further name, and gives that way to
                // a component of that name.
                let keeps = !inside && !gives_way;
                if keeps && add(&mut changed, &id, "Input", "zz_added", reference) {
                    changed["components"]["schemas"][&key] = schema.clone();
                    let what = format!("the component {key}");
                    kept(&before, &read_one(&id, &changed), &what);
                    additions += 1;
                }
            }
        }
    }
    assert!(additions > 1000, "{additions}");
}

/// An endpoint that comes with the same names for other things.
#[test]
fn an_endpoint_that_is_added_renames_no_type() {
    let before = catalogue();
    let known = types(&read(&before, &Settings::default()).unwrap());
    let (added, _) = documents(
        r##"{ "zz/added": {
            "Input": { "type": "object", "properties": {
                "file": { "enum": ["a"] }, "image": { "$ref": "#/components/schemas/Image_" },
                "own": { "$ref": "#/components/schemas/File" } } },
            "Image_": { "type": "object", "properties": { "nothing_in_common": { "type": "string" } } },
            "File": { "type": "object", "properties": { "nothing_in_common": { "type": "string" } } } } }"##,
    );
    let mut all = before;
    all.extend(added);
    kept(
        &known,
        &read(&all, &Settings::default()).unwrap(),
        "an endpoint",
    );
}
