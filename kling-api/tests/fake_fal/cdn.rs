//! Uploads with a token, as fal's Python client makes them.

use kling_api::testing::{FakeFal, KeySent, Operation};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

use crate::fake_fal::support::{JsonResponse, client, request};

async fn token(fake: &FakeFal) -> String {
    let path = "/-/rest/storage/auth/token?storage_type=fal-cdn-v3";
    let request = request(fake, Method::POST, path).json(&json!({}));
    let token = JsonResponse::read(request.send().await.unwrap()).await.body;
    assert_eq!(token["base_url"], fake.cdn_url());
    assert!(token["expires_at"].as_str().unwrap().ends_with("+00:00"));
    let text = |name: &str| token[name].as_str().unwrap();
    format!("{} {}", text("token_type"), text("token"))
}

fn post(fake: &FakeFal, path: &str, authorization: &str) -> RequestBuilder {
    client()
        .post(format!("{}{path}", fake.cdn_url()))
        .header("authorization", authorization)
        .header("content-type", "image/png")
        .header("x-fal-file-name", "a b.png")
}

async fn served(url: &str) -> String {
    let response = client().get(url).send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "image/png");
    response.text().await.unwrap()
}

#[tokio::test]
async fn a_whole_file_comes_in_one_request() {
    let fake = FakeFal::start().await.unwrap();
    let token = token(&fake).await;
    let lifecycle = json!({"expiration_duration_seconds": 3600});
    let request = post(&fake, "/files/upload", &token)
        .header("x-fal-object-lifecycle", lifecycle.to_string())
        .body("a nest");
    let response = JsonResponse::read(request.send().await.unwrap()).await;
    let url = response.body["access_url"].as_str().unwrap();
    assert_eq!(served(url).await, "a nest");
    let upload = &fake.uploads()[0];
    assert_eq!((upload.file_name.as_str(), upload.parts), ("a b.png", 0));
    assert_eq!(
        (upload.url.as_str(), &upload.lifecycle),
        (url, &Some(lifecycle))
    );
}

#[tokio::test]
async fn parts_are_joined_by_their_numbers() {
    let fake = FakeFal::start().await.unwrap();
    let token = token(&fake).await;
    let request = post(&fake, "/files/upload/multipart", &token);
    let place = JsonResponse::read(request.send().await.unwrap()).await.body;
    let text = |name: &str| place[name].as_str().unwrap().to_owned();
    let (url, id) = (text("access_url"), text("uploadId"));
    let step = |method, step: &str| {
        let request = client().request(method, format!("{url}/multipart/{id}/{step}"));
        request.header("authorization", &token)
    };
    let mut parts = Vec::new();
    for (number, text) in [("2", "nest"), ("1", "a ")] {
        let response = step(Method::PUT, number).body(text).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        let etag = response.headers()["etag"].to_str().unwrap();
        parts.push(json!({"partNumber": number.parse::<u32>().unwrap(), "etag": etag}));
    }
    let complete = |parts: &[Value]| step(Method::POST, "complete").json(&json!({"parts": parts}));
    for (parts, status) in [(&parts[..1], 400), (&parts[..], 200)] {
        let response = complete(parts).send().await.unwrap();
        assert_eq!(response.status().as_u16(), status);
    }
    assert_eq!(served(&url).await, "a nest");
    assert_eq!(fake.uploads()[0].parts, 2);
    for (method, wrong) in [(Method::PUT, "0"), (Method::PUT, "x"), (Method::POST, "1")] {
        let response = step(method, wrong).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{wrong}");
    }
}

#[tokio::test]
async fn the_token_is_for_the_key_and_the_key_is_for_the_token_alone() {
    let fake = FakeFal::start().await.unwrap();
    let url = format!("{}/storage/auth/token", fake.rest_url());
    let response = client().post(&url).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    let key = format!("Key {}", fake.key());
    for path in ["/files/upload", "/files/upload/multipart"] {
        let response = post(&fake, path, &key).body("a").send().await.unwrap();
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{path}");
    }
    assert!(fake.uploads().is_empty());
    let with_key = fake.requests();
    let with_key = with_key.iter().filter(|it| it.key == KeySent::Right);
    assert_eq!(with_key.count(), 2);
    assert_eq!(fake.count(Operation::UploadToken), 1);
}
