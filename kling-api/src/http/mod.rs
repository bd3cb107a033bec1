//! The one place that sends: hosts, the key, attempts and retries, time limits, limits of bodies, tracing.
//!
//! Nothing here knows jobs or inputs.
//!
//! reqwest has two habits that would buy a job twice, and both are off here. Its own retry repeats
//! a request on HTTP/2 protocol refusals; and the pool below it repeats a request that a reused
//! connection dropped. So the policy is `never`, a submit's body cannot be cloned, and submits go
//! out on connections that are never reused.

pub(crate) mod core;
pub(crate) mod deadline;
pub(crate) mod events;
pub(crate) mod file_transfer;
#[cfg(feature = "platform")]
pub(crate) mod guarded_body;
pub(crate) mod hosts;
pub(crate) mod json;
pub(crate) mod key;
pub(crate) mod notices;
pub(crate) mod pool;
pub(crate) mod progress;
#[cfg(feature = "webhook")]
mod public;
mod raise;
pub(crate) mod redact;
pub(crate) mod request;
pub(crate) mod response;
pub(crate) mod retry;
mod send_once;
pub(crate) mod stall;
pub(crate) mod tls;
pub(crate) mod trace;
pub(crate) mod transport;
pub(crate) mod upload_body;

pub use notices::Retrying;
#[cfg(feature = "unstable-configure-http")]
pub use reqwest;
pub use retry::policy::Retry;
