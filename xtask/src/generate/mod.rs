//! What `regen` writes beside the code of the endpoints.

pub(crate) mod documents;
pub(crate) mod endpoint_table;
pub(crate) mod platform;
