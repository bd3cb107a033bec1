//! What the journal adds to clients and calls.

use std::sync::Arc;
#[cfg(feature = "platform")]
use std::time::Duration;

use crate::call::Call;
use crate::client::builder::ClientBuilder;
use crate::journal::journal::Journal;

impl ClientBuilder {
    /// The journal that keeps the calls with an [`idempotency_key`](Call::idempotency_key), and how every job ends that
    /// it knows.
    pub fn journal(mut self, journal: Journal) -> Self {
        self.recording.recorder = Some(Arc::new(journal));
        self
    }

    /// With `true`, calls without a key are kept, too, each under a key of its own. That protects no call from being made
    /// twice, but all are in the journal's sums, and what a killed program has begun is among its
    /// [unfinished](Journal::unfinished) jobs.
    pub fn journal_all(mut self, all: bool) -> Self {
        self.recording.records_all = all;
        self
    }
}

impl<E> Call<E> {
    /// A name for what is to be bought, of up to 255 characters, such as the number of an order. For one key at most one
    /// job is bought, as long as the client's [journal](ClientBuilder::journal) is kept: over restarts and crashes,
    /// and over all programs that share it. A second call with the key follows the first one's job, or gives what that
    /// came to, also where it failed. See [`journal`](crate::journal) for the whole promise.
    ///
    /// The input and the endpoint must be the same each time; other options count only for the call that submits.
    ///
    /// ```no_run
    /// # async fn example(input: kling_api::v2_1::master::image_to_video::Input) -> Result<(), kling_api::Error> {
    /// use kling_api::Client;
    /// use kling_api::journal::Journal;
    ///
    /// let journal = Journal::open("videos.journal")?;
    /// let client = Client::builder().journal(journal).build()?;
    /// let video = client.call(input).idempotency_key("order-4711").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn idempotency_key(mut self, key: impl Into<String>) -> Self {
        self.recording.key = Some(key.into());
        self
    }

    /// Allows a submit that was cut off to be sent again, where the list of the account's requests still does not have
    /// its job after so long. Without it, such a call ends with an error that says what to do.
    ///
    /// fal does not say how soon it lists a request: give it minutes. Where it takes longer than that, the key is bought
    /// twice. It needs the feature `platform`.
    #[cfg(feature = "platform")]
    pub fn resubmit_after(mut self, wait: Duration) -> Self {
        self.recording.resubmit_after = Some(wait);
        self
    }
}
