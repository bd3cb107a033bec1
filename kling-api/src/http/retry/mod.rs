//! Whether an attempt is repeated, and what it says about the job.

pub(crate) mod attempts;
pub(crate) mod failure;
pub(crate) mod policy;

/// What an attempt was for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    Submit,
    Status,
    Result,
    Cancel,
    /// A synchronous call, which buys like a submit.
    Run,
    /// Has fal name a URL for a file.
    InitiateUpload,
    /// Sends a whole file.
    UploadFile,
    UploadPart,
    /// Has the parts put together.
    CompleteUpload,
    Download,
    #[cfg_attr(
        not(any(feature = "platform", feature = "webhook", test)),
        expect(dead_code, reason = "only these features ask")
    )]
    Platform,
}

impl Operation {
    /// The name in events, and in what a caller is told.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Submit => "submit",
            Self::Status => "status",
            Self::Result => "result",
            Self::Cancel => "cancel",
            Self::Run => "run",
            Self::InitiateUpload => "initiate upload",
            Self::UploadFile => "upload file",
            Self::UploadPart => "upload part",
            Self::CompleteUpload => "complete upload",
            Self::Download => "download",
            Self::Platform => "platform",
        }
    }

    /// Whether it may buy something.
    pub(crate) const fn buys(self) -> bool {
        matches!(self, Self::Submit | Self::Run)
    }
}

/// How an attempt ended that brought no usable response.
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
    /// A response of success that cannot be read.
    Unreadable,
    /// A response of success that is JSON of another shape: it will not change.
    Misshapen,
    /// A response of success that is larger than the limit.
    TooLarge,
    /// The queue is longer than the caller allows.
    QueueFull,
    /// A model ran while the caller waited: its response will not change.
    ModelRan,
    /// A refusal that names a job, so that one may have been made.
    NamesJob,
    /// Something that another attempt would not change.
    Final,
    /// A response that is no success.
    Refused(Refusal),
}

/// A response that is no success.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    /// `X-Fal-Needs-Retry` or `X-Fal-Retryable`, where one was sent.
    pub(crate) hint: Option<bool>,
    /// `X-Fal-Request-Timeout-Type: user`: the caller's own start deadline has passed.
    pub(crate) user_timeout: bool,
    /// Another of fal's servers knows better: "still in progress" of a job that is completed, or 404 for a job that
    /// exists.
    pub(crate) is_not_yet: bool,
    /// The response is the model's own: it is the end of the job, and will not change.
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
    Ambiguous,
}

/// Decides what follows from an attempt. This is the whole of the rule that no job is bought twice.
pub(crate) fn decide(operation: Operation, outcome: Outcome) -> Decision {
    match operation {
        Operation::Submit | Operation::Run => decide_submit(outcome),
        Operation::Status
        | Operation::Result
        | Operation::Cancel
        | Operation::InitiateUpload
        | Operation::UploadFile
        | Operation::UploadPart
        | Operation::CompleteUpload
        | Operation::Download
        | Operation::Platform => decide_safe(outcome),
    }
}

fn decide_submit(outcome: Outcome) -> Decision {
    match outcome {
        // Nothing has left, not even where it waited for a place among the connections.
        Outcome::NotConnected | Outcome::TimedOutUnsent => Decision::Repeat,
        Outcome::Unsendable | Outcome::QueueFull | Outcome::ModelRan | Outcome::Final => {
            Decision::Stop
        }
        Outcome::Interrupted
        | Outcome::Unreadable
        | Outcome::Misshapen
        | Outcome::TooLarge
        | Outcome::NamesJob => Decision::Ambiguous,
        Outcome::Refused(refusal) => match refusal.status {
            // The deadline that the caller set for the start has passed: fal will not start the job.
            504 if refusal.user_timeout => Decision::Stop,
            429 => Decision::Repeat,
            500..=599 if refusal.hint == Some(true) => Decision::Repeat,
            // A gateway that gave up on the request (408, 499), or that saw another one for the same
            // thing (409), may have passed it on before.
            408 | 409 | 499 => Decision::Ambiguous,
            400..=499 => Decision::Stop,
            _ => Decision::Ambiguous,
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
        | Outcome::QueueFull
        | Outcome::ModelRan
        | Outcome::Final
        | Outcome::NamesJob => Decision::Stop,
        Outcome::Refused(refusal) if refusal.is_the_jobs => Decision::Stop,
        Outcome::Refused(refusal) => match refusal.status {
            504 if refusal.user_timeout => Decision::Stop,
            200..=299 | 400 | 404 if refusal.is_not_yet => Decision::Repeat,
            408 | 409 | 429 => Decision::Repeat,
            500..=599 if refusal.hint != Some(false) => Decision::Repeat,
            _ => Decision::Stop,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(status: u16) -> Refusal {
        Refusal {
            status,
            ..Refusal::default()
        }
    }

    fn hinted(status: u16, hint: bool) -> Refusal {
        Refusal {
            status,
            hint: Some(hint),
            ..Refusal::default()
        }
    }

    /// What follows for a submit, and what follows for a status, a result and a cancel.
    #[test]
    fn the_decision_table() {
        use Decision::{Ambiguous, Repeat, Stop};
        let user = Refusal {
            status: 504,
            hint: Some(true),
            user_timeout: true,
            ..Refusal::default()
        };
        let late = Refusal {
            status: 400,
            is_not_yet: true,
            ..Refusal::default()
        };
        let not_yet = Refusal {
            is_not_yet: true,
            ..refusal(404)
        };
        let model = Refusal {
            status: 500,
            hint: Some(true),
            is_the_jobs: true,
            ..Refusal::default()
        };
        let table = [
            (Outcome::Unsendable, Stop, Stop),
            (Outcome::Final, Stop, Stop),
            (Outcome::QueueFull, Stop, Stop),
            (Outcome::NamesJob, Ambiguous, Stop),
            (Outcome::NotConnected, Repeat, Repeat),
            (Outcome::TimedOutUnsent, Repeat, Repeat),
            (Outcome::Interrupted, Ambiguous, Repeat),
            (Outcome::Unreadable, Ambiguous, Repeat),
            (Outcome::Misshapen, Ambiguous, Stop),
            (Outcome::TooLarge, Ambiguous, Stop),
            (Outcome::Refused(refusal(301)), Ambiguous, Stop),
            (Outcome::Refused(refusal(307)), Ambiguous, Stop),
            (Outcome::Refused(refusal(400)), Stop, Stop),
            (Outcome::Refused(late), Stop, Repeat),
            (Outcome::Refused(refusal(401)), Stop, Stop),
            (Outcome::Refused(refusal(402)), Stop, Stop),
            (Outcome::Refused(refusal(403)), Stop, Stop),
            (Outcome::Refused(refusal(404)), Stop, Stop),
            (Outcome::Refused(not_yet), Stop, Repeat),
            (Outcome::Refused(refusal(405)), Stop, Stop),
            (Outcome::Refused(refusal(408)), Ambiguous, Repeat),
            (Outcome::Refused(refusal(409)), Ambiguous, Repeat),
            (Outcome::Refused(refusal(422)), Stop, Stop),
            (Outcome::Refused(refusal(429)), Repeat, Repeat),
            (Outcome::Refused(hinted(429, false)), Repeat, Repeat),
            (Outcome::Refused(refusal(499)), Ambiguous, Stop),
            (Outcome::ModelRan, Stop, Stop),
            (Outcome::Refused(refusal(500)), Ambiguous, Repeat),
            (Outcome::Refused(hinted(500, true)), Repeat, Repeat),
            (Outcome::Refused(hinted(500, false)), Ambiguous, Stop),
            (Outcome::Refused(refusal(502)), Ambiguous, Repeat),
            (Outcome::Refused(refusal(503)), Ambiguous, Repeat),
            (Outcome::Refused(hinted(503, true)), Repeat, Repeat),
            (Outcome::Refused(hinted(503, false)), Ambiguous, Stop),
            (Outcome::Refused(refusal(504)), Ambiguous, Repeat),
            (Outcome::Refused(hinted(504, true)), Repeat, Repeat),
            (Outcome::Refused(user), Stop, Stop),
            (Outcome::Refused(model), Repeat, Stop),
            (Outcome::Refused(refusal(600)), Ambiguous, Stop),
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
                Operation::InitiateUpload,
                Operation::UploadFile,
                Operation::UploadPart,
                Operation::CompleteUpload,
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
    fn no_other_response_repeats_a_submit() {
        for status in 100..=999 {
            for hint in [None, Some(false), Some(true)] {
                let decision = decide(
                    Operation::Submit,
                    Outcome::Refused(Refusal {
                        hint,
                        ..refusal(status)
                    }),
                );
                let allowed = status == 429 || ((500..600).contains(&status) && hint == Some(true));
                assert_eq!(decision == Decision::Repeat, allowed, "{status} {hint:?}");
            }
        }
    }
}
