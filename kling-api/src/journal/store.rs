//! What keeps the rows of a journal.

use std::error::Error as StdError;
use std::fmt;
use std::pin::Pin;

/// A boxed future: what a [`JournalStore`] gives back.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// A place that keeps the rows of a journal: a map from keys to rows, in which a row is replaced only by whoever knows
/// its version.
///
/// All meaning lies above it. A store has four duties, and [`conformance::check`](super::conformance::check) tests
/// those that a test can see:
/// 1. **Durable.** What a method has changed is on the disk, and survives a power cut, before its future is ready.
/// 2. **Atomic.** A change takes place as a whole or not at all, whatever other tasks, processes and machines do at the
///    same time. Each method sees all changes that were ready before it was called.
/// 3. **Literal.** A row comes back to the byte.
/// 4. **Honest.** Where a change may or may not have taken place, the method ends with an error.
///
/// Dropping a future does not take back what it has begun.
pub trait JournalStore: fmt::Debug + Send + Sync + 'static {
    /// Adds a row, unless its key is there, or the costs of all rows with this one would be above `budget`, in nano
    /// dollars. Both are looked at and the row is added in one step.
    fn insert(&self, row: Row, budget: Option<u64>) -> Pending<'_, Inserted>;

    /// Puts `row` in place of the row of the same key, where that has the version before: `row.version - 1`.
    fn replace(&self, row: Row) -> Pending<'_, Replaced>;

    /// Takes out the row of this key, where it has this version; whether it did.
    fn remove<'a>(&'a self, key: &'a str, version: u64) -> Pending<'a, bool>;

    /// The row of this key.
    fn get<'a>(&'a self, key: &'a str) -> Pending<'a, Option<Row>>;

    /// The row with this request id.
    fn find<'a>(&'a self, request_id: &'a str) -> Pending<'a, Option<Row>>;

    /// Up to `limit` rows in the order of the bytes of their keys: those after the key `after`, or from the first, and
    /// of one state where one is given.
    fn page<'a>(
        &'a self,
        after: Option<&'a str>,
        state: Option<State>,
        limit: usize,
    ) -> Pending<'a, Vec<Row>>;

    /// How many rows there are, and the sum of their costs in nano dollars.
    fn sums(&self) -> Pending<'_, (u64, u64)>;
}

/// A row of a journal, as a store keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a store of another crate makes rows; a new column is a breaking change for it"
)]
pub struct Row {
    /// The idempotency key: 1 to 255 characters. No two rows have the same.
    pub key: String,
    /// 1 for a new row, and one more with each change.
    pub version: u64,
    /// How far the key's job is.
    pub state: State,
    /// fal's id of the job, from the moment it is known. No two rows have the same.
    pub request_id: Option<String>,
    /// What counts against the budget, in nano dollars.
    pub cost: u64,
    /// Everything else, as JSON. A store does not look into it.
    pub body: String,
    /// A checksum of all other columns, made and verified above the store.
    pub checksum: u64,
}

/// How far the job of a key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum State {
    /// The submit is being sent, or was when its program ended.
    Sending,
    /// The submit was cut off: whether fal has the job is not known.
    Unknown,
    /// fal has the job, and its result is not in the journal yet.
    Submitted,
    /// The job is done, and its output is in the journal.
    Completed,
    /// The job has ended without an output.
    Failed,
}

/// The outcome of [`JournalStore::insert`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the whole contract of `insert`")]
pub enum Inserted {
    /// The row was added.
    New,
    /// The key is there, with this row. Nothing was changed.
    Exists(Row),
    /// The costs of all rows come to so many nano dollars, and this row would bring them above the budget.
    OverBudget(u64),
}

/// The outcome of [`JournalStore::replace`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the whole contract of `replace`")]
pub enum Replaced {
    /// The row was replaced.
    Done,
    /// There is no row of this key with the version before.
    Stale,
    /// Another row has the request id. Nothing was changed.
    RequestIdTaken,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 5] = [
        Self::Sending,
        Self::Unknown,
        Self::Submitted,
        Self::Completed,
        Self::Failed,
    ];

    /// The name, as a store writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sending => "sending",
            Self::Unknown => "unknown",
            Self::Submitted => "submitted",
            Self::Completed => "completed",
            Self::Failed => "failed",
        }
    }

    /// The state of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A store that did not do what it was told.
///
/// The text says what is wrong and what to do.
#[derive(Debug)]
pub struct StoreError {
    sentence: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl StoreError {
    /// An error with this text, a sentence or two without a full stop.
    #[must_use]
    pub fn new(sentence: impl Into<String>) -> Self {
        Self {
            sentence: sentence.into(),
            source: None,
        }
    }

    /// Adds the cause.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

impl StdError for StoreError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
