//! The three requests about a job. Each is sent when it is awaited.

use std::fmt;
use std::future::IntoFuture;
use std::sync::Arc;
use std::time::Duration;

use crate::call::job_handle::{JobHandle, StatusOptions};
use crate::call::recorded::keep_outcome;
use crate::call::recorder::Recorder;
use crate::call::result;
use crate::error::Error;
use crate::http::core::{Core, Running};
use crate::http::trace;
use crate::values::cancel::CancelOutcome;
use crate::values::completed::Completed;
use crate::values::endpoint::Endpoint;
use crate::values::job::Job;
use crate::values::status::Status;

macro_rules! request {
    ($(#[$doc:meta])+ $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty = $default:expr),* }
        $(private { $private:ident: $private_type:ty = $private_default:expr })?
    ) => {
        $(#[$doc])+
        #[must_use = "nothing is sent until the request is awaited"]
        pub struct $name<E> {
            core: Arc<Core>,
            job: Job<E>,
            timeout: Option<Duration>,
            $($field: $type,)*
            $($private: $private_type,)?
        }

        impl<E: Endpoint> $name<E> {
            pub(crate) fn new(core: Arc<Core>, job: Job<E>) -> Self {
                Self {
                    core,
                    job,
                    timeout: None,
                    $($field: $default,)*
                    $($private: $private_default,)?
                }
            }

            /// The longest that all attempts together may take. Unset, the client's
            /// [timeout](crate::ClientBuilder::timeout) counts, and without either their number is limited: see
            /// [`Retry::attempts`](crate::Retry::attempts).
            pub fn timeout(mut self, timeout: Duration) -> Self {
                self.timeout = Some(timeout);
                self
            }

            $(
                $(#[$field_doc])*
                pub fn $field(mut self, $field: $type) -> Self {
                    self.$field = $field;
                    self
                }
            )*
        }

        impl<E> fmt::Debug for $name<E> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).field("job", &self.job).finish_non_exhaustive()
            }
        }
    };
}

request! {
    /// A request for the status of a job; made by [`Client::status`](crate::Client::status).
    ///
    /// # Errors
    /// Awaited, it gives an error that names the job and says nothing about it: the job continues.
    StatusRequest {
        /// With `true`, the status has the lines that the model has logged.
        logs: bool = false
    }
}

request! {
    /// A request for the result of a job; made by [`Client::result`](crate::Client::result).
    ///
    /// # Errors
    /// Awaited, it gives an error where the job is not finished ([`Error::is_in_progress`]), where
    /// the job failed ([`Error::is_job_failure`]), and where the result could not be fetched.
    ResultRequest {} private { recorder: Option<Arc<dyn Recorder>> = None }
}

request! {
    /// A request to cancel a job; made by [`Client::cancel`](crate::Client::cancel).
    ///
    /// # Errors
    /// Awaited, it gives an error where no attempt brought a response: the job may continue.
    CancelRequest {}
}

impl<E> ResultRequest<E> {
    /// The journal keeps the outcome, where the job is in it.
    pub(crate) fn recorded(mut self, recorder: Option<Arc<dyn Recorder>>) -> Self {
        self.recorder = recorder;
        self
    }
}

impl<E: Endpoint> IntoFuture for StatusRequest<E> {
    type Output = Result<Status, Error>;
    type IntoFuture = Running<Status>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let deadline = self.core.deadline(self.timeout);
            let handle = JobHandle::new(self.core, &self.job)?;
            let work = handle.status(StatusOptions {
                logs: self.logs,
                deadline,
                ..StatusOptions::default()
            });
            trace::spanned(
                "status",
                Some(handle.endpoint()),
                Some(handle.request_id()),
                work,
            )
            .await
        })
    }
}

impl<E: Endpoint> IntoFuture for ResultRequest<E> {
    type Output = Result<Completed<E::Output>, Error>;
    type IntoFuture = Running<Completed<E::Output>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let deadline = self.core.deadline(self.timeout);
            let handle = JobHandle::new(self.core, &self.job)?;
            let recorder = self.recorder;
            let work = async {
                let outcome = result::result(&handle, None, deadline).await;
                match recorder {
                    Some(recorder) => keep_outcome(&*recorder, outcome).await,
                    None => outcome,
                }
            };
            trace::spanned(
                "result",
                Some(handle.endpoint()),
                Some(handle.request_id()),
                work,
            )
            .await
        })
    }
}

impl<E: Endpoint> IntoFuture for CancelRequest<E> {
    type Output = Result<CancelOutcome, Error>;
    type IntoFuture = Running<CancelOutcome>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let deadline = self.core.deadline(self.timeout);
            let handle = JobHandle::new(self.core, &self.job)?;
            let work = handle.cancel(deadline);
            trace::spanned(
                "cancel",
                Some(handle.endpoint()),
                Some(handle.request_id()),
                work,
            )
            .await
        })
    }
}
