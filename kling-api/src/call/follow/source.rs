//! Where a follow gets its knowledge from: fal, or a script in a test.

use std::time::Duration;

use serde::de::DeserializeOwned;
use std::marker::PhantomData;
use tokio::time::Instant;

use crate::call::job_handle::{Opened, Ticket};
use crate::call::result;
use crate::error::Error;
use crate::error::kind::{Kind, Phase};
use crate::values::cancel::CancelOutcome;
use crate::values::completed::Completed;
use crate::values::status::Status;

/// What a follow can ask about its job.
pub(crate) trait Source: Send + Sync {
    /// What the job makes.
    type Output: Send;

    /// The status, repeated until it comes.
    fn status(
        &self,
        logs: bool,
        limit: Option<u32>,
        deadline: Option<Instant>,
    ) -> impl Future<Output = Result<Status, Error>> + Send;

    /// The status stream.
    fn open(&self, logs: bool) -> impl Future<Output = Opened> + Send;

    /// The result of a job whose status says that it is completed.
    fn result(
        &self,
        status: Status,
        deadline: Option<Instant>,
    ) -> impl Future<Output = Result<Completed<Self::Output>, Error>> + Send;

    /// Cancels the job.
    fn cancel(&self) -> impl Future<Output = Result<CancelOutcome, Error>> + Send;

    /// The error of a follow whose timeout has passed.
    fn timed_out(&self) -> Error;

    /// The request id, for events.
    fn request_id(&self) -> &str;
}

/// fal.
pub(crate) struct Fal<O> {
    pub(crate) ticket: Ticket,
    pub(crate) stall: Duration,
    pub(crate) output: PhantomData<fn() -> O>,
}

/// How long the cancellation after a timeout may take in all.
const CANCEL: Duration = Duration::from_secs(30);

impl<O: DeserializeOwned + Send> Source for Fal<O> {
    type Output = O;

    async fn status(
        &self,
        logs: bool,
        limit: Option<u32>,
        deadline: Option<Instant>,
    ) -> Result<Status, Error> {
        self.ticket.status(logs, limit, deadline).await
    }

    async fn open(&self, logs: bool) -> Opened {
        self.ticket.open(logs, self.stall).await
    }

    async fn result(
        &self,
        status: Status,
        deadline: Option<Instant>,
    ) -> Result<Completed<O>, Error> {
        result::result(&self.ticket, Some(status), deadline).await
    }

    async fn cancel(&self) -> Result<CancelOutcome, Error> {
        self.ticket.cancel(Some(Instant::now() + CANCEL)).await
    }

    fn timed_out(&self) -> Error {
        self.ticket
            .of_job(Error::new(Kind::Deadline, Phase::Follow))
    }

    fn request_id(&self) -> &str {
        self.ticket.request_id()
    }
}
