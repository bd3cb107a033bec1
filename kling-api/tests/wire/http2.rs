//! HTTP/2 servers can refuse a stream or say good-bye, and reqwest repeats a request then by itself.
//! A submit must not be: whether the server had begun with it is not ours to guess.
//!
//! And they bound the requests at once on a connection: streams that stay open would take all places.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use std::time::Duration;

use bytes::Bytes;
use kling_api::{CancelOutcome, Client, Job, Submission, Update, reqwest};
use tokio::net::TcpListener;
use tokio_rustls::rustls::crypto::ring;

use crate::wire::endpoint::Input;
use crate::wire::server::fast;

#[derive(Clone, Copy, Debug)]
enum Refusal {
    RefusedStream,
    GoAway,
}

/// A server that refuses every request so; its URL, and how many requests have reached it.
async fn server(refusal: Refusal) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let count = Arc::new(AtomicUsize::new(0));
    let counting = count.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let count = counting.clone();
            tokio::spawn(async move {
                let mut connection = h2::server::handshake(stream).await.unwrap();
                while let Some(Ok((_, mut respond))) = connection.accept().await {
                    count.fetch_add(1, Ordering::SeqCst);
                    match refusal {
                        Refusal::RefusedStream => respond.send_reset(h2::Reason::REFUSED_STREAM),
                        Refusal::GoAway => connection.abrupt_shutdown(h2::Reason::NO_ERROR),
                    }
                }
            });
        }
    });
    (base, count)
}

#[tokio::test]
async fn a_submit_that_a_server_refuses_by_protocol_is_sent_once() {
    for refusal in [Refusal::RefusedStream, Refusal::GoAway] {
        let (base, count) = server(refusal).await;
        let client = Client::builder()
            .key("a:b")
            .queue_url(base)
            .retry(fast())
            .configure_http(reqwest::ClientBuilder::http2_prior_knowledge)
            .build()
            .unwrap();
        let error = client.call(Input::new("a")).submit().await.unwrap_err();
        assert_eq!(count.load(Ordering::SeqCst), 1, "{refusal:?}");
        assert_eq!(error.submission(), Submission::Unknown, "{refusal:?}");
    }
}

/// The danger is real: with its defaults, the transport repeats a POST that was refused.
#[tokio::test]
async fn the_transport_alone_would_send_it_again() {
    let (base, count) = server(Refusal::RefusedStream).await;
    // Without one, the bare client cannot be made. Another test may have installed it.
    let _ = ring::default_provider().install_default();
    let transport = reqwest::Client::builder()
        .no_proxy()
        .http2_prior_knowledge()
        .build()
        .unwrap();
    assert!(transport.post(base).body("{}").send().await.is_err());
    assert!(count.load(Ordering::SeqCst) > 1);
}

/// A server that takes so many requests at once on a connection, and on which every job waits; its URL, and how many
/// status streams are open.
async fn narrow_server(places: u32) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let open = Arc::new(AtomicUsize::new(0));
    let counting = open.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let open = counting.clone();
            tokio::spawn(async move {
                let mut builder = h2::server::Builder::new();
                builder.max_concurrent_streams(places);
                let mut connection = builder.handshake::<_, Bytes>(stream).await.unwrap();
                let mut streams = Vec::new();
                while let Some(Ok((request, mut respond))) = connection.accept().await {
                    let path = request.uri().path().to_owned();
                    let (kind, text) = if path.ends_with("/stream") {
                        ("text/event-stream", "data: {\"status\": \"IN_QUEUE\"}\n\n")
                    } else if path.ends_with("/status") {
                        ("application/json", "{\"status\": \"IN_QUEUE\"}")
                    } else {
                        ("application/json", "{\"status\": \"OK\"}")
                    };
                    let head = http::Response::builder()
                        .header("content-type", kind)
                        .body(());
                    let mut body = respond.send_response(head.unwrap(), false).unwrap();
                    let is_stream = kind == "text/event-stream";
                    body.send_data(Bytes::from_static(text.as_bytes()), !is_stream)
                        .unwrap();
                    if is_stream {
                        open.fetch_add(1, Ordering::SeqCst);
                        streams.push(body);
                    }
                }
            });
        }
    });
    (base, open)
}

#[tokio::test]
async fn open_streams_do_not_take_the_places_of_questions() {
    const STREAMS: usize = 8;
    let (base, open) = narrow_server(4).await;
    let client = Client::builder()
        .key("a:b")
        .queue_url(base)
        .retry(fast())
        .request_timeout(Duration::from_secs(2))
        .max_streams(STREAMS)
        .configure_http(reqwest::ClientBuilder::http2_prior_knowledge)
        .build()
        .unwrap();
    let mut followed = Vec::new();
    for number in 0..STREAMS {
        let job = Job::<Input>::from_request_id(number.to_string());
        let mut updates = client.follow(&job).updates();
        let first = updates.next().await.unwrap().unwrap();
        assert_eq!(first, Update::Queued { position: None });
        followed.push(updates);
    }
    assert_eq!(
        open.load(Ordering::SeqCst),
        STREAMS,
        "none of them waits for another to end"
    );
    let job = Job::<Input>::from_request_id("0");
    assert_eq!(client.cancel(&job).await.unwrap(), CancelOutcome::Removed);
}
