//! Inputs are checked against the endpoint's document.

use kling_api::testing::{FakeFal, StartError, Validation};
use reqwest::Method;
use serde_json::{Value, json};

use crate::fake_fal::support::{
    ENDPOINT, JsonResponse, document, get, good_input, job_path, request, start, status,
};

async fn post(fake: &FakeFal, input: &Value) -> JsonResponse {
    let path = format!("/{ENDPOINT}");
    JsonResponse::read(
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
    let response = post(
        &fake,
        &json!({"prompt": "x", "image_url": "y", "cfg_scale": 1.5, "duration": "7"}),
    )
    .await;
    assert_eq!(response.code, 422);
    let details = response.body["detail"].as_array().unwrap();
    let found: Vec<_> = details
        .iter()
        .map(|item| (&item["loc"], &item["type"], &item["input"]))
        .collect();
    assert_eq!(
        found,
        [
            (
                &json!(["body", "duration"]),
                &json!("literal_error"),
                &json!("7")
            ),
            (
                &json!(["body", "cfg_scale"]),
                &json!("less_than_equal"),
                &json!(1.5)
            ),
        ]
    );
    assert_eq!(fake.submits(), 0);
    assert!(!fake.requests()[0].took_effect);
}

#[tokio::test]
async fn missing_fields_and_unreadable_bodies_are_422() {
    let fake = start().await;
    let response = post(&fake, &json!({})).await;
    let types: Vec<&Value> = response.body["detail"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| &item["loc"][1])
        .collect();
    assert_eq!(response.code, 422);
    assert_eq!(types, ["prompt", "image_url"]);
    for (body, error, loc) in [
        ("", "missing", json!(["body"])),
        ("{\"prompt\":", "json_invalid", json!(["body", 10])),
    ] {
        let request = request(&fake, Method::POST, &format!("/{ENDPOINT}")).body(body);
        let response = JsonResponse::read(request.send().await.unwrap()).await;
        assert_eq!(
            (response.code, &response.body["detail"][0]["type"]),
            (422, &json!(error))
        );
        assert_eq!(response.body["detail"][0]["loc"], loc);
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
    let response = post(&fake, &json!({"prompt": "x"})).await;
    assert_eq!(response.code, 200);
    let id = response.body["request_id"].as_str().unwrap();
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
        let text = format!("{error:#}");
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
    let response = post(&fake, &input).await;
    let id = response.body["request_id"].as_str().unwrap();
    fake.job(id).complete();
    let result = get(&fake, &job_path(id, "")).await;
    assert_eq!(
        result.body,
        json!({"video": {"url": format!("{}/files/output.mp4", fake.url())}})
    );
}
