//! The body of a request that buys.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;

/// A body that can be sent once only, and that knows whether it was.
///
/// A server has no complete request before it has the body, so as long as the body was not taken,
/// no job was submitted.
pub(crate) struct SendOnceBody {
    body: Option<Bytes>,
    taken: Arc<AtomicBool>,
}

impl SendOnceBody {
    /// `taken` becomes true when the body is handed to a connection.
    pub(crate) fn new(body: Bytes, taken: Arc<AtomicBool>) -> Self {
        Self {
            body: Some(body),
            taken,
        }
    }
}

impl http_body::Body for SendOnceBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, Infallible>>> {
        self.taken.store(true, Ordering::Relaxed);
        Poll::Ready(
            self.body
                .take()
                .map(|body| Ok(http_body::Frame::data(body))),
        )
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_none()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        http_body::SizeHint::with_exact(self.body.as_ref().map_or(0, |body| body.len() as u64))
    }
}
