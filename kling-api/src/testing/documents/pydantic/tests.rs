use crate::testing::documents::Documents;
use crate::testing::documents::pydantic::*;

/// The errors of an input, as `type loc`, with their context.
fn check(input_schema: &Value, input: &Value) -> Vec<(String, Value)> {
    details_of(input_schema, input)
        .iter()
        .map(|detail| {
            let loc: Vec<String> = detail["loc"]
                .as_array()
                .unwrap()
                .iter()
                .map(|part| part.as_str().map_or(part.to_string(), str::to_owned))
                .collect();
            let error_type = detail["type"].as_str().unwrap();
            (
                format!("{error_type} {}", loc.join(".")),
                detail["ctx"].clone(),
            )
        })
        .collect()
}

fn types(input_schema: &Value, input: &Value) -> Vec<String> {
    let errors = check(input_schema, input).into_iter();
    errors.map(|(error, _)| error).collect()
}

fn details_of(input_schema: &Value, input: &Value) -> Vec<Value> {
    let body = |name: &str| json!({"application/json": {"schema": {"$ref": format!("#/components/schemas/{name}")}}});
    let document = json!({
        "paths": {
            "/a/b": {"post": {"requestBody": {"content": body("In")}}},
            "/a/b/requests/{request_id}": {"get": {"responses": {"200": {"content": body("Out")}}}},
        },
        "components": {"schemas": {
            "In": input_schema,
            "Out": {"type": "object"},
            "Point": {"type": "object", "required": ["x"], "properties": {"x": {"type": "integer", "maximum": 9}}},
        }},
    });
    let documents = Documents::new([("a/b".to_owned(), document)]).unwrap();
    documents.get("a/b").unwrap().check_input(input).unwrap()
}

fn field(schema: &Value) -> Value {
    json!({"type": "object", "properties": {"f": schema}, "required": ["f"]})
}

#[test]
fn an_item_has_fals_fields() {
    let details = details_of(
        &field(&json!({"type": "number", "minimum": 0, "maximum": 1})),
        &json!({"f": 1.5}),
    );
    assert_eq!(
        details,
        [json!({
            "loc": ["body", "f"],
            "msg": details[0]["msg"].as_str().unwrap(),
            "type": "less_than_equal",
            "ctx": {"le": 1},
            "input": 1.5,
            "url": "https://docs.fal.ai/errors/#less_than_equal",
        })]
    );
}

#[test]
#[rustfmt::skip]
fn each_bound_has_its_type_and_context() {
    for (schema, value, error, context) in [
        (json!({"type": "number", "minimum": 0.5}), json!(0), "greater_than_equal", json!({"ge": 0.5})),
        (json!({"type": "number", "maximum": 1}), json!(2), "less_than_equal", json!({"le": 1})),
        (json!({"type": "number", "exclusiveMinimum": 0}), json!(0), "greater_than", json!({"gt": 0})),
        (json!({"type": "number", "minimum": 0, "exclusiveMinimum": true}), json!(0), "greater_than", json!({"gt": 0})),
        (json!({"type": "integer", "maximum": 9, "exclusiveMaximum": true}), json!(9), "less_than", json!({"lt": 9})),
        (json!({"type": "number", "multipleOf": 0.5}), json!(0.7), "multiple_of", json!({"multiple_of": 0.5})),
        (json!({"type": "string", "minLength": 2}), json!("a"), "string_too_short", json!({"min_length": 2})),
        (json!({"type": "string", "maxLength": 2}), json!("abc"), "string_too_long", json!({"max_length": 2})),
        (json!({"type": "array", "minItems": 1}), json!([]), "sequence_too_short", json!({"min_length": 1})),
        (json!({"type": "array", "maxItems": 1}), json!([1, 2]), "sequence_too_long", json!({"max_length": 1})),
        (json!({"type": "string", "enum": ["5", "10"]}), json!("7"), "literal_error", Value::Null),
        (json!({"const": "a"}), json!("b"), "literal_error", Value::Null),
        (json!({"type": "string", "pattern": "^a"}), json!("b"), "string_pattern_mismatch", Value::Null),
        (json!({"type": "array", "uniqueItems": true}), json!([1, 1]), "value_error", Value::Null),
    ] {
        let found = check(&field(&schema), &json!({"f": value}));
        assert_eq!(found, [(format!("{error} body.f"), context)], "{schema}");
    }
}

#[test]
fn lengths_count_characters() {
    let two = field(&json!({"type": "string", "maxLength": 2}));
    assert_eq!(check(&two, &json!({"f": "éé"})), []);
}

#[test]
#[rustfmt::skip]
fn each_wrong_type_has_pydantics_name() {
    for (schema, value, error) in [
        (json!({"type": "string"}), json!(1), "string_type"),
        (json!({"type": "string"}), json!(null), "string_type"),
        (json!({"type": "integer"}), json!("x"), "int_parsing"),
        (json!({"type": "integer"}), json!(1.5), "int_from_float"),
        (json!({"type": "integer"}), json!([]), "int_type"),
        (json!({"type": "integer", "nullable": true}), json!([]), "int_type"),
        (json!({"type": "number"}), json!("x"), "float_parsing"),
        (json!({"type": "number"}), json!({}), "float_type"),
        (json!({"type": "boolean"}), json!("x"), "bool_parsing"),
        (json!({"type": "boolean"}), json!(7), "bool_type"),
        (json!({"type": "array", "items": {}}), json!("x"), "list_type"),
        (json!({"type": "object", "additionalProperties": {}}), json!("x"), "dict_type"),
        (json!({"$ref": "#/components/schemas/Point"}), json!("x"), "model_attributes_type"),
    ] {
        let found = types(&field(&schema), &json!({"f": value}));
        assert_eq!(found, [format!("{error} body.f")], "{schema}");
    }
}

#[test]
fn missing_fields_come_in_fals_order_among_the_others() {
    let schema = json!({
        "type": "object",
        "required": ["zebra", "apple"],
        "properties": {"zebra": {"type": "string"}, "apple": {"type": "string"}, "middle": {"type": "string"}},
        "x-fal-order-properties": ["zebra", "middle", "apple"],
    });
    assert_eq!(
        types(&schema, &json!({"middle": 1})),
        [
            "missing body.zebra",
            "string_type body.middle",
            "missing body.apple"
        ]
    );
}

#[test]
fn errors_inside_lists_and_records_say_where() {
    let points = field(
        &json!({"type": "array", "nullable": true, "items": {"$ref": "#/components/schemas/Point"}}),
    );
    assert_eq!(
        types(&points, &json!({"f": [{"x": 1}, {"x": 10}, {}]})),
        ["less_than_equal body.f.1.x", "missing body.f.2.x"]
    );
    let detail = details_of(&points, &json!({"f": [{}]})).remove(0);
    assert_eq!(detail["loc"], json!(["body", "f", 0, "x"]));
    assert_eq!(detail["input"], json!({}));
}

#[test]
fn null_beside_one_schema_is_no_union() {
    for schema in [
        json!({"allOf": [{"$ref": "#/components/schemas/Point"}], "nullable": true}),
        json!({"anyOf": [{"$ref": "#/components/schemas/Point"}, {"type": "null"}]}),
    ] {
        let found = types(&field(&schema), &json!({"f": {"x": 10}}));
        assert_eq!(found, ["less_than_equal body.f.x"], "{schema}");
        assert_eq!(check(&field(&schema), &json!({"f": null})), []);
    }
}

#[test]
fn a_union_lists_every_alternative_by_name() {
    let schema = field(&json!({"anyOf": [
        {"type": "integer"},
        {"type": "array", "items": {"type": "string"}},
        {"type": "string", "enum": ["a", "b"]},
        {"$ref": "#/components/schemas/Point"},
        {"type": "null"},
    ]}));
    let found = types(&schema, &json!({"f": true}));
    for expected in [
        "int_type body.f.int",
        "list_type body.f.list[str]",
        "literal_error body.f.literal['a','b']",
        "model_attributes_type body.f.Point",
    ] {
        assert!(found.iter().any(|error| error == expected), "{found:?}");
    }
}

#[test]
fn unknown_fields_are_ignored_unless_forbidden() {
    let mut schema = field(&json!({}));
    let input = json!({"f": 0, "unknown": 1});
    assert_eq!(check(&schema, &input), []);
    schema["additionalProperties"] = json!(false);
    assert_eq!(types(&schema, &input), ["extra_forbidden body.unknown"]);
    assert_eq!(details_of(&schema, &input)[0]["input"], 1);
}

#[test]
fn a_body_that_is_no_object() {
    assert_eq!(
        types(&field(&json!({})), &json!([])),
        ["model_attributes_type body"]
    );
}
