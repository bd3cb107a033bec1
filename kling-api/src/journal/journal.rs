//! The journal itself: opening it, its settings, and its place in a client.

use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::call::recorder::{Ended, Found, RecordedCall, Recorder};
use crate::error::Error;
use crate::http::core::Running;
use crate::journal::file::FileStore;
use crate::journal::look_up::look_up;
#[cfg(feature = "journal-postgres")]
use crate::journal::postgres::PostgresStore;
use crate::journal::shared::{Settings, Shared, failed};
use crate::journal::store::JournalStore;
use crate::values::usd::Usd;

/// A journal of calls, by their idempotency keys; see the [module](crate::journal) for what it promises.
///
/// Cheap to clone; clones are the same journal. Give it to a client with
/// [`ClientBuilder::journal`](crate::ClientBuilder::journal).
#[derive(Clone, Debug)]
pub struct Journal {
    pub(super) shared: Arc<Shared>,
}

/// Within it, whoever submits a call shows that it is alive. The shorter, the sooner a call of a killed program goes on;
/// the longer, the longer the store may be away.
const LEASE: Duration = Duration::from_secs(30);
const SHORTEST_LEASE: Duration = Duration::from_millis(50);

impl Journal {
    /// Opens the journal in this file, or makes it: for the programs of one machine. Every entry is verified, which
    /// takes about a second for a million, and blocks the thread meanwhile.
    ///
    /// # Errors
    /// Where the file cannot be opened or written, is no journal, or is damaged: see [`Error::is_journal`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        Ok(Self::with_store(FileStore::open(path).map_err(failed)?))
    }

    /// Opens the journal in this database of Postgres: for the programs of many machines. The URL is such as
    /// `postgres://user:password@host/database`; see [`PostgresStore`] for the rest.
    ///
    /// # Errors
    /// Where no connection can be made, or the table is missing: see [`Error::is_journal`].
    #[cfg(feature = "journal-postgres")]
    pub async fn postgres(url: &str) -> Result<Self, Error> {
        Ok(Self::with_store(
            PostgresStore::connect(url).await.map_err(failed)?,
        ))
    }

    /// A journal in a store of one's own.
    #[must_use]
    pub fn with_store(store: impl JournalStore) -> Self {
        Self {
            shared: Arc::new(Shared {
                store: Arc::new(store),
                locks: Arc::default(),
                settings: Settings {
                    lease: LEASE,
                    budget: None,
                    clock: SystemTime::now,
                },
            }),
        }
    }

    /// The most that all entries together may cost, over all programs that use the journal and set a budget. A call that
    /// would go past it is refused before anything is sent. Billed amounts count where they are known, published
    /// prices where not. By default there is no limit.
    #[must_use]
    pub fn budget(self, total: Usd) -> Self {
        self.with(|settings| settings.budget = Some(total))
    }

    /// How long a program that submits a call may be silent before it is taken for dead, and its call is looked for by
    /// others; 30 s by default, at least 50 ms. All programs of a journal must set the same.
    #[must_use]
    pub fn lease(self, lease: Duration) -> Self {
        self.with(|settings| settings.lease = lease.max(SHORTEST_LEASE))
    }

    /// Another clock than the machine's, for tests of clocks that jump.
    #[doc(hidden)]
    #[must_use]
    pub fn clock(self, clock: fn() -> SystemTime) -> Self {
        self.with(|settings| settings.clock = clock)
    }

    /// The settings belong to the handle; the store and the locks are everybody's.
    fn with(self, change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = self.shared.settings.clone();
        change(&mut settings);
        Self {
            shared: Arc::new(Shared {
                store: self.shared.store.clone(),
                locks: self.shared.locks.clone(),
                settings,
            }),
        }
    }
}

impl Recorder for Journal {
    fn look_up(self: Arc<Self>, call: RecordedCall) -> Running<Found> {
        Box::pin(look_up(self.shared.clone(), call))
    }

    fn ended<'a>(
        &'a self,
        outcome: &'a Ended,
    ) -> Pin<Box<dyn Future<Output = Result<(), Error>> + Send + 'a>> {
        Box::pin(async move { self.record(outcome).await.map(|_| ()) })
    }

    fn billed<'a>(
        &'a self,
        request_id: &'a str,
        nano_dollars: u64,
    ) -> Pin<Box<dyn Future<Output = Result<(), Error>> + Send + 'a>> {
        Box::pin(self.bill(request_id, nano_dollars))
    }
}
