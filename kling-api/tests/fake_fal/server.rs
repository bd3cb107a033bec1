//! Starting, stopping, and being away.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use kling_api::testing::{FakeFal, Operation, StartError};
use serde_json::json;

use crate::fake_fal::support::{
    ENDPOINT, Events, document, get, good_input, job_path, start, submit, submit_request,
};

fn address(fake: &FakeFal) -> String {
    fake.url().strip_prefix("http://").unwrap().to_owned()
}

#[tokio::test]
async fn the_default_fake_serves_the_crates_endpoints() {
    let fake = FakeFal::start().await.unwrap();
    assert_eq!(fake.key(), "test-key-id:test-key-secret");
    let endpoints: Vec<&str> = fake.endpoints().collect();
    assert!(
        endpoints.contains(&"fal-ai/kling-video/v2.1/master/image-to-video"),
        "{endpoints:?}"
    );
    for endpoint in endpoints {
        let request = crate::fake_fal::support::request(
            &fake,
            reqwest::Method::POST,
            &format!("/{endpoint}"),
        );
        let response = request.json(&json!([])).send().await.unwrap();
        assert_eq!(
            response.status(),
            422,
            "{endpoint}: {}",
            response.text().await.unwrap()
        );
    }
}

#[tokio::test]
async fn dropping_a_fake_closes_its_port() {
    let fake = start().await;
    let id = submit(&fake).await;
    fake.hold();
    let mut events = Events::open(&fake, &id).await;
    events.event().await;
    let address = address(&fake);
    drop(fake);
    assert!(events.block().await.is_err());
    while TcpStream::connect(&address).is_ok() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn after_a_shutdown_the_port_is_closed() {
    for own_thread in [false, true] {
        let builder = FakeFal::builder().document(ENDPOINT, document());
        let fake = if own_thread {
            builder.start_blocking().unwrap()
        } else {
            builder.start().await.unwrap()
        };
        submit(&fake).await;
        let address = address(&fake);
        fake.shutdown().await;
        assert_eq!(
            TcpStream::connect(&address).unwrap_err().kind(),
            std::io::ErrorKind::ConnectionRefused
        );
    }
}

#[tokio::test]
async fn a_taken_port_is_an_error() {
    let fake = start().await;
    let port: u16 = fake.url().rsplit(':').next().unwrap().parse().unwrap();
    let error = FakeFal::builder()
        .document(ENDPOINT, document())
        .port(port)
        .start()
        .await
        .unwrap_err();
    assert!(matches!(error, StartError::Listen(_)));
    drop(fake);
    let again = loop {
        // The listener of the dropped fake is closed by the runtime, a little later.
        match FakeFal::builder()
            .document(ENDPOINT, document())
            .port(port)
            .start()
            .await
        {
            Ok(fake) => break fake,
            Err(_) => tokio::task::yield_now().await,
        }
    };
    assert!(again.url().ends_with(&format!(":{port}")));
}

#[tokio::test]
async fn offline_refuses_connections_and_keeps_jobs() {
    let fake = start().await;
    let id = submit(&fake).await;
    fake.hold();
    let mut events = Events::open(&fake, &id).await;
    events.event().await;
    fake.offline().await.unwrap();
    assert!(events.block().await.is_err(), "open connections are closed");
    assert!(submit_request(&fake).send().await.unwrap_err().is_connect());
    assert_eq!(
        TcpStream::connect(address(&fake)).unwrap_err().kind(),
        std::io::ErrorKind::ConnectionRefused
    );
    fake.offline().await.unwrap();
    fake.online().await.unwrap();
    fake.online().await.unwrap();
    assert_eq!(get(&fake, &job_path(&id, "/status")).await.code, 202);
    assert_eq!(fake.submits(), 1);
}

/// One request by hand, without any runtime.
fn exchange(fake: &FakeFal, head: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(address(fake)).unwrap();
    let (key, length) = (fake.key(), body.len());
    write!(
        stream,
        "{head} HTTP/1.1\r\nhost: localhost\r\nauthorization: Key {key}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    response
}

#[test]
fn a_blocking_test_needs_no_runtime() {
    let fake = FakeFal::builder()
        .document(ENDPOINT, document())
        .start_blocking()
        .unwrap();
    let response = exchange(
        &fake,
        &format!("POST /{ENDPOINT}"),
        &good_input().to_string(),
    );
    assert!(response.starts_with("HTTP/1.1 200 OK\r\n"), "{response}");
    let id = fake.jobs()[0].request_id.clone();
    let events = exchange(
        &fake,
        &format!("GET {}", job_path(&id, "/status/stream")),
        "",
    );
    assert_eq!(events.matches("data: ").count(), 5, "{events}");
    let address = address(&fake);
    drop(fake);
    assert!(
        TcpStream::connect(address).is_err(),
        "dropping it waits for its thread"
    );
}

#[tokio::test]
async fn a_submit_that_breaks_off_buys_nothing() {
    let builder = FakeFal::builder().document(ENDPOINT, document());
    let fake = builder.start_blocking().unwrap();
    let mut stream = TcpStream::connect(address(&fake)).unwrap();
    let (key, input) = (fake.key(), good_input().to_string());
    let length = input.len() + 1;
    write!(
        stream,
        "POST /{ENDPOINT} HTTP/1.1\r\nhost: localhost\r\nauthorization: Key {key}\r\ncontent-length: {length}\r\n\r\n{input}"
    )
    .unwrap();
    drop(stream);
    fake.wait_for(Operation::Submit, 1).await;
    // A second submit comes after whatever the first one led to.
    submit(&fake).await;
    assert_eq!(fake.submits(), 1);
    assert!(!fake.requests()[0].took_effect);
}

#[test]
fn a_blocking_start_reports_its_errors() {
    let error = FakeFal::builder()
        .document(ENDPOINT, json!({}))
        .start_blocking()
        .unwrap_err();
    assert!(format!("{error:#}").contains(ENDPOINT));
    let fake = FakeFal::start_blocking().unwrap();
    let port: u16 = fake.url().rsplit(':').next().unwrap().parse().unwrap();
    assert!(matches!(
        FakeFal::builder().port(port).start_blocking(),
        Err(StartError::Listen(_))
    ));
}
