//! A server on loopback that speaks fal's queue protocol, for tests that cost nothing.
//!
//! [`FakeFal`] serves every endpoint of this crate: it checks inputs against the published schemas, runs jobs through
//! fal's three states with queue positions and log lines, responds with the outputs that the schemas give as examples,
//! and breaks in every way that a network can break. Of fal's platform API it serves what this crate requests: models,
//! prices, past requests. Files are uploaded to it as this crate and fal's own clients upload them.
//!
//! ```
//! use kling_api::testing::{FakeFal, Fault, Operation, Outcome, Script};
//! use kling_api::v2_1::master::image_to_video::Input;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let fake = FakeFal::start().await?;
//! let client = fake.client().build()?;
//! let input = Input::new("two robins build a nest", "https://example.com/robins.webp");
//!
//! // The call goes its whole way, and buys a job that costs nothing.
//! let video = client.call(input.clone()).await?;
//! assert!(video.video.url.starts_with(fake.url()));
//! assert_eq!(fake.submits(), 1);
//!
//! // What every program must handle: the model refuses the prompt, …
//! fake.set_script(Script::new().outcome(Outcome::content_policy_violation()));
//! let error = client.call(input.clone()).await.unwrap_err();
//! assert!(error.is_content_policy());
//!
//! // … and the balance is exhausted.
//! fake.fault(Operation::Submit, Fault::balance_exhausted());
//! let error = client.call(input).await.unwrap_err();
//! assert!(error.is_billing_lock());
//! assert_eq!(fake.submits(), 2);
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
mod made;
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
