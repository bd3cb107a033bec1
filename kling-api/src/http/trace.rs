//! Spans and events for the `tracing` crate. Without the feature, all of this does nothing.
//!
//! A span has the operation, and the endpoint and request id where there are any. The events in it have the request, such
//! as `status` within `follow`, the attempt and the status; never the key, a body or a prompt.

use std::time::Duration;

use crate::error::Error;
use crate::http::retry::Operation;

/// Runs `future` in a span of this operation.
#[cfg(feature = "tracing")]
pub(crate) fn spanned<F: Future>(
    operation: &'static str,
    endpoint: Option<&str>,
    request_id: Option<&str>,
    future: F,
) -> impl Future<Output = F::Output> + use<F> {
    use tracing::Instrument;

    let span = tracing::info_span!("kling_api", operation, endpoint, request_id);
    future.instrument(span)
}

#[cfg(not(feature = "tracing"))]
pub(crate) fn spanned<F: Future>(
    _: &'static str,
    _: Option<&str>,
    _: Option<&str>,
    future: F,
) -> F {
    future
}

/// fal has taken a job: from here on its id is in the span.
pub(crate) fn submitted(request_id: &str) {
    #[cfg(feature = "tracing")]
    {
        tracing::Span::current().record("request_id", request_id);
        tracing::info!("job submitted");
    }
    #[cfg(not(feature = "tracing"))]
    let _ = request_id;
}

pub(crate) fn attempt(operation: Operation, number: u32) {
    #[cfg(feature = "tracing")]
    tracing::debug!(request = operation.name(), attempt = number, "sending");
    #[cfg(not(feature = "tracing"))]
    let _ = (operation, number);
}

pub(crate) fn pausing(operation: Operation, attempt: u32, delay: Duration, error: &Error) {
    #[cfg(feature = "tracing")]
    tracing::warn!(
        request = operation.name(),
        attempt,
        ?delay,
        status = error.status(),
        kind = error.inner().kind.name(),
        "attempt failed, trying again"
    );
    #[cfg(not(feature = "tracing"))]
    let _ = (operation, attempt, delay, error);
}

pub(crate) fn gave_up(operation: Operation, attempt: u32, error: &Error) {
    #[cfg(feature = "tracing")]
    tracing::warn!(
        request = operation.name(),
        attempt,
        status = error.status(),
        // Of a job about which there are no other requests; of others, the span has it.
        request_id = error.request_id().filter(|_| operation.buys()),
        kind = error.inner().kind.name(),
        "attempt failed, giving up"
    );
    #[cfg(not(feature = "tracing"))]
    let _ = (operation, attempt, error);
}

pub(crate) fn stream_over(reason: &'static str) {
    #[cfg(feature = "tracing")]
    tracing::debug!(reason, "status stream over, asking for the status");
    #[cfg(not(feature = "tracing"))]
    let _ = reason;
}
