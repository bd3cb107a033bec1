//! The statuses that a stream brings.

use std::pin::Pin;

use futures_util::{Stream, StreamExt};

use crate::http::events::StreamFailure;
use crate::http::redact::Clean;
use crate::values::status::Status;

/// A status stream that is open.
pub(crate) struct StatusStream {
    texts: Pin<Box<dyn Stream<Item = Result<Clean<String>, StreamFailure>> + Send>>,
}

/// The next thing that a stream brings.
#[derive(Debug, PartialEq)]
pub(crate) enum Event {
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

impl StatusStream {
    pub(crate) fn new(
        texts: impl Stream<Item = Result<Clean<String>, StreamFailure>> + Send + 'static,
    ) -> Self {
        Self {
            texts: Box::pin(texts),
        }
    }

    /// The next event. May be dropped and called again without losing one.
    pub(crate) async fn next(&mut self) -> Event {
        loop {
            match self.texts.next().await {
                // An event that is no status object is ignored: fal may add kinds of events.
                Some(Ok(text)) => {
                    if let Ok(Some(status)) = Status::read(text.as_bytes()) {
                        return Event::Status(status);
                    }
                }
                None => return Event::Over(Over::Closed),
                Some(Err(StreamFailure::Silent)) => return Event::Over(Over::Silent),
                Some(Err(StreamFailure::Broken(_))) => return Event::Over(Over::Broken),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bytes::Bytes;
    use futures_util::stream;

    use super::*;
    use crate::http::events::tests::of_pieces;
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
        let mut events = StatusStream::new(of_pieces(pieces(texts), STALL, limit));
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
            "data: {\"status\":\"COMPLETED\",\"error\":\"bad \\u0053ECRET-PART\"}\n\n",
        )];
        let mut events = StatusStream::new(of_pieces(pieces(texts), STALL, 1000));
        let Event::Status(status) = events.next().await else {
            panic!("no status");
        };
        assert_eq!(status.error(), Some("bad [key]"));
        assert_eq!(events.next().await, Event::Over(Over::Closed));
    }

    #[tokio::test(start_paused = true)]
    async fn bytes_that_are_no_text_break_the_stream() {
        let broken = stream::iter([Ok(Bytes::from_static(b"data: \xff\xfe\n\n"))]);
        let mut events = StatusStream::new(of_pieces(broken, STALL, 1000));
        assert_eq!(events.next().await, Event::Over(Over::Broken));
    }
}
