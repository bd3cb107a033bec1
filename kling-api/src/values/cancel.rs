//! The outcome of a cancellation.

use std::fmt;

/// The outcome of a cancellation.
///
/// ```no_run
/// # use kling_api::{CancelOutcome, Client, Error, Job, Raw};
/// # async fn example(client: Client, job: Job<Raw>) -> Result<(), Error> {
/// match client.cancel(&job).await? {
///     CancelOutcome::Removed => println!("it will not run"),
///     outcome => println!("{outcome}"),
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CancelOutcome {
    /// The job was still queued and is removed. It will not run.
    Removed,
    /// The runner was told. The job may still finish, and be billed.
    Requested,
    /// The job had already ended.
    TooLate,
    /// fal knows no job of this id.
    UnknownJob,
}

impl fmt::Display for CancelOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Removed => "removed from the queue",
            Self::Requested => "cancellation requested",
            Self::TooLate => "too late, the job had ended",
            Self::UnknownJob => "no job of this id",
        })
    }
}
