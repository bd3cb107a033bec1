//! Many jobs and streams at once.

use std::time::Duration;

use kling_api::testing::{FakeFal, Operation, Script};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::fake_fal::support::{ENDPOINT, document, good_input, job_path};

/// One request on a connection of its own; the response is read to its end.
async fn exchange(fake: &FakeFal, head: String, body: String) -> String {
    let mut stream = TcpStream::connect(fake.url().strip_prefix("http://").unwrap())
        .await
        .unwrap();
    let (key, length) = (fake.key(), body.len());
    let request = format!(
        "{head} HTTP/1.1\r\nhost: fake\r\nauthorization: Key {key}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).await.unwrap();
    response
}

async fn follow_at_once(jobs: usize) {
    // The fake has its own thread, so that it does not wait for its clients' turn.
    let script = Script::new().keep_alive(Duration::from_secs(1));
    let builder = FakeFal::builder()
        .document(ENDPOINT, document())
        .script(script)
        .record(false);
    let fake = std::sync::Arc::new(builder.start_blocking().unwrap());
    for _ in 0..jobs {
        exchange(&fake, format!("POST /{ENDPOINT}"), good_input().to_string()).await;
    }
    assert_eq!(fake.submits(), jobs);
    fake.hold();
    let mut streams = tokio::task::JoinSet::new();
    for job in fake.jobs() {
        let fake = std::sync::Arc::clone(&fake);
        let head = format!("GET {}", job_path(&job.request_id, "/status/stream?logs=1"));
        streams.spawn(async move { exchange(&fake, head, String::new()).await });
    }
    // All streams are open at the same time before the first of them may end.
    fake.wait_for(Operation::Stream, jobs).await;
    fake.release();
    while let Some(events) = streams.join_next().await {
        let events = events.unwrap();
        assert_eq!(events.matches("COMPLETED").count(), 1, "{events}");
        assert_eq!(events.matches("Writing the video").count(), 1, "{events}");
    }
}

#[tokio::test]
async fn a_thousand_streams_at_once() {
    follow_at_once(1_000).await;
}

/// `ulimit -n 21000` first: client and server share the process, and each stream takes a descriptor on either side.
#[tokio::test]
#[ignore = "needs more file descriptors than most systems grant by default"]
async fn ten_thousand_streams_at_once() {
    follow_at_once(10_000).await;
}
