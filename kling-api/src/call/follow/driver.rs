//! The course of a follow: stream first, questions when the stream fails, the result at the end.

use std::collections::VecDeque;
use std::time::Duration;

use backon::BackoffBuilder;
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::call::follow::logs::Logs;
use crate::call::follow::source::Source;
use crate::call::follow::{Settings, Update};
use crate::call::job_handle::Opened;
use crate::call::sse::{Event, Events, Over};
use crate::error::Error;
use crate::error::kind::Kind;
use crate::http::{deadline, trace};
use crate::values::status::{LogLine, State, Status};

/// While a stream brings no status for so long, the status is asked for: comments alone prove that
/// the connection lives, not that the events come through.
const QUIET: Duration = Duration::from_secs(60);

/// Attempts to complete the log of a finished job. Its result is worth more than its last lines.
const LOG_ATTEMPTS: u32 = 3;

pub(crate) struct Driver<S: Source> {
    source: S,
    settings: Settings,
    deadline: Option<Instant>,
    phase: Phase,
    pending: VecDeque<Update<S::Output>>,
    shown: Option<(State, Option<u64>)>,
    logs: Logs,
    stream: Option<Events>,
    /// The first status of a stream is still to come.
    is_fresh: bool,
    /// When the next attempt to open a stream may be made; `None` once there is none to be had.
    reopen_at: Option<Instant>,
    reopen_delays: Delays,
    poll_at: Instant,
    poll_delays: Delays,
    quiet_until: Instant,
}

type Delays = Box<dyn Iterator<Item = Duration> + Send + Sync>;

enum Phase {
    Following,
    /// The job has ended; whether its log is complete.
    Ended {
        status: Status,
        has_all_logs: bool,
    },
    Over,
}

impl<S: Source> Driver<S> {
    pub(crate) fn new(source: S, settings: Settings, deadline: Option<Instant>) -> Self {
        let now = Instant::now();
        Self {
            deadline,
            phase: Phase::Following,
            pending: VecDeque::new(),
            shown: None,
            logs: Logs::default(),
            stream: None,
            is_fresh: false,
            reopen_at: settings.streaming.then_some(now),
            reopen_delays: delays(settings.first_reopen, settings.last_reopen),
            poll_at: now,
            poll_delays: delays(settings.first_poll, settings.last_poll),
            quiet_until: now + QUIET,
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
            if matches!(self.phase, Phase::Over) {
                return None;
            }
            let deadline = self.deadline;
            let step = match deadline {
                Some(deadline) => timeout_at(deadline, self.step()).await.unwrap_or(Err(None)),
                None => self.step().await,
            };
            if let Err(error) = step {
                self.stream = None;
                let mut error = match error {
                    Some(error) if error.inner().kind != Kind::Deadline => error,
                    late => self.timed_out(late).await,
                };
                error.inner_mut().logs = std::mem::take(&mut self.logs).into_lines();
                self.phase = Phase::Over;
                return Some(Err(error));
            }
        }
    }

    /// `Err(None)` where the deadline has passed.
    async fn step(&mut self) -> Result<(), Option<Error>> {
        match &self.phase {
            Phase::Following => self.follow().await?,
            Phase::Ended {
                status,
                has_all_logs: false,
            } => {
                let status = status.clone();
                self.complete_logs(status).await;
            }
            Phase::Ended {
                status,
                has_all_logs: true,
            } => {
                let status = status.clone();
                let mut completed = self.source.result(status, self.deadline).await?;
                completed.logs = std::mem::take(&mut self.logs).into_lines();
                self.pending
                    .push_back(Update::Completed(Box::new(completed)));
                self.phase = Phase::Over;
            }
            Phase::Over => {}
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
            return self.ask().await;
        };
        match timeout_at(self.quiet_until, stream.next()).await {
            Ok(Event::Status(status)) => self.hear(&status).await,
            Ok(Event::Over(over)) => {
                trace::stream_over(self.source.request_id(), reason(over));
                self.stream = None;
                self.reopen_later();
                // It may have closed because the job has ended.
                self.ask().await
            }
            Err(_) => self.ask().await,
        }
    }

    async fn open(&mut self) {
        match self.source.open(self.settings.logs).await {
            Opened::Stream(stream) => {
                self.stream = Some(stream);
                self.is_fresh = true;
                self.logs.stream_opened();
                self.quiet_until = Instant::now() + QUIET;
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

    /// Takes in a status that the stream brought.
    async fn hear(&mut self, status: &Status) -> Result<(), Error> {
        self.quiet_until = Instant::now() + QUIET;
        self.show(status);
        if self.settings.logs {
            let new = self.logs.event(status.logs());
            self.show_logs(new);
        }
        let was_fresh = std::mem::take(&mut self.is_fresh);
        if status.is_completed() {
            self.end(status.clone(), !self.settings.logs);
        } else if was_fresh && self.settings.logs && status.state() != &State::Queued {
            // The job ran before this stream was there: what it logged then may be missing in it.
            return self.ask().await;
        }
        Ok(())
    }

    /// Asks for the status, and takes it in.
    async fn ask(&mut self) -> Result<(), Error> {
        let status = self
            .source
            .status(self.settings.logs, None, self.deadline)
            .await?;
        let now = Instant::now();
        self.quiet_until = now + QUIET;
        self.poll_at = deadline::after(self.poll_delays.next().unwrap_or(self.settings.last_poll));
        self.show(&status);
        let has_list = self.list(&status);
        if status.is_completed() {
            self.end(status, has_list || !self.settings.logs);
        }
        Ok(())
    }

    async fn complete_logs(&mut self, ended: Status) {
        let asked = self
            .source
            .status(true, Some(LOG_ATTEMPTS), self.deadline)
            .await;
        let status = match asked {
            Ok(status) => {
                self.list(&status);
                if status.is_completed() { status } else { ended }
            }
            Err(_) => ended,
        };
        self.phase = Phase::Ended {
            status,
            has_all_logs: true,
        };
    }

    fn end(&mut self, status: Status, has_all_logs: bool) {
        self.stream = None;
        self.phase = Phase::Ended {
            status,
            has_all_logs,
        };
    }

    /// Shows the state where it has changed.
    fn show(&mut self, status: &Status) {
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
            State::InProgress | State::Completed | State::Other(_) => {}
        }
        self.shown = Some(seen);
    }

    /// Shows the lines of a complete list; whether there was one.
    fn list(&mut self, status: &Status) -> bool {
        let Some(lines) = status.log_list().filter(|_| self.settings.logs) else {
            return false;
        };
        let new = self.logs.list(lines);
        self.show_logs(new);
        true
    }

    fn show_logs(&mut self, new: Vec<LogLine>) {
        if !new.is_empty() {
            self.pending.push_back(Update::Logs(new));
        }
    }

    /// Waits out the timeout, where an attempt gave up before it because the next would come too
    /// late, and then ends.
    async fn timed_out(&mut self, late: Option<Error>) -> Error {
        if let Some(deadline) = self.deadline {
            sleep_until(deadline).await;
        }
        let mut error = self.source.timed_out();
        if let Some(late) = late {
            error = error.with_source(late);
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
