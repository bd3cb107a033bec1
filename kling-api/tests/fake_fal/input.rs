//! Inputs are checked against the endpoint's document.

use kling_api::testing::{FakeFal, StartError, Validation};
use reqwest::Method;
use serde_json::{Value, json};

use crate::fake_fal::support::{
    Answer, ENDPOINT, document, get, good_input, job_path, request, start, status,
};

async fn post(fake: &FakeFal, input: &Value) -> Answer {
    let path = format!("/{ENDPOINT}");
    Answer::read(
        request(fake, Method::POST, &path)
            .json(input)
            .send()
            .await
            .unwrap(),
    )
    .await
}

#[tokio::test]
async fn a_broken_bound_is_422_in_fals_shape() {
    let fake = start().await;
    let answer = post(
        &fake,
        &json!({"prompt": "x", "image_url": "y", "cfg_scale": 1.5, "duration": "7"}),
    )
    .await;
    assert_eq!(answer.code, 422);
    assert_eq!(
        answer.body,
        json!({"detail": [
            {
                "loc": ["body", "duration"],
                "msg": "Input should be '5' or '10'",
                "type": "literal_error",
                "ctx": {"expected": "'5' or '10'"},
                "input": "7",
                "url": "https://docs.fal.ai/errors/#literal_error",
            },
            {
                "loc": ["body", "cfg_scale"],
                "msg": "Input should be less than or equal to 1",
                "type": "less_than_equal",
                "ctx": {"le": 1},
                "input": 1.5,
                "url": "https://docs.fal.ai/errors/#less_than_equal",
            },
        ]})
    );
    assert_eq!(fake.submits(), 0);
    assert!(!fake.requests()[0].took_effect);
}

#[tokio::test]
async fn missing_fields_and_unreadable_bodies_are_422() {
    let fake = start().await;
    let answer = post(&fake, &json!({})).await;
    let types: Vec<&Value> = answer.body["detail"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| &item["loc"][1])
        .collect();
    assert_eq!(answer.code, 422);
    assert_eq!(types, ["prompt", "image_url"]);
    for (body, error, loc) in [
        ("", "missing", json!(["body"])),
        ("{\"prompt\":", "json_invalid", json!(["body", 10])),
    ] {
        let request = request(&fake, Method::POST, &format!("/{ENDPOINT}")).body(body);
        let answer = Answer::read(request.send().await.unwrap()).await;
        assert_eq!(
            (answer.code, &answer.body["detail"][0]["type"]),
            (422, &json!(error))
        );
        assert_eq!(answer.body["detail"][0]["loc"], loc);
    }
    assert_eq!(fake.submits(), 0);
}

#[tokio::test]
async fn unknown_fields_are_ignored() {
    let fake = start().await;
    let mut input = good_input();
    input["of_tomorrow"] = json!(1);
    assert_eq!(post(&fake, &input).await.code, 200);
}

#[tokio::test]
async fn the_422_may_come_as_the_result() {
    let builder = FakeFal::builder()
        .document(ENDPOINT, document())
        .validation(Validation::InJob);
    let fake = builder.start().await.unwrap();
    let answer = post(&fake, &json!({"prompt": "x"})).await;
    assert_eq!(answer.code, 200);
    let id = answer.body["request_id"].as_str().unwrap();
    while status(&fake, id).await.code == 202 {}
    assert_eq!(
        status(&fake, id).await.body["error"],
        "Invalid status code: 422"
    );
    let result = get(&fake, &job_path(id, "")).await;
    assert_eq!(
        (result.code, &result.body["detail"][0]["type"]),
        (422, &json!("missing"))
    );
    assert_eq!(post(&fake, &good_input()).await.code, 200);
}

#[tokio::test]
async fn checking_can_be_turned_off() {
    let builder = FakeFal::builder()
        .document(ENDPOINT, document())
        .validation(Validation::Off);
    let fake = builder.start().await.unwrap();
    assert_eq!(post(&fake, &json!({"anything": "goes"})).await.code, 200);
    assert_eq!(fake.submits(), 1);
}

#[tokio::test]
async fn a_document_that_cannot_be_served_is_named() {
    let mut no_pattern = document();
    no_pattern["components"]["schemas"]["FilmInput"]["properties"]["prompt"]["pattern"] =
        json!("(");
    for (document, part) in [(json!({}), "no POST path"), (no_pattern, "prompt")] {
        let error = FakeFal::builder()
            .document(ENDPOINT, document)
            .start()
            .await
            .unwrap_err();
        assert!(matches!(error, StartError::Document(_)));
        let text = error.to_string();
        assert!(text.contains(ENDPOINT) && text.contains(part), "{text}");
    }
}

#[tokio::test]
async fn a_document_as_fal_publishes_it_is_served_too() {
    let mut document = document();
    let schemas = &mut document["components"]["schemas"];
    schemas["FilmInput"]["properties"]["cfg_scale"] = json!({"anyOf": [{"type": "number", "exclusiveMinimum": 0}, {"type": "null"}], "examples": [0.5]});
    schemas["FilmOutput"]["properties"]["video"] = json!({"$ref": "#/components/schemas/File", "examples": [{"url": "https://media.example/raw.mp4"}]});
    let fake = FakeFal::builder()
        .document(ENDPOINT, document)
        .start()
        .await
        .unwrap();
    let mut input = good_input();
    input["cfg_scale"] = json!(0);
    assert_eq!(
        post(&fake, &input).await.body["detail"][0]["type"],
        "greater_than"
    );
    input["cfg_scale"] = Value::Null;
    let answer = post(&fake, &input).await;
    let id = answer.body["request_id"].as_str().unwrap();
    fake.job(id).complete();
    let result = get(&fake, &job_path(id, "")).await;
    assert_eq!(
        result.body,
        json!({"video": {"url": format!("{}/files/output.mp4", fake.url())}})
    );
}
