//! Server-sent events: their texts, with a limit for each and a watch for silence.

use std::time::Duration;

use ::http::HeaderMap;
use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use sse_stream::SseByteStream;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;

use crate::http::key::Key;
use crate::http::redact::Clean;
use crate::http::request::Cause;

/// A stream of events that is open.
#[derive(Debug)]
pub(crate) struct EventStream {
    pub(crate) headers: Clean<HeaderMap>,
    response: reqwest::Response,
    permit: Option<OwnedSemaphorePermit>,
    key: Key,
    limit: usize,
}

/// Why a stream ended that the server did not close.
#[derive(Debug)]
pub(crate) enum StreamFailure {
    Broken(Cause),
    Silent,
}

impl EventStream {
    pub(super) fn new(
        mut response: reqwest::Response,
        permit: Option<OwnedSemaphorePermit>,
        key: Key,
        limit: usize,
    ) -> Self {
        Self {
            headers: key.clean_headers(std::mem::take(response.headers_mut())),
            response,
            permit,
            key,
            limit,
        }
    }

    /// The text of each event, without the key. Fails after `stall` without a byte, comments included, and where an
    /// event is larger than the limit for bodies.
    pub(crate) fn texts(
        self,
        stall: Duration,
    ) -> impl Stream<Item = Result<Clean<String>, StreamFailure>> + Send {
        let (key, limit) = (self.key, self.limit);
        let state = (self.response, self.permit);
        let pieces = futures_util::stream::unfold(state, |(mut response, permit)| async move {
            match response.chunk().await {
                Ok(Some(piece)) => Some((Ok(piece), (response, permit))),
                Ok(None) => None,
                Err(error) => {
                    let error = std::io::Error::other(error.without_url());
                    Some((Err(error), (response, permit)))
                }
            }
        });
        texts(pieces, stall, limit, key)
    }
}

fn texts(
    pieces: impl Stream<Item = Result<Bytes, std::io::Error>> + Send + 'static,
    stall: Duration,
    limit: usize,
    key: Key,
) -> impl Stream<Item = Result<Clean<String>, StreamFailure>> + Send {
    let watched = bounded(watched(pieces, stall), limit);
    SseByteStream::new(Box::pin(watched)).filter_map(move |event| {
        let text = match event {
            Ok(event) => event.data.map(|text| Ok(key.clean_text(text))),
            Err(sse_stream::Error::Body(error)) if is_silence(error.as_ref()) => {
                Some(Err(StreamFailure::Silent))
            }
            Err(error) => Some(Err(StreamFailure::Broken(Box::new(error)))),
        };
        std::future::ready(text)
    })
}

fn watched(
    pieces: impl Stream<Item = Result<Bytes, std::io::Error>> + Send,
    stall: Duration,
) -> impl Stream<Item = Result<Bytes, std::io::Error>> + Send {
    futures_util::stream::unfold(Some(Box::pin(pieces)), move |pieces| async move {
        let mut pieces = pieces?;
        match timeout(stall, pieces.next()).await {
            Ok(piece) => piece.map(|piece| (piece, Some(pieces))),
            Err(_) => Some((Err(std::io::ErrorKind::TimedOut.into()), None)),
        }
    })
}

fn is_silence(error: &(dyn std::error::Error + 'static)) -> bool {
    error
        .downcast_ref::<std::io::Error>()
        .is_some_and(|error| error.kind() == std::io::ErrorKind::TimedOut)
}

fn bounded(
    pieces: impl Stream<Item = Result<Bytes, std::io::Error>> + Send,
    limit: usize,
) -> impl Stream<Item = Result<Bytes, std::io::Error>> + Send {
    let mut measure = Measure::default();
    pieces.map(move |piece| {
        let piece = piece?;
        if measure.add(&piece) > limit {
            return Err(std::io::ErrorKind::FileTooLarge.into());
        }
        Ok(piece)
    })
}

/// How long the longest event of a piece is, up to its blank line.
#[derive(Default)]
struct Measure {
    event: usize,
    line: usize,
    after_return: bool,
}

impl Measure {
    fn add(&mut self, piece: &[u8]) -> usize {
        let mut longest = 0;
        for &byte in piece {
            let ends_line = matches!(byte, b'\n' | b'\r');
            let second_half = byte == b'\n' && self.after_return;
            self.after_return = byte == b'\r';
            if !ends_line {
                self.event += 1;
                self.line += 1;
                longest = longest.max(self.event);
            } else if !second_half {
                if self.line == 0 {
                    self.event = 0;
                }
                self.line = 0;
            }
        }
        longest
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The texts of events that come in these pieces, read by a client whose key is `id:SECRET-PART`.
    pub(crate) fn of_pieces(
        pieces: impl Stream<Item = Result<Bytes, std::io::Error>> + Send + 'static,
        stall: Duration,
        limit: usize,
    ) -> impl Stream<Item = Result<Clean<String>, StreamFailure>> + Send {
        let key = Key::new("id:SECRET-PART".to_owned().into()).unwrap();
        texts(pieces, stall, limit, key)
    }
}
