//! Synchronous calls: the model runs while the caller waits, past the queue.

use http::{HeaderValue, header};
use serde::de::{DeserializeOwned, IgnoredAny};
use tokio::time::Instant;

use std::sync::Arc;

use crate::call::billed_request::Prepared;
use crate::call::options::Options;
use crate::error::Error;
use crate::error::kind::{Kind, Phase};
use crate::http::core::Core;
use crate::http::hosts::Host;
use crate::http::retry::attempts::Attempts;
use crate::http::retry::failure::{Failed, billable_units, is_success, request_id};
use crate::http::retry::{Operation, Outcome};
use crate::http::{Failure, Incoming, Response, trace};
use crate::values::completed::Completed;
use crate::values::endpoint::Endpoint;

/// Runs the model, and gives back what it made.
pub(crate) async fn run<E: Endpoint>(
    core: &Arc<Core>,
    input: &E,
    options: &Options,
    deadline: Option<Instant>,
) -> Result<Completed<E::Output>, Error> {
    let endpoint = input.endpoint_id();
    let work = async {
        let prepared = prepare(core, input, options)?;
        let mut attempts = Attempts::new(Operation::Run, &core.retry, deadline);
        loop {
            trace::attempt(Operation::Run, attempts.number());
            let request = prepared.request(core.timeouts.run, deadline);
            let failed = match core.http.exchange(request).await {
                Ok(response) if is_success(response.status) => match completed(core, &response) {
                    Ok(completed) => return Ok(completed),
                    Err(failed) => failed,
                },
                Ok(response) => refused(core, &response),
                Err(failure) => broken(core, failure),
            };
            attempts.pause(failed).await?;
        }
    };
    trace::spanned("run", endpoint, None, work)
        .await
        .map_err(|error: Error| error.of_endpoint(endpoint))
}

/// Runs the model, and gives back the stream of what it puts out, with the request id that fal gave it.
pub(crate) async fn open<E: Endpoint>(
    core: &Arc<Core>,
    input: &E,
    options: &Options,
    deadline: Option<Instant>,
) -> Result<(Incoming, Option<String>), Error> {
    let endpoint = input.endpoint_id();
    let work = async {
        let mut prepared = prepare(core, input, options)?;
        if !prepared.url.path().ends_with("/stream") {
            let path = format!("{}/stream", prepared.url.path());
            prepared.url.set_path(&path);
        }
        let events = HeaderValue::from_static("text/event-stream");
        prepared.headers.insert(header::ACCEPT, events);
        let mut attempts = Attempts::new(Operation::Run, &core.retry, deadline);
        loop {
            trace::attempt(Operation::Run, attempts.number());
            let request = prepared.request(core.timeouts.run, deadline);
            let failed = match core.http.open_when_possible(request).await {
                Ok(Ok(incoming)) => {
                    let id =
                        request_id(incoming.headers()).filter(|id| core.http.redact(id) == *id);
                    return Ok((incoming, id));
                }
                Ok(Err(response)) if is_success(response.status) => {
                    let problem = "the answer is no stream of events";
                    let failed = Failed::unreadable(&response, Phase::Run, &core.http, problem);
                    bought(core, failed, &response)
                }
                Ok(Err(response)) => refused(core, &response),
                Err(failure) => broken(core, failure),
            };
            attempts.pause(failed).await?;
        }
    };
    trace::spanned("stream", endpoint, None, work)
        .await
        .map_err(|error: Error| error.of_endpoint(endpoint))
}

fn prepare<E: Endpoint>(core: &Arc<Core>, input: &E, options: &Options) -> Result<Prepared, Error> {
    options.refuse_those_of_the_queue()?;
    Prepared::new(core, Host::Run, input, options)
}

fn completed<O: DeserializeOwned>(
    core: &Arc<Core>,
    response: &Response,
) -> Result<Completed<O>, Failed> {
    let http = &core.http;
    let output = serde_json::from_slice(&response.body).map_err(|error| {
        let is_json = serde_json::from_slice::<IgnoredAny>(&response.body).is_ok();
        let mut failed = Failed::unreadable(response, Phase::Run, http, error);
        if is_json {
            failed.error.inner_mut().kind = Kind::Output;
        }
        bought(core, failed, response)
    })?;
    Ok(Completed {
        output,
        request_id: request_id(&response.headers).unwrap_or_default(),
        inference_time: None,
        billable_units: billable_units(&response.headers),
        logs: Vec::new(),
    })
}

/// An answer that is no success: the gateway's, or what the model came to.
fn refused(core: &Arc<Core>, response: &Response) -> Failed {
    let mut failed = Failed::refused(response, Phase::Run, &core.http);
    let reading = &failed.error.inner().reading;
    let is_the_models = !reading.field_errors.is_empty()
        || (reading.is_json && matches!(response.status, 400 | 422));
    if is_the_models {
        failed.error.inner_mut().kind = Kind::JobFailed;
        // The model has looked at the input, which fal may bill.
        return bought(core, failed, response);
    }
    hinted(core, failed, response)
}

/// No complete answer.
fn broken(core: &Arc<Core>, failure: Failure) -> Failed {
    let (failed, arrived) = Failed::broken_off(failure, Phase::Run, &core.http);
    match arrived {
        Some(arrived) => hinted(core, failed, &arrived),
        None => failed,
    }
}

/// The model ran: the error says under which id, where that is known.
fn bought(core: &Arc<Core>, failed: Failed, response: &Response) -> Failed {
    let failed = hinted(core, failed, response);
    let request_id = failed.error.request_id().map(str::to_owned);
    Failed {
        outcome: Outcome::Bought,
        error: failed.error.of_run(request_id),
    }
}

/// The request id of the gateway, kept for whoever looks for the call later.
fn hinted(core: &Arc<Core>, mut failed: Failed, response: &Response) -> Failed {
    let id = request_id(&response.headers);
    failed.error.inner_mut().request_id = id.filter(|id| core.http.redact(id) == *id);
    failed
}
