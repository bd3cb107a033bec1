//! From an answer, or the lack of one, to an error and to what the retry decision needs.

use std::time::{Duration, SystemTime};

use http::HeaderMap;

use crate::error::Error;
use crate::error::body::Reading;
use crate::error::kind::{Kind, Phase};
use crate::http::retry::{Answer, Outcome};
use crate::http::{Failure, Http, Response};

/// An attempt that brought no usable answer.
#[derive(Debug)]
pub(crate) struct Failed {
    pub(crate) outcome: Outcome,
    pub(crate) error: Error,
}

impl Failed {
    /// There is no complete answer.
    pub(crate) fn of_failure(failure: Failure, phase: Phase, http: &Http) -> Self {
        match failure {
            Failure::NotConnected(source) => Self {
                outcome: Outcome::NotConnected,
                error: Error::new(Kind::Connect, phase).with_source(source),
            },
            Failure::TimedOut { sent, deadline, .. } => Self {
                outcome: if sent {
                    Outcome::Interrupted
                } else {
                    Outcome::TimedOutUnsent
                },
                error: Error::new(
                    if deadline {
                        Kind::Deadline
                    } else {
                        Kind::AttemptTimeout
                    },
                    phase,
                ),
            },
            Failure::Interrupted { source, partial } => {
                let mut error = Error::new(Kind::Interrupted, phase).with_source(source);
                if let Some(partial) = partial {
                    describe(&mut error, &partial, http);
                }
                Self {
                    outcome: Outcome::Interrupted,
                    error,
                }
            }
            Failure::TooLarge { partial, limit } => {
                let problem = format!("the body is larger than {limit} bytes");
                if !is_success(partial.status) {
                    // The status says it all; how long the explanation is changes nothing.
                    let Self { outcome, error } = Self::refused(&partial, phase, http);
                    let error = error.with_source(problem);
                    return Self { outcome, error };
                }
                let mut error = Error::new(Kind::TooLarge, phase).with_source(problem);
                describe(&mut error, &partial, http);
                Self {
                    outcome: Outcome::TooLarge,
                    error,
                }
            }
            Failure::Untrusted => Self {
                outcome: Outcome::Unsendable,
                error: Error::new(Kind::Untrusted, phase),
            },
            Failure::Unsendable(source) => Self {
                outcome: Outcome::Unsendable,
                error: Error::new(Kind::Unsendable, phase).with_source(source),
            },
        }
    }

    /// The same of a request that may have bought, with what had arrived of its answer: an answer that
    /// broke off is none, but it may name the job.
    pub(crate) fn broken_off(
        failure: Failure,
        phase: Phase,
        http: &Http,
    ) -> (Self, Option<Box<Response>>) {
        let (failure, arrived, status) = match failure {
            Failure::Interrupted { source, partial } => {
                let status = partial.as_ref().map(|partial| partial.status);
                let failure = Failure::Interrupted {
                    source,
                    partial: None,
                };
                (failure, partial, status)
            }
            Failure::TimedOut {
                sent,
                deadline,
                partial,
            } => {
                let failure = Failure::TimedOut {
                    sent,
                    deadline,
                    partial: None,
                };
                (failure, partial, None)
            }
            failure => (failure, None, None),
        };
        let mut failed = Self::of_failure(failure, phase, http);
        // The status alone does not say what became of the request.
        failed.error.inner_mut().status = failed.error.status().or(status);
        (failed, arrived)
    }

    /// An answer of success that is not what it should be.
    pub(crate) fn unreadable(
        response: &Response,
        phase: Phase,
        http: &Http,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        let source = source.into();
        // A parser quotes what it could not read.
        let text = source.to_string();
        let clean = http.redact(&text);
        let error = Error::new(Kind::Unreadable, phase);
        let mut error = if clean == text {
            error.with_source(source)
        } else {
            error.with_source(clean)
        };
        describe(&mut error, response, http);
        Self {
            outcome: Outcome::Unreadable,
            error,
        }
    }

    /// An answer that is no success.
    pub(crate) fn refused(response: &Response, phase: Phase, http: &Http) -> Self {
        let mut error = Error::new(Kind::Answer, phase);
        describe(&mut error, response, http);
        let inner = error.inner();
        let answer = Answer {
            status: response.status,
            hint: inner.hint,
            user_timeout: inner.user_timeout,
            ..Answer::default()
        };
        Self {
            outcome: Outcome::Answer(answer),
            error,
        }
    }
}

pub(crate) fn is_success(status: u16) -> bool {
    (200..300).contains(&status)
}

/// The request id that the gateway gave in a header.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<String> {
    text(headers, "x-fal-request-id")
        .filter(|id| is_request_id(id))
        .map(str::to_owned)
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

pub(crate) fn billable_units(headers: &HeaderMap) -> Option<f64> {
    text(headers, "x-fal-billable-units")?
        .parse()
        .ok()
        .filter(|units: &f64| units.is_finite())
}

fn describe(error: &mut Error, response: &Response, http: &Http) {
    let headers = &response.headers;
    let inner = error.inner_mut();
    inner.status = Some(response.status);
    inner.reading = Reading::of(&response.body, |text| http.redact(text));
    if inner.reading.error_type.is_none() {
        inner.reading.error_type =
            text(headers, "x-fal-error-type").map(|name| http.redact(name).into());
    }
    inner.hint = hint(headers);
    inner.user_timeout = response.status == 504
        && text(headers, "x-fal-request-timeout-type")
            .is_some_and(|kind| kind.eq_ignore_ascii_case("user"));
    inner.retry_after = retry_after(headers, SystemTime::now());
}

/// Newer servers send `X-Fal-Needs-Retry`, older ones `X-Fal-Retryable`; with 1 and 0, or words.
fn hint(headers: &HeaderMap) -> Option<bool> {
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
            assert_eq!(hint(&headers(&pairs)), expected, "{pairs:?}");
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
        assert_eq!(
            billable_units(&headers(&[("x-fal-billable-units", "0")])),
            Some(0.0)
        );
        assert_eq!(
            billable_units(&headers(&[("x-fal-billable-units", "2.5")])),
            Some(2.5)
        );
        assert_eq!(
            billable_units(&headers(&[("x-fal-billable-units", "NaN")])),
            None
        );
    }
}
