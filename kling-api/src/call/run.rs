//! Synchronous calls: the model runs while the caller waits, without the queue.

use std::sync::Arc;

use http::{HeaderValue, header};
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use crate::call::billed_request::BilledRequest;
use crate::call::options::Options;
use crate::error::Error;
use crate::error::kind::{Kind, Phase};
use crate::http::core::Core;
use crate::http::events::EventStream;
use crate::http::hosts::Host;
use crate::http::json;
use crate::http::request::Failure;
use crate::http::response::Response;
use crate::http::retry::failure::{AttemptFailure, billable_units, is_request_id, request_id};
use crate::http::retry::{Operation, Outcome};
use crate::http::trace;
use crate::http::transport::EventResponse;
use crate::values::completed::Completed;
use crate::values::endpoint::Endpoint;

/// Runs the model, and gives back its output.
pub(crate) async fn run<E: Endpoint>(
    core: &Arc<Core>,
    input: &E,
    options: &Options,
    deadline: Option<Instant>,
) -> Result<Completed<E::Output>, Error> {
    let endpoint = input.endpoint_id();
    let work = async {
        let billed = prepare(core, input, options)?;
        let attempt = || async {
            let request = billed.request(core.timeouts.run, deadline);
            let response = core.http.exchange(request).await.map_err(broken)?;
            if response.is_success() {
                completed(response).await
            } else {
                Err(refused(response))
            }
        };
        core.attempts(Operation::Run, deadline).run(attempt).await
    };
    trace::spanned("run", Some(endpoint), None, work)
        .await
        .map_err(|error: Error| error.of_endpoint(endpoint))
}

/// Runs the model, and gives back the stream of its outputs, with the request id that fal gave it.
pub(crate) async fn open<E: Endpoint>(
    core: &Arc<Core>,
    input: &E,
    options: &Options,
    deadline: Option<Instant>,
) -> Result<(EventStream, Option<String>), Error> {
    let endpoint = input.endpoint_id();
    let work = async {
        let mut billed = prepare(core, input, options)?;
        if !billed.url.path().ends_with("/stream") {
            let path = format!("{}/stream", billed.url.path());
            billed.url.set_path(&path);
        }
        let events = HeaderValue::from_static("text/event-stream");
        billed.headers.insert(header::ACCEPT, events);
        let attempt = || async {
            let request = billed.request(core.timeouts.run, deadline);
            let opened = core.http.open_when_possible(request).await;
            match opened.map_err(broken)? {
                EventResponse::Stream(stream) => {
                    let id = stream.headers.get("x-fal-request-id");
                    let id = id.and_then(|id| id.to_str().ok()).map(str::trim);
                    let id = id.filter(|id| is_request_id(id)).map(str::to_owned);
                    Ok((stream, id))
                }
                EventResponse::Other(response) if response.is_success() => {
                    let problem = "the response is no stream of events";
                    let failure = AttemptFailure::unreadable(response, Phase::Run, problem);
                    Err(model_ran(failure))
                }
                EventResponse::Other(response) => Err(refused(response)),
                // It has waited for a place.
                EventResponse::NoPlace => Err(broken(Failure::TimedOut {
                    sent: false,
                    deadline: true,
                    partial: None,
                })),
            }
        };
        core.attempts(Operation::Run, deadline).run(attempt).await
    };
    trace::spanned("stream", Some(endpoint), None, work)
        .await
        .map_err(|error: Error| error.of_endpoint(endpoint))
}

fn prepare<E: Endpoint>(core: &Core, input: &E, options: &Options) -> Result<BilledRequest, Error> {
    options.refuse_those_of_the_queue()?;
    BilledRequest::new(core.http.hosts(), Host::Run, input, options)
}

async fn completed<O: DeserializeOwned + Send + 'static>(
    response: Response,
) -> Result<Completed<O>, AttemptFailure> {
    match json::read(&response.body).await {
        Ok(output) => Ok(Completed {
            output,
            endpoint: None,
            request_id: request_id(&response).unwrap_or_default(),
            inference_time: None,
            billable_units: billable_units(&response),
            logs: Vec::new(),
        }),
        Err(error) => {
            let is_json = json::is_json(&response.body);
            let mut failure = AttemptFailure::unreadable(response, Phase::Run, error);
            if is_json {
                failure.error.inner_mut().kind = Kind::Output;
            }
            Err(model_ran(failure))
        }
    }
}

/// A response that is no success: of the gateway, or of the model.
fn refused(response: Response) -> AttemptFailure {
    let status = response.status;
    let mut failure = AttemptFailure::refused(response, Phase::Run);
    let body = &failure.error.inner().body;
    let is_the_models =
        !body.field_errors.is_empty() || (body.is_json && matches!(status, 400 | 422));
    if is_the_models {
        failure.error.inner_mut().kind = Kind::JobFailed;
        // The model has looked at the input, which fal may bill.
        return model_ran(failure);
    }
    with_id(failure)
}

/// No complete response.
fn broken(failure: Failure) -> AttemptFailure {
    with_id(AttemptFailure::of_failure(failure, Phase::Run))
}

/// The model ran: the error says under which id, where that is known.
fn model_ran(failure: AttemptFailure) -> AttemptFailure {
    let failure = with_id(failure);
    let request_id = failure.error.request_id().map(str::to_owned);
    AttemptFailure {
        outcome: Outcome::ModelRan,
        error: failure.error.of_run(request_id),
        ..failure
    }
}

/// With the request id of the gateway, for whoever looks for the call later.
fn with_id(mut failure: AttemptFailure) -> AttemptFailure {
    failure.error.inner_mut().request_id = failure.response.as_deref().and_then(request_id);
    failure
}
