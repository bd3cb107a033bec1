use serde_json::{Value, json};

use crate::normalize::*;

/// A document of `acme/app` around an input schema and further components.
fn document(input: Value, components: Value) -> Document {
    let mut schemas = components;
    schemas["AppInput"] = input;
    schemas["AppOutput"] =
        json!({ "type": "object", "properties": { "ok": { "type": "boolean" } } });
    let reference = |name: &str| json!({ "content": { "application/json": { "schema": { "$ref": format!("#/components/schemas/{name}") } } } });
    let text = json!({
        "openapi": "3.0.4",
        "info": { "title": "Queue OpenAPI for acme/app", "version": "1.0.0", "x-fal-metadata": { "endpointId": "acme/app" } },
        "paths": {
            "/acme/app": { "post": { "requestBody": reference("AppInput") } },
            "/acme/app/requests/{request_id}": { "get": { "responses": { "200": reference("AppOutput") } } },
        },
        "components": { "schemas": schemas },
    });
    Document {
        id: "acme/app".into(),
        text: text.to_string(),
    }
}

fn input(schema: Value, components: Value) -> Result<Value, Error> {
    normalize(&document(schema, components))
        .map(|normal| normal.value()["components"]["schemas"]["Input"].clone())
}

/// The normal form of a property `p` of an input, required or not.
fn property(schema: &Value, required: bool) -> Value {
    let required = if required { json!(["p"]) } else { json!([]) };
    let components =
        json!({ "Inner": { "type": "object", "properties": { "x": { "type": "integer" } } } });
    let input = input(
        json!({ "type": "object", "properties": { "p": schema }, "required": required }),
        components,
    );
    input.unwrap()["properties"]["p"].clone()
}

#[track_caller]
fn same(required: bool, spellings: &[Value]) {
    let forms: Vec<Value> = spellings
        .iter()
        .map(|spelling| property(spelling, required))
        .collect();
    for (form, spelling) in forms.iter().zip(spellings) {
        assert_eq!(form, &forms[0], "{spelling}");
    }
}

#[test]
fn an_optional_property_and_one_that_may_be_null_are_the_same() {
    same(
        false,
        &[
            json!({ "type": "string", "maxLength": 5 }),
            json!({ "anyOf": [{ "type": "string", "maxLength": 5 }, { "type": "null" }] }),
            json!({ "type": "string", "maxLength": 5, "nullable": true, "default": null }),
            json!({ "type": ["string", "null"], "maxLength": 5.0, "title": "P" }),
        ],
    );
}

#[test]
fn a_required_property_keeps_its_null() {
    same(
        true,
        &[
            json!({ "anyOf": [{ "type": "null" }, { "type": "integer" }] }),
            json!({ "type": "integer", "nullable": true }),
            json!({ "oneOf": [{ "type": "integer" }, { "type": "null" }] }),
        ],
    );
    assert_ne!(
        property(&json!({ "type": "integer", "nullable": true }), true),
        property(&json!({ "type": "integer" }), true)
    );
}

#[test]
fn references_with_siblings_have_one_spelling() {
    let reference = json!({ "$ref": "#/components/schemas/Inner" });
    same(
        true,
        &[
            json!({ "$ref": "#/components/schemas/Inner", "description": "d" }),
            json!({ "allOf": [reference], "description": "d", "title": "T" }),
            json!({ "anyOf": [reference], "description": "d" }),
        ],
    );
    assert_eq!(property(&json!({ "allOf": [reference] }), true), reference);
}

#[test]
fn const_is_an_enum_of_one() {
    same(
        true,
        &[
            json!({ "const": "a" }),
            json!({ "enum": ["a"] }),
            json!({ "type": "string", "enum": ["a"], "title": "A" }),
        ],
    );
    same(
        true,
        &[
            json!({ "const": 1 }),
            json!({ "enum": [1.0], "type": "integer" }),
        ],
    );
}

#[test]
fn the_order_of_keys_means_nothing() {
    let one = document(
        json!({ "type": "object", "properties": { "a": { "type": "string" }, "b": { "type": "string" } } }),
        json!({}),
    );
    let two = document(
        json!({ "properties": { "b": { "type": "string" }, "a": { "type": "string" } }, "type": "object" }),
        json!({}),
    );
    assert_eq!(
        normalize(&one).unwrap().to_text(),
        normalize(&two).unwrap().to_text()
    );
}

#[test]
fn the_names_of_the_root_components_mean_nothing() {
    let one = document(json!({ "type": "object", "properties": {} }), json!({}));
    let two = Document {
        text: one.text.replace("AppInput", "RenamedInput"),
        ..one.clone()
    };
    let text = |document| normalize(document).unwrap().to_text();
    assert_eq!(text(&one), text(&two));
}

#[test]
fn what_the_endpoint_does_not_reach_is_left_out() {
    let normal = normalize(&document(
        json!({ "type": "object", "properties": {} }),
        json!({ "QueueStatus": { "type": "object" } }),
    ))
    .unwrap();
    let names: Vec<&String> = normal.value()["components"]["schemas"]
        .as_object()
        .unwrap()
        .keys()
        .collect();
    assert_eq!(names, ["Input", "Output"]);
}

#[test]
fn normal_forms_are_their_own_normal_form() {
    let schema = json!({ "type": "object", "properties": {
        "a": { "anyOf": [{ "$ref": "#/components/schemas/Inner" }, { "type": "string", "enum": ["x"] }, { "type": "null" }] },
        "b": { "type": "number", "exclusiveMinimum": 0, "examples": [1], "max_file_size": 5 },
        "c": { "type": "array", "prefixItems": [{ "type": "integer" }, { "type": "string" }] },
        // Found by fuzzing: what says nothing of the values, and a component that only a dropped form names.
        "d": { "type": "object", "additionalProperties": { "anyOf": [] } },
        "e": { "anyOf": [{ "$ref": "#/components/schemas/Gone" }, { "$ref": "#/components/schemas/Lost" }] },
    }, "required": ["a"] });
    let record = json!({ "type": "object", "properties": { "x": { "type": "integer" } } });
    let components = json!({ "Inner": record, "Lost": record });
    let first = normalize(&document(schema, components)).unwrap();
    let schemas = &first.value()["components"]["schemas"];
    assert_eq!(
        schemas["Input"]["properties"]["d"]["additionalProperties"],
        true
    );
    assert_eq!(schemas.get("Lost"), None);
    let again = Document {
        id: "acme/app".into(),
        text: first.to_text(),
    };
    let second = normalize(&again).unwrap();
    assert_eq!(second.value(), first.value());
}

#[test]
fn what_is_no_document_of_the_endpoint_is_refused_with_its_place() {
    let refused = |text: &str| {
        normalize(&Document {
            id: "acme/app".into(),
            text: text.into(),
        })
        .unwrap_err()
    };
    assert!(
        refused("<html>")
            .to_string()
            .contains("this is no JSON document")
    );
    assert_eq!(
        refused("[]").problem(),
        "this is no OpenAPI document but another JSON value"
    );
    assert_eq!(
        refused(r#"{"error":{"code":"expansion_failed","message":"no"}}"#).pointer(),
        "/error"
    );
    assert_eq!(refused(r#"{"openapi":"2.0"}"#).pointer(), "/openapi");
    let other = document(json!({}), json!({})).text.replace(
        "\"endpointId\":\"acme/app\"",
        "\"endpointId\":\"acme/other\"",
    );
    assert_eq!(
        refused(&other).problem(),
        "this is the document of `acme/other`"
    );
    assert_eq!(
        refused(r#"{"openapi":"3.0.4"}"#).pointer(),
        "/paths/~1acme~1app/post"
    );
}

#[test]
fn unknown_keywords_and_wrong_types_are_refused_with_their_place() {
    let refused = |schema: Value| {
        input(
            json!({ "type": "object", "properties": { "p": schema } }),
            json!({}),
        )
        .unwrap_err()
    };
    let error = refused(json!({ "if": {} }));
    assert_eq!(
        error.pointer(),
        "/components/schemas/AppInput/properties/p/if"
    );
    assert_eq!(
        refused(json!({ "type": "text" })).pointer(),
        "/components/schemas/AppInput/properties/p/type"
    );
    assert_eq!(
        refused(json!({ "type": "string", "maxLength": -1 })).pointer(),
        "/components/schemas/AppInput/properties/p/maxLength"
    );
    assert_eq!(refused(json!(7)).problem(), "this is no schema");
}

#[test]
fn a_reference_that_leads_nowhere_leaves_the_type_open() {
    let normal = normalize(&document(
        json!({ "type": "object", "properties": { "p": { "$ref": "#/components/schemas/Gone" } } }),
        json!({}),
    ))
    .unwrap();
    assert_eq!(
        normal.value()["components"]["schemas"]["Input"]["properties"]["p"],
        json!({})
    );
    assert_eq!(
        normal.notes()[0].pointer,
        "/components/schemas/AppInput/properties/p/$ref"
    );
}

#[test]
fn bounds_of_another_type_are_dropped_with_a_note() {
    let normal = normalize(&document(
        json!({ "type": "object", "properties": { "p": { "type": "integer", "maxLength": 5 } } }),
        json!({}),
    ))
    .unwrap();
    assert_eq!(normal.notes().len(), 1);
    assert_eq!(
        normal.notes()[0].pointer,
        "/components/schemas/AppInput/properties/p/maxLength"
    );
}

#[test]
fn schemas_that_only_contain_themselves_end_in_an_error() {
    let components = json!({
        "A": { "allOf": [{ "$ref": "#/components/schemas/A" }, { "$ref": "#/components/schemas/B" }] },
        "B": { "allOf": [{ "$ref": "#/components/schemas/A" }, { "$ref": "#/components/schemas/A" }] },
    });
    let schema = json!({ "type": "object", "properties": { "p": { "allOf": [{ "$ref": "#/components/schemas/A" }, {}] } } });
    let error = input(schema, components).unwrap_err();
    assert!(error.problem().contains("nested deeper"), "{error}");
}

#[test]
fn an_object_that_holds_nothing_stays_one_that_holds_nothing() {
    let closed = json!({ "type": "object", "additionalProperties": false });
    let property = json!({ "type": "object", "additionalProperties": closed });
    let document = document(
        json!({ "type": "object", "properties": { "p": property, "q": { "type": "object" } } }),
        json!({}),
    );
    let normal = normalize(&document).unwrap();
    let schemas = &normal.value()["components"]["schemas"]["Input"]["properties"];
    assert_eq!(schemas["p"]["additionalProperties"], closed);
    assert_eq!(schemas["q"]["additionalProperties"], true);
    let again = normalize(&Document {
        text: normal.to_text(),
        ..document
    });
    assert_eq!(again.unwrap().to_text(), normal.to_text());
}

#[test]
fn a_number_keeps_its_last_digit() {
    let number = 2.988_805_904_502_282e305;
    let schema = property(&json!({ "type": "number", "default": number }), false);
    assert_eq!(schema["default"].as_f64(), Some(number));
}
