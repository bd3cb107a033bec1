//! What a delivery says.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::error::Error;
use crate::values::completed::Completed;
use crate::values::endpoint::{Endpoint, Raw};
use crate::values::job::Job;
use crate::webhook::error::{Kind, WebhookError};
use crate::webhook::failure;

/// A job of endpoint `E` has ended: what fal delivers to a webhook.
///
/// The same event may be delivered more than once: remember its [`request_id`](Self::request_id).
pub struct Event<E> {
    request_id: String,
    wire: Wire,
    endpoint: PhantomData<fn() -> E>,
}

/// How the job of an event has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EventKind {
    /// Well, and the event holds the output.
    Completed,
    /// Well, and fal could not put the output into the event (`payload_error`). The job is paid, and
    /// [`Client::result`](crate::Client::result) fetches its output.
    WithoutPayload,
    /// Without an output.
    Failed,
    /// The event has a status that this version does not know.
    Unknown,
}

/// The body as fal writes it. All of it is optional: fal leaves fields out and sends null.
#[derive(Clone, Deserialize)]
pub(super) struct Wire {
    #[serde(default)]
    request_id: Value,
    #[serde(default)]
    gateway_request_id: Value,
    #[serde(default)]
    status: Value,
    #[serde(default)]
    pub(super) error: Value,
    #[serde(default)]
    pub(super) error_type: Value,
    /// As text, so that it is read in the very way in which a fetched result is.
    #[serde(default)]
    pub(super) payload: Option<Box<RawValue>>,
    #[serde(default)]
    pub(super) payload_error: Value,
}

impl<E: Endpoint> Event<E> {
    /// Reads an event **without any check of where it comes from**: for bodies that something else has
    /// verified, or that were verified before they were stored.
    ///
    /// # Errors
    /// Where the body is no event: no JSON, no object, or without a request id.
    pub fn parse_unverified(body: &[u8]) -> Result<Self, WebhookError> {
        Self::parse(body, None)
    }

    /// `signed_id` is the id in the headers, for an event that names none.
    pub(super) fn parse(body: &[u8], signed_id: Option<&str>) -> Result<Self, WebhookError> {
        let wire: Wire = serde_json::from_slice(body).map_err(|error| {
            WebhookError::new(Kind::Body("it is no object of JSON".to_owned())).with_source(error)
        })?;
        let request_id = text(&wire.request_id)
            .or(signed_id)
            .filter(|id| !id.is_empty())
            .ok_or_else(|| WebhookError::new(Kind::Body("it names no request_id".to_owned())))?
            .to_owned();
        Ok(Self {
            request_id,
            wire,
            endpoint: PhantomData,
        })
    }

    /// The job that has ended, to fetch its result or to keep. For [`Raw`] use
    /// [`raw_job`](Event::raw_job): an event does not name its endpoint.
    #[must_use]
    pub fn job(&self) -> Job<E> {
        Job::from_request_id(self.request_id.clone())
    }

    /// What the job came to: the same that following it gives.
    ///
    /// `inference_time()`, `billable_units()` and `logs()` are not part of a delivery.
    ///
    /// # Errors
    /// Where the job failed ([`Error::is_job_failure`]), where the output has another shape than this
    /// version knows, and where the output did not come along ([`Error::is_undelivered`]).
    pub fn into_result(self) -> Result<Completed<E::Output>, Error> {
        let kind = self.kind();
        let output = match kind {
            EventKind::Completed => {
                let payload = self.payload().unwrap_or("null");
                serde_json::from_str(payload)
                    .map_err(|error| failure::other_shape(payload).with_source(error))
            }
            EventKind::WithoutPayload => Err(failure::undelivered(&self.wire)),
            EventKind::Failed => Err(failure::job_failed(&self.wire)),
            EventKind::Unknown => Err(failure::unknown_status(text(&self.wire.status))),
        };
        match output {
            Ok(output) => Ok(Completed {
                output,
                endpoint: Some(E::INFO.id.to_owned()).filter(|id| !id.is_empty()),
                request_id: self.request_id,
                inference_time: None,
                billable_units: None,
                logs: Vec::new(),
            }),
            Err(error) => {
                let mut error = error.of_job(&self.request_id, E::INFO.id);
                error.inner_mut().endpoint.take_if(|id| id.is_empty());
                Err(error)
            }
        }
    }
}

impl Event<Raw> {
    /// The same event, as one of endpoint `E`.
    ///
    /// Where jobs of several endpoints report to one URL, [`request_id`](Self::request_id) leads to the
    /// stored [`Job`], and its [`endpoint`](Job::endpoint) to the type; or the URL itself tells them
    /// apart.
    #[must_use]
    pub fn typed<E: Endpoint>(self) -> Event<E> {
        Event {
            request_id: self.request_id,
            wire: self.wire,
            endpoint: PhantomData,
        }
    }

    /// The job that has ended, with the endpoint that it was submitted to.
    #[must_use]
    pub fn raw_job(&self, endpoint: impl Into<String>) -> Job<Raw> {
        Job::raw(endpoint, self.request_id.clone())
    }
}

impl<E> Event<E> {
    /// The request id of the job: the one in the response to the submit.
    #[must_use]
    pub fn request_id(&self) -> &str {
        &self.request_id
    }

    /// The id of fal's last attempt at the job: another than [`request_id`](Self::request_id) where fal
    /// had to try more than once. Only fal's support has use for it.
    #[must_use]
    pub fn gateway_request_id(&self) -> Option<&str> {
        text(&self.wire.gateway_request_id)
    }

    /// How the job has ended.
    #[must_use]
    pub fn kind(&self) -> EventKind {
        match text(&self.wire.status) {
            Some("OK") if self.payload().is_none() && !self.wire.payload_error.is_null() => {
                EventKind::WithoutPayload
            }
            Some("OK") => EventKind::Completed,
            Some("ERROR") => EventKind::Failed,
            _ => EventKind::Unknown,
        }
    }

    /// The output, or the details of the failure, as the JSON that fal sent.
    #[must_use]
    pub fn payload(&self) -> Option<&str> {
        self.wire.payload.as_deref().map(RawValue::get)
    }
}

/// A text, where the value is one.
pub(super) fn text(value: &Value) -> Option<&str> {
    value.as_str()
}

impl<E> Clone for Event<E> {
    fn clone(&self) -> Self {
        Self {
            request_id: self.request_id.clone(),
            wire: self.wire.clone(),
            endpoint: PhantomData,
        }
    }
}

/// Without the payload.
impl<E> fmt::Debug for Event<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("request_id", &self.request_id)
            .field("kind", &self.kind())
            .finish_non_exhaustive()
    }
}
