//! The three requests about a job. Each is sent when it is awaited.

use std::fmt;
use std::future::IntoFuture;
use std::sync::Arc;
use std::time::Duration;

use crate::call::job_handle::{JobHandle, StatusOptions};
use crate::call::result;
use crate::error::Error;
use crate::http::core::{Core, Running};
use crate::http::{deadline, trace};
use crate::values::cancel::CancelOutcome;
use crate::values::completed::Completed;
use crate::values::endpoint::Endpoint;
use crate::values::job::Job;
use crate::values::status::Status;

macro_rules! request {
    ($(#[$doc:meta])+ $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty = $default:expr),* }) => {
        $(#[$doc])+
        #[must_use = "nothing is sent until the request is awaited"]
        pub struct $name<E> {
            core: Arc<Core>,
            job: Job<E>,
            timeout: Option<Duration>,
            $($field: $type,)*
        }

        impl<E: Endpoint> $name<E> {
            pub(crate) fn new(core: Arc<Core>, job: Job<E>) -> Self {
                Self { core, job, timeout: None, $($field: $default,)* }
            }

            /// The longest that all attempts together may take. By default, their number is limited
            /// instead: see [`Retry::attempts`](crate::Retry::attempts).
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
    /// A request for the status of a job; made by [`Client::status`].
    ///
    /// # Errors
    /// Awaited, it gives an error that names the job and says nothing about it: the job continues.
    StatusRequest {
        /// With `true`, the status has the lines that the model has logged.
        logs: bool = false
    }
}

request! {
    /// A request for the result of a job; made by [`Client::result`].
    ///
    /// # Errors
    /// Awaited, it gives an error where the job is not finished ([`Error::is_in_progress`]), where
    /// the job failed ([`Error::is_job_failure`]), and where the result could not be fetched.
    ResultRequest {}
}

request! {
    /// A request to cancel a job; made by [`Client::cancel`].
    ///
    /// # Errors
    /// Awaited, it gives an error where no attempt brought a response: the job may continue.
    CancelRequest {}
}

impl<E: Endpoint> IntoFuture for StatusRequest<E> {
    type Output = Result<Status, Error>;
    type IntoFuture = Running<Status>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let deadline = deadline::of(self.timeout);
            let handle = JobHandle::new(self.core, &self.job)?;
            let work = handle.status(StatusOptions {
                logs: self.logs,
                deadline,
                ..StatusOptions::default()
            });
            trace::spanned("status", handle.endpoint(), Some(handle.request_id()), work).await
        })
    }
}

impl<E: Endpoint> IntoFuture for ResultRequest<E> {
    type Output = Result<Completed<E::Output>, Error>;
    type IntoFuture = Running<Completed<E::Output>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let deadline = deadline::of(self.timeout);
            let handle = JobHandle::new(self.core, &self.job)?;
            let work = result::result(&handle, None, deadline);
            trace::spanned("result", handle.endpoint(), Some(handle.request_id()), work).await
        })
    }
}

impl<E: Endpoint> IntoFuture for CancelRequest<E> {
    type Output = Result<CancelOutcome, Error>;
    type IntoFuture = Running<CancelOutcome>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let deadline = deadline::of(self.timeout);
            let handle = JobHandle::new(self.core, &self.job)?;
            let work = handle.cancel(deadline);
            trace::spanned("cancel", handle.endpoint(), Some(handle.request_id()), work).await
        })
    }
}
