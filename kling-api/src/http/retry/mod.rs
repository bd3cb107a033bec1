//! Whether an attempt is repeated, and what it says about the job.

pub(crate) mod attempts;
pub(crate) mod failure;

use std::time::Duration;

use backon::BackoffBuilder;

/// What an attempt was for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    Submit,
    Status,
    Result,
    Cancel,
    /// A synchronous call, which buys like a submit.
    Run,
    Upload,
    Download,
    #[cfg_attr(
        not(any(feature = "platform", feature = "webhook", test)),
        expect(dead_code, reason = "only these features ask")
    )]
    Platform,
}

/// How an attempt ended that brought no usable answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The request is none that can be sent.
    Unsendable,
    /// No connection was made: not a byte of the request has left.
    NotConnected,
    /// The time for the attempt ran out before the request had left.
    TimedOutUnsent,
    /// The connection broke, or the time ran out, once the request may have left.
    Interrupted,
    /// An answer of success that cannot be read.
    Unreadable,
    /// An answer of success that is JSON of another shape: it will not change.
    Misshapen,
    /// An answer of success that is larger than the bound.
    TooLarge,
    /// An answer that the caller asked for: repeating would not change it.
    AsAsked,
    /// What a model came to that ran while the caller waited: it will not change.
    Bought,
    /// A refusal that names a job, so that one may have been made.
    NamesJob,
    /// An answer that is no success.
    Answer(Answer),
}

/// An answer that is no success.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// `X-Fal-Needs-Retry` or `X-Fal-Retryable`, where one was sent.
    pub(crate) hint: Option<bool>,
    /// `X-Fal-Request-Timeout-Type: user`: the caller's own start deadline has passed.
    pub(crate) user_timeout: bool,
    /// "Request is still in progress", for a job that is known to be completed.
    pub(crate) result_is_late: bool,
    /// The answer is the model's own: it is what the job came to, and will not change.
    pub(crate) is_the_jobs: bool,
}

/// What follows from an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Repeating cannot do harm, and may help.
    Repeat,
    /// Repeating would not help. Nothing was submitted, or the operation submits nothing.
    Stop,
    /// A job may have been bought: repeating could buy a second one.
    Unknown,
}

/// Decides what follows from an attempt. This is the whole of the rule that no job is bought twice.
pub(crate) fn decide(operation: Operation, outcome: Outcome) -> Decision {
    match operation {
        Operation::Submit | Operation::Run => decide_submit(outcome),
        Operation::Status
        | Operation::Result
        | Operation::Cancel
        | Operation::Upload
        | Operation::Download
        | Operation::Platform => decide_safe(outcome),
    }
}

fn decide_submit(outcome: Outcome) -> Decision {
    match outcome {
        Outcome::NotConnected => Decision::Repeat,
        Outcome::TimedOutUnsent | Outcome::Unsendable | Outcome::AsAsked | Outcome::Bought => {
            Decision::Stop
        }
        Outcome::Interrupted
        | Outcome::Unreadable
        | Outcome::Misshapen
        | Outcome::TooLarge
        | Outcome::NamesJob => Decision::Unknown,
        Outcome::Answer(answer) => match answer.status {
            // The deadline that the caller set for the start has passed: fal will not start the job.
            504 if answer.user_timeout => Decision::Stop,
            429 => Decision::Repeat,
            500..=599 if answer.hint == Some(true) => Decision::Repeat,
            // A gateway that gave up on the request (408, 499), or that saw another one for the same
            // thing (409), may have passed it on before.
            408 | 409 | 499 => Decision::Unknown,
            400..=499 => Decision::Stop,
            _ => Decision::Unknown,
        },
    }
}

fn decide_safe(outcome: Outcome) -> Decision {
    match outcome {
        Outcome::NotConnected
        | Outcome::TimedOutUnsent
        | Outcome::Interrupted
        | Outcome::Unreadable => Decision::Repeat,
        Outcome::TooLarge
        | Outcome::Misshapen
        | Outcome::Unsendable
        | Outcome::AsAsked
        | Outcome::Bought
        | Outcome::NamesJob => Decision::Stop,
        Outcome::Answer(answer) if answer.is_the_jobs => Decision::Stop,
        Outcome::Answer(answer) => match answer.status {
            504 if answer.user_timeout => Decision::Stop,
            200..=299 | 400 if answer.result_is_late => Decision::Repeat,
            408 | 409 | 429 => Decision::Repeat,
            500..=599 if answer.hint != Some(false) => Decision::Repeat,
            _ => Decision::Stop,
        },
    }
}

/// How often, and how fast, an attempt is repeated where repeating is safe.
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
const ATTEMPTS_WITHOUT_DEADLINE: u32 = 10;

/// A pause of nothing would never grow, and ask as fast as the machine can.
pub(crate) const SHORTEST_PAUSE: Duration = Duration::from_millis(1);

impl Default for Retry {
    fn default() -> Self {
        Self {
            attempts: None,
            first_delay: Duration::from_millis(500),
            max_delay: Duration::from_secs(30),
            max_retry_after: Duration::from_secs(300),
        }
    }
}

impl Retry {
    /// The largest number of attempts, the first one included; at least one is made.
    ///
    /// Unset, it is 10 where the caller has set no timeout, and without bound where one is set.
    /// While a job is followed, the count starts anew with each answer.
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = Some(attempts.max(1));
        self
    }

    /// The pause before the second attempt, 500 ms by default and at least 1 ms. It doubles each time, and up to the
    /// same again is added at random.
    pub fn first_delay(mut self, delay: Duration) -> Self {
        self.first_delay = delay.max(SHORTEST_PAUSE);
        self
    }

    /// The longest pause that we choose ourselves, 30 s by default.
    pub fn max_delay(mut self, delay: Duration) -> Self {
        self.max_delay = delay;
        self
    }

    /// The longest `Retry-After` that is waited for, 300 s by default. A server that asks for more
    /// ends the repetition with its answer as the error.
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

    /// The pauses between attempts, without end. backon has no notion of `Retry-After` nor of a
    /// submit that must not be repeated, so only its delays are used.
    pub(crate) fn delays(&self) -> impl Iterator<Item = Duration> + Send + Sync + use<> {
        let max_delay = self.max_delay;
        backon::ExponentialBuilder::new()
            .with_min_delay(self.first_delay.min(max_delay))
            .with_max_delay(max_delay)
            .without_max_times()
            .with_jitter()
            .build()
            .map(move |delay| delay.min(max_delay))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16) -> Answer {
        Answer {
            status,
            ..Answer::default()
        }
    }

    fn hinted(status: u16, hint: bool) -> Answer {
        Answer {
            status,
            hint: Some(hint),
            ..Answer::default()
        }
    }

    /// What follows for a submit, and what follows for a status, a result and a cancel.
    #[test]
    fn the_decision_table() {
        use Decision::{Repeat, Stop, Unknown};
        let user = Answer {
            status: 504,
            hint: Some(true),
            user_timeout: true,
            ..Answer::default()
        };
        let late = Answer {
            status: 400,
            result_is_late: true,
            ..Answer::default()
        };
        let model = Answer {
            status: 500,
            hint: Some(true),
            is_the_jobs: true,
            ..Answer::default()
        };
        let table = [
            (Outcome::Unsendable, Stop, Stop),
            (Outcome::AsAsked, Stop, Stop),
            (Outcome::NamesJob, Unknown, Stop),
            (Outcome::NotConnected, Repeat, Repeat),
            (Outcome::TimedOutUnsent, Stop, Repeat),
            (Outcome::Interrupted, Unknown, Repeat),
            (Outcome::Unreadable, Unknown, Repeat),
            (Outcome::Misshapen, Unknown, Stop),
            (Outcome::TooLarge, Unknown, Stop),
            (Outcome::Answer(answer(301)), Unknown, Stop),
            (Outcome::Answer(answer(307)), Unknown, Stop),
            (Outcome::Answer(answer(400)), Stop, Stop),
            (Outcome::Answer(late), Stop, Repeat),
            (Outcome::Answer(answer(401)), Stop, Stop),
            (Outcome::Answer(answer(402)), Stop, Stop),
            (Outcome::Answer(answer(403)), Stop, Stop),
            (Outcome::Answer(answer(404)), Stop, Stop),
            (Outcome::Answer(answer(405)), Stop, Stop),
            (Outcome::Answer(answer(408)), Unknown, Repeat),
            (Outcome::Answer(answer(409)), Unknown, Repeat),
            (Outcome::Answer(answer(422)), Stop, Stop),
            (Outcome::Answer(answer(429)), Repeat, Repeat),
            (Outcome::Answer(hinted(429, false)), Repeat, Repeat),
            (Outcome::Answer(answer(499)), Unknown, Stop),
            (Outcome::Bought, Stop, Stop),
            (Outcome::Answer(answer(500)), Unknown, Repeat),
            (Outcome::Answer(hinted(500, true)), Repeat, Repeat),
            (Outcome::Answer(hinted(500, false)), Unknown, Stop),
            (Outcome::Answer(answer(502)), Unknown, Repeat),
            (Outcome::Answer(answer(503)), Unknown, Repeat),
            (Outcome::Answer(hinted(503, true)), Repeat, Repeat),
            (Outcome::Answer(hinted(503, false)), Unknown, Stop),
            (Outcome::Answer(answer(504)), Unknown, Repeat),
            (Outcome::Answer(hinted(504, true)), Repeat, Repeat),
            (Outcome::Answer(user), Stop, Stop),
            (Outcome::Answer(model), Repeat, Stop),
            (Outcome::Answer(answer(600)), Unknown, Stop),
        ];
        for (outcome, submit, safe) in table {
            for operation in [Operation::Submit, Operation::Run] {
                assert_eq!(
                    decide(operation, outcome),
                    submit,
                    "{operation:?}, {outcome:?}"
                );
            }
            for operation in [
                Operation::Status,
                Operation::Result,
                Operation::Cancel,
                Operation::Upload,
                Operation::Download,
                Operation::Platform,
            ] {
                assert_eq!(
                    decide(operation, outcome),
                    safe,
                    "{operation:?}, {outcome:?}"
                );
            }
        }
    }

    /// The rule itself, over every status: only 429 and a marked 5xx repeat a submit.
    #[test]
    fn no_other_answer_repeats_a_submit() {
        for status in 100..=999 {
            for hint in [None, Some(false), Some(true)] {
                let decision = decide(
                    Operation::Submit,
                    Outcome::Answer(Answer {
                        hint,
                        ..answer(status)
                    }),
                );
                let allowed = status == 429 || ((500..600).contains(&status) && hint == Some(true));
                assert_eq!(decision == Decision::Repeat, allowed, "{status} {hint:?}");
            }
        }
    }

    #[test]
    fn delays_grow_up_to_their_bound() {
        let retry = Retry::default();
        let delays: Vec<_> = retry.delays().take(12).collect();
        for (index, delay) in delays.iter().enumerate() {
            let base = Duration::from_millis(500 << index).min(retry.max_delay);
            assert!(
                *delay >= base && *delay <= (base * 2).min(retry.max_delay),
                "{index} {delay:?}"
            );
        }
    }

    #[test]
    fn attempts_are_bounded_unless_a_deadline_bounds_them() {
        assert_eq!(Retry::default().limit(false), 10);
        assert_eq!(Retry::default().limit(true), u32::MAX);
        assert_eq!(Retry::default().attempts(0).limit(true), 1);
    }
}
