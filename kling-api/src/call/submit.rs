//! Submitting a job: the one request that must never be sent twice.

use serde::Deserialize;
use serde_json::Value;
use tokio::time::Instant;

use std::sync::Arc;

use crate::call::billed_request::Prepared;
use crate::call::options::Options;
use crate::error::Error;
use crate::error::kind::Phase;
use crate::http::core::Core;
use crate::http::hosts::Host;
use crate::http::retry::attempts::Attempts;
use crate::http::retry::failure::{Failed, is_request_id, is_success, request_id};
use crate::http::retry::{Decision, Operation, Outcome, decide};
use crate::http::{Failure, Response, trace};
use crate::values::endpoint::Endpoint;
use crate::values::job::{Job, Urls};
use crate::values::json::object;

/// Submits `input` and gives back the job that fal made of it.
pub(crate) async fn submit<E: Endpoint>(
    core: &Arc<Core>,
    input: &E,
    options: &Options,
    deadline: Option<Instant>,
) -> Result<Job<E>, Error> {
    let endpoint = input.endpoint_id().to_owned();
    let named = |error: Error| error.of_endpoint(&endpoint);
    let prepared = Prepared::new(core, Host::Queue, input, options).map_err(named)?;
    // The caller asked for a refusal where the queue is full.
    let ends_at_full_queue = options.max_queue_length.is_some();
    let work = send(core, prepared, ends_at_full_queue, deadline);
    let (id, urls) = trace::spanned("submit", &endpoint, None, work)
        .await
        .map_err(named)?;
    Ok(Job::new(endpoint, id, urls))
}

async fn send(
    core: &Arc<Core>,
    prepared: Prepared,
    ends_at_full_queue: bool,
    deadline: Option<Instant>,
) -> Result<(String, Urls), Error> {
    let mut attempts = Attempts::new(Operation::Submit, &core.retry, deadline);
    let redact = |text: &str| core.http.redact(text);
    loop {
        trace::attempt(Operation::Submit, attempts.number());
        let request = prepared.request(core.timeouts.submit, deadline);
        let failed = match core.http.exchange(request).await {
            Ok(response) if is_success(response.status) => match accepted(&response, |text| {
                core.http.holds_key(text)
            }) {
                Ok((id, urls)) => {
                    trace::submitted(&id);
                    return Ok((id, urls));
                }
                Err(problem) => {
                    let failed = Failed::unreadable(&response, Phase::Submit, &core.http, problem);
                    with_hint(failed, &response, redact)
                }
            },
            Ok(response) => {
                let mut failed = Failed::refused(&response, Phase::Submit, &core.http);
                let names_job = from_fragment(&String::from_utf8_lossy(&response.body)).is_some();
                if decide(Operation::Submit, failed.outcome) == Decision::Repeat {
                    if names_job {
                        failed.outcome = Outcome::NamesJob;
                    } else if response.status == 429 && ends_at_full_queue {
                        failed.outcome = Outcome::AsAsked;
                    }
                }
                with_hint(failed, &response, redact)
            }
            Err(Failure::TooLarge { partial, limit }) => {
                let id = salvaged(&partial, redact);
                let failure = Failure::TooLarge { partial, limit };
                let mut failed = Failed::of_failure(failure, Phase::Submit, &core.http);
                failed.error.inner_mut().request_id = id;
                failed
            }
            Err(failure) => {
                let (failed, arrived) = Failed::broken_off(failure, Phase::Submit, &core.http);
                match arrived {
                    Some(arrived) => with_hint(failed, &arrived, redact),
                    None => failed,
                }
            }
        };
        attempts.pause(failed).await?;
    }
}

/// The fields that are read, of any type whatever.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Wire {
    request_id: Value,
    status_url: Value,
    response_url: Value,
    cancel_url: Value,
}

/// The job that fal made. Only the request id has to be there.
///
/// A job is kept and printed, so nothing of the key may get into it: neither an id nor a URL that
/// `holds_key` is true of.
fn accepted(
    response: &Response,
    holds_key: impl Fn(&str) -> bool,
) -> Result<(String, Urls), Box<dyn std::error::Error + Send + Sync>> {
    let wire: Wire = object(&response.body)?;
    let text = |value: Value| match value {
        Value::String(text) if !holds_key(&text) => Some(text),
        _ => None,
    };
    let id = text(wire.request_id)
        .filter(|id| is_request_id(id))
        .ok_or("the answer names no request_id")?;
    let urls = Urls {
        status: text(wire.status_url),
        response: text(wire.response_url),
        cancel: text(wire.cancel_url),
    };
    Ok((id, urls))
}

/// Keeps the request id of an answer that is otherwise useless.
fn with_hint(mut failed: Failed, response: &Response, redact: impl Fn(&str) -> String) -> Failed {
    failed.error.inner_mut().request_id = salvaged(response, redact);
    failed
}

/// The request id, from what arrived of the body, or from the gateway's header.
fn salvaged(response: &Response, redact: impl Fn(&str) -> String) -> Option<String> {
    from_fragment(&String::from_utf8_lossy(&response.body))
        .or_else(|| request_id(&response.headers))
        .filter(|id| redact(id) == *id)
}

/// `"request_id": "…"` in text that may break off anywhere, but not within the id.
fn from_fragment(text: &str) -> Option<String> {
    let rest = text
        .split_once("\"request_id\"")?
        .1
        .trim_start()
        .strip_prefix(':')?;
    let (id, _) = rest.trim_start().strip_prefix('"')?.split_once('"')?;
    is_request_id(id).then(|| id.to_owned())
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::HeaderMap;

    use super::*;

    fn response(body: &str) -> Response {
        Response {
            status: 200,
            headers: HeaderMap::new(),
            body: Bytes::copy_from_slice(body.as_bytes()),
        }
    }

    #[test]
    fn only_the_request_id_has_to_be_there() {
        let (id, urls) = accepted(
            &response(r#"{"request_id": "6f", "status_url": null}"#),
            |_| false,
        )
        .unwrap();
        assert_eq!(id, "6f");
        assert!(urls.status.is_none());
        for body in [
            "",
            "<html>",
            "{}",
            r#"{"request_id": ""}"#,
            r#"{"request_id": 7}"#,
            r#"{"request_id": "a b"}"#,
            r#"{"request_id": "a\n"}"#,
            r#"{"request_id": "../.."}"#,
            "null",
        ] {
            assert!(accepted(&response(body), |_| false).is_err(), "{body}");
        }
    }

    #[test]
    fn a_job_takes_neither_id_nor_url_that_hold_the_key() {
        let redact = |text: &str| text.replace("SECRET", "[key]");
        let body = r#"{"request_id": "6f", "status_url": "https://queue.fal.run/SECRET",
            "response_url": "https://queue.fal.run/r", "cancel_url": "https://u:SECRET@queue.fal.run"}"#;
        let (_, urls) = accepted(&response(body), |text| text.contains("SECRET")).unwrap();
        assert_eq!((urls.status, urls.cancel), (None, None));
        assert_eq!(urls.response.as_deref(), Some("https://queue.fal.run/r"));
        let body = response(r#"{"request_id": "SECRET"}"#);
        assert!(accepted(&body, |text| text.contains("SECRET")).is_err());
        assert_eq!(salvaged(&body, redact), None);
    }

    #[test]
    fn the_id_is_saved_from_half_an_answer() {
        assert_eq!(
            from_fragment(r#"{"status":"IN_QUEUE", "request_id" : "6f-a", "resp"#).unwrap(),
            "6f-a"
        );
        for text in [
            "",
            "{\"request_id\":\"6f",
            "{\"request_id\":7}",
            "{\"request_id\":\"a b\"}",
        ] {
            assert_eq!(from_fragment(text), None, "{text}");
        }
    }
}
