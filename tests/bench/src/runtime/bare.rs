//! The same requests by reqwest alone, as one would write them by hand: types of one's own, and no safety net but a
//! time limit for each request.

#![expect(clippy::struct_field_names, reason = "they are fal's")]

use std::time::Duration;

use reqwest::Client;
use reqwest::header::{ACCEPT, AUTHORIZATION};
use serde::{Deserialize, Serialize};

use super::{ENDPOINT, IMAGE, KEY, PROMPT};

#[derive(Serialize)]
pub(crate) struct Input {
    prompt: String,
    image_url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    negative_prompt: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cfg_scale: Option<f64>,
}

pub(crate) fn input() -> Input {
    Input {
        prompt: PROMPT.to_owned(),
        image_url: IMAGE.to_owned(),
        duration: Some("10".to_owned()),
        negative_prompt: Some("blur".to_owned()),
        cfg_scale: Some(0.5),
    }
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "what a caller would keep")]
pub(crate) struct Job {
    pub(crate) request_id: String,
    pub(crate) status_url: String,
    pub(crate) response_url: String,
    pub(crate) cancel_url: String,
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "what a caller would read")]
pub(crate) struct Status {
    pub(crate) status: String,
    queue_position: Option<u64>,
    error: Option<String>,
    error_type: Option<String>,
    metrics: Option<Metrics>,
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "what a caller would read")]
struct Metrics {
    inference_time: Option<f64>,
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "what a caller would read")]
pub(crate) struct Output {
    video: File,
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "what a caller would read")]
struct File {
    url: String,
    content_type: Option<String>,
    file_name: Option<String>,
    file_size: Option<i64>,
}

/// A client; `is_fresh` says whether each request has a connection of its own.
pub(crate) fn client(is_fresh: bool) -> Client {
    let builder = Client::builder()
        .user_agent("bare/0.1.0")
        .timeout(Duration::from_secs(60))
        .no_proxy()
        .tls_certs_only([]);
    let builder = if is_fresh {
        builder.pool_max_idle_per_host(0)
    } else {
        builder
    };
    builder.build().expect("a client")
}

pub(crate) async fn submit(client: &Client, base: &str, input: &Input) -> Job {
    let request = client
        .post(format!("{base}/{ENDPOINT}"))
        .header(AUTHORIZATION, format!("Key {KEY}"))
        .header(ACCEPT, "application/json")
        .json(input);
    request
        .send()
        .await
        .expect("an answer")
        .error_for_status()
        .expect("success")
        .json()
        .await
        .expect("a job")
}

pub(crate) async fn get<T: serde::de::DeserializeOwned>(client: &Client, url: &str) -> T {
    let request = client
        .get(url)
        .header(AUTHORIZATION, format!("Key {KEY}"))
        .header(ACCEPT, "application/json");
    request
        .send()
        .await
        .expect("an answer")
        .error_for_status()
        .expect("success")
        .json()
        .await
        .expect("what was asked for")
}

/// Opens the status stream.
pub(crate) async fn stream(client: &Client, job: &Job) -> reqwest::Response {
    let request = client
        .get(format!("{}/stream", job.status_url))
        .header(AUTHORIZATION, format!("Key {KEY}"))
        .header(ACCEPT, "text/event-stream");
    request
        .send()
        .await
        .expect("an answer")
        .error_for_status()
        .expect("success")
}

/// The last status that a stream tells.
pub(crate) async fn last_status(mut stream: reqwest::Response) -> Status {
    let mut text = Vec::new();
    while let Some(piece) = stream.chunk().await.expect("a piece") {
        text.extend_from_slice(&piece);
    }
    let text = String::from_utf8(text).expect("text");
    let last = text
        .lines()
        .rev()
        .find_map(|line| line.strip_prefix("data: "))
        .expect("an event");
    serde_json::from_str(last).expect("a status")
}
