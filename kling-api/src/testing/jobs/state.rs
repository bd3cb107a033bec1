//! Where a job stands, and how it ended.

use crate::testing::jobs::logs::LogLine;
use crate::testing::jobs::outcome::Outcome;

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

/// How a job ended.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Ending {
    pub(crate) outcome: Outcome,
    /// Whether a runner has worked on the job.
    pub(crate) has_run: bool,
    /// Whether the start timeout of the caller ended it.
    pub(crate) missed_start: bool,
}

impl Ending {
    pub(crate) fn of(outcome: Outcome) -> Self {
        Self {
            outcome,
            has_run: true,
            missed_start: false,
        }
    }

    pub(crate) fn cancelled(has_run: bool) -> Self {
        Self {
            has_run,
            ..Self::of(Outcome::platform_error("client_cancelled"))
        }
    }

    pub(crate) fn missed_start() -> Self {
        Self {
            outcome: Outcome::PlatformError {
                code: 504,
                error_type: "request_timeout".to_owned(),
                message: "Request did not start within the requested time".to_owned(),
            },
            has_run: false,
            missed_start: true,
        }
    }
}

/// What a cancellation has done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cancellation {
    Removed,
    Requested,
    TooLate,
}

/// What one status says about a job.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    pub(crate) state: JobState,
    pub(crate) queue_position: Option<u32>,
    pub(crate) logs: Vec<LogLine>,
    pub(crate) ending: Option<Ending>,
}
