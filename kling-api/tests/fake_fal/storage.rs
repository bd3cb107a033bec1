//! Files in and out of the fake, as a plain HTTP client sees them.

use kling_api::testing::{FakeFal, KeySent, Operation};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::fake_fal::support::{client, request};

async fn initiate(fake: &FakeFal, step: &str) -> (String, String) {
    let path = format!("/-/rest/storage/upload/{step}?storage_type=fal-cdn-v3");
    let body = json!({"file_name": "a b.png", "content_type": "image/png"});
    let response = request(fake, Method::POST, &path)
        .json(&body)
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let response: Value = response.json().await.unwrap();
    let text = |name: &str| response[name].as_str().unwrap().to_owned();
    (text("upload_url"), text("file_url"))
}

fn put(url: &str, body: &'static str) -> reqwest::RequestBuilder {
    client()
        .put(url)
        .header("content-type", "image/png")
        .body(body)
}

#[tokio::test]
async fn a_file_is_served_once_it_is_there() {
    let fake = FakeFal::start().await.unwrap();
    let (upload_url, file_url) = initiate(&fake, "initiate").await;
    let early = client().get(&file_url).send().await.unwrap();
    assert_eq!(early.status(), StatusCode::NOT_FOUND);
    assert!(fake.uploads().is_empty());
    assert_eq!(
        put(&upload_url, "a nest").send().await.unwrap().status(),
        StatusCode::OK
    );
    let served = client().get(&file_url).send().await.unwrap();
    assert_eq!(served.headers()["content-type"], "image/png");
    assert_eq!(served.text().await.unwrap(), "a nest");
    let upload = &fake.uploads()[0];
    assert_eq!(
        (upload.file_name.as_str(), &upload.url),
        ("a b.png", &file_url)
    );
    let recorded = fake.requests();
    let recorded = recorded
        .iter()
        .find(|it| it.operation == Operation::Upload)
        .unwrap();
    assert!(
        recorded.body.is_empty() && recorded.took_effect,
        "a file is kept once"
    );
}

#[tokio::test]
async fn the_storage_refuses_a_key_and_what_it_did_not_sign() {
    let fake = FakeFal::start().await.unwrap();
    let (whole, _) = initiate(&fake, "initiate").await;
    let (parts, _) = initiate(&fake, "initiate-multipart").await;
    let part = parts.replace("/file?", "/file/1?");
    let forged = whole.replace("signed-for", "forged-for");
    let keyed = |url: &str| put(url, "a").header("authorization", format!("Key {}", fake.key()));
    for refused in [
        keyed(&whole),
        keyed(&part),
        put(&forged, "a"),
        put(&parts, "a"),
        client()
            .put(&whole)
            .header("content-type", "text/plain")
            .body("a"),
        put(&part.replace("/1?", "/0?"), "a"),
        put(&whole.replace("/file?", "/file/1?"), "a"),
    ] {
        let response = refused.send().await.unwrap();
        assert_eq!(
            response.status(),
            StatusCode::FORBIDDEN,
            "{}",
            response.url()
        );
    }
    assert!(fake.uploads().is_empty());
    let leaked = fake
        .requests()
        .iter()
        .filter(|it| it.key == KeySent::Right)
        .count();
    assert_eq!(leaked, 4, "two places were asked for, and two keys leaked");
    for (path, body) in [
        ("initiate", json!({"file_name": "a"})),
        (
            "initiate?storage_type=gcs",
            json!({"file_name": "a", "content_type": "b"}),
        ),
    ] {
        let path = format!("/-/rest/storage/upload/{path}");
        let response = request(&fake, Method::POST, &path)
            .json(&body)
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY);
    }
    let path = "/-/rest/storage/upload/initiate?storage_type=fal-cdn-v3";
    let response = client()
        .post(format!("{}{path}", fake.url()))
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn parts_in_any_order_become_the_file_that_their_tags_name() {
    let fake = FakeFal::start().await.unwrap();
    let (upload_url, file_url) = initiate(&fake, "initiate-multipart").await;
    let step = |step: &str| upload_url.replace("/file?", &format!("/file/{step}?"));
    let mut parts = Vec::new();
    for (number, text) in [("2", "nest"), ("1", "a ")] {
        let response = put(&step(number), text).send().await.unwrap();
        let tag = response.headers()["etag"].to_str().unwrap().to_owned();
        let response: Value = response.json().await.unwrap();
        assert_eq!(
            response,
            json!({"partNumber": number.parse::<u32>().unwrap(), "etag": tag})
        );
        parts.insert(0, response);
    }
    let complete = |parts: &[Value]| {
        client()
            .post(step("complete"))
            .json(&json!({"parts": parts}))
    };
    let mut wrong = parts.clone();
    wrong[0]["etag"] = json!("\"another\"");
    let reversed = [parts[1].clone(), parts[0].clone()];
    for parts in [&parts[..1], &wrong, &reversed, &[]] {
        let response = complete(parts).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    }
    assert!(fake.uploads().is_empty());
    // A response may be lost, so a second time is as good as the first.
    for _ in 0..2 {
        assert_eq!(
            complete(&parts).send().await.unwrap().status(),
            StatusCode::OK
        );
    }
    assert_eq!(
        client()
            .get(&file_url)
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap(),
        "a nest"
    );
    assert_eq!(fake.uploads()[0].parts, 2);
}

#[tokio::test]
async fn a_file_comes_in_ranges_of_the_same_file_only() {
    let fake = FakeFal::builder()
        .file("a", "text/plain", "0123456789")
        .start()
        .await
        .unwrap();
    let url = fake.file_url("a");
    let tag = client().head(&url).send().await.unwrap().headers()["etag"].clone();
    for (range, if_range, status, content_range, body) in [
        ("bytes=4-", None, 206, Some("bytes 4-9/10"), "456789"),
        ("bytes=4-5", None, 206, Some("bytes 4-5/10"), "45"),
        ("bytes=4-99", None, 206, Some("bytes 4-9/10"), "456789"),
        (
            "bytes=4-",
            Some(tag.to_str().unwrap()),
            206,
            Some("bytes 4-9/10"),
            "456789",
        ),
        ("bytes=4-", Some("\"another\""), 200, None, "0123456789"),
        ("bytes=10-", None, 416, Some("bytes */10"), ""),
        ("bytes=5-4", None, 200, None, "0123456789"),
        ("lines=1-", None, 200, None, "0123456789"),
    ] {
        let mut request = client().get(&url).header("range", range);
        if let Some(tag) = if_range {
            request = request.header("if-range", tag);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status().as_u16(), status, "{range}");
        let found = response
            .headers()
            .get("content-range")
            .map(|it| it.to_str().unwrap());
        assert_eq!(found, content_range, "{range}");
        assert_eq!(response.text().await.unwrap(), body, "{range}");
    }
    fake.set_file("a", "text/plain", "another");
    assert_ne!(
        client().head(&url).send().await.unwrap().headers()["etag"],
        tag
    );
}

#[cfg(feature = "blocking")]
#[test]
fn files_go_and_come_without_async() {
    use kling_api::blocking::Wait as _;

    let fake = FakeFal::start_blocking().unwrap();
    let client = fake.client().build().unwrap();
    let uploaded = client.upload("a nest", "text/plain").wait().unwrap();
    let path = std::env::temp_dir().join(format!("kling-api-{}.txt", std::process::id()));
    let done = client
        .download(&uploaded, &path)
        .overwrite(true)
        .wait()
        .unwrap();
    assert_eq!(
        (done.size, std::fs::read(&path).unwrap().as_slice()),
        (6, &b"a nest"[..])
    );
    let again = client.upload_file(&path).wait().unwrap();
    std::fs::remove_file(&path).unwrap();
    let size = client
        .download_to(&again, tokio::io::sink())
        .wait()
        .unwrap();
    assert_eq!(size, 6);
}
