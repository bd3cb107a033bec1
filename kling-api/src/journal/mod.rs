//! Idempotency keys, for an API that has none: for one key at most one job is bought.
//!
//! ```no_run
//! # async fn example() -> Result<(), kling_api::Error> {
//! use kling_api::{Client, v2_1::master::image_to_video::Input};
//! use kling_api::journal::Journal;
//!
//! let journal = Journal::open("videos.journal")?;                      // a file: one machine, nothing to install
//! let client = Client::builder().journal(journal).build()?;
//! let input = Input::new("two robins build a nest", "https://example.com/robins.webp");
//! let video = client.call(input).idempotency_key("order-4711").await?; // the same key: the same job, for ever
//! # Ok(())
//! # }
//! ```
//!
//! # The promise
//! For one key at most one job is bought: over restarts, over a crash at any instruction, and over all tasks,
//! processes and machines that share the journal. A second call with the key waits for the first one where that is
//! still being submitted, follows its job where that still runs, and gives its outcome where it has ended, also a failed
//! one. That is what Stripe's servers promise for their keys; here a client gives it, and the server does not help.
//!
//! - A key stands for one endpoint and one input; local files count by their content. With another one, the call is an
//!   error: [`is_key_reused`](crate::Error::is_key_reused).
//! - A call that provably bought nothing frees its key.
//! - A key has 1 to 255 characters. Name what you want to have, such as `order-4711`, and not the attempt.
//! - Dropping a call does not cut off its submit.
//! - Without a key, a call is not kept, unless [`journal_all`](crate::ClientBuilder::journal_all) says so.
//! - [`run`](crate::Call::run) and [`stream`](crate::Call::stream) take no key: they have no job that could be found.
//!
//! The promise ends where the journal does. It does not hold for a journal that was deleted, restored from an older copy,
//! or edited by hand; nor on a disk that says that it has written and has not.
//!
//! # How it is kept
//! Before the first byte of a submit is sent, the journal has the intent on its disk. Before the caller gets the job, the
//! journal has it, too, and later the outcome. So a program that is killed leaves one of two things: an entry that says
//! how it stands, or an intent whose outcome nobody knows. The next call with the key looks for the latter: in the
//! list of the account's requests (feature `platform`), for a job with this input that no other key has. Where
//! it is there, it is the key's from then on.
//!
//! Where it is not there, one of two things is true: it was not bought, or fal does not list it yet. **fal documents neither
//! how soon a request is listed, nor whether one that waits is.** So the call ends with an error whose
//! [`submission`](crate::Error::submission) is `Unknown`, which names the key, the time and what to do, and the next call
//! looks again. With `resubmit_after`, a method that [`Call`](crate::Call) has with the feature `platform`, the caller
//! decides otherwise: where the job is still not listed after so long, it is sent again. This is the one place where a
//! key could be bought twice, in two ways: where fal takes longer than that to list a request, and where a
//! program is halted for longer than that in the very moment of sending, such as a virtual machine that is paused, and sends
//! after that. Minutes are a good value.
//!
//! Where the account does not store inputs, a job cannot be told from others of its endpoint; a person then says
//! which it is, by [`Journal::adopt`], or takes the key out, by [`Journal::remove`].
//!
//! Whoever submits shows that it is alive by changing the entry again and again; whoever waits watches that by its own
//! stopwatch. After half a minute without a change, [`Journal::lease`], the entry is taken over. No time of day is compared, so
//! clocks that are wrong or jump change nothing of the promise. The time of day is used in the search alone: jobs from before
//! the submit are not taken for the key's, and where a clock was so wrong that the job seems older, a person is asked.
//!
//! # Where it is kept
//! - [`Journal::open`]: a file of this machine, in SQLite; see [`FileStore`] for the reasons.
//! - `Journal::postgres`, with the feature `journal-postgres`: a table of Postgres, for any number of machines.
//! - [`Journal::with_store`]: whatever implements [`JournalStore`] and passes [`conformance::check`].
//!
//! A submit costs two commits, and the outcome a third. Many calls at once share them. Prompts stay in the journal as long
//! as an entry is in doubt, and outputs for good: treat it like the videos themselves. The API key is never in it.
//!
//! # Workers
//! [`Journal::unfinished`] gives what is submitted and whose outcome is not known, so that any worker can go on. A client
//! with the journal keeps the outcome of whatever it follows or fetches; what came to a webhook is kept by
//! [`Journal::record`], or by [`Journal::record_for`] where the URL of the webhook names the key.
//!
//! ```no_run
//! # use kling_api::journal::Journal;
//! # use kling_api::v2_1::master::image_to_video::Input;
//! # async fn example(journal: Journal, event: kling_api::Completed<serde_json::Value>) -> Result<(), kling_api::Error> {
//! let is_known = journal.record(&Ok(event)).await?;
//! # Ok(())
//! # }
//! ```
//!
//! # Workflows
//! An engine for durable workflows, such as DBOS, `durare` (an engine for Rust with the tables of DBOS), Restate or
//! Temporal, repeats a step whose outcome it has not seen: side effects happen at least once. A step that submits may
//! have bought when its program was killed, and the engine would buy again. Make the key from the workflow's id and the
//! step's name, and the step may be repeated: `client.call(input).idempotency_key(format!("{workflow_id}/video"))`.
//!
//! This module stands on none of them. They bring steps that go on where they were; what a submit lacks is the search for
//! a job in doubt, the lease, and the check of the input, and those would be the same with an engine below.

pub mod conformance;
mod entry;
mod file;
mod fingerprint;
mod inspection;
#[expect(
    clippy::module_inception,
    reason = "the journal is what this room is about"
)]
mod journal;
mod key;
mod lease;
mod locks;
mod look_up;
mod of_client;
mod outcome;
#[cfg(feature = "journal-postgres")]
mod postgres;
mod reconcile;
mod row;
mod search;
mod settle;
mod shared;
mod store;
mod submit;
mod work;

pub use entry::Entry;
pub use file::FileStore;
pub use inspection::Entries;
pub use journal::Journal;
#[cfg(feature = "journal-postgres")]
pub use postgres::PostgresStore;
pub use store::{Inserted, JournalStore, Pending, Replaced, Row, State, StoreError};
