//! What can go wrong with one request.

pub(crate) mod active;
pub(crate) mod rules;

use std::time::Duration;

use serde_json::Value;

use crate::testing::wire::response::still_in_progress;

/// What goes wrong with one request. [`FakeFal::fault`](super::FakeFal::fault) sets it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Fault {
    /// The response is this one, and the request is not carried out. [`Fault::status`] builds one.
    Status {
        /// The HTTP status.
        code: u16,
        /// The headers.
        headers: Vec<(String, String)>,
        /// The body.
        body: Vec<u8>,
    },
    /// The connection is reset when the head of the request has arrived. The request is not carried out.
    ResetBefore,
    /// The request is carried out, and the connection is reset in place of a response.
    ResetAfter,
    /// The request is carried out. The response ends in the middle of the body that its `content-length` promises.
    TruncatedBody,
    /// The request is carried out. The response is 200 with bytes that are neither JSON nor UTF-8.
    Garbage,
    /// The response is a proxy's HTML page with this status and none of fal's headers. The request is not carried out.
    ProxyHtml(u16),
    /// The request is carried out. The response comes after this time.
    Delay(Duration),
    /// The request is carried out, and no response ever comes.
    Hang,
    /// The request is carried out. The response is 200, and its body never ends, as fast as the client reads.
    EndlessBody,
    /// The response has this status, and its body never ends. The request is not carried out.
    EndlessError(u16),
    /// The request is carried out. The response comes byte by byte, with this time between two bytes.
    Trickle(Duration),
    /// The response is a 307 to this URL. The request is not carried out.
    Redirect {
        /// What `location` says.
        to: String,
    },
    /// Submit only: the three URLs of the response start with this base, not with the fake's.
    ForeignUrls {
        /// Scheme and authority, such as `http://203.0.113.7`.
        base: String,
    },
    /// Streams only: the connection is reset after this many events.
    StreamDrop {
        /// The events that are sent before.
        after: usize,
    },
    /// Streams only: the stream ends properly after this many events, although the job has not ended.
    StreamEnd {
        /// The events that are sent before.
        after: usize,
    },
    /// Streams only: after this many events nothing more is sent, no comment either, and the connection stays open.
    StreamStall {
        /// The events that are sent before.
        after: usize,
    },
    /// Streams only: after this many events comes one whose data is no JSON. The others follow.
    StreamGarbage {
        /// The events that are sent before.
        after: usize,
    },
    /// Webhook only: signed with a key that nobody publishes.
    WrongSignature,
    /// Webhook only: signed this long ago.
    SignedEarlier(Duration),
    /// Webhook only: signed by a clock that is ahead by this much.
    SignedLater(Duration),
    /// Webhook only: without this header.
    WithoutHeader(String),
    /// Webhook only: a byte is added to the body after it is signed.
    ChangedBody,
    /// Webhook only: the same delivery comes twice.
    DeliveredTwice,
}

impl Fault {
    /// An empty response with this status. [`header`](Self::header) and [`json`](Self::json) add to it.
    #[must_use]
    pub fn status(code: u16) -> Self {
        Self::Status {
            code,
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// fal's response to a request for a result before the job has ended.
    #[must_use]
    pub fn still_in_progress() -> Self {
        Self::status(400).json(&still_in_progress())
    }

    /// Adds a header to a [`Fault::Status`].
    ///
    /// # Panics
    /// If the fault is another one.
    #[must_use]
    #[track_caller]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        match &mut self {
            Self::Status { headers, .. } => headers.push((name.to_owned(), value.to_owned())),
            other => panic!("{other:?} has no headers to add to; only Fault::status(…) has"),
        }
        self
    }

    /// Gives a [`Fault::Status`] a JSON body.
    ///
    /// # Panics
    /// If the fault is another one.
    #[must_use]
    #[track_caller]
    pub fn json(self, value: &Value) -> Self {
        self.header("content-type", "application/json")
            .body(value.to_string())
    }

    /// Gives a [`Fault::Status`] this body, byte for byte.
    ///
    /// # Panics
    /// If the fault is another one.
    #[must_use]
    #[track_caller]
    pub fn body(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        match &mut self {
            Self::Status { body, .. } => *body = bytes.into(),
            other => panic!("{other:?} has no body to set; only Fault::status(…) has"),
        }
        self
    }
}
