//! Submitting a job: the one request that must never be sent twice.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;
use tokio::time::Instant;

use crate::call::billed_request::BilledRequest;
use crate::call::options::Options;
use crate::error::Error;
use crate::error::kind::Phase;
use crate::http::core::Core;
use crate::http::hosts::Host;
use crate::http::json::object;
use crate::http::notices::Notices;
use crate::http::redact::REDACTED;
use crate::http::request::{Cause, Request};
use crate::http::response::Response;
use crate::http::retry::failure::{AttemptFailure, is_request_id, request_id};
use crate::http::retry::{Decision, Operation, Outcome, decide};
use crate::http::trace;
use crate::values::endpoint::{Endpoint, Raw};
use crate::values::job::{Job, Urls};

/// A submit, ready to be sent. It borrows nothing, so that it can be left to run by itself.
pub(crate) struct Submit {
    core: Arc<Core>,
    billed: BilledRequest,
    endpoint: String,
    /// The caller asked for a refusal where the queue is full.
    ends_at_full_queue: bool,
    deadline: Option<Instant>,
    notices: Notices,
}

impl Submit {
    /// Checks the options, and writes down everything that is sent.
    pub(crate) fn new<E: Endpoint>(
        core: &Arc<Core>,
        input: &E,
        options: &Options,
        deadline: Option<Instant>,
    ) -> Result<Self, Error> {
        let endpoint = input.endpoint_id().to_owned();
        let billed = BilledRequest::new(core.http.hosts(), Host::Queue, input, options)
            .map_err(|error| error.of_endpoint(&endpoint))?;
        Ok(Self {
            core: core.clone(),
            billed,
            endpoint,
            ends_at_full_queue: options.max_queue_length.is_some(),
            deadline,
            notices: Notices::default(),
        })
    }

    /// Tells each retry.
    pub(crate) fn telling(mut self, notices: &Notices) -> Self {
        self.notices = notices.clone();
        self
    }

    /// Submits, and gives back the job that fal made of it.
    pub(crate) async fn send(self) -> Result<Job<Raw>, Error> {
        let core = &self.core;
        let attempt = || async {
            let request = self.billed.request(core.timeouts.submit, self.deadline);
            attempt(core, request, self.ends_at_full_queue).await
        };
        let work = core
            .attempts(Operation::Submit, self.deadline)
            .telling(&self.notices)
            .run(attempt);
        let (id, urls) = trace::spanned("submit", Some(&self.endpoint), None, work)
            .await
            .map_err(|error| error.of_endpoint(&self.endpoint))?;
        Ok(Job::new(self.endpoint, id, urls))
    }
}

async fn attempt(
    core: &Core,
    request: Request,
    ends_at_full_queue: bool,
) -> Result<(String, Urls), AttemptFailure> {
    let mut failure = match core.http.exchange(request).await {
        Ok(response) if response.is_success() => match accepted(&response) {
            Ok((id, urls)) => {
                trace::submitted(&id);
                return Ok((id, urls));
            }
            Err(problem) => AttemptFailure::unreadable(response, Phase::Submit, problem),
        },
        Ok(response) => refused(response, ends_at_full_queue),
        Err(failure) => AttemptFailure::of_failure(failure, Phase::Submit),
    };
    let named = failure.response.as_deref().and_then(|response| {
        let broke_off = failure.outcome == Outcome::Interrupted;
        named(response, broke_off)
    });
    if let Some(id) = named {
        trace::submitted(&id);
        return Ok((id, Urls::default()));
    }
    // What is no success may name a job, too.
    failure.error.inner_mut().request_id = failure.response.as_deref().and_then(salvaged);
    Err(failure)
}

fn refused(response: Response, ends_at_full_queue: bool) -> AttemptFailure {
    let is_busy = response.status == 429;
    // The id in the header of an error may be the gateway's own, but where it is not, a repeated submit buys twice.
    let names_job = from_fragment(&String::from_utf8_lossy(&response.body)).is_some()
        || (response.status >= 500 && request_id(&response).is_some());
    let mut failure = AttemptFailure::refused(response, Phase::Submit);
    if decide(Operation::Submit, failure.outcome) == Decision::Repeat {
        if names_job {
            failure.outcome = Outcome::NamesJob;
        } else if is_busy && ends_at_full_queue {
            failure.outcome = Outcome::QueueFull;
        }
    }
    failure
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
/// A job is kept and printed. A URL that held the key leads nowhere without it, so it is left out; an id that held the
/// key is no id.
fn accepted(response: &Response) -> Result<(String, Urls), Cause> {
    let wire: Wire = object(&response.body)?;
    let text = |value: Value| match value {
        Value::String(text) if !text.contains(REDACTED) => Some(text),
        _ => None,
    };
    let id = text(wire.request_id)
        .filter(|id| is_request_id(id))
        .ok_or("the response names no request_id")?;
    let urls = Urls {
        status: text(wire.status_url),
        response: text(wire.response_url),
        cancel: text(wire.cancel_url),
    };
    Ok((id, urls))
}

/// The job that a success names which is otherwise useless: it broke off, or it is larger than the limit.
fn named(response: &Response, broke_off: bool) -> Option<String> {
    if !response.is_success() {
        return None;
    }
    let in_header = || request_id(response).filter(|_| broke_off);
    from_fragment(&String::from_utf8_lossy(&response.body)).or_else(in_header)
}

/// The request id, from what arrived of the body, or from the gateway's header.
fn salvaged(response: &Response) -> Option<String> {
    from_fragment(&String::from_utf8_lossy(&response.body)).or_else(|| request_id(response))
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
    use http::HeaderMap;

    use super::*;
    use crate::http::key::Key;

    fn response(body: &'static str) -> Response {
        let key = Key::new("id:SECRET-PART".to_owned().into()).unwrap();
        Response {
            status: 200,
            headers: key.clean_headers(HeaderMap::new()),
            body: key.clean(body.into()),
        }
    }

    #[test]
    fn only_the_request_id_has_to_be_there() {
        let named = response(r#"{"request_id": "6f", "status_url": null}"#);
        let (id, urls) = accepted(&named).unwrap();
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
            assert!(accepted(&response(body)).is_err(), "{body}");
        }
    }

    #[test]
    fn a_job_takes_neither_id_nor_url_that_hold_the_key() {
        let body = r#"{"request_id": "6f", "status_url": "https://queue.fal.run/SECRET-PART",
            "response_url": "https://queue.fal.run/r", "cancel_url": "https://u:SECRET-PART@queue.fal.run"}"#;
        let (_, urls) = accepted(&response(body)).unwrap();
        assert_eq!((urls.status, urls.cancel), (None, None));
        assert_eq!(urls.response.as_deref(), Some("https://queue.fal.run/r"));
        let body = response(r#"{"request_id": "SECRET-PART"}"#);
        assert!(accepted(&body).is_err());
        assert_eq!(salvaged(&body), None);
    }

    #[test]
    fn the_id_is_saved_from_half_a_response() {
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
