//! Webhooks: fal calls a URL of yours when a job has ended, so that nobody has to wait for it.
//!
//! [`Call::webhook`](crate::Call::webhook) names the URL. What arrives there can come from anybody,
//! so it is read only after its signature was checked: with a [`FetchingVerifier`], which gets fal's
//! keys by itself (feature `client`), or with a [`Verifier`] that is given them. An [`Event`] then
//! gives what a followed job would give: a [`Completed`](crate::Completed) output, or the job's
//! [`Error`](crate::Error).
//!
//! ```
//! use kling_api::v1::standard::image_to_video::Input;
//! use kling_api::webhook::{Verifier, WebhookError};
//!
//! /// The status to answer with.
//! fn receive(verifier: &Verifier, headers: &http::HeaderMap, body: &[u8]) -> u16 {
//!     let event = match verifier.verify::<Input>(headers, body) {
//!         Ok(event) => event,
//!         Err(error) => return error.status_code(),
//!     };
//!     let id = event.request_id().to_owned();
//!     match event.into_result() {
//!         Ok(video) => println!("{id}: {}", video.video.url),
//!         Err(error) => println!("{error}"),
//!     }
//!     200
//! }
//! ```
//!
//! # What a receiver has to see to
//! - Hand over the body **as it came**, before any JSON parser has had it: the signature is over its
//!   bytes.
//! - Answer with 2xx within a few seconds, and work afterwards: fal gives an attempt 15 s, and repeats
//!   it where the response is another one or none.
//! - The same event may come more than once, so remember [`Event::request_id`] and answer a known one
//!   with 200. The age check alone does not keep a copied delivery out: for five minutes it passes.
//!   The example `webhook.rs` does this with axum.
//!
//! # Without the HTTP client
//! `kling-api = { version = "…", default-features = false, features = ["webhook"] }` builds neither an
//! HTTP library nor an async runtime: [`Keys::from_jwks`] takes the document of [`JWKS_URL`] from
//! wherever it was loaded.

#[cfg(feature = "client")]
mod cache;
mod error;
mod event;
mod failure;
#[cfg(feature = "client")]
mod fetching;
pub(crate) mod headers;
mod keys;
pub(crate) mod signed;
mod verifier;

pub use crate::webhook::error::WebhookError;
pub use crate::webhook::event::{Event, EventKind};
#[cfg(feature = "client")]
pub use crate::webhook::fetching::FetchingVerifier;
pub use crate::webhook::headers::Headers;
pub use crate::webhook::keys::{JWKS_URL, Keys};
pub use crate::webhook::verifier::Verifier;
