//! One job: the states that it goes through, and who sees which of them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use serde_json::Value;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::logs::LogLine;
use super::progress::Progress;
use super::script::{Outcome, Script, StreamLogs};

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
pub(super) enum Ending {
    Outcome(Outcome),
    Cancelled,
    StartTimeout,
}

/// What a cancellation achieved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cancellation {
    Removed,
    Requested,
    TooLate,
}

pub(super) struct Job {
    pub(super) request_id: String,
    pub(super) endpoint: Arc<str>,
    pub(super) input: Value,
    pub(super) webhook: Option<String>,
    pub(super) script: Script,
    pub(super) sent_at: SystemTime,
    /// Whether input and output are kept for the list of past requests.
    pub(super) is_stored: bool,
    progress: Mutex<Progress>,
    /// Woken at each change, for the streams that wait for one.
    pub(super) changed: Notify,
}

/// What one status says about a job.
#[derive(Clone, Debug)]
pub(super) struct Snapshot {
    pub(super) state: JobState,
    pub(super) queue_position: Option<u32>,
    pub(super) logs: Vec<LogLine>,
    pub(super) ending: Option<Ending>,
}

/// Where one stream stands in a job's history.
pub(super) struct Cursor {
    moment: usize,
    logs: usize,
}

/// What a stream does next.
pub(super) enum Next {
    Event(Snapshot),
    /// Nothing is new: wait for a change, or until the clock brings one.
    Wait(Option<Instant>),
    End,
}

impl Job {
    pub(super) fn new(
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
    pub(super) fn peek(&self) -> Snapshot {
        let mut progress = self.lock();
        progress.catch_up(&self.script, Instant::now());
        progress.snapshot(progress.last(), 0)
    }

    /// What a status shows. Under [`Pace::Observed`] the next one shows the next step.
    pub(super) fn observe(&self) -> Snapshot {
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
    pub(super) fn cursor(&self) -> Cursor {
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
    pub(super) fn next_event(&self, cursor: &mut Cursor) -> Next {
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

    pub(super) fn cancel(&self) -> Cancellation {
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

    pub(super) fn advance(&self) {
        self.change(|progress| progress.advance(&self.script));
    }

    pub(super) fn set_queue_position(&self, position: u32) {
        self.change(|progress| {
            if progress.state() == JobState::InQueue {
                progress.push(JobState::InQueue, Some(position));
            }
        });
    }

    pub(super) fn start(&self) {
        self.change(|progress| {
            progress.start_by_hand();
        });
    }

    /// Adds a line, and a moment that shows it.
    pub(super) fn log(&self, line: LogLine) {
        self.change(|progress| {
            if progress.ending.is_none() {
                progress.logs.push(line);
                let last = progress.last();
                progress.push(last.state, last.queue_position);
            }
        });
    }

    pub(super) fn finish(&self, ending: Ending) {
        self.change(|progress| progress.finish(&self.script, ending));
    }

    pub(super) fn hold(&self) {
        self.change(|progress| progress.held = true);
    }

    pub(super) fn release(&self) {
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

#[cfg(test)]
#[path = "job_tests.rs"]
mod tests;
