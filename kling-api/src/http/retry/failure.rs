//! From a response, or the lack of one, to an error and to what the retry decision needs.

use std::time::{Duration, SystemTime};

use http::HeaderMap;

use crate::error::Error;
use crate::error::body::ErrorBody;
use crate::error::kind::{Kind, Phase};
use crate::http::request::{Cause, Failure};
use crate::http::response::Response;
use crate::http::retry::{Outcome, Refusal};
use crate::values::error_type::ErrorType;

/// An attempt that brought no usable response.
#[derive(Debug)]
pub(crate) struct AttemptFailure {
    pub(crate) outcome: Outcome,
    pub(crate) error: Error,
    /// The response, or what arrived of it.
    pub(crate) response: Option<Box<Response>>,
    /// Whether the next attempt has less to do than this one had.
    pub(crate) made_progress: bool,
}

/// Another attempt would end with the same error.
impl From<Error> for AttemptFailure {
    fn from(error: Error) -> Self {
        Self::new(Outcome::Final, error)
    }
}

impl AttemptFailure {
    pub(crate) fn new(outcome: Outcome, error: Error) -> Self {
        Self {
            outcome,
            error,
            response: None,
            made_progress: false,
        }
    }

    fn of_response(outcome: Outcome, mut error: Error, response: Box<Response>) -> Self {
        describe(&mut error, &response);
        Self {
            response: Some(response),
            ..Self::new(outcome, error)
        }
    }

    /// There is no complete response.
    pub(crate) fn of_failure(failure: Failure, phase: Phase) -> Self {
        match failure {
            Failure::NotConnected(source) => {
                let error = Error::new(Kind::Connect, phase).with_source(source);
                Self::new(Outcome::NotConnected, error)
            }
            Failure::TimedOut {
                sent,
                deadline,
                partial,
            } => {
                let outcome = if sent {
                    Outcome::Interrupted
                } else {
                    Outcome::TimedOutUnsent
                };
                let kind = if deadline {
                    Kind::Deadline
                } else {
                    Kind::AttemptTimeout
                };
                Self {
                    response: partial,
                    ..Self::new(outcome, Error::new(kind, phase))
                }
            }
            Failure::Interrupted { source, partial } => {
                let error = Error::new(Kind::Interrupted, phase).with_source(source);
                match partial {
                    Some(partial) => Self::of_response(Outcome::Interrupted, error, partial),
                    None => Self::new(Outcome::Interrupted, error),
                }
            }
            Failure::TooLarge { partial, limit } => {
                let problem = format!("the body is larger than {limit} bytes");
                if !partial.is_success() {
                    // The status is enough, however long the explanation is.
                    let mut refused = Self::refused(*partial, phase);
                    refused.error = refused.error.with_source(problem);
                    return refused;
                }
                let error = Error::new(Kind::TooLarge, phase).with_source(problem);
                Self::of_response(Outcome::TooLarge, error, partial)
            }
            Failure::Untrusted => {
                Self::new(Outcome::Unsendable, Error::new(Kind::Untrusted, phase))
            }
            Failure::Unsendable(source) => {
                let error = Error::new(Kind::Unsendable, phase).with_source(source);
                Self::new(Outcome::Unsendable, error)
            }
        }
    }

    /// A response of success that is not what it should be.
    pub(crate) fn unreadable(response: Response, phase: Phase, problem: impl Into<Cause>) -> Self {
        let error = Error::new(Kind::Unreadable, phase).with_source(problem);
        Self::of_response(Outcome::Unreadable, error, Box::new(response))
    }

    /// A response that is no success.
    pub(crate) fn refused(response: Response, phase: Phase) -> Self {
        let status = response.status;
        let error = Error::new(Kind::Refused, phase);
        let mut failure = Self::of_response(Outcome::Final, error, Box::new(response));
        let inner = failure.error.inner();
        failure.outcome = Outcome::Refused(Refusal {
            status,
            hint: inner.retry_hint,
            user_timeout: inner.user_timeout,
            ..Refusal::default()
        });
        failure
    }

    /// Without the words of the response: they may hold a URL that is signed, or half a file.
    pub(crate) fn unquoted(mut self) -> Self {
        self.error.inner_mut().body = ErrorBody::default();
        self.response = None;
        self
    }
}

/// The request id that the gateway gave in a header.
pub(crate) fn request_id(response: &Response) -> Option<String> {
    let id = response.header("x-fal-request-id")?;
    is_request_id(id).then(|| id.to_owned())
}

/// Whether this may be an id. fal gives UUIDs; what could climb a path, break a line or steer a
/// terminal is none.
pub(crate) fn is_request_id(id: &str) -> bool {
    !id.is_empty()
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.:~".contains(&byte))
        && !id.bytes().all(|byte| byte == b'.')
}

pub(crate) fn billable_units(response: &Response) -> Option<f64> {
    response
        .header("x-fal-billable-units")?
        .parse()
        .ok()
        .filter(|units: &f64| units.is_finite())
}

fn describe(error: &mut Error, response: &Response) {
    let inner = error.inner_mut();
    inner.status = Some(response.status);
    inner.body = ErrorBody::from(&*String::from_utf8_lossy(&response.body));
    if inner.body.error_type.is_none() {
        inner.body.error_type = response.header("x-fal-error-type").map(ErrorType::from);
    }
    inner.retry_hint = server_retry_hint(&response.headers);
    inner.user_timeout = response.status == 504
        && response
            .header("x-fal-request-timeout-type")
            .is_some_and(|kind| kind.eq_ignore_ascii_case("user"));
    inner.retry_after = retry_after(&response.headers, SystemTime::now());
}

/// Newer servers send `X-Fal-Needs-Retry`, older ones `X-Fal-Retryable`; with 1 and 0, or words.
fn server_retry_hint(headers: &HeaderMap) -> Option<bool> {
    ["x-fal-needs-retry", "x-fal-retryable"]
        .into_iter()
        .find_map(
            |name| match text(headers, name)?.to_ascii_lowercase().as_str() {
                "1" | "true" | "yes" => Some(true),
                "0" | "false" | "no" => Some(false),
                _ => None,
            },
        )
}

/// Seconds, or a date that is measured against the server's own clock where it tells its time.
fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let value = text(headers, "retry-after")?;
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    let now = text(headers, "date")
        .and_then(|date| httpdate::parse_http_date(date).ok())
        .unwrap_or(now);
    Some(date.duration_since(now).unwrap_or_default())
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;
    use crate::http::key::Key;
    use crate::http::redact::tests::of_test;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                )
            })
            .collect()
    }

    #[test]
    fn both_names_and_both_styles_of_the_hint_are_read() {
        for (pairs, expected) in [
            (vec![("x-fal-needs-retry", "1")], Some(true)),
            (vec![("x-fal-needs-retry", "True")], Some(true)),
            (vec![("x-fal-retryable", "0")], Some(false)),
            (vec![("x-fal-retryable", "false")], Some(false)),
            (
                vec![("x-fal-needs-retry", "0"), ("x-fal-retryable", "1")],
                Some(false),
            ),
            (
                vec![("x-fal-needs-retry", "?"), ("x-fal-retryable", "1")],
                Some(true),
            ),
            (vec![], None),
        ] {
            assert_eq!(server_retry_hint(&headers(&pairs)), expected, "{pairs:?}");
        }
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        let seconds = |pairs: &[_]| retry_after(&headers(pairs), now).map(|wait| wait.as_secs());
        assert_eq!(seconds(&[("retry-after", "120")]), Some(120));
        assert_eq!(
            seconds(&[("retry-after", "Sun, 06 Nov 1994 08:49:47 GMT")]),
            Some(10)
        );
        assert_eq!(
            seconds(&[("retry-after", "Sun, 06 Nov 1994 08:49:07 GMT")]),
            Some(0)
        );
        let own_clock = [
            ("retry-after", "Sun, 06 Nov 1994 08:49:47 GMT"),
            ("date", "Sun, 06 Nov 1994 08:49:44 GMT"),
        ];
        assert_eq!(seconds(&own_clock), Some(3));
        assert_eq!(seconds(&[("retry-after", "soon")]), None);
        assert_eq!(seconds(&[("retry-after", "-1")]), None);
        assert_eq!(seconds(&[]), None);
    }

    #[test]
    fn billable_units_are_a_number() {
        for (text, expected) in [("0", Some(0.0)), ("2.5", Some(2.5)), ("NaN", None)] {
            let key = Key::new("id:secret-part".to_owned().into()).unwrap();
            let response = Response {
                status: 200,
                headers: key.clean_headers(headers(&[("x-fal-billable-units", text)])),
                body: of_test(""),
            };
            assert_eq!(billable_units(&response), expected);
        }
    }
}
