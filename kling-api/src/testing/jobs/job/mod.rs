//! One job: what was submitted, and who has seen which of its states.

#[cfg(test)]
mod tests;

use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use serde_json::Value;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use crate::testing::jobs::logs::LogLine;
use crate::testing::jobs::progress::Progress;
use crate::testing::jobs::script::{Script, StreamLogs};
use crate::testing::jobs::state::{Cancellation, Ending, JobState, Snapshot};

pub(crate) struct Job {
    pub(crate) request_id: String,
    pub(crate) submit: Submit,
    pub(crate) sent_at: SystemTime,
    progress: Mutex<Progress>,
    /// Notified at each change, for the streams that wait for one.
    changed: Notify,
}

/// What was submitted.
pub(crate) struct Submit {
    pub(crate) endpoint: Arc<str>,
    pub(crate) input: Value,
    pub(crate) webhook: Option<String>,
    pub(crate) script: Script,
    /// When the job ends if it is still in the queue.
    pub(crate) start_deadline: Option<Instant>,
    /// Whether input and output are kept for the list of past requests.
    pub(crate) is_stored: bool,
}

/// How far one stream has read a job's history.
pub(crate) struct Cursor {
    moment: usize,
    logs: usize,
}

/// What a stream does next.
enum Next {
    Event(Snapshot),
    /// Nothing is new: wait for a change, or until the clock brings one.
    Wait(Option<Instant>),
    End,
}

impl Job {
    pub(crate) fn new(request_id: String, submit: Submit, held: bool) -> Self {
        Self {
            request_id,
            progress: Mutex::new(Progress::new(&submit.script, submit.start_deadline, held)),
            submit,
            sent_at: SystemTime::now(),
            changed: Notify::new(),
        }
    }

    /// The present state. Does not move the job.
    pub(crate) fn peek(&self) -> Snapshot {
        let progress = self.lock();
        progress.snapshot(progress.last(), 0)
    }

    /// What a status shows. Under [`Pace::Observed`](super::script::Pace::Observed) the next one shows the next step.
    pub(crate) fn observe(&self) -> Snapshot {
        self.change(|progress, script| {
            if progress.shown && progress.moves_when_seen(script) {
                progress.advance(script);
            }
            progress.shown = true;
            progress.snapshot(progress.last(), 0)
        })
    }

    /// A new stream, which starts with the present state.
    pub(crate) fn cursor(&self) -> Cursor {
        let progress = self.lock();
        Cursor {
            moment: progress.moments.len() - 1,
            logs: if self.submit.script.stream_logs == StreamLogs::SinceConnect {
                progress.logs.len()
            } else {
                0
            },
        }
    }

    /// The next event of a stream, as soon as there is one; none after the end. Dropped while it waits, it loses none.
    pub(crate) async fn next_event(&self, cursor: &mut Cursor) -> Option<Snapshot> {
        loop {
            let mut changed = pin!(self.changed.notified());
            changed.as_mut().enable();
            match self.try_next_event(cursor) {
                Next::Event(snapshot) => return Some(snapshot),
                Next::End => return None,
                Next::Wait(None) => changed.await,
                // Whether it was the clock or a change, there may be an event now.
                Next::Wait(Some(until)) => drop(timeout_at(until, changed).await),
            }
        }
    }

    fn try_next_event(&self, cursor: &mut Cursor) -> Next {
        let script = &self.submit.script;
        let mut progress = self.lock();
        if cursor.moment == progress.moments.len() && progress.moves_when_seen(script) {
            progress.advance(script);
        }
        let Some(moment) = progress.moments.get(cursor.moment).copied() else {
            return match progress.ending {
                Some(_) => Next::End,
                None => Next::Wait(progress.wake_at(script)),
            };
        };
        cursor.moment += 1;
        if cursor.moment == progress.moments.len() {
            progress.shown = true;
        }
        let first_log = match script.stream_logs {
            StreamLogs::Full => 0,
            StreamLogs::Increments | StreamLogs::SinceConnect => cursor.logs,
        };
        cursor.logs = cursor.logs.max(moment.logs);
        Next::Event(progress.snapshot(moment, first_log))
    }

    pub(crate) fn cancel(&self) -> Cancellation {
        self.change(|progress, script| match progress.state() {
            JobState::Completed => Cancellation::TooLate,
            JobState::InQueue => {
                progress.finish(script, Ending::cancelled(false));
                Cancellation::Removed
            }
            JobState::InProgress => {
                progress.cancel_requested = true;
                Cancellation::Requested
            }
        })
    }

    pub(crate) fn advance(&self) {
        self.change(Progress::advance);
    }

    pub(crate) fn set_queue_position(&self, position: u32) {
        self.change(|progress, _| {
            if progress.state() == JobState::InQueue {
                progress.push(JobState::InQueue, Some(position));
            }
        });
    }

    pub(crate) fn start(&self) {
        self.change(|progress, _| progress.start_by_hand());
    }

    /// Adds a line, and a moment that shows it.
    pub(crate) fn log(&self, line: LogLine) {
        self.change(|progress, _| {
            if progress.ending.is_none() {
                progress.logs.push(line);
                let last = progress.last();
                progress.push(last.state, last.queue_position);
            }
        });
    }

    pub(crate) fn finish(&self, ending: Ending) {
        self.change(|progress, script| progress.finish(script, ending));
    }

    pub(crate) fn hold(&self) {
        self.change(|progress, _| progress.held = true);
    }

    pub(crate) fn release(&self) {
        self.change(|progress, script| {
            progress.held = false;
            progress.plan_next_step(script, Instant::now());
        });
    }

    fn change<T>(&self, change: impl FnOnce(&mut Progress, &Script) -> T) -> T {
        let value = change(&mut self.lock(), &self.submit.script);
        self.changed.notify_waiters();
        value
    }

    /// The progress up to now.
    fn lock(&self) -> MutexGuard<'_, Progress> {
        let mut progress = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        progress.catch_up(&self.submit.script, Instant::now());
        progress
    }
}
