//! Responses, and how they go over a connection. Knows nothing of fal's state.

pub(crate) mod encode;
pub(crate) mod orders;
pub(crate) mod response;
