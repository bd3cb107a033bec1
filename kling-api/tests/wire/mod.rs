//! The runtime on the wire: against servers of raw TCP that count what reaches them.

mod endpoint;
mod server;

mod by_id;
mod cancel;
mod follow;
#[cfg(feature = "unstable-configure-http")]
mod http2;
mod result;
mod secrets;
mod status;
mod submit;
mod trust;

#[cfg(feature = "blocking")]
mod blocking;
