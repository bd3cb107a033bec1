//! The headers of a delivery, in whatever form a web framework has them.

use http::HeaderMap;

use crate::webhook::error::{Kind, WebhookError};

pub(crate) const REQUEST_ID: &str = "x-fal-webhook-request-id";
pub(crate) const USER_ID: &str = "x-fal-webhook-user-id";
pub(crate) const TIMESTAMP: &str = "x-fal-webhook-timestamp";
pub(crate) const SIGNATURE: &str = "x-fal-webhook-signature";

/// The headers of a request.
///
/// There for `http::HeaderMap`, as axum, hyper and others have it, and for lists of pairs such as
/// `Vec<(String, String)>`, into which the headers of any framework can be collected.
///
/// ```
/// use kling_api::webhook::Headers;
///
/// let headers = vec![("Host", "me.example"), ("X-Fal-Webhook-Timestamp", "1780000000")];
/// assert_eq!(headers.values("x-fal-webhook-timestamp"), [b"1780000000"]);
/// ```
pub trait Headers {
    /// The values of all headers of this name, which is in lower case. The names of headers are the
    /// same in any case.
    fn values(&self, name: &str) -> Vec<&[u8]>;
}

impl Headers for HeaderMap {
    fn values(&self, name: &str) -> Vec<&[u8]> {
        self.get_all(name)
            .into_iter()
            .map(http::HeaderValue::as_bytes)
            .collect()
    }
}

impl<N: AsRef<str>, V: AsRef<[u8]>> Headers for [(N, V)] {
    fn values(&self, name: &str) -> Vec<&[u8]> {
        self.iter()
            .filter(|(found, _)| found.as_ref().eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_ref())
            .collect()
    }
}

impl<N: AsRef<str>, V: AsRef<[u8]>> Headers for Vec<(N, V)> {
    fn values(&self, name: &str) -> Vec<&[u8]> {
        self.as_slice().values(name)
    }
}

impl<N: AsRef<str>, V: AsRef<[u8]>, const LENGTH: usize> Headers for [(N, V); LENGTH] {
    fn values(&self, name: &str) -> Vec<&[u8]> {
        self.as_slice().values(name)
    }
}

/// The one value of a header.
///
/// Only visible characters are taken: a line break in a value could move the border between two lines
/// of the signed message.
pub(super) fn one<'a, H: Headers + ?Sized>(
    headers: &'a H,
    name: &'static str,
) -> Result<&'a str, WebhookError> {
    let malformed = |problem: &str| {
        WebhookError::new(Kind::Malformed {
            header: name,
            problem: problem.to_owned(),
        })
    };
    let value = match headers.values(name).as_slice() {
        [] => return Err(WebhookError::new(Kind::Missing(name))),
        [value] => *value,
        _ => return Err(WebhookError::new(Kind::Repeated(name))),
    };
    if value.is_empty() {
        return Err(malformed("is empty"));
    }
    match str::from_utf8(value) {
        Ok(text) if value.iter().all(u8::is_ascii_graphic) => Ok(text),
        _ => Err(malformed(
            "holds characters that are no letters, digits or signs",
        )),
    }
}
