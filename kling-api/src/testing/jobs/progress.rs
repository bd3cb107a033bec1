//! How far a job has come: the steps of its script, moved by requests, by the clock or by hand.

use tokio::time::Instant;

use crate::testing::jobs::logs::LogLine;
use crate::testing::jobs::script::{Pace, Script};
use crate::testing::jobs::state::{Ending, JobState, Snapshot};

/// Everything about a job that changes.
pub(crate) struct Progress {
    /// Everything that a status could have shown, in order. A stream sends what it has not sent yet.
    pub(crate) moments: Vec<Moment>,
    /// Whether any client has seen the last moment.
    pub(crate) shown: bool,
    pub(crate) logs: Vec<LogLine>,
    /// The number of the status within the present state.
    step: usize,
    pub(crate) held: bool,
    next_step_at: Instant,
    start_deadline: Option<Instant>,
    pub(crate) cancel_requested: bool,
    pub(crate) ending: Option<Ending>,
}

#[derive(Clone, Copy)]
pub(crate) struct Moment {
    pub(crate) state: JobState,
    pub(crate) queue_position: Option<u32>,
    pub(crate) logs: usize,
}

impl Progress {
    pub(crate) fn new(script: &Script, start_deadline: Option<Instant>, held: bool) -> Self {
        let now = Instant::now();
        let mut progress = Self {
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
            None => progress.start(script),
        }
        progress.plan_next_step(script, now);
        progress
    }

    pub(crate) fn last(&self) -> Moment {
        self.moments.last().copied().unwrap_or(Moment {
            state: JobState::InQueue,
            queue_position: None,
            logs: 0,
        })
    }

    pub(crate) fn state(&self) -> JobState {
        self.last().state
    }

    pub(crate) fn push(&mut self, state: JobState, queue_position: Option<u32>) {
        self.moments.push(Moment {
            state,
            queue_position,
            logs: self.logs.len(),
        });
        self.shown = false;
    }

    pub(crate) fn moves_when_seen(&self, script: &Script) -> bool {
        script.pace == Pace::Observed && !self.held && self.ending.is_none()
    }

    pub(crate) fn plan_next_step(&mut self, script: &Script, now: Instant) {
        if let Pace::Timed(step) = script.pace {
            self.next_step_at = now + step;
        }
    }

    /// Takes the steps that were due since the last call, so that no job needs a task of its own.
    pub(crate) fn catch_up(&mut self, script: &Script, now: Instant) {
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
                self.finish(script, Ending::missed_start());
            } else if step_due {
                let due = self.next_step_at;
                self.advance(script);
                self.plan_next_step(script, due);
            } else {
                break;
            }
        }
    }

    pub(crate) fn wake_at(&self, script: &Script) -> Option<Instant> {
        let step = matches!(script.pace, Pace::Timed(_))
            .then_some(self.next_step_at)
            .filter(|_| !self.held);
        let start = self
            .start_deadline
            .filter(|_| self.state() == JobState::InQueue);
        step.into_iter().chain(start).min()
    }

    pub(crate) fn advance(&mut self, script: &Script) {
        if self.cancel_requested && script.obeys_cancel && self.ending.is_none() {
            return self.finish(script, Ending::cancelled(true));
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

    /// Leaves the queue without the log lines that the script has for the first step.
    pub(crate) fn start_by_hand(&mut self) {
        if self.state() == JobState::InQueue {
            self.step = 0;
            self.push(JobState::InProgress, None);
        }
    }

    fn start(&mut self, script: &Script) {
        self.step = 0;
        self.work(script);
    }

    /// The step `self.step` in progress, or the end after the last one.
    fn work(&mut self, script: &Script) {
        if self.step < script.in_progress {
            let until = script.logs.len() * (self.step + 1) / script.in_progress;
            self.write_logs(script, until);
            self.push(JobState::InProgress, None);
        } else {
            self.finish(script, Ending::of(script.outcome.clone()));
        }
    }

    pub(crate) fn finish(&mut self, script: &Script, ending: Ending) {
        if self.ending.is_some() {
            return;
        }
        if ending.has_run && script.in_progress == 0 {
            // A job that shows no status in progress has written its lines all the same.
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

    pub(crate) fn snapshot(&self, moment: Moment, first_log: usize) -> Snapshot {
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
