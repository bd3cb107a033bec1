//! Answers as bytes: through hyper where they are well formed, by hand where they are not to be.

use std::convert::Infallible;
use std::fmt::Write as _;

use bytes::Bytes;
use futures_util::stream::{self, Stream};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::Frame;
use hyper::{Response, StatusCode};
use tokio::time::sleep;

use crate::testing::wire::response::{Answer, AnswerBody};

type Body = UnsyncBoxBody<Bytes, Infallible>;

/// The response that hyper sends. To a HEAD request it sends no body, only what the body's length is.
pub(crate) fn response(answer: Answer, head_only: bool) -> Response<Body> {
    let body = match answer.body {
        AnswerBody::Whole(bytes) => Full::new(Bytes::from(bytes)).boxed_unsync(),
        _ if head_only => Full::default().boxed_unsync(),
        AnswerBody::Events(events) => streamed(stream::unfold(events, |mut events| async move {
            let bytes = events.next().await?;
            Some((bytes.into(), events))
        })),
        AnswerBody::Endless { first, again } => streamed(stream::unfold(
            (Bytes::from(first), Bytes::from(again)),
            |(next, again)| async move { Some((next, (again.clone(), again))) },
        )),
        AnswerBody::Trickle(bytes, pause) => streamed(stream::unfold(
            Bytes::from(bytes),
            move |mut bytes| async move {
                if bytes.is_empty() {
                    return None;
                }
                sleep(pause).await;
                Some((bytes.split_to(1), bytes))
            },
        )),
    };
    let mut builder = Response::builder().status(answer.code);
    for (name, value) in &answer.headers {
        builder = builder.header(name, value);
    }
    builder.body(body).unwrap_or_else(|error| {
        // Only a test can have written such a status or header, so the test is told.
        let text = format!("FakeFal was told to send an answer that is no HTTP: {error}");
        let mut response = Response::new(Full::new(Bytes::from(text)).boxed_unsync());
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        response
    })
}

/// The head of an answer and half of its body, with a `content-length` that promises all of it.
pub(crate) fn truncated(answer: &Answer, body: &[u8]) -> Vec<u8> {
    let reason = StatusCode::from_u16(answer.code)
        .ok()
        .and_then(|code| code.canonical_reason())
        .unwrap_or("");
    let mut head = format!("HTTP/1.1 {} {reason}\r\n", answer.code);
    for (name, value) in &answer.headers {
        // Writing to a String cannot fail.
        let _ = write!(head, "{name}: {value}\r\n");
    }
    let _ = write!(head, "content-length: {}\r\n\r\n", body.len().max(2));
    let mut bytes = head.into_bytes();
    bytes.extend_from_slice(&body[..body.len() / 2]);
    bytes
}

fn streamed(chunks: impl Stream<Item = Bytes> + Send + 'static) -> Body {
    use futures_util::StreamExt as _;
    StreamBody::new(chunks.map(|chunk| Ok::<_, Infallible>(Frame::data(chunk)))).boxed_unsync()
}
