//! The generated client of the platform API, sent by ours.
//!
//! The generated client builds requests and reads responses. Its hooks add what our promises rest on: where the key may
//! go, and the limit for bodies.

use std::error::Error as _;
use std::pin::Pin;

use progenitor_client::{ClientHooks, ClientInfo, OperationInfo};
use tokio::time::Instant;
use url::Url;

use crate::client::Client;
use crate::error::Error;
use crate::error::kind::{Kind, Phase};
use crate::http::deadline::{self, End};
use crate::http::guarded_body::BodyTooLarge;
use crate::http::json::is_json;
use crate::http::request::Failure;
use crate::http::reqwest;
use crate::http::retry::Outcome;
use crate::http::retry::failure::AttemptFailure;

#[rustfmt::skip]
#[path = "../generated/platform.rs"]
#[expect(unreachable_pub, unused_qualifications, clippy::pedantic, reason = "progenitor writes in its own style")]
#[allow(dead_code, reason = "it writes a type for each schema")]
mod api;

pub(crate) use api::types;

/// The generated client.
pub(crate) type Api = api::Client;

/// A request under way in the generated client.
pub(crate) type Sending<'a, T> =
    Pin<Box<dyn Future<Output = Result<T, api::Error<()>>> + Send + 'a>>;

/// A request to the platform API.
pub(crate) trait PlatformRequest: Send + Sync {
    type Response: Send;

    /// Sends it, by one method of the generated client.
    fn send<'a>(&'a self, api: &'a Api) -> Sending<'a, Self::Response>;
}

/// One attempt.
pub(crate) async fn send<R: PlatformRequest>(
    client: &Client,
    base: &Url,
    request: &R,
    deadline: Option<Instant>,
) -> Result<R::Response, AttemptFailure> {
    let core = &client.core;
    let connections = core.http.shared(base)?;
    let base = base.as_str().trim_end_matches('/');
    let api = Api::new_with_client(base, connections, Carrier(client.clone()));
    let exchange = async {
        let _permit = core.http.connection().await;
        match request.send(&api).await {
            Ok(response) => Ok(response),
            Err(error) => Err(failure(client, error).await),
        }
    };
    let end = End::new(deadline::after(core.timeouts.request), deadline);
    end.bound(exchange).await.unwrap_or_else(|| {
        Err(failed(Failure::TimedOut {
            sent: true,
            deadline: end.is_deadline,
            partial: None,
        }))
    })
}

/// What an error of the generated client means.
async fn failure(client: &Client, error: api::Error<()>) -> AttemptFailure {
    let http = &client.core.http;
    match error {
        api::Error::CommunicationError(error)
        | api::Error::ResponseBodyError(error)
        | api::Error::InvalidUpgrade(error) => broken(error),
        api::Error::UnexpectedResponse(response) => match http.read(response).await {
            Ok(response) if response.is_success() => {
                let problem = "the platform API documents no such response";
                AttemptFailure::unreadable(response, Phase::Platform, problem)
            }
            Ok(response) => AttemptFailure::refused(response, Phase::Platform),
            Err(failure) => failed(failure),
        },
        api::Error::InvalidResponsePayload(body, error) => {
            let has_other_shape = is_json(&body);
            let response = http.response_of(body);
            let mut failure = AttemptFailure::unreadable(response, Phase::Platform, error);
            if has_other_shape {
                // It will not change.
                failure.outcome = Outcome::Misshapen;
            }
            failure
        }
        api::Error::Custom(_) => failed(Failure::Untrusted),
        api::Error::InvalidRequest(_) | api::Error::ErrorResponse(_) => AttemptFailure::new(
            Outcome::Unsendable,
            Error::new(Kind::Unsendable, Phase::Platform),
        ),
    }
}

fn failed(failure: Failure) -> AttemptFailure {
    AttemptFailure::of_failure(failure, Phase::Platform)
}

fn broken(error: reqwest::Error) -> AttemptFailure {
    let mut cause = error.source();
    while let Some(source) = cause {
        if let Some(too_large) = source.downcast_ref::<BodyTooLarge>() {
            let error = Error::new(Kind::TooLarge, Phase::Platform);
            return AttemptFailure::new(
                Outcome::TooLarge,
                error.with_source(too_large.to_string()),
            );
        }
        cause = source.source();
    }
    failed(error.into())
}

/// The hooks of the generated client.
#[derive(Clone, Debug)]
pub(crate) struct Carrier(Client);

impl ClientHooks<Carrier> for Api {
    async fn pre<E>(
        &self,
        request: &mut reqwest::Request,
        _: &OperationInfo,
    ) -> Result<(), api::Error<E>> {
        // The version of our document means nothing to fal.
        request.headers_mut().remove("api-version");
        let authorized = self.inner.0.core.http.authorize(request);
        // The only reason not to is that the URL is not trusted.
        authorized.map_err(|_| api::Error::Custom(String::new()))
    }

    async fn exec(
        &self,
        request: reqwest::Request,
        _: &OperationInfo,
    ) -> reqwest::Result<reqwest::Response> {
        self.inner
            .0
            .core
            .http
            .send_guarded(self.client(), request)
            .await
    }
}
