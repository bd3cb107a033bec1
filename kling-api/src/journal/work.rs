//! Working a journal off: what is unfinished, how it ended, and what it cost.

use std::time::Duration;

use serde::Serialize;

use crate::error::kind::{Kind, Phase};
use crate::error::{Error, Submission};
use crate::journal::entry::{Entry, Stage};
use crate::journal::journal::Journal;
use crate::journal::outcome::{Failure, Success};
use crate::journal::shared::failed;
use crate::journal::store::{Replaced, State, StoreError};
use crate::values::completed::Completed;
use crate::values::endpoint::Raw;
use crate::values::job::Job;

impl Journal {
    /// Takes up to `count` jobs that are submitted and whose result is not in the journal, and that no other worker has,
    /// and holds them for so long. Follow each within that time, with a client that has this journal, and its outcome is
    /// kept. Two workers that follow the same job do no harm: following buys nothing.
    ///
    /// # Errors
    /// Where the store fails, or an entry is damaged.
    ///
    /// ```no_run
    /// # async fn example(client: kling_api::Client, journal: kling_api::journal::Journal) -> Result<(), kling_api::Error> {
    /// use std::time::{Duration, SystemTime};
    ///
    /// for entry in journal.unfinished(8, Duration::from_secs(600)).await? {
    ///     if let Some(job) = entry.job() {
    ///         println!("{}: {:?}", entry.key(), client.follow(job).await);
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn unfinished(&self, count: usize, hold: Duration) -> Result<Vec<Entry>, Error> {
        let mut taken = Vec::new();
        let mut all = self.entries_in(State::Submitted);
        while taken.len() < count
            && let Some(entry) = all.next().await
        {
            let entry = entry?;
            let now = self.shared.now();
            let (Some(job), false) = (entry.job(), entry.is_held(now, hold)) else {
                continue;
            };
            let stage = Stage::Submitted {
                job: job.clone(),
                held_until: Some(now + hold),
            };
            let next = entry.next(stage, now);
            let row = next.write().map_err(failed)?;
            if self.shared.store.replace(row).await.map_err(failed)? == Replaced::Done {
                taken.push(next);
            }
        }
        Ok(taken)
    }

    /// Keeps how a job ended, by its request id: for what came to a webhook, or was followed without this journal.
    /// Whether the job is one of the journal. An error that says nothing about the job is not kept.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn record<O: Serialize>(
        &self,
        outcome: &Result<Completed<O>, Error>,
    ) -> Result<bool, Error> {
        let written = |error| Error::new(Kind::Encode, Phase::Result).with_source(error);
        match outcome {
            Ok(completed) => {
                let success = Success::of(completed).map_err(written)?;
                self.end(completed.request_id(), |job| Stage::Completed {
                    job,
                    outcome: success.clone(),
                })
                .await
            }
            Err(error) => match (Failure::of(error), error.request_id()) {
                (Some(failure), Some(id)) => {
                    self.end(id, |job| Stage::Failed {
                        job,
                        outcome: failure.clone(),
                    })
                    .await
                }
                _ => Ok(false),
            },
        }
    }

    /// Keeps how the job of a key ended, for what came to a webhook whose URL names the key. Where the submit of the key is
    /// in doubt, or has not come back yet, this is its job. Whether the key is in the journal.
    ///
    /// # Errors
    /// Where the key has another job, where the job stands under another key, and where the store fails.
    ///
    /// ```no_run
    /// # use kling_api::{Completed, Error, journal::Journal};
    /// # type Outcome = Result<Completed<serde_json::Value>, Error>;
    /// # async fn example(journal: Journal, key: &str, outcome: Outcome) -> Result<(), Error> {
    /// let is_known = journal.record_for(key, &outcome).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn record_for<O: Serialize>(
        &self,
        key: &str,
        outcome: &Result<Completed<O>, Error>,
    ) -> Result<bool, Error> {
        let id = match outcome {
            Ok(completed) => Some(completed.request_id()),
            Err(error) => error.request_id().filter(|_| error.is_job_failure()),
        };
        let Some(id) = id else {
            return Ok(self.get(key).await?.is_some());
        };
        loop {
            let Some(entry) = self.get(key).await? else {
                return Ok(false);
            };
            match entry.job() {
                Some(job) if job.request_id() == id => return self.record(outcome).await,
                Some(job) => {
                    let known = job.request_id();
                    return Err(Error::configuration(format!(
                        "the key {key} has the job {known}, and the outcome is of {id}; give each job the URL of its own key"
                    )));
                }
                None => match self.adopt(key, id).await {
                    // It has changed at this moment: perhaps the submit has come back.
                    Err(error) if error.is_configuration() && self.has_job(key).await? => {}
                    adopted => adopted?,
                },
            }
        }
    }

    async fn has_job(&self, key: &str) -> Result<bool, Error> {
        Ok(self
            .get(key)
            .await?
            .is_some_and(|entry| entry.job().is_some()))
    }

    async fn end(
        &self,
        request_id: &str,
        stage: impl Fn(Job<Raw>) -> Stage,
    ) -> Result<bool, Error> {
        let (shared, stage) = (&self.shared, &stage);
        let attempt = || async move {
            loop {
                let Some(entry) = shared.find(request_id).await? else {
                    return Ok(false);
                };
                let Stage::Submitted { job, .. } = &entry.body.stage else {
                    return Ok(true);
                };
                if shared.advance(&entry, stage(job.clone())).await? == Replaced::Done {
                    return Ok(true);
                }
            }
        };
        let kept = shared.patiently(attempt).await;
        kept.map_err(|error| of_bought(error, request_id))
    }

    pub(super) async fn bill(&self, request_id: &str, nano_dollars: u64) -> Result<(), Error> {
        let told = |error| of_bought(error, request_id);
        loop {
            let Some(entry) = self.shared.find(request_id).await.map_err(told)? else {
                return Ok(());
            };
            let mut next = entry.next(entry.body.stage.clone(), self.shared.now());
            next.body.billed = Some(nano_dollars);
            let row = next.write().map_err(told)?;
            if self.shared.store.replace(row).await.map_err(told)? == Replaced::Done {
                return Ok(());
            }
        }
    }
}

/// The store has failed, and there is a job.
fn of_bought(error: StoreError, request_id: &str) -> Error {
    let mut error = failed(error);
    let inner = error.inner_mut();
    inner.submission = Submission::Submitted(request_id.to_owned());
    inner.request_id = Some(request_id.to_owned());
    error
}
