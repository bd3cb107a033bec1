//! HTTP/2 servers can refuse a stream or say good-bye, and reqwest repeats a request then by itself.
//! A submit must not be: whether the server had begun with it is not ours to guess.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use kling_api::{Client, Submission, reqwest};
use tokio::net::TcpListener;

use crate::endpoint::Input;
use crate::server::fast;

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
    let transport = reqwest::Client::builder()
        .no_proxy()
        .http2_prior_knowledge()
        .build()
        .unwrap();
    assert!(transport.post(base).body("{}").send().await.is_err());
    assert!(count.load(Ordering::SeqCst) > 1);
}
