//! A plain client, and a document to serve.

use std::error::Error as _;
use std::sync::LazyLock;

use kling_api::testing::{FakeFal, Script};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use tokio_rustls::rustls::crypto::ring;

pub(crate) const ENDPOINT: &str = "acme/film/v1/image-to-video";
pub(crate) const APP: &str = "acme/film";

/// One endpoint in the normal form, with an example output.
pub(crate) fn document() -> Value {
    let body = |name: &str| json!({"application/json": {"schema": {"$ref": format!("#/components/schemas/{name}")}}});
    json!({
        "openapi": "3.0.4",
        "paths": {
            format!("/{ENDPOINT}"): {"post": {"requestBody": {"content": body("FilmInput")}}},
            format!("/{ENDPOINT}/requests/{{request_id}}"): {"get": {"responses": {"200": {"content": body("FilmOutput")}}}},
        },
        "components": {"schemas": {
            "FilmInput": {
                "type": "object",
                "required": ["prompt", "image_url"],
                "properties": {
                    "prompt": {"type": "string", "maxLength": 2500},
                    "image_url": {"type": "string"},
                    "duration": {"type": "string", "enum": ["5", "10"], "default": "5"},
                    "cfg_scale": {"type": "number", "minimum": 0, "maximum": 1, "default": 0.5},
                },
                "x-fal-order-properties": ["prompt", "image_url", "duration", "cfg_scale"],
            },
            "FilmOutput": {
                "type": "object",
                "required": ["video"],
                "properties": {"video": {
                    "allOf": [{"$ref": "#/components/schemas/File"}],
                    "x-examples": [{"url": "https://media.example/output.mp4"}],
                }},
            },
            "File": {"type": "object", "required": ["url"], "properties": {"url": {"type": "string"}}},
        }},
    })
}

pub(crate) fn good_input() -> Value {
    json!({"prompt": "two robins build a nest", "image_url": "https://example.com/robins.webp"})
}

pub(crate) async fn start() -> FakeFal {
    FakeFal::builder()
        .document(ENDPOINT, document())
        .start()
        .await
        .unwrap()
}

pub(crate) async fn start_with(script: Script) -> FakeFal {
    FakeFal::builder()
        .document(ENDPOINT, document())
        .script(script)
        .start()
        .await
        .unwrap()
}

/// A request with the fake's key, over a connection of its own.
pub(crate) fn request(fake: &FakeFal, method: Method, path: &str) -> RequestBuilder {
    client()
        .request(method, format!("{}{path}", fake.url()))
        .header("authorization", format!("Key {}", fake.key()))
}

/// One client for all tests, since making one reads the system's certificates. It keeps no connection, which would
/// belong to the runtime of a test that is over.
pub(crate) fn client() -> reqwest::Client {
    static CLIENT: LazyLock<reqwest::Client> = LazyLock::new(|| {
        // Without one, the bare client cannot be made. Another test may have installed it.
        let _ = ring::default_provider().install_default();
        let builder = reqwest::Client::builder()
            .no_proxy()
            .pool_max_idle_per_host(0);
        let builder = builder
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never());
        builder.build().unwrap()
    });
    CLIENT.clone()
}

pub(crate) fn submit_request(fake: &FakeFal) -> RequestBuilder {
    request(fake, Method::POST, &format!("/{ENDPOINT}")).json(&good_input())
}

/// Buys a job and returns its id.
pub(crate) async fn submit(fake: &FakeFal) -> String {
    let response = submit_request(fake).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let response: Value = response.json().await.unwrap();
    response["request_id"].as_str().unwrap().to_owned()
}

pub(crate) fn job_path(id: &str, rest: &str) -> String {
    format!("/{APP}/requests/{id}{rest}")
}

pub(crate) async fn get(fake: &FakeFal, path: &str) -> JsonResponse {
    JsonResponse::read(request(fake, Method::GET, path).send().await.unwrap()).await
}

pub(crate) async fn status(fake: &FakeFal, id: &str) -> JsonResponse {
    get(fake, &job_path(id, "/status?logs=1")).await
}

pub(crate) async fn cancel(fake: &FakeFal, id: &str) -> JsonResponse {
    JsonResponse::read(
        request(fake, Method::PUT, &job_path(id, "/cancel"))
            .send()
            .await
            .unwrap(),
    )
    .await
}

/// A response with its JSON.
#[derive(Debug)]
pub(crate) struct JsonResponse {
    pub(crate) code: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Value,
}

impl JsonResponse {
    pub(crate) async fn read(response: Response) -> Self {
        let (code, headers) = (response.status().as_u16(), response.headers().clone());
        Self {
            code,
            headers,
            body: response.json().await.unwrap(),
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

pub(crate) fn messages(status: &Value) -> Vec<&str> {
    status["logs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line["message"].as_str().unwrap())
        .collect()
}

/// Whether the connection was reset, anywhere down the chain of causes.
pub(crate) fn is_reset(error: &reqwest::Error) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        if let Some(io) = error.downcast_ref::<std::io::Error>()
            && io.kind() == std::io::ErrorKind::ConnectionReset
        {
            return true;
        }
        cause = error.source();
    }
    false
}

/// Reads a status stream to its end: the events, and the comments between them.
pub(crate) struct Events {
    response: Response,
    buffer: String,
}

impl Events {
    pub(crate) async fn open(fake: &FakeFal, id: &str) -> Self {
        let path = job_path(id, "/status/stream?logs=1");
        let request = request(fake, Method::GET, &path).header("accept", "text/event-stream");
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert!(
            response.headers()["content-type"]
                .to_str()
                .unwrap()
                .starts_with("text/event-stream")
        );
        Self {
            response,
            buffer: String::new(),
        }
    }

    /// The next block of the stream, without the empty line that ends it; none at the end of the stream.
    pub(crate) async fn block(&mut self) -> Result<Option<String>, reqwest::Error> {
        loop {
            if let Some((block, rest)) = self.buffer.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.buffer = rest;
                return Ok(Some(block));
            }
            let Some(chunk) = self.response.chunk().await? else {
                assert_eq!(
                    self.buffer, "",
                    "the stream ended in the middle of an event"
                );
                return Ok(None);
            };
            self.buffer.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    /// The next event as JSON, over comments.
    pub(crate) async fn event(&mut self) -> Option<Value> {
        loop {
            let block = self.block().await.unwrap()?;
            if let Some(data) = block.strip_prefix("data: ") {
                return Some(serde_json::from_str(data).unwrap());
            }
        }
    }

    pub(crate) async fn rest(&mut self) -> Vec<Value> {
        let mut events = Vec::new();
        while let Some(event) = self.event().await {
            events.push(event);
        }
        events
    }
}
