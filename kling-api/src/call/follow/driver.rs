//! The course of a follow: the stream first, polls where it fails, and the result at the end.

use std::collections::VecDeque;
use std::time::Duration;

use backon::BackoffBuilder;
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::call::follow::FollowSettings;
use crate::call::follow::logs::Logs;
use crate::call::follow::source::StatusSource;
use crate::call::follow::update::Update;
use crate::call::job_handle::{Opened, StatusOptions};
use crate::call::status_stream::{Event, Over, StatusStream};
use crate::error::Error;
use crate::error::kind::Kind;
use crate::http::{deadline, trace};
use crate::values::status::{LogLine, State, Status};

/// A stream that has opened sends the present state at once; where it does not, the status is polled after so long.
const FIRST_EVENT: Duration = Duration::from_secs(5);

/// Attempts to complete the log of a finished job. Its result is worth more than its last lines.
const LOG_ATTEMPTS: u32 = 3;

pub(crate) struct Driver<S: StatusSource> {
    source: S,
    settings: FollowSettings,
    deadline: Option<Instant>,
    stage: Stage,
    pending: VecDeque<Update<S::Output>>,
    shown: Option<(State, Option<u64>)>,
    /// What the last poll said.
    polled: Option<State>,
    logs: Logs,
    stream: Option<StatusStream>,
    /// The first status of a stream is still to come.
    is_fresh: bool,
    /// When the next attempt to open a stream may be made; `None` once there is none to be had.
    reopen_at: Option<Instant>,
    reopen_delays: Delays,
    poll_at: Instant,
    poll_delays: Delays,
    /// When the status is polled although the stream is open: it may be behind, or repeat itself for ever.
    check_at: Instant,
}

type Delays = Box<dyn Iterator<Item = Duration> + Send + Sync>;

enum Stage {
    Following,
    /// The job has ended; whether its log is complete.
    Ended {
        status: Status,
        has_all_logs: bool,
    },
    Over,
}

/// Why a follow ends without a result.
enum Ended {
    Failed(Error),
    /// The deadline has passed.
    TimedOut,
    /// An attempt failed, and the next one would come after the deadline.
    NoTimeLeft(Error),
}

impl From<Error> for Ended {
    fn from(error: Error) -> Self {
        if error.inner().kind == Kind::Deadline {
            Self::NoTimeLeft(error)
        } else {
            Self::Failed(error)
        }
    }
}

impl<S: StatusSource> Driver<S> {
    pub(crate) fn new(source: S, settings: FollowSettings, deadline: Option<Instant>) -> Self {
        let now = Instant::now();
        Self {
            deadline,
            stage: Stage::Following,
            pending: VecDeque::new(),
            shown: None,
            polled: None,
            logs: Logs::default(),
            stream: None,
            is_fresh: false,
            reopen_at: settings.streaming.then_some(now),
            reopen_delays: delays(settings.first_reopen, settings.last_reopen),
            poll_at: now,
            poll_delays: delays(settings.first_poll, settings.last_poll),
            check_at: now,
            source,
            settings,
        }
    }

    /// The next update; `None` after the end, which is a completion or an error, and comes once.
    pub(crate) async fn next(&mut self) -> Option<Result<Update<S::Output>, Error>> {
        loop {
            if let Some(update) = self.pending.pop_front() {
                return Some(Ok(update));
            }
            if matches!(self.stage, Stage::Over) {
                return None;
            }
            let deadline = self.deadline;
            let step = match deadline {
                Some(deadline) => timeout_at(deadline, self.step())
                    .await
                    .unwrap_or(Err(Ended::TimedOut)),
                None => self.step().await,
            };
            if let Err(ended) = step {
                self.stream = None;
                let mut error = match ended {
                    Ended::Failed(error) => error,
                    Ended::TimedOut => self.timed_out(None).await,
                    Ended::NoTimeLeft(late) => self.timed_out(Some(late)).await,
                };
                error.inner_mut().logs = std::mem::take(&mut self.logs).into_lines();
                self.stage = Stage::Over;
                return Some(Err(error));
            }
        }
    }

    async fn step(&mut self) -> Result<(), Ended> {
        match &self.stage {
            Stage::Following => self.follow().await?,
            Stage::Ended {
                status,
                has_all_logs: false,
            } => {
                let status = status.clone();
                self.complete_logs(status).await;
            }
            Stage::Ended {
                status,
                has_all_logs: true,
            } => {
                let status = status.clone();
                let mut completed = self.source.result(status, self.deadline).await?;
                completed.logs = std::mem::take(&mut self.logs).into_lines();
                self.pending
                    .push_back(Update::Completed(Box::new(completed)));
                self.stage = Stage::Over;
            }
            Stage::Over => {}
        }
        Ok(())
    }

    async fn follow(&mut self) -> Result<(), Error> {
        if self.stream.is_none() && self.reopen_at.is_some_and(|at| at <= Instant::now()) {
            self.open().await;
        }
        let Some(stream) = &mut self.stream else {
            if let Some(reopen_at) = self.reopen_at.filter(|at| *at < self.poll_at) {
                sleep_until(reopen_at).await;
                return Ok(());
            }
            sleep_until(self.poll_at).await;
            return self.poll().await;
        };
        if self.check_at <= Instant::now() {
            return self.poll().await;
        }
        match timeout_at(self.check_at, stream.next()).await {
            Ok(Event::Status(status)) => self.on_event(&status).await,
            Ok(Event::Over(over)) => {
                trace::stream_over(reason(over));
                self.stream = None;
                self.reopen_later();
                // It may have closed because the job has ended.
                self.poll().await
            }
            Err(_) => self.poll().await,
        }
    }

    async fn open(&mut self) {
        match self.source.open(self.settings.logs).await {
            Opened::Stream(stream) => {
                self.stream = Some(stream);
                self.is_fresh = true;
                self.logs.stream_opened();
                self.check_at = deadline::after(FIRST_EVENT.min(self.settings.max_status_age));
            }
            Opened::Later => self.reopen_later(),
            Opened::Never => self.reopen_at = None,
        }
    }

    fn reopen_later(&mut self) {
        let delay = self
            .reopen_delays
            .next()
            .unwrap_or(self.settings.last_reopen);
        self.reopen_at = Some(deadline::after(delay));
    }

    /// Handles a status that the stream brought.
    async fn on_event(&mut self, status: &Status) -> Result<(), Error> {
        let is_behind = status.state() == &State::Queued && self.polled == Some(State::InProgress);
        if !is_behind {
            self.emit_state(status);
        }
        if self.settings.logs {
            let new = self.logs.event(status.logs());
            self.emit_logs(new);
        }
        let was_fresh = std::mem::take(&mut self.is_fresh);
        if was_fresh {
            self.check_at = deadline::after(self.settings.max_status_age);
        }
        if status.is_completed() {
            self.end(status.clone(), !self.settings.logs);
        } else if was_fresh && self.settings.logs && status.state() != &State::Queued {
            // The job ran before this stream was there: what it logged then may be missing in it.
            return self.poll().await;
        }
        Ok(())
    }

    /// Polls the status.
    async fn poll(&mut self) -> Result<(), Error> {
        let status = self
            .source
            .status(StatusOptions {
                logs: self.settings.logs,
                max_attempts: None,
                deadline: self.deadline,
            })
            .await?;
        self.check_at = deadline::after(self.settings.max_status_age);
        self.poll_at = deadline::after(self.poll_delays.next().unwrap_or(self.settings.last_poll));
        self.emit_state(&status);
        self.polled = Some(status.state().clone());
        let has_list = self.merge_logs(&status);
        if status.is_completed() {
            self.end(status, has_list || !self.settings.logs);
        }
        Ok(())
    }

    async fn complete_logs(&mut self, ended: Status) {
        let asked = self
            .source
            .status(StatusOptions {
                logs: true,
                max_attempts: Some(LOG_ATTEMPTS),
                deadline: self.deadline,
            })
            .await;
        let status = match asked {
            Ok(status) => {
                self.merge_logs(&status);
                if status.is_completed() { status } else { ended }
            }
            Err(_) => ended,
        };
        self.stage = Stage::Ended {
            status,
            has_all_logs: true,
        };
    }

    fn end(&mut self, status: Status, has_all_logs: bool) {
        self.stream = None;
        self.stage = Stage::Ended {
            status,
            has_all_logs,
        };
    }

    /// Emits the state where it has changed, or where the caller was told that it could not be had.
    fn emit_state(&mut self, status: &Status) {
        if self.source.take_retried() {
            self.shown = None;
        }
        let seen = (status.state().clone(), status.queue_position());
        if self.shown.as_ref() == Some(&seen) {
            return;
        }
        let same_state = self
            .shown
            .as_ref()
            .is_some_and(|(state, _)| *state == seen.0);
        match status.state() {
            State::Queued => {
                self.pending.push_back(Update::Queued {
                    position: status.queue_position(),
                });
            }
            State::InProgress if !same_state => self.pending.push_back(Update::InProgress),
            State::Other(word) if !same_state => {
                self.pending.push_back(Update::Other(word.clone()));
            }
            State::InProgress | State::Completed | State::Other(_) => {}
        }
        self.shown = Some(seen);
    }

    /// Emits the new lines of a complete list; whether there was one.
    fn merge_logs(&mut self, status: &Status) -> bool {
        let Some(lines) = status.logs.as_deref().filter(|_| self.settings.logs) else {
            return false;
        };
        let new = self.logs.list(lines);
        self.emit_logs(new);
        true
    }

    fn emit_logs(&mut self, new: Vec<LogLine>) {
        if !new.is_empty() {
            self.pending.push_back(Update::Logs(new));
        }
    }

    /// Waits until the deadline, where an attempt gave up before it, and makes the error.
    async fn timed_out(&mut self, late: Option<Error>) -> Error {
        if let Some(deadline) = self.deadline {
            sleep_until(deadline).await;
        }
        let mut error = self.source.timed_out();
        if let Some(late) = late {
            error = error.with_source(late);
        }
        if let Some((State::Other(word), _)) = &self.shown {
            error.inner_mut().unknown_state = Some(word.clone());
        }
        if self.settings.cancel_on_timeout {
            error.inner_mut().cancel = Some(self.source.cancel().await);
        }
        error
    }
}

fn reason(over: Over) -> &'static str {
    match over {
        Over::Closed => "closed",
        Over::Broken => "broken",
        Over::Silent => "silent",
    }
}

/// From `first`, half as much again each time, up to `last`; without end.
fn delays(first: Duration, last: Duration) -> Delays {
    Box::new(
        backon::ExponentialBuilder::new()
            .with_min_delay(first.min(last))
            .with_max_delay(last)
            .with_factor(1.5)
            .without_max_times()
            .build(),
    )
}
