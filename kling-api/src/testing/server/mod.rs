//! Connections: accepts them, reads requests, sends responses, and breaks them where a fault says so.

pub(crate) mod connection;
mod inject;
pub(crate) mod listener;
