//! What a model puts out while it runs.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::{Stream, StreamExt};
use serde::de::{DeserializeOwned, IgnoredAny};
use tokio::time::{Instant, timeout_at};

use std::sync::Arc;

use crate::call::sse;
use crate::error::Error;
use crate::error::kind::{Kind, Phase};
use crate::http::core::Core;
use crate::http::retry::failure;
use crate::http::{Incoming, Response, deadline};
use crate::values::completed::Completed;

type Outputs<O> = Pin<Box<dyn Stream<Item = Result<O, Error>> + Send>>;

/// The outputs of a synchronous call, one after the other; made by [`Call::stream`](crate::Call::stream).
///
/// The last one is what the model came to. An output of another shape than this version knows is an
/// error after which the stream goes on; any other error is the last item. Dropping the stream ends
/// the call at fal's side, which may bill for it.
#[must_use = "the model runs for nobody unless its outputs are read"]
pub struct OutputStream<O> {
    outputs: Outputs<O>,
    request_id: Option<String>,
}

impl<O: DeserializeOwned + Send + 'static> OutputStream<O> {
    pub(crate) fn new(
        core: Arc<Core>,
        incoming: Incoming,
        endpoint: String,
        request_id: Option<String>,
        deadline: Option<Instant>,
    ) -> Self {
        let limit = core.http.body_limit();
        let call = Streamed {
            core,
            endpoint,
            request_id: request_id.clone(),
        };
        // A model may think for as long as it likes: only the caller's timeout ends the waiting.
        let data = sse::data(incoming.pieces(), deadline::LONGEST, limit);
        let state = Some((Box::pin(data), call));
        let outputs = futures_util::stream::unfold(state, move |state| async move {
            let (mut data, call) = state?;
            let next = match deadline {
                Some(deadline) => timeout_at(deadline, data.next()).await,
                None => Ok(data.next().await),
            };
            match next {
                Err(_) => Some((Err(call.error(Kind::Deadline)), None)),
                Ok(None) => None,
                Ok(Some(Err(error))) => {
                    let error = call.error(Kind::Interrupted).with_source(error);
                    Some((Err(error), None))
                }
                Ok(Some(Ok(text))) => Some((call.read(text), Some((data, call)))),
            }
        });
        Self {
            outputs: Box::pin(outputs),
            request_id,
        }
    }

    /// The next output; `None` after the end. May be dropped and called again without losing one.
    ///
    /// # Errors
    /// Where an output has another shape than this version knows, the connection breaks, or the
    /// timeout of the call has passed. The model has run for it, and fal may bill that.
    pub async fn next(&mut self) -> Option<Result<O, Error>> {
        self.outputs.next().await
    }

    /// Waits for the end, and gives back the last output.
    ///
    /// # Errors
    /// The first error on the way, or one where the stream ends without any output.
    pub async fn finish(mut self) -> Result<Completed<O>, Error> {
        let mut last = None;
        while let Some(output) = self.next().await {
            last = Some(output?);
        }
        let output = last.ok_or_else(|| {
            let error = Error::new(Kind::Unreadable, Phase::Run);
            bought(error, self.request_id.as_deref())
                .with_source("the stream ended without an output")
        })?;
        Ok(Completed {
            output,
            request_id: self.request_id.unwrap_or_default(),
            inference_time: None,
            billable_units: None,
            logs: Vec::new(),
        })
    }
}

impl<O> OutputStream<O> {
    /// The id that fal gave the call, where it named one.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }
}

impl<O> Stream for OutputStream<O> {
    type Item = Result<O, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.outputs.as_mut().poll_next(context)
    }
}

impl<O> fmt::Debug for OutputStream<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutputStream")
            .field("request_id", &self.request_id)
            .finish_non_exhaustive()
    }
}

/// The call that a stream belongs to.
struct Streamed {
    core: Arc<Core>,
    endpoint: String,
    request_id: Option<String>,
}

impl Streamed {
    fn read<O: DeserializeOwned>(&self, text: String) -> Result<O, Error> {
        serde_json::from_str(&text).map_err(|problem| {
            let is_json = serde_json::from_str::<IgnoredAny>(&text).is_ok();
            let response = Response {
                status: 200,
                headers: http::HeaderMap::new(),
                body: text.into(),
            };
            let http = &self.core.http;
            let mut error = failure::Failed::unreadable(&response, Phase::Run, http, problem).error;
            if is_json {
                error.inner_mut().kind = Kind::Output;
            }
            self.owned(error)
        })
    }

    fn error(&self, kind: Kind) -> Error {
        self.owned(Error::new(kind, Phase::Run))
    }

    fn owned(&self, error: Error) -> Error {
        bought(error, self.request_id.as_deref()).of_endpoint(&self.endpoint)
    }
}

/// The model ran for it.
fn bought(error: Error, request_id: Option<&str>) -> Error {
    let mut error = error.of_run(request_id.map(str::to_owned));
    error.inner_mut().attempts = 1;
    error
}
