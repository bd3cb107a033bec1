//! Paths, methods and keys.

use kling_api::testing::{FakeFal, KeySent, Operation};
use reqwest::Method;
use serde_json::{Value, json};

use crate::fake_fal::support::{
    APP, ENDPOINT, JsonResponse, client, document, get, good_input, job_path, request, start,
    submit,
};

#[tokio::test]
async fn every_route_refuses_a_wrong_key_and_a_missing_one() {
    let fake = start().await;
    let id = submit(&fake).await;
    let routes = [
        (Method::POST, format!("/{ENDPOINT}")),
        (Method::GET, job_path(&id, "/status")),
        (Method::GET, job_path(&id, "/status/stream")),
        (Method::GET, job_path(&id, "")),
        (Method::PUT, job_path(&id, "/cancel")),
    ];
    for (method, path) in routes {
        for authorization in [
            None,
            Some("Key wrong:key"),
            Some("Bearer test-key-id:test-key-secret"),
        ] {
            let mut request = client()
                .request(method.clone(), format!("{}{path}", fake.url()))
                .json(&good_input());
            if let Some(value) = authorization {
                request = request.header("authorization", value);
            }
            let response = JsonResponse::read(request.send().await.unwrap()).await;
            assert_eq!(
                (response.code, response.body),
                (401, json!({"detail": "invalid key credentials"})),
                "{path}"
            );
            let seen = fake.requests().pop().unwrap();
            assert_eq!(
                seen.key,
                if authorization.is_none() {
                    KeySent::None
                } else {
                    KeySent::Wrong
                }
            );
            assert!(!seen.took_effect);
        }
    }
    assert_eq!(fake.submits(), 1);
    assert_eq!(fake.requests()[0].key, KeySent::Right);
}

#[tokio::test]
async fn a_fake_may_do_without_a_key_or_with_another() {
    let open = FakeFal::builder()
        .document(ENDPOINT, document())
        .require_key(false)
        .start()
        .await
        .unwrap();
    let url = format!("{}/{ENDPOINT}", open.url());
    assert_eq!(
        client()
            .post(url)
            .json(&good_input())
            .send()
            .await
            .unwrap()
            .status(),
        200
    );

    let other = FakeFal::builder()
        .document(ENDPOINT, document())
        .key("a:b")
        .start()
        .await
        .unwrap();
    assert_eq!(other.key(), "a:b");
    submit(&other).await;
}

#[tokio::test]
async fn the_sub_path_is_for_submits_only() {
    let fake = start().await;
    let id = submit(&fake).await;
    for (method, rest, allow) in [
        (Method::GET, "/status", "GET"),
        (Method::GET, "/status/stream", "GET"),
        (Method::GET, "", "GET"),
        (Method::PUT, "/cancel", "PUT"),
    ] {
        let path = format!("/{ENDPOINT}/requests/{id}{rest}");
        let response =
            JsonResponse::read(request(&fake, method.clone(), &path).send().await.unwrap()).await;
        assert_eq!(
            (response.code, response.header("allow")),
            (405, Some(allow)),
            "{method} {path}"
        );
    }
    assert_eq!(
        get(&fake, &job_path(&id, "/status")).await.code,
        202,
        "the job is untouched"
    );
}

#[tokio::test]
async fn a_wrong_method_is_refused() {
    let fake = start().await;
    let id = submit(&fake).await;
    for (method, path) in [
        (Method::POST, job_path(&id, "/status")),
        (Method::DELETE, job_path(&id, "")),
        (Method::POST, job_path(&id, "/cancel")),
        (Method::GET, format!("/{ENDPOINT}")),
    ] {
        assert_eq!(
            request(&fake, method, &path).send().await.unwrap().status(),
            405,
            "{path}"
        );
    }
}

#[tokio::test]
async fn an_unknown_id_is_not_found_whatever_is_asked() {
    let fake = start().await;
    let id = submit(&fake).await;
    let unknown = "00000000-0000-4000-8000-000000000000";
    for (method, path) in [
        (Method::GET, job_path(unknown, "/status")),
        (Method::GET, job_path(unknown, "/status/stream")),
        (Method::GET, job_path(unknown, "")),
        (Method::PUT, job_path(unknown, "/cancel")),
        (Method::GET, format!("/other/app/requests/{id}/status")),
    ] {
        let response =
            JsonResponse::read(request(&fake, method, &path).send().await.unwrap()).await;
        assert_eq!(
            (response.code, response.body),
            (404, json!({"status": "NOT_FOUND"})),
            "{path}"
        );
    }
}

#[tokio::test]
async fn an_unknown_endpoint_has_fals_sentence() {
    let fake = start().await;
    for (path, named) in [
        ("/nobody/nothing/v9", "nobody/nothing/v9"),
        ("/acme/film/v9", "/v9"),
    ] {
        let request = request(&fake, Method::POST, path).json(&good_input());
        let response = JsonResponse::read(request.send().await.unwrap()).await;
        assert_eq!(response.code, 404);
        assert_eq!(
            response.body,
            json!({"error": "Error", "message": format!("Path {named} not found")})
        );
    }
    assert_eq!(fake.submits(), 0);
    assert_eq!(get(&fake, "/").await.code, 404);
}

#[tokio::test]
async fn a_namespace_belongs_to_the_urls() {
    let id = "workflows/acme/film/v1";
    let mut document = document();
    let paths = document["paths"].as_object_mut().unwrap();
    let post = paths.remove(&format!("/{ENDPOINT}")).unwrap();
    let result = paths
        .remove(&format!("/{ENDPOINT}/requests/{{request_id}}"))
        .unwrap();
    paths.insert(format!("/{id}"), post);
    paths.insert(format!("/{id}/requests/{{request_id}}"), result);
    let fake = FakeFal::builder()
        .document(id, document)
        .start()
        .await
        .unwrap();
    let request = request(&fake, Method::POST, &format!("/{id}")).json(&good_input());
    let response: Value = request.send().await.unwrap().json().await.unwrap();
    let status_url = response["status_url"].as_str().unwrap();
    assert!(
        status_url.starts_with(&format!("{}/workflows/acme/film/requests/", fake.url())),
        "{status_url}"
    );
    assert_eq!(
        get(&fake, status_url.strip_prefix(fake.url()).unwrap())
            .await
            .code,
        202
    );
}

#[tokio::test]
async fn files_are_served_without_a_key() {
    let fake = start().await;
    for (name, content_type, magic) in [
        ("output.mp4", "video/mp4", &b"ftyp"[..]),
        ("output.png", "image/png", b"PNG"),
        ("output.wav", "audio/wav", b"WAVE"),
    ] {
        let url = format!("{}/files/{name}", fake.url());
        let response = client().get(&url).send().await.unwrap();
        assert_eq!(
            (
                response.status().as_u16(),
                response.headers()["content-type"].to_str().unwrap()
            ),
            (200, content_type)
        );
        let length: usize = response.headers()["content-length"]
            .to_str()
            .unwrap()
            .parse()
            .unwrap();
        let bytes = response.bytes().await.unwrap();
        assert_eq!(bytes.len(), length);
        assert!(
            bytes.windows(magic.len()).any(|window| window == magic),
            "{name}"
        );
        let head = client().head(&url).send().await.unwrap();
        assert_eq!(
            head.headers()["content-length"].to_str().unwrap(),
            length.to_string()
        );
    }
    assert_eq!(
        client()
            .get(format!("{}/files/other", fake.url()))
            .send()
            .await
            .unwrap()
            .status(),
        404
    );
    assert_eq!(fake.count(Operation::File), 7);
    assert_eq!(APP, "acme/film");
}
