//! A server on loopback that speaks fal's queue protocol, for tests that cost nothing.
//!
//! [`FakeFal`] serves every endpoint of this crate: it checks inputs against the published schemas, runs jobs through
//! fal's three states with queue positions and log lines, answers with the outputs that the schemas give as examples,
//! and breaks in every way that a network can break. Of fal's platform API it serves what this crate asks: models,
//! prices, past requests.
//!
//! ```
//! use kling_api::testing::{FakeFal, Fault, Operation, Outcome, Script};
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), kling_api::testing::StartError> {
//! let fake = FakeFal::builder()
//!     .script(Script::new().queue_positions([2, 1, 0]).outcome(Outcome::runner_died()))
//!     .start()
//!     .await?;
//! fake.fault(Operation::Submit, Fault::ResetAfter).times(1);
//! // … point a client at fake.url() with fake.key(), and then look at what arrived:
//! assert_eq!(fake.submits(), 0);
//! assert!(fake.requests().is_empty());
//! # Ok(()) }
//! ```
//!
//! Where a job has a webhook on this machine, the fake signs its event and delivers it there, and serves the key for the
//! check: see [`FakeFal::deliveries`].
//!
//! Time hardly matters: by default each look at a job moves it on by one step, and [`FakeFal::hold`] with
//! [`FakeFal::job`] moves jobs by hand.

mod answer;
mod builder;
mod catalogue;
mod connection;
mod control;
mod delivery;
mod documents;
mod events;
mod fault;
mod fault_rules;
mod files;
mod job;
mod jobs;
mod listener;
mod logs;
mod past;
mod platform;
mod progress;
mod queue;
mod record;
mod route;
mod run;
mod sample;
mod schema;
mod script;
mod server;
mod shared;
mod spoil;
mod storage;
mod violations;
mod webhook_control;
mod webhooks;
mod wire;

pub use builder::{FakeFalBuilder, StartError};
pub use control::JobControl;
pub use delivery::Delivery;
pub use fault::Fault;
pub use fault_rules::FaultRule;
pub use job::JobState;
pub use jobs::JobRecord;
pub use logs::LogLine;
pub use record::{KeySent, RecordedRequest};
pub use route::Operation;
pub use script::{Outcome, Pace, Script, StreamLogs};
pub use server::FakeFal;
pub use shared::Validation;
pub use storage::UploadRecord;
