//! JSON as fal sends it.

use bytes::Bytes;
use serde::de::{DeserializeOwned, Error as _, IgnoredAny};

use crate::http::redact::Clean;

/// Reads a JSON object. serde would take a list for the fields of a type too.
pub(crate) fn object<T: DeserializeOwned>(body: &[u8]) -> serde_json::Result<T> {
    if body.trim_ascii_start().first() == Some(&b'{') {
        return serde_json::from_slice(body);
    }
    serde_json::from_slice::<IgnoredAny>(body)?;
    Err(serde_json::Error::custom("the response is no JSON object"))
}

/// Reads a body as JSON. A long one is read beside the async workers, which it would keep from everything else.
pub(crate) async fn read<T: DeserializeOwned + Send + 'static>(
    body: &Clean<Bytes>,
) -> serde_json::Result<T> {
    let body = Bytes::clone(body);
    aside(body.len(), move || serde_json::from_slice(&body)).await
}

/// Does work on so many bytes, beside the async workers where they are many.
pub(crate) async fn aside<T: Send + 'static>(
    bytes: usize,
    work: impl FnOnce() -> T + Send + 'static,
) -> T {
    const MANY: usize = 256 * 1024;
    if bytes <= MANY {
        return work();
    }
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is shutting down, and this future with it.
            Err(_) => std::future::pending().await,
        },
    }
}

/// Whether this is JSON, of any shape.
pub(crate) fn is_json(body: &[u8]) -> bool {
    serde_json::from_slice::<IgnoredAny>(body).is_ok()
}
