//! What all clones of a journal share, and how its entries are read and changed.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::time::{Instant, sleep};

use crate::error::Error;
use crate::error::Submission;
use crate::error::kind::{Kind, Phase};
use crate::journal::entry::{Entry, Stage};
use crate::journal::locks::Locks;
use crate::journal::row;
use crate::journal::store::{JournalStore, Replaced, State, StoreError};
use crate::values::usd::Usd;

/// Between attempts at a store that is away.
pub(super) const FIRST_PAUSE: Duration = Duration::from_millis(50);
pub(super) const LONGEST_PAUSE: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub(super) struct Shared {
    pub(super) store: Arc<dyn JournalStore>,
    pub(super) locks: Arc<Locks>,
    pub(super) settings: Settings,
}

#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) lease: Duration,
    pub(super) budget: Option<Usd>,
    /// What the time of day is: for people, and for the search of lost jobs. Nothing else goes by it.
    pub(super) clock: fn() -> SystemTime,
}

impl Shared {
    pub(super) fn now(&self) -> SystemTime {
        row::whole((self.settings.clock)())
    }

    pub(super) async fn get(&self, key: &str) -> Result<Option<Entry>, StoreError> {
        self.store.get(key).await?.map(Entry::read).transpose()
    }

    pub(super) async fn find(&self, request_id: &str) -> Result<Option<Entry>, StoreError> {
        self.store
            .find(request_id)
            .await?
            .map(Entry::read)
            .transpose()
    }

    /// Repeats what a store refused, up to a lease long: what is written here was paid for, and a store that is away for a
    /// moment, such as a Postgres that is started anew, is waited for.
    pub(super) async fn patiently<T, F>(&self, work: impl Fn() -> F) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, StoreError>>,
    {
        let end = Instant::now() + self.settings.lease;
        let mut pause = FIRST_PAUSE;
        loop {
            match work().await {
                Err(_) if Instant::now() + pause <= end => sleep(pause).await,
                outcome => return outcome,
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Puts the next stage in place of this one.
    pub(super) async fn advance(
        &self,
        entry: &Entry,
        stage: Stage,
    ) -> Result<Replaced, StoreError> {
        self.store
            .replace(entry.next(stage, self.now()).write()?)
            .await
    }

    /// All entries of a state.
    pub(super) async fn all(&self, state: State) -> Result<Vec<Entry>, StoreError> {
        const PAGE: usize = 1000;
        let mut all: Vec<Entry> = Vec::new();
        loop {
            let after = all.last().map(|entry| entry.key.clone());
            let page = self.store.page(after.as_deref(), Some(state), PAGE).await?;
            let is_last = page.len() < PAGE;
            for row in page {
                all.push(Entry::read(row)?);
            }
            if is_last {
                return Ok(all);
            }
        }
    }
}

/// An error of the store, before anything was sent.
pub(super) fn failed(error: StoreError) -> Error {
    Error::new(Kind::Journal(error.to_string()), Phase::Prepare).with_source(error)
}

/// The journal knows that nobody knows.
pub(super) fn in_doubt(sentence: String, endpoint: &str) -> Error {
    let mut error = Error::new(Kind::Journal(sentence), Phase::Submit).of_endpoint(endpoint);
    error.inner_mut().submission = Submission::Unknown;
    error
}
