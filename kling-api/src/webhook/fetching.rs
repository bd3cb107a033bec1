//! Checking deliveries with keys that are fetched from fal.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use url::Url;

use crate::client::Client;
use crate::error::Error;
use crate::error::kind::{Kind as ErrorKind, Phase};
use crate::http::deadline;
use crate::http::hosts::{Host, below};
use crate::http::response::Response;
use crate::http::retry::Operation;
use crate::http::retry::failure::AttemptFailure;
use crate::values::endpoint::Endpoint;
use crate::webhook::cache::{Cache, lifetime};
use crate::webhook::error::{Kind, WebhookError};
use crate::webhook::event::Event;
use crate::webhook::headers::Headers;
use crate::webhook::keys::Keys;
use crate::webhook::signed::{Claim, LARGEST_BODY};

/// The longest that one fetch may take, all attempts together. fal gives a delivery 15 s.
const FETCH_TIMEOUT: Duration = Duration::from_secs(5);

/// Checks that a delivery comes from fal, with keys that it fetches by itself. Cheap to clone; clones
/// share their keys.
///
/// The keys are fetched at the first delivery and kept for 24 hours, or for less where fal says so.
/// When a signature fits none of them they are fetched once more, since fal may have changed them, but
/// not within a minute of the last fetch: anybody can send forged deliveries. Deliveries that arrive
/// meanwhile wait for the same fetch. Where it fails, keys that are there stay in use.
///
/// The keys are public: the API key of the client is not sent for them.
///
/// ```no_run
/// # async fn receive(headers: http::HeaderMap, body: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
/// use kling_api::{Client, v2_1::master::image_to_video::Input, webhook::FetchingVerifier};
///
/// let verifier = FetchingVerifier::new(&Client::from_env()?);        // one for the whole program
/// let event = verifier.verify::<Input>(&headers, body).await?;
/// println!("{} has ended", event.request_id());
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct FetchingVerifier {
    shared: Arc<Shared>,
    max_body: usize,
}

struct Shared {
    client: Client,
    cache: Mutex<Cache>,
    /// Held by the one fetch that runs.
    fetching: Arc<tokio::sync::Mutex<()>>,
}

impl FetchingVerifier {
    /// Fetches the keys through this client, from its `rest_url`. Nothing is sent before the first
    /// delivery.
    #[must_use]
    pub fn new(client: &Client) -> Self {
        Self {
            shared: Arc::new(Shared {
                client: client.clone(),
                cache: Mutex::default(),
                fetching: Arc::default(),
            }),
            max_body: LARGEST_BODY,
        }
    }

    /// The longest body that is taken, in bytes; 10 MiB by default. A longer one is refused before it is
    /// hashed. Limit what your web server reads, too: a body is in memory before it comes here.
    #[must_use]
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.max_body = bytes;
        self
    }

    /// Checks headers, age and signature of a delivery, and reads the event in it.
    ///
    /// `E` is the endpoint that the webhook was given for, or [`Raw`](crate::Raw) where jobs of several
    /// endpoints report to one URL; see [`Event::typed`]. `body` is the body as it came, before any
    /// parser has had it.
    ///
    /// # Errors
    /// Where the delivery is not to be trusted or is no event, and where there are no keys to check it
    /// with ([`WebhookError::is_key_unavailable`]).
    pub async fn verify<E: Endpoint>(
        &self,
        headers: &(impl Headers + Sync + ?Sized),
        body: &[u8],
    ) -> Result<Event<E>, WebhookError> {
        self.verify_at(headers, body, SystemTime::now()).await
    }

    /// The same by another clock than the system's, which decides how old the keys are, too.
    ///
    /// # Errors
    /// As [`verify`](Self::verify).
    pub async fn verify_at<E: Endpoint>(
        &self,
        headers: &(impl Headers + Sync + ?Sized),
        body: &[u8],
        now: SystemTime,
    ) -> Result<Event<E>, WebhookError> {
        // What is wrong for everybody to see costs no fetch.
        let claim = Claim::read(headers)?;
        claim.check_age(now)?;
        let signed = claim.of_body(body, self.max_body)?;
        let keys = self.keys(now).await?;
        if let Err(miss) = signed.check_signature(&keys) {
            match self.newer(now, Some(&keys)).await? {
                Some(newer) => signed.check_signature(&newer)?,
                None => return Err(miss),
            }
        }
        Event::parse(body, Some(signed.request_id))
    }

    async fn keys(&self, now: SystemTime) -> Result<Keys, WebhookError> {
        let current = self.shared.lock().current(now);
        match current {
            Some(keys) => Ok(keys),
            None => self
                .newer(now, None)
                .await?
                .ok_or_else(|| WebhookError::new(Kind::KeysUnavailable)),
        }
    }

    /// Other keys than those that were `seen`; none where they are the newest.
    async fn newer(
        &self,
        now: SystemTime,
        seen: Option<&Keys>,
    ) -> Result<Option<Keys>, WebhookError> {
        let turn = self.shared.fetching.clone().lock_owned().await;
        {
            let cache = self.shared.lock();
            let current = cache.current(now);
            if current.is_some() && current.as_ref() != seen {
                return Ok(current);
            }
            if !cache.may_fetch(now) {
                return cache.failure().cloned().map_or(Ok(None), Err);
            }
        }
        let shared = Arc::clone(&self.shared);
        // A task of its own: whoever sent the delivery may hang up, and others wait for the keys.
        let fetch = tokio::spawn(async move {
            let fetched = fetch(&shared.client).await;
            let keys = fetched.as_ref().map(|(keys, _)| keys.clone());
            let keys = keys.map_err(Clone::clone);
            shared.lock().store(fetched, now);
            drop(turn);
            keys
        });
        let keys = fetch
            .await
            .unwrap_or_else(|error| Err(WebhookError::keys_unavailable(error)))?;
        Ok((Some(&keys) != seen).then_some(keys))
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Cache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The keys, and how long they are good.
async fn fetch(client: &Client) -> Result<(Keys, Duration), WebhookError> {
    let core = &client.core;
    let base = core.http.hosts().base(Host::Rest);
    let url = below(
        base.map_err(WebhookError::keys_unavailable)?,
        [".well-known", "jwks.json"].into_iter(),
    );
    let deadline = deadline::after(FETCH_TIMEOUT);
    let attempts = core
        .attempts(Operation::Platform, Some(deadline))
        .at_most(3);
    let response = tokio::time::timeout_at(deadline, attempts.run(|| attempt(client, &url)))
        .await
        .unwrap_or_else(|_| Err(Error::new(ErrorKind::AttemptTimeout, Phase::WebhookKeys)))
        .map_err(WebhookError::keys_unavailable)?;
    let keys = Keys::from_jwks(&*response.body)?;
    let good_for = lifetime(response.header("cache-control"));
    Ok((keys, good_for))
}

async fn attempt(client: &Client, url: &Url) -> Result<Response, AttemptFailure> {
    let fetched = client.core.http.public(url.clone(), FETCH_TIMEOUT).await;
    let response =
        fetched.map_err(|failure| AttemptFailure::of_failure(failure, Phase::WebhookKeys))?;
    if response.is_success() {
        return Ok(response);
    }
    Err(AttemptFailure::refused(response, Phase::WebhookKeys))
}

/// Something went wrong before the keys could be fetched.
impl From<Error> for WebhookError {
    fn from(error: Error) -> Self {
        Self::keys_unavailable(error)
    }
}

impl fmt::Debug for FetchingVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FetchingVerifier")
            .field("cache", &*self.shared.lock())
            .finish_non_exhaustive()
    }
}
