//! Connections: accepting them, reading requests, sending responses, and breaking them off.

pub(crate) mod connection;
mod inject;
pub(crate) mod listener;
