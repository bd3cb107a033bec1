//! The real program in temporary copies of the repository's documents, against servers on this machine.

#![expect(
    clippy::unwrap_used,
    reason = "a test ends where something is not as it should be"
)]

mod any_documents;
mod catalogue;
mod command_line;
mod conformance;
mod diff;
mod discover_add;
mod endpoint_table;
mod fetch;
mod interrupted;
#[cfg(feature = "mock")]
mod mock;
mod regen;
mod release;
mod server;
mod tree;
