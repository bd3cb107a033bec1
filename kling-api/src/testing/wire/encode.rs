//! Responses as bytes: by hyper where they are well formed, by hand where they must not be.

use std::convert::Infallible;
use std::fmt::Write as _;

use bytes::Bytes;
use futures_util::StreamExt as _;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::StatusCode;
use hyper::body::Frame;

use crate::testing::wire::response::{Body, Response};

/// The body of a response that hyper sends.
pub(crate) type HyperBody = UnsyncBoxBody<Bytes, Infallible>;

/// The response that hyper sends. To a HEAD request hyper sends the head alone.
pub(crate) fn response(response: Response, head_only: bool) -> hyper::Response<HyperBody> {
    let body = match response.body {
        Body::Whole(bytes) => Full::new(bytes).boxed_unsync(),
        Body::Stream(_) if head_only => Full::default().boxed_unsync(),
        Body::Stream(chunks) => {
            StreamBody::new(chunks.map(|chunk| Ok(Frame::data(chunk)))).boxed_unsync()
        }
    };
    let mut builder = hyper::Response::builder().status(response.code);
    for (name, value) in &response.headers {
        builder = builder.header(name, value);
    }
    builder.body(body).unwrap_or_else(|error| {
        // Only a test can have written such a status or header, so the test is told.
        let text = format!("FakeFal was told to send a response that is no HTTP: {error}");
        let mut response = hyper::Response::new(Full::new(Bytes::from(text)).boxed_unsync());
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        response
    })
}

/// The head of a response and half of its body, with a `content-length` that promises all of it.
pub(crate) fn truncated(response: &Response, body: &[u8]) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {} {}\r\n", response.code, reason(response.code));
    for (name, value) in &response.headers {
        // Writing to a String cannot fail.
        let _ = write!(head, "{name}: {value}\r\n");
    }
    let _ = write!(head, "content-length: {}\r\n\r\n", body.len().max(2));
    let mut bytes = head.into_bytes();
    bytes.extend_from_slice(&body[..body.len() / 2]);
    bytes
}

/// HTTP's name of a status.
pub(crate) fn reason(code: u16) -> &'static str {
    StatusCode::from_u16(code)
        .ok()
        .and_then(|code| code.canonical_reason())
        .unwrap_or("Error")
}
