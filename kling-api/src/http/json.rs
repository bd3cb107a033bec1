//! JSON as fal sends it.

use serde::de::{DeserializeOwned, Error as _, IgnoredAny};

/// Reads a JSON object. serde would take a list for the fields of a type too.
pub(crate) fn object<T: DeserializeOwned>(body: &[u8]) -> serde_json::Result<T> {
    if body.trim_ascii_start().first() == Some(&b'{') {
        return serde_json::from_slice(body);
    }
    serde_json::from_slice::<IgnoredAny>(body)?;
    Err(serde_json::Error::custom("the response is no JSON object"))
}

/// Whether this is JSON, of any shape.
pub(crate) fn is_json(body: &[u8]) -> bool {
    serde_json::from_slice::<IgnoredAny>(body).is_ok()
}
