//! A typed client for the Kling video models on fal.ai that never loses a job and never buys one
//! twice.
//!
//! ```no_run
//! use kling_api::{Client, v2_1::master::image_to_video::{Duration, Input}};
//!
//! #[tokio::main]
//! async fn main() -> Result<(), kling_api::Error> {
//!     let client = Client::from_env()?;                              // FAL_KEY, or FAL_KEY_ID and FAL_KEY_SECRET
//!     let input = Input::new("two robins build a nest", "https://example.com/robins.webp")
//!         .duration(Duration::Ten)
//!         .cfg_scale(0.7);
//!     let video = client.v2_1_master_image_to_video(input).await?;   // submit, follow, fetch
//!     println!("{} (request {})", video.video.url, video.request_id());
//!     Ok(())
//! }
//! ```
//!
//! Each step is there on its own, too: [`Call::submit`] gives a [`Job`] that can be stored,
//! [`Client::follow`] waits for it from any process, [`Client::status`], [`Client::result`] and
//! [`Client::cancel`] ask about it.
//!
//! # Files
//! Wherever an input takes the URL of a file, it takes a path or bytes too, as a [`Media`]: the call
//! uploads them before it submits the job. [`Client::upload_file`] and its siblings do that alone, and
//! [`Client::download`] fetches what a job has made.
//!
//! ```no_run
//! # async fn example(client: kling_api::Client) -> Result<(), kling_api::Error> {
//! use std::path::Path;
//! use kling_api::v2_1::master::image_to_video::Input;
//!
//! let input = Input::new("two robins build a nest", Path::new("robins.webp"));
//! let result = client.v2_1_master_image_to_video(input).await?;
//! client.download(&result.video, "nest.mp4").await?;
//! # Ok(())
//! # }
//! ```
//!
//! # What it promises
//! A submit costs money, and fal has no way to recognise a repeated one. So a submit is repeated only
//! where it provably bought nothing: no connection was made, the answer was 429, or it was a 5xx that
//! fal marks retryable. Anything else ends as an [`Error`] whose [`submission`](Error::submission) is
//! [`Submission::Unknown`]. From the moment that fal has named a request id, every error carries it.
//! Status, result and cancel are safe to repeat, and are. Dropping a future never cancels a job.
//!
//! The API key goes to fal's own hosts over https, or below the base URL that the caller set, and
//! nowhere else: not to other hosts that an answer names, such as those that files lie with, and not
//! along a redirect.
//!
//! # Features
//! - `rustls` (default): TLS by rustls, with the certificates that the operating system trusts.
//!   Without it there is no TLS, and so no way to fal: for tests on loopback only.
//! - `tracing`: spans and events with endpoint, request id and attempt; never the key or a prompt.
//! - `blocking`: the same API without async, by `blocking::Wait`.
//! - `testing`: a server on loopback that speaks fal's queue protocol.

extern crate self as kling_api;

mod answer;
mod attempts;
#[cfg(feature = "blocking")]
pub mod blocking;
mod builder;
mod call;
mod cancel;
mod check;
mod client;
mod clock;
mod completed;
mod download;
mod endpoint;
mod endpoint_id;
mod error;
mod error_type;
mod follow;
#[rustfmt::skip]
mod generated;
mod hosts;
mod http;
mod job;
mod key;
mod media;
mod observe;
mod once;
mod open_enum;
mod options;
mod price;
mod progress;
mod requests;
mod result;
mod retry;
mod routes;
#[doc(hidden)]
pub mod rt;
mod sse;
mod status;
mod submit;
mod tags;
#[cfg(feature = "testing")]
pub mod testing;
mod ticket;
mod upload;
mod violations;

pub use builder::ClientBuilder;
pub use call::Call;
pub use cancel::CancelOutcome;
pub use check::{Check, Checks, Number};
pub use client::Client;
pub use completed::Completed;
pub use download::{Download, DownloadTo, Downloaded, RemoteFile};
pub use endpoint::{Endpoint, EndpointInfo, Raw};
pub use error::{Error, FieldError, Location, Submission};
pub use error_type::ErrorType;
pub use follow::{Follow, Update, Updates};
pub use generated::*;
pub use job::Job;
pub use media::{Media, MediaFields, MediaLimits};
pub use options::{Access, ObjectLifecycle, Priority};
pub use price::{Price, Usd};
pub use requests::{CancelRequest, ResultRequest, StatusRequest};
pub use retry::Retry;
pub use status::{LogLine, State, Status};
pub use upload::{Upload, Uploaded};
pub use violations::{Violation, Violations};

/// The HTTP client below, for [`ClientBuilder::configure_http`].
pub use crate::http::reqwest;
