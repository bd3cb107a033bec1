//! The body of a response that another crate reads.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http_body::Frame;
use tokio::sync::SemaphorePermit;
use url::Url;

use crate::error::Error;
use crate::http::key::Key;
use crate::http::request::{Cause, Failure};
use crate::http::response::{Reader, Response};
use crate::http::transport::Http;

impl Http {
    /// The HTTP library's client, for requests that may be repeated.
    pub(crate) fn shared(&self, url: &Url) -> Result<reqwest::Client, Error> {
        self.shared.client(url).cloned()
    }

    /// A place among the connections. Nobody closes the semaphore.
    pub(crate) async fn connection(&self) -> Option<SemaphorePermit<'_>> {
        self.connections.acquire().await.ok()
    }

    /// Reads a response to its end.
    pub(crate) async fn read(&self, response: reqwest::Response) -> Result<Response, Failure> {
        Reader::new(&self.key, self.body_limit).read(response).await
    }

    /// A body of success that another crate has read.
    pub(crate) fn response_of(&self, body: Bytes) -> Response {
        Response {
            status: 200,
            headers: self.key.clean_headers(HeaderMap::new()),
            body: self.key.clean(body),
        }
    }

    /// Sends a request of another crate. The body of the response keeps the limit for bodies, and does not hold the key.
    pub(crate) async fn send_guarded(
        &self,
        client: &reqwest::Client,
        request: reqwest::Request,
    ) -> reqwest::Result<reqwest::Response> {
        let response = client.execute(request).await?;
        let response: http::Response<reqwest::Body> = response.into();
        let guarded = response.map(|inner| {
            reqwest::Body::wrap(GuardedBody {
                inner: Some(inner),
                arrived: BytesMut::new(),
                limit: self.body_limit,
                key: self.key.clone(),
            })
        });
        Ok(guarded.into())
    }
}

/// A body that is handed on once all of it has arrived.
struct GuardedBody {
    inner: Option<reqwest::Body>,
    arrived: BytesMut,
    limit: usize,
    key: Key,
}

/// The error of a body that is larger than the limit.
#[derive(Debug)]
pub(crate) struct BodyTooLarge {
    limit: usize,
}

impl fmt::Display for BodyTooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the body is larger than {} bytes", self.limit)
    }
}

impl std::error::Error for BodyTooLarge {}

impl http_body::Body for GuardedBody {
    type Data = Bytes;
    type Error = Cause;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Cause>>> {
        let this = &mut *self;
        while let Some(inner) = &mut this.inner {
            match ready!(Pin::new(inner).poll_frame(context)) {
                Some(Ok(frame)) => {
                    let piece = frame.into_data().unwrap_or_default();
                    if this.arrived.len() + piece.len() > this.limit {
                        this.inner = None;
                        let limit = this.limit;
                        return Poll::Ready(Some(Err(Box::new(BodyTooLarge { limit }))));
                    }
                    this.arrived.extend_from_slice(&piece);
                }
                Some(Err(error)) => {
                    this.inner = None;
                    return Poll::Ready(Some(Err(Box::new(error.without_url()))));
                }
                None => {
                    this.inner = None;
                    let body = this.key.clean(this.arrived.split().freeze());
                    return Poll::Ready(Some(Ok(Frame::data(Bytes::clone(&body)))));
                }
            }
        }
        Poll::Ready(None)
    }
}
