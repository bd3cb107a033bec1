//! One job: the states that it goes through, and who sees which of them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::logs::LogLine;
use super::script::{Outcome, Pace, Script, StreamLogs};

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
    progress: Mutex<Progress>,
    /// Woken at each change, for the streams that wait for one.
    pub(super) changed: Notify,
}

struct Progress {
    /// Everything that a status could have shown, in order; a stream sends what it has not sent yet.
    moments: Vec<Moment>,
    /// Whether the last moment has been shown to anybody.
    shown: bool,
    logs: Vec<LogLine>,
    /// How many statuses of the present state lie behind.
    step: usize,
    held: bool,
    next_step_at: Instant,
    start_deadline: Option<Instant>,
    cancel_requested: bool,
    ending: Option<Ending>,
}

#[derive(Clone, Copy)]
struct Moment {
    state: JobState,
    queue_position: Option<u32>,
    logs: usize,
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
        let now = Instant::now();
        let mut progress = Progress {
            moments: Vec::new(),
            shown: false,
            logs: Vec::new(),
            step: 0,
            held,
            next_step_at: now,
            start_deadline,
            cancel_requested: false,
            ending: None,
        };
        match script.queue_positions.first() {
            Some(position) => progress.push(JobState::InQueue, Some(*position)),
            None => progress.start(&script),
        }
        progress.plan_next_step(&script, now);
        Self {
            request_id,
            endpoint,
            input,
            webhook,
            script,
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
            if progress.state() == JobState::InQueue {
                progress.push(JobState::InProgress, None);
                progress.step = 0;
            }
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

impl Progress {
    fn last(&self) -> Moment {
        self.moments.last().copied().unwrap_or(Moment {
            state: JobState::InQueue,
            queue_position: None,
            logs: 0,
        })
    }

    fn state(&self) -> JobState {
        self.last().state
    }

    fn push(&mut self, state: JobState, queue_position: Option<u32>) {
        self.moments.push(Moment {
            state,
            queue_position,
            logs: self.logs.len(),
        });
        self.shown = false;
    }

    fn moves_when_seen(&self, script: &Script) -> bool {
        script.pace == Pace::Observed && !self.held && self.ending.is_none()
    }

    fn plan_next_step(&mut self, script: &Script, now: Instant) {
        if let Pace::Timed(step) = script.pace {
            self.next_step_at = now + step;
        }
    }

    /// Does what the clock has done since the job was last looked at, so that no job needs a task of its own.
    fn catch_up(&mut self, script: &Script, now: Instant) {
        while self.ending.is_none() {
            let step_due = match script.pace {
                Pace::Timed(_) if !self.held => self.next_step_at <= now,
                _ => false,
            };
            let start_missed = self.state() == JobState::InQueue
                && self.start_deadline.is_some_and(|deadline| {
                    deadline <= now && !(step_due && self.next_step_at < deadline)
                });
            if start_missed {
                self.finish(script, Ending::StartTimeout);
            } else if step_due {
                let due = self.next_step_at;
                self.advance(script);
                self.plan_next_step(script, due);
            } else {
                break;
            }
        }
    }

    fn wake_at(&self, script: &Script) -> Option<Instant> {
        let step = matches!(script.pace, Pace::Timed(_))
            .then_some(self.next_step_at)
            .filter(|_| !self.held);
        let start = self
            .start_deadline
            .filter(|_| self.state() == JobState::InQueue);
        step.into_iter().chain(start).min()
    }

    fn advance(&mut self, script: &Script) {
        if self.cancel_requested && script.obeys_cancel && self.ending.is_none() {
            return self.finish(script, Ending::Cancelled);
        }
        self.step += 1;
        match self.state() {
            JobState::Completed => {}
            JobState::InQueue => match script.queue_positions.get(self.step) {
                Some(position) => self.push(JobState::InQueue, Some(*position)),
                None => self.start(script),
            },
            JobState::InProgress => self.work(script),
        }
    }

    fn start(&mut self, script: &Script) {
        self.step = 0;
        self.work(script);
    }

    /// The step `self.step` in progress, or the end when there is none.
    fn work(&mut self, script: &Script) {
        if self.step < script.in_progress {
            let until = script.logs.len() * (self.step + 1) / script.in_progress;
            self.write_logs(script, until);
            self.push(JobState::InProgress, None);
        } else {
            self.finish(script, Ending::Outcome(script.outcome.clone()));
        }
    }

    fn finish(&mut self, script: &Script, ending: Ending) {
        if self.ending.is_some() {
            return;
        }
        if matches!(ending, Ending::Outcome(_)) && script.in_progress == 0 {
            // A job that is never seen in progress has written its lines all the same.
            self.write_logs(script, script.logs.len());
        }
        self.ending = Some(ending);
        self.push(JobState::Completed, None);
    }

    fn write_logs(&mut self, script: &Script, until: usize) {
        let written = self.logs.iter().filter(|line| line.scripted).count();
        for message in script.logs.iter().take(until).skip(written) {
            self.logs.push(LogLine::of_script(message));
        }
    }

    fn snapshot(&self, moment: Moment, first_log: usize) -> Snapshot {
        Snapshot {
            state: moment.state,
            queue_position: moment.queue_position,
            logs: self
                .logs
                .get(first_log.min(moment.logs)..moment.logs)
                .unwrap_or_default()
                .to_vec(),
            ending: self
                .ending
                .clone()
                .filter(|_| moment.state == JobState::Completed),
        }
    }
}

#[cfg(test)]
#[path = "job_tests.rs"]
mod tests;
