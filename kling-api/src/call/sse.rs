//! Reading a status stream: server-sent events, with a bound on each and a watch on silence.

use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use sse_stream::SseByteStream;
use std::pin::Pin;
use tokio::time::timeout;

use crate::values::status::Status;

type Pieces = Pin<Box<dyn Stream<Item = Result<Event, sse_stream::Error>> + Send>>;

/// A status stream that is open.
pub(crate) struct Events {
    events: Pieces,
}

/// What one reading brought.
#[derive(Debug, PartialEq)]
pub(crate) enum Event {
    /// The server spoke: a status, and at times several.
    Status(Status),
    /// The stream is over: closed, broken, silent for too long, or not what it should be.
    Over(Over),
}

/// Why a stream is over. None of these says anything about the job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Over {
    Closed,
    Broken,
    Silent,
}

impl Events {
    /// Reads events from `pieces`; over after `stall` without a byte, comments included, and once
    /// a single event is larger than `limit` bytes.
    pub(crate) fn new(
        pieces: impl Stream<Item = Result<Bytes, std::io::Error>> + Send + 'static,
        stall: Duration,
        limit: usize,
    ) -> Self {
        let events = data(pieces, stall, limit).filter_map(|data| async {
            match data {
                Ok(data) => read(&data).map(Ok),
                Err(error) => Some(Err(error)),
            }
        });
        Self {
            events: Box::pin(events),
        }
    }

    /// The same events without what must not be kept, should a server have sent it back.
    pub(crate) fn redacted(self, redact: impl Fn(&str) -> String + Send + 'static) -> Self {
        let events = self.events.map(move |event| match event {
            Ok(Event::Status(status)) => Ok(Event::Status(status.redacted(&redact))),
            other => other,
        });
        Self {
            events: Box::pin(events),
        }
    }

    /// The next event. May be dropped and called again without losing one.
    pub(crate) async fn next(&mut self) -> Event {
        match self.events.next().await {
            Some(Ok(event)) => event,
            None => Event::Over(Over::Closed),
            Some(Err(sse_stream::Error::Body(error))) if is_silence(error.as_ref()) => {
                Event::Over(Over::Silent)
            }
            Some(Err(_)) => Event::Over(Over::Broken),
        }
    }
}

/// What stands in the events' `data`; over after `stall` without a byte, comments included, and once a
/// single event is larger than `limit` bytes.
pub(crate) fn data(
    pieces: impl Stream<Item = Result<Bytes, std::io::Error>> + Send + 'static,
    stall: Duration,
    limit: usize,
) -> impl Stream<Item = Result<String, sse_stream::Error>> + Send {
    let watched = bounded(watched(pieces, stall), limit);
    SseByteStream::new(Box::pin(watched))
        .filter_map(|event| async { event.map(|event| event.data).transpose() })
}

/// An event that is no status object is passed over: fal may add kinds of events.
fn read(data: &str) -> Option<Event> {
    Status::read(data.as_bytes()).ok()?.map(Event::Status)
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
mod tests {
    use futures_util::stream;

    use super::*;
    use crate::values::status::State;

    const STALL: Duration = Duration::from_secs(45);

    fn pieces(
        texts: &'static [(u64, &'static str)],
    ) -> impl Stream<Item = Result<Bytes, std::io::Error>> + Send {
        stream::iter(texts).then(|(after, text)| async move {
            tokio::time::sleep(Duration::from_secs(*after)).await;
            Ok(Bytes::from_static(text.as_bytes()))
        })
    }

    async fn all(texts: &'static [(u64, &'static str)], limit: usize) -> (Vec<State>, Over) {
        let mut events = Events::new(pieces(texts), STALL, limit);
        let mut states = Vec::new();
        loop {
            match events.next().await {
                Event::Status(event) => states.push(event.state().clone()),
                Event::Over(over) => return (states, over),
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn events_are_read_across_pieces() {
        let texts = &[
            (0, "data: {\"status\":\"IN_QU"),
            (1, "EUE\"}\r\n\r\ndata: {\"status\":\"IN_PROGRESS\"}\n"),
            (1, "\ndata: not json\n\nevent: other\ndata: {}\n\n"),
            (
                0,
                "data: {\"status\":\"COMPLETED\"}\n\ndata: {\"status\":\"cut",
            ),
        ];
        let states = vec![State::Queued, State::InProgress, State::Completed];
        assert_eq!(all(texts, 1000).await, (states, Over::Closed));
    }

    #[tokio::test(start_paused = true)]
    async fn comments_keep_a_stream_alive_and_silence_ends_it() {
        let texts = &[
            (40, ": ping\n"),
            (40, ": ping\n\n"),
            (40, "data: {\"status\":\"IN_QUEUE\"}\n\n"),
            (46, "x"),
        ];
        assert_eq!(all(texts, 1000).await, (vec![State::Queued], Over::Silent));
    }

    #[tokio::test(start_paused = true)]
    async fn an_event_has_a_bound_and_a_stream_has_none() {
        const SMALL: (u64, &str) = (0, "data: {\"status\":\"IN_QUEUE\"}\n\n");
        assert_eq!(SMALL.1.trim_end().len(), 27);
        let texts: &[_] = &[SMALL, SMALL, SMALL];
        assert_eq!(all(texts, 27).await, (vec![State::Queued; 3], Over::Closed));
        assert_eq!(all(texts, 26).await, (vec![], Over::Broken));
        let endless: &[_] = &[
            (0, "data: a\n"),
            (0, "data: b\n"),
            (0, "data: c\n"),
            (0, "data: d\n"),
        ];
        assert_eq!(all(endless, 20).await, (vec![], Over::Broken));
    }

    #[tokio::test(start_paused = true)]
    async fn no_event_keeps_the_key() {
        let texts = &[(
            0,
            "data: {\"status\":\"COMPLETED\",\"error\":\"bad SECRET\"}\n\n",
        )];
        let events = Events::new(pieces(texts), STALL, 1000);
        let mut events = events.redacted(|text| text.replace("SECRET", "[key]"));
        let Event::Status(status) = events.next().await else {
            panic!("no status");
        };
        assert_eq!(status.error(), Some("bad [key]"));
        assert_eq!(events.next().await, Event::Over(Over::Closed));
    }

    #[tokio::test(start_paused = true)]
    async fn bytes_that_are_no_text_break_the_stream() {
        let broken = stream::iter([Ok(Bytes::from_static(b"data: \xff\xfe\n\n"))]);
        assert_eq!(
            Events::new(broken, STALL, 1000).next().await,
            Event::Over(Over::Broken)
        );
    }
}
