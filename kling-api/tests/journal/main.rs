//! The journal, against FakeFal, on files and on a real Postgres.
#![expect(
    clippy::unwrap_used,
    reason = "clippy sees that a test may unwrap, but not that these helpers are for tests"
)]

#[cfg(unix)]
#[path = "../authority.rs"]
mod authority;
mod clocks;
mod cluster;
#[expect(
    dead_code,
    reason = "the tests of the wire read more of it than those of the journal"
)]
#[path = "../wire/endpoint.rs"]
mod endpoint;
#[cfg(unix)]
mod kill;
mod promise;
#[cfg(unix)]
mod server;
mod stores;
mod support;
