//! One job: the states that it goes through, and who sees which of them.

#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use serde_json::Value;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::testing::jobs::logs::LogLine;
use crate::testing::jobs::progress::Progress;
use crate::testing::jobs::script::{Outcome, Script, StreamLogs};

/// The three states that fal knows. A job that failed or was cancelled is completed too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum JobState {
    /// Waiting for a runner.
    InQueue,
    /// A runner works on it.
    InProgress,
    /// It has ended, well or not.
    Completed,
}

/// Why a job ended.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Ending {
    Outcome(Outcome),
    Cancelled,
    StartTimeout,
}

/// What a cancellation achieved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cancellation {
    Removed,
    Requested,
    TooLate,
}

pub(crate) struct Job {
    pub(crate) request_id: String,
    pub(crate) endpoint: Arc<str>,
    pub(crate) input: Value,
    pub(crate) webhook: Option<String>,
    pub(crate) script: Script,
    pub(crate) sent_at: SystemTime,
    /// Whether input and output are kept for the list of past requests.
    pub(crate) is_stored: bool,
    progress: Mutex<Progress>,
    /// Woken at each change, for the streams that wait for one.
    pub(crate) changed: Notify,
}

/// What one status says about a job.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    pub(crate) state: JobState,
    pub(crate) queue_position: Option<u32>,
    pub(crate) logs: Vec<LogLine>,
    pub(crate) ending: Option<Ending>,
}

/// Where one stream stands in a job's history.
pub(crate) struct Cursor {
    moment: usize,
    logs: usize,
}

/// What a stream does next.
pub(crate) enum Next {
    Event(Snapshot),
    /// Nothing is new: wait for a change, or until the clock brings one.
    Wait(Option<Instant>),
    End,
}

impl Job {
    pub(crate) fn new(
        request_id: String,
        endpoint: Arc<str>,
        input: Value,
        webhook: Option<String>,
        script: Script,
        start_deadline: Option<Instant>,
        held: bool,
    ) -> Self {
        let progress = Progress::new(&script, start_deadline, held);
        Self {
            request_id,
            endpoint,
            input,
            webhook,
            script,
            sent_at: SystemTime::now(),
            is_stored: true,
            progress: Mutex::new(progress),
            changed: Notify::new(),
        }
    }

    /// The state at this time, without moving the job on.
    pub(crate) fn peek(&self) -> Snapshot {
        let mut progress = self.lock();
        progress.catch_up(&self.script, Instant::now());
        progress.snapshot(progress.last(), 0)
    }

    /// What a status shows. Under [`Pace::Observed`] the next one shows the next step.
    pub(crate) fn observe(&self) -> Snapshot {
        let mut progress = self.lock();
        progress.catch_up(&self.script, Instant::now());
        if progress.shown && progress.moves_when_seen(&self.script) {
            progress.advance(&self.script);
        }
        progress.shown = true;
        let snapshot = progress.snapshot(progress.last(), 0);
        drop(progress);
        self.changed.notify_waiters();
        snapshot
    }

    /// A new stream begins with the present state.
    pub(crate) fn cursor(&self) -> Cursor {
        let progress = self.lock();
        Cursor {
            moment: progress.moments.len() - 1,
            logs: if self.script.stream_logs == StreamLogs::SinceConnect {
                progress.logs.len()
            } else {
                0
            },
        }
    }

    /// What the stream at this cursor does next.
    pub(crate) fn next_event(&self, cursor: &mut Cursor) -> Next {
        let mut progress = self.lock();
        progress.catch_up(&self.script, Instant::now());
        if cursor.moment == progress.moments.len() && progress.moves_when_seen(&self.script) {
            progress.advance(&self.script);
        }
        let Some(moment) = progress.moments.get(cursor.moment).copied() else {
            return match progress.ending {
                Some(_) => Next::End,
                None => Next::Wait(progress.wake_at(&self.script)),
            };
        };
        cursor.moment += 1;
        if cursor.moment == progress.moments.len() {
            progress.shown = true;
        }
        let first_log = match self.script.stream_logs {
            StreamLogs::Full => 0,
            StreamLogs::Increments | StreamLogs::SinceConnect => cursor.logs,
        };
        cursor.logs = cursor.logs.max(moment.logs);
        Next::Event(progress.snapshot(moment, first_log))
    }

    pub(crate) fn cancel(&self) -> Cancellation {
        self.change(|progress| match progress.state() {
            JobState::Completed => Cancellation::TooLate,
            JobState::InQueue => {
                progress.finish(&self.script, Ending::Cancelled);
                Cancellation::Removed
            }
            JobState::InProgress => {
                progress.cancel_requested = true;
                Cancellation::Requested
            }
        })
    }

    pub(crate) fn advance(&self) {
        self.change(|progress| progress.advance(&self.script));
    }

    pub(crate) fn set_queue_position(&self, position: u32) {
        self.change(|progress| {
            if progress.state() == JobState::InQueue {
                progress.push(JobState::InQueue, Some(position));
            }
        });
    }

    pub(crate) fn start(&self) {
        self.change(|progress| {
            progress.start_by_hand();
        });
    }

    /// Adds a line, and a moment that shows it.
    pub(crate) fn log(&self, line: LogLine) {
        self.change(|progress| {
            if progress.ending.is_none() {
                progress.logs.push(line);
                let last = progress.last();
                progress.push(last.state, last.queue_position);
            }
        });
    }

    pub(crate) fn finish(&self, ending: Ending) {
        self.change(|progress| progress.finish(&self.script, ending));
    }

    pub(crate) fn hold(&self) {
        self.change(|progress| progress.held = true);
    }

    pub(crate) fn release(&self) {
        self.change(|progress| {
            progress.held = false;
            progress.plan_next_step(&self.script, Instant::now());
        });
    }

    fn change<T>(&self, change: impl FnOnce(&mut Progress) -> T) -> T {
        let mut progress = self.lock();
        progress.catch_up(&self.script, Instant::now());
        let value = change(&mut progress);
        drop(progress);
        self.changed.notify_waiters();
        value
    }

    fn lock(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
