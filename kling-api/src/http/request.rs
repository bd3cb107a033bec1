//! A request, and why there is no response to it.

use std::time::Duration;

use ::http::{HeaderMap, HeaderValue, Method, header};
use bytes::Bytes;
use tokio::time::Instant;
use url::Url;

use crate::error::Error;
use crate::http::response::Response;

/// One attempt at a request.
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Body,
    /// Of this attempt, from connecting to the last byte of the response.
    pub(crate) timeout: Duration,
    /// Of the caller, for all attempts.
    pub(crate) deadline: Option<Instant>,
}

impl Request {
    /// A request without a body, which expects JSON.
    pub(crate) fn new(
        method: Method,
        url: Url,
        timeout: Duration,
        deadline: Option<Instant>,
    ) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        Self {
            method,
            url,
            headers,
            body: Body::None,
            timeout,
            deadline,
        }
    }
}

/// The body of a request.
#[derive(Debug)]
pub(crate) enum Body {
    None,
    /// May be sent again, by the HTTP library too.
    Repeatable(Bytes),
    /// Must reach a server at most once: it may buy a job.
    Once(Bytes),
}

/// Why there is no complete response.
#[derive(Debug)]
pub(crate) enum Failure {
    NotConnected(Cause),
    TimedOut {
        /// Whether the server may have the whole request.
        sent: bool,
        /// Whether it was the caller's deadline that passed.
        deadline: bool,
        partial: Option<Box<Response>>,
    },
    Interrupted {
        source: Cause,
        partial: Option<Box<Response>>,
    },
    TooLarge {
        partial: Box<Response>,
        limit: usize,
    },
    Untrusted,
    Unsendable(Cause),
}

pub(crate) type Cause = Box<dyn std::error::Error + Send + Sync>;

/// There are no connections for a URL.
impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Unsendable(Box::new(error))
    }
}

/// reqwest names the URL, which may be signed.
impl From<reqwest::Error> for Failure {
    fn from(error: reqwest::Error) -> Self {
        let error = error.without_url();
        if error.is_connect() {
            Self::NotConnected(Box::new(error))
        } else if error.is_builder() {
            Self::Unsendable(Box::new(error))
        } else {
            Self::Interrupted {
                source: Box::new(error),
                partial: None,
            }
        }
    }
}
