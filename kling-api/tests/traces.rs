//! Spans and events name the job, and neither the key nor the prompt.
//!
//! A program of its own: which events are recorded is decided once for a whole process.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on shall panic")]

#[path = "wire/endpoint.rs"]
mod endpoint;
#[path = "wire/server.rs"]
#[expect(
    dead_code,
    reason = "it is written for the tests in `wire`, and this needs a part of it"
)]
mod server;

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use kling_api::testing::FakeFal;
use serde_json::json;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::endpoint::{ID, Input, REQUEST, accepted, output, status_of};
use crate::server::{Reply, Server, event};

/// Writes down every field of every span and event, of every crate.
#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<String>>);

impl Visit for Recorder {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        let _ = write!(self.0.lock().unwrap(), " {field}={value:?}");
    }
}

impl Subscriber for Recorder {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let _ = write!(self.0.lock().unwrap(), "\nspan {}", span.metadata().name());
        span.record(&mut self.clone());
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut self.clone());
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let _ = write!(self.0.lock().unwrap(), "\nevent");
        event.record(&mut self.clone());
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[tokio::test]
async fn the_job_is_named_and_nothing_secret_is() {
    let recorder = Recorder::default();
    let guard = tracing::subscriber::set_default(recorder.clone());
    let server = Server::start(|request, base| match request.method.as_str() {
        "POST" if request.before == 0 => Reply::json(429, &json!({})),
        "POST" => Reply::json(200, &accepted(base)),
        "PUT" => Reply::reset(),
        _ if request.path.ends_with("/stream") => {
            Reply::events(&[(0, event(&status_of("IN_QUEUE")))])
        }
        _ if request.path.ends_with("/status") && request.before == 0 => Reply::html(502),
        _ if request.path.ends_with("/status") => Reply::json(200, &status_of("COMPLETED")),
        _ => Reply::json(200, &output()),
    })
    .await;
    let client = server.client();
    let job = client
        .call(Input::new("a secret nest"))
        .submit()
        .await
        .unwrap();
    client.follow(&job).await.unwrap();
    client.cancel(&job).await.unwrap_err();
    let fake = FakeFal::start().await.unwrap();
    let uploads = fake.client().build().unwrap();
    let whole = uploads.upload(vec![7; 250], "image/png");
    whole.await.unwrap();
    let in_parts = uploads.upload(vec![7; 250], "image/png");
    in_parts.parts(100, 100, 2).await.unwrap();
    drop(guard);

    let text = recorder.0.lock().unwrap().clone();
    for expected in [
        format!("span kling_api operation=\"submit\" endpoint=\"{ID}\""),
        format!("request_id=\"{REQUEST}\""),
        "attempt failed, trying again request=\"submit\" attempt=1".to_owned(),
        "attempt failed, giving up request=\"cancel\" attempt=4".to_owned(),
        "operation=\"follow\"".to_owned(),
        "request=\"initiate upload\"".to_owned(),
        "request=\"upload file\"".to_owned(),
        "request=\"upload part\"".to_owned(),
        "request=\"complete upload\"".to_owned(),
        "status=502".to_owned(),
    ] {
        assert!(text.contains(&expected), "{expected} is not in {text}");
    }
    // An event is read together with its span, which has the rest.
    let ours = [
        "sending",
        "attempt failed",
        "job submitted",
        "status stream over",
    ];
    let events = text
        .lines()
        .filter(|line| ours.iter().any(|it| line.contains(it)));
    let events: Vec<&str> = events.collect();
    assert!(events.len() > 10, "{text}");
    for event in events {
        for field in [" operation=", " endpoint=", " request_id="] {
            assert!(!event.contains(field), "{event}");
        }
    }
    let spans = text
        .lines()
        .filter(|line| line.starts_with("span kling_api"));
    for span in spans {
        let is_file = span.contains("operation=\"upload\"");
        assert_eq!(span.matches(" operation=").count(), 1, "{span}");
        assert_eq!(
            span.matches(" endpoint=").count(),
            usize::from(!is_file),
            "{span}"
        );
    }
    for secret in ["very-secret-part", "a secret nest"] {
        assert!(!text.contains(secret), "{text}");
    }
}
