//! How often and how fast attempts are repeated.

use std::time::Duration;

use backon::BackoffBuilder;

/// The retries of a client: how often and how fast it repeats an attempt, where repeating is safe.
///
/// ```
/// use std::time::Duration;
/// use kling_api::Retry;
///
/// let retry = Retry::default().attempts(4).first_delay(Duration::from_millis(200));
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Retry {
    pub(crate) attempts: Option<u32>,
    pub(crate) first_delay: Duration,
    pub(crate) max_delay: Duration,
    pub(crate) max_retry_after: Duration,
}

/// Attempts without a deadline of the caller: with the default delays, about two to three minutes.
const ATTEMPTS_WITHOUT_DEADLINE: u32 = 16;

/// How long an operation without a deadline of the caller tries to make its first connection. A network that is not
/// there is not there in two minutes either, and somebody sits before a program that says nothing.
const CONNECTING_WITHOUT_DEADLINE: Duration = Duration::from_secs(3);

/// A pause of no length would never grow, and the requests would follow each other without a break.
pub(crate) const SHORTEST_PAUSE: Duration = Duration::from_millis(1);

impl Default for Retry {
    fn default() -> Self {
        Self {
            attempts: None,
            first_delay: Duration::from_millis(250),
            max_delay: Duration::from_secs(30),
            max_retry_after: Duration::from_secs(300),
        }
    }
}

impl Retry {
    /// The largest number of attempts, the first one included; at least one is made.
    ///
    /// The default is 16 where the caller has set no timeout, and no limit where one is set.
    /// While a job is followed, the count starts again after each response.
    ///
    /// Where neither a timeout nor this is set, an operation that gets no connection at all ends sooner: no further
    /// attempt is made once three seconds have passed since the first one failed. A name that does not resolve is such a
    /// case, and a connection that is refused. A job that is followed has been bought, and is not given up for that.
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = Some(attempts.max(1));
        self
    }

    /// The longest pause before the second attempt, 250 ms by default and at least 1 ms. It doubles each time. The pause
    /// is a random part of it, so that many clients do not come back at the same moment; `Retry-After` counts more.
    pub fn first_delay(mut self, delay: Duration) -> Self {
        self.first_delay = delay.max(SHORTEST_PAUSE);
        self
    }

    /// The longest pause where the server does not ask for one, 30 s by default.
    pub fn max_delay(mut self, delay: Duration) -> Self {
        self.max_delay = delay;
        self
    }

    /// The longest `Retry-After` that is obeyed, 300 s by default. Where a server asks for more, the operation ends
    /// with its response as the error.
    pub fn max_retry_after(mut self, delay: Duration) -> Self {
        self.max_retry_after = delay;
        self
    }

    pub(crate) fn limit(&self, has_deadline: bool) -> u32 {
        self.attempts.unwrap_or(if has_deadline {
            u32::MAX
        } else {
            ATTEMPTS_WITHOUT_DEADLINE
        })
    }

    pub(crate) fn connecting(&self, has_deadline: bool) -> Option<Duration> {
        let is_bounded = has_deadline || self.attempts.is_some();
        (!is_bounded).then_some(CONNECTING_WITHOUT_DEADLINE)
    }

    /// The pauses between attempts, without end. backon has no notion of `Retry-After` nor of a
    /// submit that must not be repeated, so only its delays are used.
    pub(crate) fn delays(&self) -> impl Iterator<Item = Duration> + Send + Sync + use<> {
        let max_delay = self.max_delay;
        backon::ExponentialBuilder::new()
            .with_min_delay(self.first_delay.min(max_delay))
            .with_max_delay(max_delay)
            .without_max_times()
            .build()
            .map(move |delay| delay.min(max_delay).mul_f64(fastrand::f64()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_are_random_and_their_bound_grows() {
        let retry = Retry::default();
        let rounds: Vec<Vec<_>> = (0..200)
            .map(|_| retry.delays().take(15).collect())
            .collect();
        for place in 0..15 {
            let most = Duration::from_millis(250 << place).min(retry.max_delay);
            let delays: Vec<Duration> = rounds.iter().map(|round| round[place]).collect();
            let (least, longest) = (delays.iter().min().unwrap(), delays.iter().max().unwrap());
            assert!(
                *longest <= most && *longest > most / 2,
                "{place} {longest:?}"
            );
            assert!(*least < most / 2, "{place} {least:?}");
        }
        let sums = rounds.iter().map(|round| round.iter().sum::<Duration>());
        let mean = sums.sum::<Duration>() / 200;
        assert!((100..180).contains(&mean.as_secs()), "{mean:?}");
    }

    #[test]
    fn attempts_are_bounded_unless_a_deadline_bounds_them() {
        assert_eq!(Retry::default().limit(false), 16);
        assert_eq!(Retry::default().limit(true), u32::MAX);
        assert_eq!(Retry::default().attempts(0).limit(true), 1);
    }
}
