//! Checking deliveries with keys that the caller has.

use std::time::SystemTime;

use crate::values::endpoint::Endpoint;
use crate::webhook::error::WebhookError;
use crate::webhook::event::Event;
use crate::webhook::headers::Headers;
use crate::webhook::keys::Keys;
use crate::webhook::signed::{Claim, LARGEST_BODY};

/// Checks that a delivery comes from fal, with keys that it was given.
///
/// It needs no network and no runtime. The keys are never renewed: for a program that runs for longer
/// than a day, use a [`FetchingVerifier`](super::FetchingVerifier), or make a new one from keys loaded
/// anew.
#[derive(Clone, Debug)]
pub struct Verifier {
    keys: Keys,
    max_body: usize,
}

impl Verifier {
    /// With these keys.
    #[must_use]
    pub fn new(keys: Keys) -> Self {
        Self {
            keys,
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
    /// Where the delivery is not to be trusted, or is no event. A job that failed is an event all the
    /// same: [`Event::into_result`] gives its error.
    pub fn verify<E: Endpoint>(
        &self,
        headers: &(impl Headers + ?Sized),
        body: &[u8],
    ) -> Result<Event<E>, WebhookError> {
        self.verify_at(headers, body, SystemTime::now())
    }

    /// The same by another clock than the system's.
    ///
    /// # Errors
    /// As [`verify`](Self::verify).
    pub fn verify_at<E: Endpoint>(
        &self,
        headers: &(impl Headers + ?Sized),
        body: &[u8],
        now: SystemTime,
    ) -> Result<Event<E>, WebhookError> {
        let claim = Claim::read(headers)?;
        claim.check_age(now)?;
        let signed = claim.of_body(body, self.max_body)?;
        signed.check_signature(&self.keys)?;
        Event::parse(body, Some(signed.request_id))
    }
}
