//! The transport below the generated client of the platform API.
//!
//! The generated client builds a request and reads an answer. What lies between is ours: where the
//! key may go, time limits, the bound for bodies. So its hooks hand the request to
//! [`Http::exchange`], and give it back an answer that is here already.

use std::borrow::Cow;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ::http::HeaderMap;
use ::http::header::{ACCEPT, CONTENT_TYPE};
use bytes::Bytes;
use progenitor_client::{ClientHooks, OperationInfo};
use serde::de::IgnoredAny;
use tokio::time::Instant;
use url::Url;

use crate::client::Client;
use crate::error::kind::{Kind, Phase};
use crate::error::{Error, redact};
use crate::http::retry::Outcome;
use crate::http::retry::failure::{Failed, is_success};
use crate::http::{Body, Request, Response, reqwest};

#[rustfmt::skip]
#[path = "../generated/platform.rs"]
#[expect(unreachable_pub, unused_qualifications, clippy::pedantic, reason = "progenitor writes in its own style")]
mod api;

pub(crate) use api::types;

/// The generated client.
pub(crate) type Api = api::Client;

/// What the generated client makes of one question.
pub(crate) type Asking<'a, T> =
    Pin<Box<dyn Future<Output = Result<T, api::Error<types::ErrorBody>>> + Send + 'a>>;

/// A question to the platform API.
pub(crate) trait Question: Send + Sync {
    type Answer: Send;

    /// Puts it, by one method of the generated client.
    fn put<'a>(&'a self, api: &'a Api) -> Asking<'a, Self::Answer>;
}

/// Puts a question once.
pub(crate) async fn put<Q: Question>(
    client: &Client,
    base: &Url,
    question: &Q,
    timeout: Duration,
    deadline: Option<Instant>,
) -> Result<Q::Answer, Failed> {
    let http = &client.core().http;
    let carrier = Carrier {
        client: client.clone(),
        timeout,
        deadline,
        arrived: Arc::default(),
    };
    let arrived = Arc::clone(&carrier.arrived);
    let api = Api::new_with_client(
        base.as_str().trim_end_matches('/'),
        http.shared.clone(),
        carrier,
    );
    let error = match question.put(&api).await {
        Ok(answer) => return Ok(answer),
        Err(error) => error,
    };
    let arrived = lock(&arrived).take();
    Err(match arrived {
        Some(Err(failed)) => failed,
        Some(Ok(response)) => unreadable(&response, client, error),
        // Nothing was sent: the request could not even be built.
        None => Failed {
            outcome: Outcome::Unsendable,
            error: Error::new(Kind::Unsendable, Phase::Platform),
        },
    })
}

/// An answer of success that the generated client could not read.
fn unreadable(response: &Response, client: &Client, error: api::Error<types::ErrorBody>) -> Failed {
    let problem = match error {
        api::Error::InvalidResponsePayload(_, error) => error.to_string(),
        _ => "the answer is none that the platform API documents".to_owned(),
    };
    let http = &client.core().http;
    let mut failed = Failed::unreadable(response, Phase::Platform, http, problem);
    if serde_json::from_slice::<IgnoredAny>(&response.body).is_ok() {
        // JSON of another shape will not change.
        failed.outcome = Outcome::Misshapen;
    }
    failed
}

/// What takes a request of the generated client to the server, and keeps what came of it.
#[derive(Clone, Debug)]
pub(crate) struct Carrier {
    client: Client,
    timeout: Duration,
    deadline: Option<Instant>,
    arrived: Arc<Mutex<Option<Result<Response, Failed>>>>,
}

impl Carrier {
    async fn carry(&self, request: &reqwest::Request) -> Result<Response, Failed> {
        let http = &self.client.core().http;
        // progenitor's own header, with the version of our document, means nothing to fal.
        let mut headers = HeaderMap::new();
        for name in [ACCEPT, CONTENT_TYPE] {
            if let Some(value) = request.headers().get(&name) {
                headers.insert(name, value.clone());
            }
        }
        let body = match request.body().and_then(reqwest::Body::as_bytes) {
            Some(body) => Body::Repeatable(Bytes::copy_from_slice(body)),
            None => Body::None,
        };
        let request = Request {
            method: request.method().clone(),
            url: request.url().clone(),
            headers,
            body,
            timeout: self.timeout,
            deadline: self.deadline,
        };
        let mut response = http
            .exchange(request)
            .await
            .map_err(|failure| Failed::of_failure(failure, Phase::Platform, http))?;
        if !is_success(response.status) {
            return Err(Failed::refused(&response, Phase::Platform, http));
        }
        // What is read from here on is given to the caller as it is.
        if let Ok(text) = std::str::from_utf8(&response.body)
            && let Cow::Owned(clean) = redact::json(text, |text| http.redact(text))
        {
            response.body = clean.into();
        }
        Ok(response)
    }
}

impl ClientHooks<Carrier> for Api {
    async fn pre<E>(
        &self,
        request: &mut reqwest::Request,
        _: &OperationInfo,
    ) -> Result<(), api::Error<E>> {
        let outcome = self.inner.carry(request).await;
        let is_there = outcome.is_ok();
        *lock(&self.inner.arrived) = Some(outcome);
        if is_there {
            Ok(())
        } else {
            // Why is in `arrived`.
            Err(api::Error::Custom(String::new()))
        }
    }

    async fn exec(
        &self,
        _: reqwest::Request,
        _: &OperationInfo,
    ) -> reqwest::Result<reqwest::Response> {
        let mut answer = ::http::Response::new(Bytes::new());
        if let Some(Ok(response)) = &*lock(&self.inner.arrived) {
            *answer.status_mut() =
                ::http::StatusCode::from_u16(response.status).unwrap_or_default();
            answer.headers_mut().clone_from(&response.headers);
            *answer.body_mut() = response.body.clone();
        }
        Ok(answer.into())
    }
}

fn lock<T>(slot: &Mutex<T>) -> MutexGuard<'_, T> {
    slot.lock().unwrap_or_else(PoisonError::into_inner)
}
