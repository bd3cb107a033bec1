//! A server on loopback that speaks fal's queue protocol, for tests that cost nothing.
//!
//! [`FakeFal`] serves every endpoint of this crate: it checks inputs against the published schemas, runs jobs through
//! fal's three states with queue positions and log lines, responds with the outputs that the schemas give as examples,
//! and breaks in every way that a network can break. Of fal's platform API it serves what this crate requests: models,
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
//! // … point a client at fake.url() with fake.key(), and then check what arrived:
//! assert_eq!(fake.submits(), 0);
//! assert!(fake.requests().is_empty());
//! # Ok(()) }
//! ```
//!
//! Where a job has a webhook on this machine, the fake signs its event and delivers it there, and serves the key for the
//! check: see [`FakeFal::deliveries`].
//!
//! Tests need not wait: by default each status that is read moves its job on by one step, and [`FakeFal::hold`] with
//! [`FakeFal::job`] moves jobs by hand.

mod documents;
mod fake;
mod fault;
mod jobs;
mod operation;
mod recorder;
mod routes;
mod server;
mod state;
mod wire;

pub use crate::testing::fake::FakeFal;
pub use crate::testing::fake::builder::{FakeFalBuilder, StartError};
pub use crate::testing::fake::job_control::JobControl;
pub use crate::testing::fault::Fault;
pub use crate::testing::fault::rules::FaultRule;
pub use crate::testing::jobs::JobRecord;
pub use crate::testing::jobs::logs::LogLine;
pub use crate::testing::jobs::outcome::Outcome;
pub use crate::testing::jobs::script::{Pace, Script, StreamLogs};
pub use crate::testing::jobs::state::JobState;
pub use crate::testing::operation::Operation;
pub use crate::testing::recorder::{KeySent, RecordedRequest};
pub use crate::testing::state::Validation;
pub use crate::testing::state::deliveries::Delivery;
pub use crate::testing::state::storage::UploadRecord;
