//! The steps of a job, as whoever follows it sees them.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::{Stream, StreamExt};
use tokio::sync::mpsc::UnboundedReceiver;

use crate::error::Error;
use crate::http::notices::{Notice, Retrying};
use crate::values::completed::Completed;
use crate::values::endpoint::Raw;
use crate::values::job::Job;
use crate::values::status::LogLine;

/// One step of a job.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Update<O> {
    /// Bytes of a local file are on their way to fal. Only a [call](crate::Call::updates) has files.
    Uploading {
        /// The field of the input that the file is for.
        field: String,
        /// How many bytes were sent. It never gets smaller.
        sent: u64,
        /// How many bytes the file has.
        total: u64,
    },
    /// fal has the job: from now on it is paid for, and can be followed from any process. Only a
    /// [call](crate::Call::updates) submits.
    Submitted(Job<Raw>),
    /// A request has failed and is sent again. What the job does meanwhile is not known; its state is shown anew once it
    /// is.
    Retrying(Retrying),
    /// The job waits. Shown again when its position changes.
    Queued {
        /// How many jobs are before this one, where fal says so.
        position: Option<u64>,
    },
    /// A runner works on the job.
    InProgress,
    /// The job is in a state that this version does not know, under fal's name for it.
    Other(String),
    /// New log lines, each of them shown once; only with `logs(true)`.
    Logs(Vec<LogLine>),
    /// The job is done, and this is its result. Nothing comes after it.
    Completed(Box<Completed<O>>),
}

impl<O> From<Notice> for Update<O> {
    fn from(notice: Notice) -> Self {
        match notice {
            Notice::Retrying(retrying) => Self::Retrying(retrying),
            Notice::Uploading { field, sent, total } => Self::Uploading { field, sent, total },
        }
    }
}

/// The steps of a job, as a stream: made by [`Follow::updates`](crate::Follow::updates) and
/// [`Call::updates`](crate::Call::updates).
#[must_use = "nothing is followed until the updates are read"]
pub struct Updates<O> {
    items: Pin<Box<dyn Stream<Item = Item<O>> + Send>>,
}

type Item<O> = Result<Update<O>, Error>;

impl<O> Updates<O> {
    /// The items, and between them what is told while the next one is waited for.
    pub(crate) fn new(
        items: impl Stream<Item = Item<O>> + Send + 'static,
        mut told: UnboundedReceiver<Notice>,
    ) -> Self
    where
        O: Send + 'static,
    {
        let mut items = Box::pin(items.fuse());
        // An item that has come while there was still something to tell before it.
        let mut held: Option<Option<Item<O>>> = None;
        let merged = futures_util::stream::poll_fn(move |context| {
            if held.is_none()
                && let Poll::Ready(item) = items.as_mut().poll_next(context)
            {
                held = Some(item);
            }
            match told.poll_recv(context) {
                Poll::Ready(Some(notice)) => Poll::Ready(Some(Ok(notice.into()))),
                Poll::Ready(None) | Poll::Pending => match held.take() {
                    Some(item) => Poll::Ready(item),
                    None => Poll::Pending,
                },
            }
        });
        Self {
            items: Box::pin(merged),
        }
    }

    /// The next step; `None` after the end. May be dropped and called again without losing one.
    pub async fn next(&mut self) -> Option<Result<Update<O>, Error>> {
        self.items.next().await
    }
}

impl<O> Stream for Updates<O> {
    type Item = Item<O>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.items.as_mut().poll_next(context)
    }
}

impl<O> fmt::Debug for Updates<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Updates").finish_non_exhaustive()
    }
}
