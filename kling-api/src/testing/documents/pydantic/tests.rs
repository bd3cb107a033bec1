use crate::testing::documents::Documents;
use crate::testing::documents::pydantic::*;

/// What an input is answered with, as `type loc` and the context.
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
            (
                format!("{} {}", detail["type"].as_str().unwrap(), loc.join(".")),
                detail["ctx"].clone(),
            )
        })
        .collect()
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
fn the_whole_item_is_fals() {
    let details = details_of(
        &field(&json!({"type": "number", "minimum": 0, "maximum": 1})),
        &json!({"f": 1.5}),
    );
    assert_eq!(
        details,
        [json!({
            "loc": ["body", "f"],
            "msg": "Input should be less than or equal to 1",
            "type": "less_than_equal",
            "ctx": {"le": 1},
            "input": 1.5,
            "url": "https://docs.fal.ai/errors/#less_than_equal",
        })]
    );
}

#[test]
fn each_bound_of_a_number_has_its_type_and_context() {
    assert_each([
        (
            json!({"type": "number", "minimum": 0.5}),
            json!(0),
            "greater_than_equal",
            json!({"ge": 0.5}),
        ),
        (
            json!({"type": "number", "maximum": 1}),
            json!(2),
            "less_than_equal",
            json!({"le": 1}),
        ),
        (
            json!({"type": "number", "exclusiveMinimum": 0}),
            json!(0),
            "greater_than",
            json!({"gt": 0}),
        ),
        (
            json!({"type": "number", "minimum": 0, "exclusiveMinimum": true}),
            json!(0),
            "greater_than",
            json!({"gt": 0}),
        ),
        (
            json!({"type": "integer", "maximum": 9, "exclusiveMaximum": true}),
            json!(9),
            "less_than",
            json!({"lt": 9}),
        ),
        (
            json!({"type": "integer", "multipleOf": 8}),
            json!(7),
            "multiple_of",
            json!({"multiple_of": 8}),
        ),
        (
            json!({"type": "number", "multipleOf": 0.5}),
            json!(0.7),
            "multiple_of",
            json!({"multiple_of": 0.5}),
        ),
    ]);
}

#[test]
fn each_limit_of_text_lists_and_choices_has_its_type_and_context() {
    assert_each([
        (
            json!({"type": "string", "minLength": 2}),
            json!("a"),
            "string_too_short",
            json!({"min_length": 2}),
        ),
        (
            json!({"type": "string", "maxLength": 2}),
            json!("abc"),
            "string_too_long",
            json!({"max_length": 2}),
        ),
        (
            json!({"type": "array", "minItems": 1}),
            json!([]),
            "sequence_too_short",
            json!({"min_length": 1}),
        ),
        (
            json!({"type": "array", "maxItems": 1}),
            json!([1, 2]),
            "sequence_too_long",
            json!({"max_length": 1}),
        ),
        (
            json!({"type": "string", "enum": ["5", "10", "15"]}),
            json!("7"),
            "literal_error",
            json!({"expected": "'5', '10' or '15'"}),
        ),
        (
            json!({"type": "integer", "enum": [5]}),
            json!(7),
            "literal_error",
            json!({"expected": "5"}),
        ),
        (
            json!({"const": "a"}),
            json!("b"),
            "literal_error",
            json!({"expected": "'a'"}),
        ),
        (
            json!({"type": "string", "pattern": "^a"}),
            json!("b"),
            "string_pattern_mismatch",
            json!({"pattern": "^a"}),
        ),
        (
            json!({"type": "array", "uniqueItems": true}),
            json!([1, 1]),
            "value_error",
            Value::Null,
        ),
    ]);
}

/// Schema, a value that breaks it, and the type and context of the error.
fn assert_each<const N: usize>(cases: [(Value, Value, &str, Value); N]) {
    for (schema, value, error, context) in cases {
        let found = check(&field(&schema), &json!({"f": value}));
        assert_eq!(found, [(format!("{error} body.f"), context)], "{schema}");
    }
}

#[test]
fn lengths_count_characters() {
    assert_eq!(
        check(
            &field(&json!({"type": "string", "maxLength": 2})),
            &json!({"f": "éé"})
        ),
        []
    );
}

#[test]
fn each_wrong_type_has_pydantics_name() {
    for (schema, value, error) in [
        (json!({"type": "string"}), json!(1), "string_type"),
        (json!({"type": "string"}), json!(null), "string_type"),
        (json!({"type": "integer"}), json!("x"), "int_parsing"),
        (json!({"type": "integer"}), json!(1.5), "int_from_float"),
        (json!({"type": "integer"}), json!([]), "int_type"),
        (
            json!({"type": "integer", "nullable": true}),
            json!([]),
            "int_type",
        ),
        (json!({"type": "number"}), json!("x"), "float_parsing"),
        (json!({"type": "number"}), json!({}), "float_type"),
        (json!({"type": "boolean"}), json!("x"), "bool_parsing"),
        (json!({"type": "boolean"}), json!(7), "bool_type"),
        (
            json!({"type": "array", "items": {}}),
            json!("x"),
            "list_type",
        ),
        (
            json!({"type": "object", "additionalProperties": {}}),
            json!("x"),
            "dict_type",
        ),
        (
            json!({"$ref": "#/components/schemas/Point"}),
            json!("x"),
            "model_attributes_type",
        ),
    ] {
        let found = check(&field(&schema), &json!({"f": value}));
        assert_eq!(
            found,
            [(format!("{error} body.f"), Value::Null)],
            "{schema}"
        );
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
    let found: Vec<String> = check(&schema, &json!({"middle": 1}))
        .into_iter()
        .map(|(error, _)| error)
        .collect();
    assert_eq!(
        found,
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
    let found = check(&points, &json!({"f": [{"x": 1}, {"x": 10}, {}]}));
    assert_eq!(
        found,
        [
            ("less_than_equal body.f.1.x".to_owned(), json!({"le": 9})),
            ("missing body.f.2.x".to_owned(), Value::Null),
        ]
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
        let found = check(&field(&schema), &json!({"f": {"x": 10}}));
        assert_eq!(
            found,
            [("less_than_equal body.f.x".to_owned(), json!({"le": 9}))],
            "{schema}"
        );
        assert_eq!(check(&field(&schema), &json!({"f": null})), []);
    }
}

#[test]
fn a_union_lists_every_alternative_by_name() {
    let schema = field(&json!({"anyOf": [
        {"type": "integer"},
        {"type": "array", "items": {"type": "string"}},
        {"$ref": "#/components/schemas/Point"},
        {"type": "null"},
    ]}));
    let found: Vec<String> = check(&schema, &json!({"f": true}))
        .into_iter()
        .map(|(error, _)| error)
        .collect();
    assert_eq!(
        found,
        [
            "int_type body.f.int",
            "list_type body.f.list[str]",
            "model_attributes_type body.f.Point",
        ]
    );
}

#[test]
fn unknown_fields_are_ignored_unless_forbidden() {
    assert_eq!(
        check(&field(&json!({})), &json!({"f": 0, "unknown": 1})),
        []
    );
    let mut closed = field(&json!({}));
    closed["additionalProperties"] = json!(false);
    assert_eq!(
        check(&closed, &json!({"f": 0, "unknown": 1})),
        [("extra_forbidden body.unknown".to_owned(), Value::Null)]
    );
}

#[test]
fn a_body_that_is_no_object() {
    assert_eq!(
        check(&field(&json!({})), &json!([])),
        [("model_attributes_type body".to_owned(), Value::Null)]
    );
}
