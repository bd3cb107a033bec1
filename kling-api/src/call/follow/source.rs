//! Where a follow gets statuses from: fal, or a script in a test.

use std::marker::PhantomData;
use std::time::Duration;

use serde::de::DeserializeOwned;
use tokio::time::Instant;

use crate::call::job_handle::{JobHandle, Opened, StatusOptions};
use crate::call::result;
use crate::error::Error;
use crate::error::kind::{Kind, Phase};
use crate::values::cancel::CancelOutcome;
use crate::values::completed::Completed;
use crate::values::status::Status;

/// The requests that a follow sends about its job.
pub(crate) trait StatusSource: Send + Sync {
    /// The output of the job.
    type Output: Send;

    /// The status, retried until there is one.
    fn status(&self, options: StatusOptions) -> impl Future<Output = Result<Status, Error>> + Send;

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

    /// Whether a request was retried since this was last looked at.
    fn take_retried(&self) -> bool {
        false
    }
}

/// fal.
pub(crate) struct Fal<O> {
    pub(crate) handle: JobHandle,
    pub(crate) stall: Duration,
    pub(crate) output: PhantomData<fn() -> O>,
}

/// How long the cancellation after a timeout may take in all.
const CANCEL: Duration = Duration::from_secs(30);

impl<O: DeserializeOwned + Send + 'static> StatusSource for Fal<O> {
    type Output = O;

    async fn status(&self, options: StatusOptions) -> Result<Status, Error> {
        self.handle.status(options).await
    }

    async fn open(&self, logs: bool) -> Opened {
        self.handle.open(logs, self.stall).await
    }

    async fn result(
        &self,
        status: Status,
        deadline: Option<Instant>,
    ) -> Result<Completed<O>, Error> {
        result::result(&self.handle, Some(status), deadline).await
    }

    async fn cancel(&self) -> Result<CancelOutcome, Error> {
        self.handle.cancel(Some(Instant::now() + CANCEL)).await
    }

    fn timed_out(&self) -> Error {
        self.handle
            .of_job(Error::new(Kind::Deadline, Phase::Follow))
    }

    fn take_retried(&self) -> bool {
        self.handle.take_retried()
    }
}
