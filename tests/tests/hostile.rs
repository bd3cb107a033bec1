//! Documents that are too large to be fixtures, made to exhaust a generator. Each ends with an error that names the
//! place, or with code; the threads of these tests have the small stack that every test has.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Write as _;

use kling_codegen::{Document, Error, Settings, Target, generate};
use kling_tests::documents;
use serde_json::{Map, Value, json};

const ID: &str = "acme/hostile";

/// Generates from components written tersely, as the fixtures are.
fn made(components: &Value) -> Result<String, Error> {
    let (documents, settings) = documents(&json!({ ID: components }).to_string());
    generate(&documents, &settings, Target::Elsewhere)
        .map(|generated| generated.files["endpoints.rs"].clone())
}

#[track_caller]
fn refused(components: &Value, pointer: &str, problem: &str) {
    let error = made(components).unwrap_err();
    assert!(error.pointer().starts_with(pointer), "{error}");
    assert!(error.problem().contains(problem), "{error}");
    assert!(error.to_string().len() < 2_000, "{error}");
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "a test reads better without references"
)]
fn object(properties: Map<String, Value>) -> Value {
    json!({ "type": "object", "properties": properties })
}

#[test]
fn ten_megabytes_of_brackets() {
    for open in ["[", "{\"anyOf\":[", "{\"items\":"] {
        let text = open.repeat(10_000_000 / open.len());
        let document = Document {
            id: ID.to_owned(),
            text,
        };
        let error = generate(&[document], &Settings::default(), Target::Elsewhere).unwrap_err();
        assert_eq!(error.endpoint(), ID);
        assert!(
            error
                .problem()
                .contains("recursion limit exceeded at line 1"),
            "{error}"
        );
    }
}

#[test]
fn schemas_nested_as_deep_as_the_reader_of_json_goes() {
    for keyword in ["items", "additionalProperties"] {
        let mut schema = json!({ "type": "string" });
        for _ in 0..80 {
            schema = if keyword == "items" {
                json!({ "type": "array", "items": schema })
            } else {
                json!({ "type": "object", "additionalProperties": schema })
            };
        }
        refused(
            &json!({ "Input": { "type": "object", "properties": { "deep": schema } } }),
            &format!("/components/schemas/Input/properties/deep/{keyword}"),
            "nested deeper than 64 levels",
        );
    }
}

#[test]
fn a_million_properties() {
    let properties = (0..1_000_000)
        .map(|number| (format!("property_{number}"), json!({ "type": "string" })))
        .collect();
    refused(
        &json!({ "Input": object(properties) }),
        "/components/schemas/Input/properties",
        "more than 4000 properties",
    );
}

#[test]
fn thousands_of_properties_with_one_name() {
    let properties = (0..3_000)
        .map(|number| {
            (
                format!("a{}", " ".repeat(number)),
                json!({ "type": "string" }),
            )
        })
        .collect();
    let code = made(&json!({ "Input": object(properties) })).unwrap();
    assert!(code.contains("pub a_3000: Option<String>"));
}

#[test]
fn a_million_values_in_an_enum() {
    let values: Vec<String> = (0..1_000_000).map(|number| number.to_string()).collect();
    refused(
        &json!({ "Input": { "type": "object", "properties": { "mode": { "enum": values } } } }),
        "/components/schemas/Input/properties/mode/enum",
        "more than 2000 values",
    );
}

#[test]
fn a_million_names_in_the_lists_of_an_object() {
    let names: Vec<String> = (0..1_000_000).map(|number| format!("n{number}")).collect();
    for keyword in ["required", "x-fal-order-properties"] {
        refused(
            &json!({ "Input": { "type": "object", "properties": { "n7": { "type": "string" } }, keyword: names } }),
            &format!("/components/schemas/Input/{keyword}"),
            "more than 4000 properties",
        );
    }
}

/// Each component holds the next one, by a form that needs no name of its own, or by one that does.
#[test]
fn a_chain_of_thousands_of_components() {
    type Link = fn(Value) -> Value;
    let links: [(&str, Link); 5] = [
        (
            "record",
            |next| json!({ "type": "object", "properties": { "next": next } }),
        ),
        ("list", |next| json!({ "type": "array", "items": next })),
        (
            "map",
            |next| json!({ "type": "object", "additionalProperties": next }),
        ),
        (
            "union",
            |next| json!({ "anyOf": [next, { "type": "integer" }, { "type": "boolean" }] }),
        ),
        (
            "join",
            |next| json!({ "allOf": [next], "description": "Another name." }),
        ),
    ];
    for (kind, link) in links {
        let mut components = Map::new();
        for number in 0..900 {
            components.insert(
                format!("C{number}"),
                link(reference(&format!("C{}", number + 1))),
            );
        }
        components.insert("C900".into(), json!({ "type": "string" }));
        components.insert(
            "Input".into(),
            json!({ "type": "object", "properties": { "first": reference("C0") } }),
        );
        let error = made(&Value::Object(components)).unwrap_err();
        assert!(
            error.problem().contains("deeper than 64 levels"),
            "{kind}: {error}"
        );
        assert!(
            error.pointer().starts_with("/components/schemas/C"),
            "{kind}: {error}"
        );
    }
}

/// Thirty components, each of which holds the next one twice: a billion places.
#[test]
fn components_that_multiply() {
    for twice in [
        (|next: Value| json!({ "type": "array", "prefixItems": [next.clone(), next] }))
            as fn(Value) -> Value,
        |next| json!({ "allOf": [next.clone(), next, { "type": "object", "properties": { "a": { "type": "string" } } }] }),
    ] {
        let mut components = Map::new();
        for number in 0..30 {
            components.insert(
                format!("C{number}"),
                twice(reference(&format!("C{}", number + 1))),
            );
        }
        components.insert(
            "C30".into(),
            json!({ "type": "object", "properties": { "b": { "type": "string" } } }),
        );
        components.insert(
            "Input".into(),
            json!({ "type": "object", "properties": { "first": reference("C0") } }),
        );
        let error = made(&Value::Object(components)).unwrap_err();
        assert!(error.problem().contains("more than"), "{error}");
        assert!(
            error.pointer().starts_with("/components/schemas/C"),
            "{error}"
        );
    }
}

#[test]
fn every_component_in_one_circle() {
    let mut components = Map::new();
    for number in 0..50 {
        let all: Map<String, Value> = (0..50)
            .map(|other| (format!("to_{other}"), reference(&format!("C{other}"))))
            .collect();
        components.insert(format!("C{number}"), object(all));
    }
    components.insert(
        "Input".into(),
        json!({ "type": "object", "properties": { "first": reference("C0") } }),
    );
    let code = made(&Value::Object(components)).unwrap();
    assert!(code.contains("pub to_7: Option<Box<C7>>"));
}

/// A value that fits only at the very bottom, below unions whose forms all look alike until there.
#[test]
fn a_default_with_a_billion_readings() {
    let mut value = json!({ "end": 5 });
    for _ in 0..30 {
        value = json!({ "next": value });
    }
    let form = |end: &str| json!({ "type": "object", "properties": { "next": reference("Either"), "end": { "type": end } } });
    let code = made(&json!({
        "Input": { "type": "object", "properties": { "tree": { "allOf": [reference("Either")], "default": value } } },
        "Either": { "anyOf": [reference("One"), reference("Other")] },
        "One": form("string"),
        "Other": form("boolean"),
    }))
    .unwrap();
    assert!(code.contains("pub tree: Option<Either>"));
}

#[test]
fn names_and_words_of_megabytes() {
    let long = "日本語 ".repeat(300_000);
    let properties = Map::from_iter([
        (
            long.clone(),
            json!({ "type": "string", "description": long }),
        ),
        (
            "mode".to_owned(),
            json!({ "enum": [long, "b"], "default": long, "examples": [long] }),
        ),
    ]);
    let code = made(&json!({ "Input": object(properties) })).unwrap();
    let longest = code
        .lines()
        .filter_map(|line| line.trim().strip_prefix("pub "))
        .map(str::len)
        .max()
        .unwrap();
    assert!(longest < 1_000, "a name of {longest} bytes");
}

#[test]
fn an_error_shows_a_long_place_in_short() {
    let mut text = String::new();
    let _ = write!(text, "{}", "x".repeat(1_000_000));
    refused(
        &json!({ "Input": { "type": "object", "properties": { text: { "unheard_of": 1 } } } }),
        "/components/schemas/Input/properties/x",
        "does not know this schema keyword",
    );
}
