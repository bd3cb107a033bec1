//! The platform API as a plain client sees it.

use kling_api::testing::{FakeFal, Fault, Operation, Outcome, Script};
use reqwest::Method;
use serde_json::{Value, json};

use crate::fake_fal::support::{
    ENDPOINT, JsonResponse, client, good_input, request, start, status, submit,
};

const PLATFORM: &str = "/-/platform/v1";

async fn fetch(fake: &FakeFal, path: &str) -> JsonResponse {
    let request = request(fake, Method::GET, &format!("{PLATFORM}/{path}"));
    JsonResponse::read(request.send().await.unwrap()).await
}

async fn fetch_with_key(fake: &FakeFal, path: &str, key: Option<&str>) -> JsonResponse {
    let mut request = client().get(format!("{}/{path}", fake.platform_url()));
    if let Some(key) = key {
        request = request.header("authorization", format!("Key {key}"));
    }
    JsonResponse::read(request.send().await.unwrap()).await
}

#[tokio::test]
async fn what_needs_a_key_says_so_in_the_platforms_own_shape() {
    let fake = start().await;
    let by_endpoint = format!("models/requests/by-endpoint?endpoint_id={ENDPOINT}");
    for (path, without, wrong) in [
        ("meta", 200, 200),
        ("models", 200, 401),
        ("models/pricing?endpoint_id=a", 401, 401),
        (&by_endpoint, 401, 401),
    ] {
        assert_eq!(
            fetch_with_key(&fake, path, None).await.code,
            without,
            "{path}"
        );
        let response = fetch_with_key(&fake, path, Some("a:b")).await;
        assert_eq!(response.code, wrong, "{path}");
        if wrong == 401 {
            assert_eq!(response.body["error"]["type"], "authorization_error");
        }
    }
}

#[tokio::test]
async fn what_cannot_be_asked_says_why() {
    let fake = start().await;
    let requests = format!("models/requests/by-endpoint?endpoint_id={ENDPOINT}");
    let many = vec!["endpoint_id=a"; 51].join("&");
    for (path, code, error_type) in [
        ("nothing".to_owned(), 404, "not_found"),
        ("models/pricing".to_owned(), 400, "validation_error"),
        (format!("models?{many}"), 400, "validation_error"),
        ("models?limit=0".to_owned(), 400, "validation_error"),
        ("models?status=old".to_owned(), 400, "validation_error"),
        ("models?expand=all".to_owned(), 400, "validation_error"),
        (
            "models/pricing?endpoint_id=acme/none".to_owned(),
            404,
            "not_found",
        ),
        (
            "models/requests/by-endpoint".to_owned(),
            400,
            "validation_error",
        ),
        (format!("{requests}&limit=101"), 400, "validation_error"),
        (format!("{requests}&status=bad"), 400, "validation_error"),
        (
            format!("{requests}&start=yesterday"),
            400,
            "validation_error",
        ),
    ] {
        let response = fetch(&fake, &path).await;
        assert_eq!(response.code, code, "{path}");
        assert_eq!(response.body["error"]["type"], error_type, "{path}");
        assert!(response.body["error"]["message"].is_string(), "{path}");
    }
    let response = request(&fake, Method::DELETE, &format!("{PLATFORM}/models"))
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 405);
}

#[tokio::test]
async fn an_entry_of_a_model_has_every_field_that_fal_promises() {
    let fake = start().await;
    let page = fetch(&fake, "models?expand=openapi-3.0&expand=enterprise_status")
        .await
        .body;
    let model = &page["models"][0];
    assert_eq!(model["endpoint_id"], ENDPOINT);
    for field in [
        "display_name",
        "category",
        "description",
        "status",
        "tags",
        "updated_at",
        "is_favorited",
        "thumbnail_url",
        "model_url",
        "date",
        "highlighted",
        "pinned",
    ] {
        assert!(model["metadata"].get(field).is_some(), "{field}");
    }
    assert!(model["openapi"]["paths"].is_object());
    assert_eq!(page["next_cursor"], Value::Null);
    assert_eq!(page["has_more"], false);
    assert!(
        fetch(&fake, "models").await.body["models"][0]
            .get("openapi")
            .is_none()
    );
}

#[tokio::test]
async fn endpoint_ids_may_be_repeated_or_stand_in_one_list() {
    let fake = start().await;
    for id in ["a/one", "a/two", "a/free"] {
        fake.add_model(json!({ "endpoint_id": id }));
    }
    fake.set_price("a/one", 0.025, "image");
    fake.set_price("a/two", 1.5, "second");
    for query in [
        "endpoint_id=a/one&endpoint_id=a/two",
        "endpoint_id=a/one,a/two,a/free",
    ] {
        let page = fetch(&fake, &format!("models/pricing?{query}")).await.body;
        assert_eq!(
            page["prices"],
            json!([
                {"endpoint_id": "a/one", "unit_price": 0.025, "unit": "image", "currency": "USD"},
                {"endpoint_id": "a/two", "unit_price": 1.5, "unit": "second", "currency": "USD"},
            ]),
            "{query}"
        );
    }
}

#[tokio::test]
async fn past_requests_follow_their_jobs() {
    let fake = start().await;
    fake.set_script(Script::new().outcome(Outcome::runner_died()));
    let id = submit(&fake).await;
    let path = format!("models/requests/by-endpoint?endpoint_id={ENDPOINT}&expand=payloads");
    let entry = async || fetch(&fake, &path).await.body["items"][0].clone();
    let before = entry().await;
    assert_eq!(before["request_id"], id.as_str());
    assert_eq!(before["status_code"], Value::Null);
    assert_eq!(before["json_input"], good_input());
    while status(&fake, &id).await.body["status"] != "COMPLETED" {}
    let after = entry().await;
    assert!(after["status_code"].as_u64() >= Some(500), "{after}");
    assert!(after["ended_at"].as_str() >= after["sent_at"].as_str());
    assert_eq!(
        fetch(&fake, &format!("{path}&status=success")).await.body["items"],
        json!([])
    );
    fake.store_payloads(false);
    assert!(entry().await.get("json_input").is_none());
    let old = fetch(&fake, &format!("{path}&end=2020-01-01T00:00:00Z")).await;
    assert_eq!(old.body["items"], json!([]));
}

#[tokio::test]
async fn a_document_is_served_beside_the_platform() {
    let fake = start().await;
    let path = "/-/platform/api/openapi/queue/openapi.json";
    let url = format!("{}{path}?endpoint_id={ENDPOINT}", fake.url());
    let response = JsonResponse::read(client().get(&url).send().await.unwrap()).await;
    assert!(response.body["paths"][format!("/{ENDPOINT}")].is_object());
    let unknown = client().get(url.replace("v1", "v9")).send().await.unwrap();
    assert_eq!(unknown.status(), 404);
}

#[tokio::test]
async fn faults_apply_to_the_platform_too() {
    let fake = start().await;
    fake.fault(
        Operation::Platform,
        Fault::status(429)
            .header("retry-after", "7")
            .json(&json!({})),
    )
    .times(1);
    assert_eq!(fetch(&fake, "meta").await.code, 429);
    assert_eq!(fetch(&fake, "meta").await.code, 200);
    assert_eq!(fake.count(Operation::Platform), 2);
}
