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
//! # Step by step
//! Each step is there on its own, too, and a [`Job`] can go to another process in between.
//!
//! ```no_run
//! use std::time::Duration;
//!
//! use kling_api::v2_1::master::image_to_video::Input;
//! use kling_api::{Client, Job, Priority};
//!
//! async fn by_hand(client: Client, input: Input) -> Result<(), Box<dyn std::error::Error>> {
//!     let job: Job<Input> = client.v2_1_master_image_to_video(input).priority(Priority::Low).submit().await?;
//!     let saved = serde_json::to_string(&job)?;                       // no secret inside; keep it
//!     let job: Job<Input> = serde_json::from_str(&saved)?;            // another process, another day
//!     let mut updates = client.follow(&job).logs(true).updates();
//!     while let Some(update) = updates.next().await {
//!         println!("{:?}", update?);                                  // queue position, log lines, the result
//!     }
//!     let follow = client.follow(&job).timeout(Duration::from_secs(600)).cancel_on_timeout(true);
//!     println!("{}", follow.await?.video.url);
//!     client.status(&job).await?;                                     // one request
//!     client.result(&job).await?;                                     // the output of a job that has ended
//!     client.cancel(&job).await?;
//!     Ok(())
//! }
//! ```
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
//! where it provably bought nothing: no connection was made, the response was 429, or it was a 5xx that
//! fal marks retryable. Anything else ends as an [`Error`] whose [`submission`](Error::submission) is
//! [`Submission::Unknown`], and `Client::find_lost_jobs` (feature `platform`) looks for the job. From
//! the moment that fal has named a request id, every error carries it. Status, result and cancel are
//! safe to repeat, and are. Dropping a future never cancels a job. Over restarts and crashes, a journal
//! (feature `journal`) keeps the promise: for one idempotency key at most one job is bought.
//!
//! The API key goes to fal's own hosts over https, or below the base URL that the caller set, and
//! nowhere else: not to other hosts that a response names, such as those that store files, and not
//! along a redirect.
//!
//! # Money
//! [`Endpoint::estimated_cost`] says what an input costs by the published price.
//! [`ClientBuilder::max_cost_per_call`] and [`ClientBuilder::budget`] refuse what costs more, before
//! anything is sent; [`Completed::billable_units`] is what fal billed.
//!
//! # Endpoints
#![doc = include_str!("generated/endpoints.md")]
//!
//! # Features
//! The number is that of the packages which a build takes, this crate and what builds need included: for the ways to TLS and
//! for `client`, of that feature alone; for the others, of the default feature and that one.
//!
#![doc = include_str!("features.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate self as kling_api;

mod error;
#[rustfmt::skip]
mod generated;
mod values;

#[cfg(feature = "client")]
mod call;
#[cfg(feature = "client")]
mod client;
#[cfg(feature = "client")]
mod files;
#[cfg(feature = "client")]
mod http;

#[cfg(feature = "blocking")]
pub mod blocking;
#[cfg(feature = "journal")]
pub mod journal;
#[cfg(feature = "platform")]
pub mod platform;
#[cfg(feature = "testing")]
pub mod testing;
#[cfg(feature = "webhook")]
pub mod webhook;

pub use error::{Error, ErrorKind, FieldError, InvalidField, Location, Submission};
pub use generated::*;
#[doc(hidden)]
pub use values::rt;
pub use values::{
    Access, CancelOutcome, Completed, DataUriError, Endpoint, EndpointInfo, ErrorType, IntoField,
    Job, LogLine, Media, MediaFields, MediaLimits, Number, ObjectLifecycle, ParseUsdError, Price,
    Raw, RemoteFile, State, Status, Uploaded, Usd, Validate, Validator, Violation, Violations,
};

#[cfg(feature = "client")]
#[doc(hidden)]
pub use call::KnownEndpoint;

#[cfg(feature = "client")]
pub use {
    call::{
        ById, Call, CallById, CancelRequest, Follow, OutputStream, Priority, ResultRequest,
        StatusRequest, Update, Updates,
    },
    client::{Client, ClientBuilder},
    files::{Download, DownloadTo, Downloaded, Upload},
    http::{Retry, Retrying},
};

#[cfg(feature = "unstable-configure-http")]
#[doc(no_inline)]
pub use http::reqwest;
