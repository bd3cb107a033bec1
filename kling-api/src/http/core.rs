//! What all operations of a client share.

use std::pin::Pin;
use std::time::Duration;

use tokio::time::Instant;

use crate::error::Error;
use crate::http::deadline;
use crate::http::retry::Operation;
use crate::http::retry::attempts::Attempts;
use crate::http::retry::policy::Retry;
use crate::http::transport::Http;

/// The transport, and the settings of every operation. Everything that a client makes shares one.
#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) http: Http,
    pub(crate) timeouts: Timeouts,
    pub(crate) retry: Retry,
    /// The longest that an operation as a whole may take where it has no timeout of its own.
    pub(crate) timeout: Option<Duration>,
}

/// How long one attempt may take, from connecting to the last byte of the response.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timeouts {
    pub(crate) submit: Duration,
    pub(crate) run: Duration,
    /// Of a status, a result, a cancellation and a request to the platform API.
    pub(crate) request: Duration,
    /// How long a 404 for a job that fal has named says "not yet".
    pub(crate) not_found: Duration,
    /// The time in which at least one byte of a file must move.
    pub(crate) transfer: Duration,
}

/// A boxed future: what runs when a request is awaited.
pub(crate) type Running<T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send>>;

impl Core {
    /// The deadline of an operation with this timeout, or with that of the client.
    pub(crate) fn deadline(&self, timeout: Option<Duration>) -> Option<Instant> {
        deadline::of(timeout.or(self.timeout))
    }

    /// The attempts of one operation, by the settings of this client.
    pub(crate) fn attempts(&self, operation: Operation, deadline: Option<Instant>) -> Attempts {
        Attempts::new(operation, &self.retry, deadline)
    }
}
