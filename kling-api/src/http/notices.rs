//! What an operation tells on its way: that it tries again, and how much of a file has been sent.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::error::Error;
use crate::http::progress::Report;
use crate::http::retry::Operation;

/// An attempt at a request has failed, and another one follows.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Retrying {
    /// What the request is for, such as `submit`, `status` or `result`.
    pub operation: &'static str,
    /// How many attempts have failed.
    pub attempts: u32,
    /// How long the pause before the next one is.
    pub pause: Duration,
    /// Why the last attempt failed: the text of its error.
    pub problem: String,
}

impl fmt::Display for Retrying {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            operation,
            attempts,
            pause,
            problem,
        } = self;
        let problem = problem.trim_end_matches('.');
        let pause = pause.as_secs_f64();
        write!(
            f,
            "{operation}: attempt {attempts} failed, the next one follows in {pause:.1} s: {problem}"
        )
    }
}

/// Something that an operation tells.
#[derive(Debug)]
pub(crate) enum Notice {
    Retrying(Retrying),
    Uploading {
        field: String,
        sent: u64,
        total: u64,
    },
}

/// Where an operation tells it. By default, nobody listens.
#[derive(Clone, Debug, Default)]
pub(crate) struct Notices(Option<Arc<Listener>>);

#[derive(Debug)]
struct Listener {
    sender: UnboundedSender<Notice>,
    has_retried: AtomicBool,
}

/// Notices, and who listens to them.
pub(crate) fn channel() -> (Notices, UnboundedReceiver<Notice>) {
    let (sender, receiver) = unbounded_channel();
    let listener = Listener {
        sender,
        has_retried: AtomicBool::new(false),
    };
    (Notices(Some(Arc::new(listener))), receiver)
}

impl Notices {
    pub(crate) fn retrying(
        &self,
        operation: Operation,
        attempts: u32,
        pause: Duration,
        error: &Error,
    ) {
        let Some(listener) = &self.0 else { return };
        listener.has_retried.store(true, Ordering::Relaxed);
        // Whoever listened may be gone.
        let _ = listener.sender.send(Notice::Retrying(Retrying {
            operation: operation.name(),
            attempts,
            pause,
            problem: error.to_string(),
        }));
    }

    /// Whether there was a retry since this was last looked at.
    pub(crate) fn take_retried(&self) -> bool {
        let listener = self.0.as_deref();
        listener.is_some_and(|it| it.has_retried.swap(false, Ordering::Relaxed))
    }

    /// What the upload of the file of a field reports to.
    pub(crate) fn of_upload(&self, field: &str) -> Option<Report> {
        let listener = self.0.clone()?;
        let field = field.to_owned();
        Some(Arc::new(move |sent, total| {
            let field = field.clone();
            let _ = listener
                .sender
                .send(Notice::Uploading { field, sent, total });
        }))
    }
}
