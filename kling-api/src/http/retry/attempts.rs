//! The one retry loop: attempts, and the pauses between them.

use std::time::Duration;

use tokio::time::Instant;

use crate::error::kind::Kind;
use crate::error::{Error, Submission};
use crate::http::notices::Notices;
use crate::http::retry::failure::AttemptFailure;
use crate::http::retry::policy::Retry;
use crate::http::retry::{Decision, Operation, Outcome, decide};
use crate::http::{deadline, trace};

type Delays = Box<dyn Iterator<Item = Duration> + Send + Sync>;

/// The attempts of one operation.
pub(crate) struct Attempts {
    operation: Operation,
    made: u32,
    limit: u32,
    deadline: Option<Instant>,
    retry: Retry,
    /// Made once an attempt has failed, which nearly none does.
    delays: Option<Delays>,
    /// Why the attempt before failed.
    last: Option<Error>,
    /// How long it is tried to make a connection.
    connecting: Option<Duration>,
    /// When the first attempt failed to make one.
    unconnected_since: Option<Instant>,
    notices: Notices,
}

impl Attempts {
    pub(crate) fn new(operation: Operation, retry: &Retry, deadline: Option<Instant>) -> Self {
        Self {
            operation,
            made: 0,
            limit: retry.limit(deadline.is_some()),
            deadline,
            retry: retry.clone(),
            delays: None,
            last: None,
            connecting: retry.connecting(deadline.is_some()),
            unconnected_since: None,
            notices: Notices::default(),
        }
    }

    /// Tells each retry.
    pub(crate) fn telling(mut self, notices: &Notices) -> Self {
        self.notices = notices.clone();
        self
    }

    /// With `true`, a network that is gone is waited for like any other trouble: there is something to lose.
    pub(crate) fn outlasting(mut self, outlasts: bool) -> Self {
        if outlasts {
            self.connecting = None;
        }
        self
    }

    /// No more than so many attempts, whatever the settings.
    pub(crate) fn at_most(mut self, limit: u32) -> Self {
        self.limit = self.limit.min(limit);
        self
    }

    /// Makes attempts until one succeeds or another is of no use.
    pub(crate) async fn run<T, A>(self, mut attempt: impl FnMut() -> A) -> Result<T, Error>
    where
        A: Future<Output = Result<T, AttemptFailure>>,
    {
        let attempt = |()| {
            let attempt = attempt();
            async move { ((), attempt.await) }
        };
        self.run_with((), attempt).await.1
    }

    /// Does so with a state that each attempt hands to the next one.
    pub(crate) async fn run_with<S, T, A>(
        mut self,
        mut state: S,
        mut attempt: impl FnMut(S) -> A,
    ) -> (S, Result<T, Error>)
    where
        A: Future<Output = (S, Result<T, AttemptFailure>)>,
    {
        loop {
            trace::attempt(self.operation, self.made + 1);
            let (next, result) = attempt(state).await;
            state = next;
            let ended = match result {
                Ok(done) => Ok(done),
                Err(failure) => match self.retry_or_fail(failure).await {
                    Ok(()) => continue,
                    Err(error) => Err(error),
                },
            };
            return (state, ended);
        }
    }

    /// Waits before the next attempt, or gives back the error that ends the operation.
    async fn retry_or_fail(&mut self, failure: AttemptFailure) -> Result<(), Error> {
        let AttemptFailure {
            outcome, mut error, ..
        } = failure;
        if failure.made_progress {
            // What has arrived stays, so the attempts before were not in vain.
            self.made = 0;
            self.delays = None;
        }
        self.made += 1;
        error.inner_mut().attempts = self.made;
        let decision = decide(self.operation, outcome);
        if decision == Decision::Ambiguous {
            error.inner_mut().submission = Submission::Unknown;
        }
        if error.inner().kind == Kind::Deadline {
            return Err(match self.last.take() {
                Some(last) => error.with_source(last),
                None => error,
            });
        }
        let asked = error.retry_after().unwrap_or_default();
        let connecting = self.connecting(outcome);
        if connecting == Some(Duration::ZERO)
            || decision != Decision::Repeat
            || self.made >= self.limit
            || asked > self.retry.max_retry_after
        {
            trace::gave_up(self.operation, self.made, &error);
            return Err(error);
        }
        let delays = self
            .delays
            .get_or_insert_with(|| Box::new(self.retry.delays()));
        let delay = delays.next().unwrap_or_default().max(asked);
        let delay = connecting.map_or(delay, |left| delay.min(left));
        let is_too_late = self
            .deadline
            .is_some_and(|deadline| deadline::after(delay) >= deadline);
        if is_too_late {
            trace::gave_up(self.operation, self.made, &error);
            return Err(self.out_of_time(error));
        }
        trace::pausing(self.operation, self.made, delay, &error);
        self.notices
            .retrying(self.operation, self.made, delay, &error);
        self.last = Some(error);
        tokio::time::sleep(delay).await;
        Ok(())
    }

    /// How much longer it is tried to make a connection, where that is bounded. An operation that had one has got
    /// somewhere, and waits for the next one as for anything else.
    fn connecting(&mut self, outcome: Outcome) -> Option<Duration> {
        if outcome != Outcome::NotConnected {
            self.connecting = None;
        }
        let since = *self.unconnected_since.get_or_insert_with(Instant::now);
        let longest = self.connecting?;
        Some(longest.saturating_sub(since.elapsed()))
    }

    /// The caller's timeout leaves no time for another attempt. A submit keeps its own error: that
    /// nothing was bought, and why, is what the caller needs to know.
    fn out_of_time(&self, error: Error) -> Error {
        if self.operation.buys() {
            return error;
        }
        let mut late = Error::new(Kind::Deadline, error.inner().phase);
        let inner = late.inner_mut();
        inner.submission = error.submission();
        inner.request_id = error.request_id().map(str::to_owned);
        inner.endpoint = error.endpoint().map(str::to_owned);
        inner.attempts = self.made;
        late.with_source(error)
    }
}
