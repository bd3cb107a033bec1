//! What a call tells the journal of its client, where it has one.
//!
//! The journal is a wing and this room knows none: it knows these two traits.

#![cfg_attr(
    not(all(feature = "journal", feature = "platform")),
    allow(
        dead_code,
        reason = "only the journal records, and only the platform API knows what was billed"
    )
)]

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use crate::error::Error;
use crate::http::core::{Core, Running};
use crate::values::completed::Completed;
use crate::values::endpoint::Raw;
use crate::values::job::Job;
use crate::values::media::Content;
use crate::values::usd::Usd;

/// Keeps what becomes of calls.
pub(crate) trait Recorder: fmt::Debug + Send + Sync {
    /// Looks a call up, and waits where its key is being submitted at this moment.
    fn look_up(self: Arc<Self>, call: RecordedCall) -> Running<Found>;

    /// Keeps how a job ended, where it is one of this journal.
    fn ended<'a>(
        &'a self,
        outcome: &'a Ended,
    ) -> Pin<Box<dyn Future<Output = Result<(), Error>> + Send + 'a>>;

    /// Keeps what fal billed for a job, in nano dollars, where it is one of this journal.
    fn billed<'a>(
        &'a self,
        request_id: &'a str,
        nano_dollars: u64,
    ) -> Pin<Box<dyn Future<Output = Result<(), Error>> + Send + 'a>>;
}

/// What a client and its calls are told about their recording.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recording {
    pub(crate) recorder: Option<Arc<dyn Recorder>>,
    /// Calls without a key are kept, too.
    pub(crate) records_all: bool,
    pub(crate) key: Option<String>,
    pub(crate) resubmit_after: Option<Duration>,
}

/// A call, as far as a journal has to know it.
pub(crate) struct RecordedCall {
    pub(crate) core: Arc<Core>,
    /// `None` for a key that nobody else has.
    pub(crate) key: Option<String>,
    pub(crate) endpoint: String,
    /// The input as the caller gave it: what has to be the same in each call of the key.
    pub(crate) identity: Value,
    /// The local files in it, in the order of the stand-ins that it has for them.
    pub(crate) files: Vec<Content>,
    pub(crate) resubmit_after: Option<Duration>,
    pub(crate) deadline: Option<Instant>,
}

/// What a journal knows of a call.
pub(crate) enum Found {
    /// fal has the job.
    Job(Job<Raw>),
    /// The job has ended, so.
    Ended(Job<Raw>, Box<Ended>),
    /// Nothing was bought: the call may be submitted, in this way and in no other.
    Nothing(Box<dyn Leave>),
}

/// The outcome of a job. A failed one is kept, too; other errors say nothing about it.
pub(crate) type Ended = Result<Completed<Value>, Error>;

/// The leave to submit a call, which nobody else has at the same time.
pub(crate) trait Leave: Send {
    /// Writes down that the call is about to be submitted, submits it, and writes down the outcome. `None` where
    /// somebody else was quicker: then nothing was sent, and the call has to be looked up again.
    fn submit(
        self: Box<Self>,
        input: Value,
        cost: Option<Usd>,
        submit: Running<Job<Raw>>,
    ) -> Running<Option<Job<Raw>>>;
}
