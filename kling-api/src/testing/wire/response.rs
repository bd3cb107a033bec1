//! A response before it goes over a connection.

use bytes::Bytes;
use futures_util::stream::{BoxStream, Stream, StreamExt as _};
use serde_json::{Value, json};

/// A response that a fault can still change.
pub(crate) struct Response {
    pub(crate) code: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Body,
}

pub(crate) enum Body {
    Whole(Bytes),
    /// Chunk by chunk. In a stream of events, each event and each comment is one chunk.
    Stream(BoxStream<'static, Bytes>),
}

impl Response {
    pub(crate) fn new(code: u16, content_type: &str, body: impl Into<Bytes>) -> Self {
        Self {
            code,
            headers: Vec::new(),
            body: Body::Whole(body.into()),
        }
        .header("content-type", content_type)
    }

    pub(crate) fn json(code: u16, value: &Value) -> Self {
        Self::new(code, "application/json", value.to_string())
    }

    pub(crate) fn stream(
        code: u16,
        content_type: &str,
        chunks: impl Stream<Item = Bytes> + Send + 'static,
    ) -> Self {
        Self {
            body: Body::Stream(chunks.boxed()),
            ..Self::new(code, content_type, "")
        }
    }

    pub(crate) fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }
}

/// The event of a stream that carries this value.
pub(crate) fn event(value: &Value) -> Bytes {
    format!("data: {value}\n\n").into()
}

pub(crate) fn still_in_progress() -> Value {
    json!({"detail": "Request is still in progress"})
}

pub(crate) fn invalid_key() -> Response {
    Response::json(401, &json!({"detail": "invalid key credentials"}))
}

pub(crate) fn not_found() -> Response {
    Response::json(404, &json!({"status": "NOT_FOUND"}))
}

pub(crate) fn path_not_found(path: &str) -> Response {
    Response::json(
        404,
        &json!({"error": "Error", "message": format!("Path {path} not found")}),
    )
}

pub(crate) fn wrong_method(allow: &str) -> Response {
    Response::json(405, &json!({"detail": "Method Not Allowed"})).header("allow", allow)
}
