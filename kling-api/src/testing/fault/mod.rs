//! What can go wrong with one answer.

pub(crate) mod rules;

use std::time::Duration;

use serde_json::Value;

use crate::testing::routes::router::Operation;

/// What goes wrong with one request. [`FakeFal::fault`](super::FakeFal::fault) says which.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Fault {
    /// This answer instead, and nothing is done. [`Fault::status`] builds one.
    Status {
        /// The HTTP status.
        code: u16,
        /// The headers.
        headers: Vec<(String, String)>,
        /// The body.
        body: Vec<u8>,
    },
    /// The connection is reset when the head of the request has arrived; nothing is done.
    ResetBefore,
    /// The request is carried out, and the connection is reset in place of an answer.
    ResetAfter,
    /// The request is carried out; the answer ends in the middle of the body that its `content-length` promises.
    TruncatedBody,
    /// The request is carried out; the answer is 200 with bytes that are neither JSON nor UTF-8.
    Garbage,
    /// A proxy's HTML page with this status, without any of fal's headers; nothing is done.
    ProxyHtml(u16),
    /// The request is carried out; the answer comes after this time.
    Delay(Duration),
    /// The request is carried out, and no answer ever comes.
    Hang,
    /// The request is carried out; the answer is 200 and its body never ends, as fast as the client reads.
    EndlessBody,
    /// An answer with this status whose body never ends; nothing is done.
    EndlessError(u16),
    /// The request is carried out; the answer comes byte by byte, with this time between two bytes.
    Trickle(Duration),
    /// A 307 to this URL; nothing is done.
    Redirect {
        /// What `location` says.
        to: String,
    },
    /// Submit only: the three URLs of the answer stand under this base, not under the fake's.
    ForeignUrls {
        /// Scheme and authority, such as `http://203.0.113.7`.
        base: String,
    },
    /// Streams only: the connection is reset after this many events.
    StreamDrop {
        /// The events that are sent before.
        after: usize,
    },
    /// Streams only: the stream ends properly after this many events, although the job has not.
    StreamEnd {
        /// The events that are sent before.
        after: usize,
    },
    /// Streams only: after this many events nothing is sent any more, no comment either, and the connection stays.
    StreamStall {
        /// The events that are sent before.
        after: usize,
    },
    /// Streams only: after this many events comes one whose data is no JSON; then the stream goes on.
    StreamGarbage {
        /// The events that are sent before.
        after: usize,
    },
    /// Webhook only: signed with a key that nobody publishes.
    WrongSignature,
    /// Webhook only: signed so long ago.
    SignedEarlier(Duration),
    /// Webhook only: signed by a clock that is ahead by so much.
    SignedLater(Duration),
    /// Webhook only: without this header.
    WithoutHeader(String),
    /// Webhook only: a byte is added to the body once it is signed.
    ChangedBody,
    /// Webhook only: the very same delivery comes twice.
    DeliveredTwice,
}

impl Fault {
    /// An empty answer with this status; [`header`](Self::header) and [`json`](Self::json) add to it.
    #[must_use]
    pub fn status(code: u16) -> Self {
        Self::Status {
            code,
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// fal's answer to a result that is asked for too early.
    #[must_use]
    pub fn still_in_progress() -> Self {
        Self::status(400).json(&crate::testing::wire::response::still_in_progress())
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
            other => panic!("{other:?} has no headers to add to; only Fault::status(…) does"),
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
        let mut fault = self.header("content-type", "application/json");
        if let Self::Status { body, .. } = &mut fault {
            *body = value.to_string().into_bytes();
        }
        fault
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
            other => panic!("{other:?} has no body to set; only Fault::status(…) does"),
        }
        self
    }

    /// Whether the request is carried out all the same, where the rule does not say otherwise.
    pub(crate) fn takes_effect(&self) -> bool {
        match self {
            Self::Status { .. }
            | Self::ResetBefore
            | Self::ProxyHtml(_)
            | Self::EndlessError(_)
            | Self::Redirect { .. } => false,
            Self::ResetAfter
            | Self::TruncatedBody
            | Self::Garbage
            | Self::Delay(_)
            | Self::Hang
            | Self::EndlessBody
            | Self::Trickle(_)
            | Self::ForeignUrls { .. }
            | Self::StreamDrop { .. }
            | Self::StreamEnd { .. }
            | Self::StreamStall { .. }
            | Self::StreamGarbage { .. }
            | Self::WrongSignature
            | Self::SignedEarlier(_)
            | Self::SignedLater(_)
            | Self::WithoutHeader(_)
            | Self::ChangedBody
            | Self::DeliveredTwice => true,
        }
    }

    /// The operations that the fault is meant for, where it is not meant for all.
    pub(crate) fn only_for(&self) -> Option<&'static [Operation]> {
        match self {
            Self::ForeignUrls { .. } => Some(&[Operation::Submit]),
            Self::StreamDrop { .. }
            | Self::StreamEnd { .. }
            | Self::StreamStall { .. }
            | Self::StreamGarbage { .. } => Some(&[Operation::Stream, Operation::RunStream]),
            Self::WrongSignature
            | Self::SignedEarlier(_)
            | Self::SignedLater(_)
            | Self::WithoutHeader(_)
            | Self::ChangedBody
            | Self::DeliveredTwice => Some(&[Operation::Webhook]),
            _ => None,
        }
    }

    /// Whether the fault can strike this operation.
    pub(crate) fn fits(&self, operation: Operation) -> bool {
        match self.only_for() {
            Some(only) => only.contains(&operation),
            // What the fake sends is no answer: it can only be late.
            None => operation != Operation::Webhook || matches!(self, Self::Delay(_)),
        }
    }

    /// How many events a stream sends before the fault strikes, and what it does then.
    pub(crate) fn interruption(&self) -> Option<(usize, Interruption)> {
        match self {
            Self::StreamDrop { after } => Some((*after, Interruption::Reset)),
            Self::StreamEnd { after } => Some((*after, Interruption::End)),
            Self::StreamStall { after } => Some((*after, Interruption::Stall)),
            Self::StreamGarbage { after } => Some((*after, Interruption::Garbage)),
            _ => None,
        }
    }
}

/// What happens to a stream in its midst.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Interruption {
    Reset,
    End,
    Stall,
    Garbage,
}
