//! Files that are written out within their URL.

use std::fmt;

use base64ct::{Base64, Encoding as _};

/// fal discourages data URIs above a few KB: they travel with each request that shows the input.
const LARGEST: usize = 8 * 1024;

/// Why [`Media::data_uri`](crate::Media::data_uri) made no data URI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataUriError(Problem);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Problem {
    TooLarge { length: usize },
    NoContentType,
}

pub(super) fn encode(bytes: &[u8], content_type: &str) -> Result<String, DataUriError> {
    let length = bytes.len();
    if length > LARGEST {
        return Err(DataUriError(Problem::TooLarge { length }));
    }
    let is_type = content_type.contains('/')
        && content_type
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b',');
    if !is_type {
        return Err(DataUriError(Problem::NoContentType));
    }
    let data = Base64::encode_string(bytes);
    Ok(format!("data:{content_type};base64,{data}"))
}

impl fmt::Display for DataUriError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Problem::TooLarge { length } => write!(
                f,
                "{length} bytes are too many for a data URI, which takes {LARGEST}. Give them to Media::bytes"
            ),
            Problem::NoContentType => f.write_str(
                "the content type of the data URI is not valid. Give one such as image/png",
            ),
        }
    }
}

impl std::error::Error for DataUriError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_data_uri_is_for_a_few_bytes_of_a_known_type() {
        let error = encode(&[0; LARGEST + 1], "image/png").unwrap_err();
        assert_eq!(
            error.to_string(),
            "8193 bytes are too many for a data URI, which takes 8192. Give them to Media::bytes"
        );
        for content_type in ["png", "", "image/png,", "image/ png"] {
            assert!(encode(b"x", content_type).is_err(), "{content_type}");
        }
    }
}
