//! Looking into a journal, and changing it by hand.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::{Stream, StreamExt as _, stream};

use crate::error::Error;
use crate::journal::entry::Entry;
use crate::journal::journal::Journal;
use crate::journal::settle::submitted;
use crate::journal::shared::failed;
use crate::journal::store::{Replaced, State, StoreError};
use crate::values::job::Job;
use crate::values::usd::Usd;

impl Journal {
    /// The entry of a key.
    ///
    /// # Errors
    /// Where the store fails, or the entry is damaged.
    pub async fn get(&self, key: &str) -> Result<Option<Entry>, Error> {
        self.shared.get(key).await.map_err(failed)
    }

    /// All entries in the order of their keys.
    pub fn entries(&self) -> Entries {
        self.entries_of(None)
    }

    /// The entries of one state in the order of their keys.
    pub fn entries_in(&self, state: State) -> Entries {
        self.entries_of(Some(state))
    }

    fn entries_of(&self, state: Option<State>) -> Entries {
        const PAGE: usize = 500;
        let store = self.shared.store.clone();
        let pages = stream::try_unfold(Some(String::new()), move |after| {
            let store = store.clone();
            async move {
                let Some(after) = after else {
                    return Ok::<_, StoreError>(None);
                };
                let page = store.page(Some(&after), state, PAGE).await?;
                let next = page.last().filter(|_| page.len() == PAGE);
                let next = next.map(|row| row.key.clone());
                let entries = page.into_iter().map(Entry::read);
                Ok(Some((stream::iter(entries.collect::<Vec<_>>()), next)))
            }
        });
        let entries = pages.flat_map(|page| match page {
            Ok(entries) => entries.left_stream(),
            Err(error) => stream::iter([Err(error)]).right_stream(),
        });
        Entries {
            entries: Box::pin(entries.map(|entry| entry.map_err(failed))),
        }
    }

    /// What all entries together cost: billed amounts where they are known, expected ones where not.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn spent(&self) -> Result<Usd, Error> {
        let (_, nano) = self.shared.store.sums().await.map_err(failed)?;
        Ok(Usd::from_micros(nano.div_ceil(1000)))
    }

    /// Gives the key of a submit in doubt its job, for a person who has found it.
    ///
    /// # Errors
    /// Where the key is not in the journal or not in doubt, where the job stands under another key, and where the store
    /// fails.
    pub async fn adopt(&self, key: &str, request_id: &str) -> Result<(), Error> {
        let refuse = |why: &str| Err(Error::configuration(format!("the key {key} {why}")));
        let Some(entry) = self.get(key).await? else {
            return refuse("is not in the journal");
        };
        if let Some(job) = entry.job() {
            let id = job.request_id();
            return refuse(&format!("has a job already, {id}"));
        }
        let job = Job::raw(entry.endpoint(), request_id);
        match self
            .shared
            .advance(&entry, submitted(&job))
            .await
            .map_err(failed)?
        {
            Replaced::Done => Ok(()),
            Replaced::Stale => refuse("has changed at this moment; look at it again"),
            Replaced::RequestIdTaken => refuse(&format!(
                "cannot have the job {request_id}, which is another key's"
            )),
        }
    }

    /// Takes an entry out, for a person who has looked. The next call with the key buys a new job, also where the old one
    /// is there. `None` where there was no such key.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn remove(&self, key: &str) -> Result<Option<Entry>, Error> {
        loop {
            // Not read: an entry that is damaged is one to be taken out.
            let Some(row) = self.shared.store.get(key).await.map_err(failed)? else {
                return Ok(None);
            };
            let removed = self.shared.store.remove(key, row.version).await;
            if removed.map_err(failed)? {
                return Ok(Entry::read(row).ok());
            }
        }
    }
}

/// Entries of a journal, read page by page: made by [`Journal::entries`].
#[must_use = "nothing is read until the entries are"]
pub struct Entries {
    entries: Pin<Box<dyn Stream<Item = Result<Entry, Error>> + Send>>,
}

impl Entries {
    /// The next entry; `None` after the last.
    pub async fn next(&mut self) -> Option<Result<Entry, Error>> {
        self.entries.next().await
    }
}

impl Stream for Entries {
    type Item = Result<Entry, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.entries.as_mut().poll_next(context)
    }
}

impl fmt::Debug for Entries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entries").finish_non_exhaustive()
    }
}
