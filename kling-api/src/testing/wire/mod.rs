//! What goes over a connection: responses, events, and their encodings.

pub(crate) mod encode;
pub(crate) mod event_stream;
pub(crate) mod response;
