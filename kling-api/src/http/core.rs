//! What everything that a client does has in common.

use std::time::Duration;

use crate::http::Http;
use crate::http::retry::Retry;

/// The transport, and the settings of every operation. All that a client makes shares one.
#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) http: Http,
    pub(crate) timeouts: Timeouts,
    pub(crate) retry: Retry,
}

/// How long one attempt may take, from connecting to the last byte of the response.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timeouts {
    pub(crate) submit: Duration,
    pub(crate) run: Duration,
    pub(crate) status: Duration,
    pub(crate) result: Duration,
    pub(crate) cancel: Duration,
    /// Without a byte of a file that moves.
    pub(crate) transfer: Duration,
}
