//! The outputs of a model while it runs.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::{Stream, StreamExt};
use serde::de::DeserializeOwned;
use tokio::time::{Instant, timeout_at};

use crate::error::Error;
use crate::error::body::ErrorBody;
use crate::error::kind::{Kind, Phase};
use crate::http::deadline;
use crate::http::events::{EventStream, StreamFailure};
use crate::http::json::is_json;
use crate::values::completed::Completed;

type Outputs<O> = Pin<Box<dyn Stream<Item = Result<O, Error>> + Send>>;

/// The outputs of a synchronous call, one after the other; made by [`Call::stream`](crate::Call::stream).
///
/// The last one is the result. An output of another shape than this version knows is an
/// error after which the stream continues; any other error is the last item. Dropping the stream ends
/// the call at fal's side, which may bill for it.
#[must_use = "the model runs for nobody unless its outputs are read"]
pub struct OutputStream<O> {
    outputs: Outputs<O>,
    request_id: Option<String>,
}

impl<O: DeserializeOwned + Send + 'static> OutputStream<O> {
    pub(crate) fn new(
        events: EventStream,
        endpoint: String,
        request_id: Option<String>,
        deadline: Option<Instant>,
    ) -> Self {
        let call = StreamedCall {
            endpoint,
            request_id: request_id.clone(),
        };
        // A model may take as long as it likes: only the caller's timeout ends the wait.
        let data = events.texts(deadline::LONGEST);
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
                Ok(Some(Err(failure))) => {
                    let error = call.error(Kind::Interrupted);
                    let error = match failure {
                        StreamFailure::Broken(source) => error.with_source(source),
                        StreamFailure::Silent => error,
                    };
                    Some((Err(error), None))
                }
                Ok(Some(Ok(text))) => Some((call.read(&text), Some((data, call)))),
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
            endpoint: None,
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
struct StreamedCall {
    endpoint: String,
    request_id: Option<String>,
}

impl StreamedCall {
    fn read<O: DeserializeOwned>(&self, text: &str) -> Result<O, Error> {
        serde_json::from_str(text).map_err(|problem| {
            let mut error = self.error(Kind::Unreadable).with_source(problem);
            let inner = error.inner_mut();
            if is_json(text.as_bytes()) {
                inner.kind = Kind::Output;
            }
            inner.status = Some(200);
            inner.body = ErrorBody::from(text);
            error
        })
    }

    fn error(&self, kind: Kind) -> Error {
        let error = Error::new(kind, Phase::Run);
        bought(error, self.request_id.as_deref()).of_endpoint(&self.endpoint)
    }
}

/// The model ran for it.
fn bought(error: Error, request_id: Option<&str>) -> Error {
    let mut error = error.of_run(request_id.map(str::to_owned));
    error.inner_mut().attempts = 1;
    error
}
