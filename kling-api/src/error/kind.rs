//! The kinds of errors, and the operations that end with one.

#![cfg_attr(
    not(all(feature = "client", feature = "journal", feature = "webhook")),
    allow(dead_code, reason = "each feature raises errors of its own")
)]

use crate::values::error_type::ErrorType;

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The caller has to correct something; the sentence says what is wrong and, behind its last semicolon, what to do.
    Configuration(String),
    /// The input breaks published limits.
    Invalid,
    /// The call costs more than the client may spend; the sentences say what and what to do.
    OverBudget(String),
    /// The journal cannot say or keep what it should; the sentences say why and what to do.
    Journal(String),
    /// The idempotency key stands for another call; the sentences say which and what to do.
    KeyReused(String),
    /// The input cannot be written as JSON.
    Encode,
    /// The API key may not be sent to the URL.
    Untrusted,
    /// The HTTP library cannot make a request of it.
    Unsendable,
    /// No connection was made.
    Connect,
    /// The connection broke.
    Interrupted,
    /// An attempt took longer than its timeout.
    AttemptTimeout,
    /// The caller's own timeout has passed.
    Deadline,
    /// A response of success that cannot be read.
    Unreadable,
    /// A response larger than the limit.
    TooLarge,
    /// A response that is no success.
    Refused,
    /// The job has ended without a result.
    JobFailed,
    /// The result is not there yet.
    InProgress,
    /// A result of another shape than this version knows.
    Output,
    /// A webhook without the result of a job that has one.
    Undelivered,
    /// Something about a file: what, and what to do.
    File {
        problem: String,
        advice: &'static str,
    },
    /// A follow that stopped without an end.
    Unended,
}

impl Kind {
    /// A name without any data, for events.
    #[cfg(feature = "tracing")]
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Configuration(_) => "configuration",
            Self::Invalid => "invalid",
            Self::OverBudget(_) => "over_budget",
            Self::Journal(_) => "journal",
            Self::KeyReused(_) => "key_reused",
            Self::Encode => "encode",
            Self::Untrusted => "untrusted",
            Self::Unsendable => "unsendable",
            Self::Connect => "connect",
            Self::Interrupted => "interrupted",
            Self::AttemptTimeout => "attempt_timeout",
            Self::Deadline => "deadline",
            Self::Unreadable => "unreadable",
            Self::TooLarge => "too_large",
            Self::Refused => "refused",
            Self::JobFailed => "job_failed",
            Self::InProgress => "in_progress",
            Self::Output => "output",
            Self::Undelivered => "undelivered",
            Self::File { .. } => "file",
            Self::Unended => "unended",
        }
    }
}

/// What is wrong, and what to do about it, where the text of an error says both.
pub(super) struct Told<'a> {
    pub(super) problem: &'a str,
    pub(super) advice: Option<&'a str>,
}

impl Kind {
    pub(super) fn told(&self) -> Option<Told<'_>> {
        let (text, found) = match self {
            Self::Configuration(text) => (text, text.rsplit_once("; ")),
            Self::OverBudget(text) | Self::Journal(text) | Self::KeyReused(text) => {
                (text, last_sentence(text))
            }
            _ => return None,
        };
        Some(match found {
            Some((problem, advice)) => Told {
                problem,
                advice: Some(advice),
            },
            None => Told {
                problem: text,
                advice: None,
            },
        })
    }
}

/// What stands before the last sentence, and that sentence.
fn last_sentence(text: &str) -> Option<(&str, &str)> {
    let starts = |at: &usize| text[at + 2..].starts_with(char::is_uppercase);
    let at = text.rmatch_indices(". ").map(|(at, _)| at).find(starts)?;
    Some((&text[..at], &text[at + 2..]))
}

/// The operation that ended with the error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Prepare,
    Submit,
    Status,
    Result,
    Cancel,
    Follow,
    Run,
    Upload,
    Download,
    Platform,
    Webhook,
    WebhookKeys,
}

/// The platform errors of which fal says that trying again helps.
pub(super) fn is_transient(error_type: &ErrorType) -> bool {
    matches!(
        error_type,
        ErrorType::RequestTimeout
            | ErrorType::StartupTimeout
            | ErrorType::RunnerSchedulingFailure
            | ErrorType::RunnerConnectionTimeout
            | ErrorType::RunnerDisconnected
            | ErrorType::RunnerConnectionRefused
            | ErrorType::RunnerConnectionError
            | ErrorType::RunnerIncompleteResponse
            | ErrorType::RunnerServerError
            | ErrorType::InternalError
            | ErrorType::ConcurrentRequestsLimit
    )
}
