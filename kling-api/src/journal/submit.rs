//! Submitting a call under a lease: the intent is durable before, and the outcome after.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Either, select};
use serde_json::Value;
use tokio::sync::OwnedMutexGuard;
use tokio::time::{Instant, sleep, sleep_until, timeout_at};

use crate::call::recorder::Leave;
use crate::error::kind::{Kind, Phase};
use crate::error::{Error, Submission};
use crate::http::core::Running;
use crate::journal::entry::{Body, Entry, Sent, Stage};
use crate::journal::key::unique;
use crate::journal::settle::{Settled, settle};
use crate::journal::shared::{Shared, failed, in_doubt};
use crate::journal::store::{Inserted, Replaced, StoreError};
use crate::values::endpoint::Raw;
use crate::values::job::Job;
use crate::values::usd::Usd;

/// The leave to submit the call of a key.
pub(super) struct Slot {
    pub(super) journal: Arc<Shared>,
    pub(super) lock: OwnedMutexGuard<()>,
    pub(super) key: String,
    pub(super) endpoint: String,
    pub(super) fingerprint: String,
    /// The entry whose job is provably not there; `None` for a key that is new.
    pub(super) before: Option<Entry>,
}

/// What is being submitted, and from when on nobody else may.
struct Held {
    entry: Entry,
    since: Instant,
}

impl Leave for Slot {
    fn submit(
        self: Box<Self>,
        input: Value,
        cost: Option<Usd>,
        submit: Running<Job<Raw>>,
    ) -> Running<Option<Job<Raw>>> {
        Box::pin(async move {
            let (key, endpoint) = (self.key.clone(), self.endpoint.clone());
            // On its own, so that a caller who drops the call does not cut off the submit.
            let task = tokio::spawn(async move {
                match self.hold(input, cost).await? {
                    Some(held) => self.send(held, submit).await.map(Some),
                    None => Ok(None),
                }
            });
            task.await.unwrap_or_else(|error| {
                let sentence = format!(
                    "submitting the key {key} was cut off: the runtime has ended. Call again with the same key"
                );
                Err(in_doubt(sentence, &endpoint).with_source(error))
            })
        })
    }
}

impl Slot {
    /// Writes the intent down; `None` where somebody else was quicker.
    async fn hold(&self, input: Value, cost: Option<Usd>) -> Result<Option<Held>, Error> {
        let now = self.journal.now();
        let attempt = unique();
        let stage = Stage::Sending {
            attempt: attempt.clone(),
            sent: Sent { at: now, input },
        };
        let began = Instant::now();
        let (entry, outcome) = if let Some(before) = &self.before {
            let entry = before.next(stage, now);
            let replaced = self.journal.store.replace(entry.write().map_err(failed)?);
            (
                entry,
                replaced.await.map(|replaced| replaced == Replaced::Done),
            )
        } else {
            let estimate = cost.unwrap_or_default().micros().saturating_mul(1000);
            let entry = Entry {
                key: self.key.clone(),
                version: 1,
                body: Body {
                    endpoint: self.endpoint.clone(),
                    fingerprint: self.fingerprint.clone(),
                    created_at: now,
                    changed_at: now,
                    estimate,
                    billed: None,
                    stage,
                },
            };
            let budget = self.journal.settings.budget;
            if budget.is_some() && cost.is_none() {
                return Err(unknown_cost(&self.endpoint));
            }
            let row = entry.write().map_err(failed)?;
            let limit = budget.map(|budget| budget.micros().saturating_mul(1000));
            let inserted = match self.journal.store.insert(row, limit).await {
                Ok(Inserted::OverBudget(spent)) => {
                    return Err(over_budget(cost, budget, spent, &self.endpoint));
                }
                Ok(Inserted::New) => Ok(true),
                Ok(Inserted::Exists(_)) => Ok(false),
                Err(error) => Err(error),
            };
            (entry, inserted)
        };
        let is_ours = match outcome {
            Ok(true) => true,
            Ok(false) => false,
            // It may be there all the same.
            Err(error) => self.is_there(&attempt, error).await?,
        };
        let held = Held {
            entry,
            since: began,
        };
        Ok(is_ours.then_some(held))
    }

    /// Whether an intent of which the store said nothing clear is there.
    async fn is_there(&self, ours: &str, error: StoreError) -> Result<bool, Error> {
        match self.journal.get(&self.key).await {
            Ok(Some(entry)) if attempt(&entry) == Some(ours) => Ok(true),
            _ => Err(failed(error)),
        }
    }

    /// Submits, and writes down the outcome before it tells it.
    async fn send(
        self: Box<Self>,
        mut held: Held,
        submit: Running<Job<Raw>>,
    ) -> Result<Job<Raw>, Error> {
        let outcome = {
            // The lease first: where both have come to their end, nothing is sent any more.
            let renewal = pin!(renew(&self.journal, &mut held));
            match select(renewal, submit).await {
                Either::Left((lost, _)) => Err(lost),
                Either::Right((outcome, _)) => outcome,
            }
        };
        let settled = match &outcome {
            Ok(job) => Settled::Job(job.clone()),
            Err(error) => match error.submission() {
                Submission::NotSubmitted => Settled::Nothing,
                Submission::Submitted(id) => Settled::Job(Job::raw(&self.endpoint, id)),
                Submission::Unknown => Settled::Unknown {
                    reason: error.to_string(),
                    hint: error.request_id().map(str::to_owned),
                },
            },
        };
        let told = settle(&self.journal, &held.entry, settled).await;
        drop(self.lock);
        match outcome {
            Ok(job) => told.map(|()| job),
            // What became of the submit is more than what became of the journal: the entry is in doubt, or will be.
            Err(error) => Err(error),
        }
    }
}

/// Changes the version within each lease. Ends only where that was not possible in time.
async fn renew(journal: &Shared, held: &mut Held) -> Error {
    let lease = journal.settings.lease;
    let pause = lease / 3;
    loop {
        sleep_until(held.since + pause).await;
        let end = held.since + lease;
        let began = Instant::now();
        let next = held
            .entry
            .next(held.entry.body.stage.clone(), journal.now());
        let renewed = async { journal.store.replace(next.write()?).await };
        match timeout_at(end, renewed).await {
            Ok(Ok(Replaced::Done)) => {
                held.entry = next;
                held.since = began;
            }
            // An earlier renewal of which the store said nothing clear may have taken place.
            Ok(Ok(_)) => match timeout_at(end, journal.get(&held.entry.key)).await {
                Ok(Ok(Some(entry))) if attempt(&entry) == attempt(&held.entry) => {
                    held.entry = entry;
                }
                _ => break,
            },
            Ok(Err(_)) if Instant::now() < end => {
                sleep(Duration::from_millis(50).min(pause)).await;
            }
            Ok(Err(_)) | Err(_) => break,
        }
    }
    in_doubt(
        format!(
            "submitting the key {} was cut off: the journal could not be written for {lease:?}, and others may have \
             taken the key over. Call again with the same key",
            held.entry.key
        ),
        &held.entry.body.endpoint,
    )
}

pub(super) fn attempt(entry: &Entry) -> Option<&str> {
    match &entry.body.stage {
        Stage::Sending { attempt, .. } => Some(attempt),
        _ => None,
    }
}

fn unknown_cost(endpoint: &str) -> Error {
    let sentence = format!(
        "what a call of {endpoint} costs is not known, so it cannot be held against the budget of the journal. Say what \
         it may cost with expected_cost()"
    );
    Error::new(Kind::OverBudget(sentence), Phase::Prepare).of_endpoint(endpoint)
}

fn over_budget(cost: Option<Usd>, budget: Option<Usd>, spent: u64, endpoint: &str) -> Error {
    let sentence = format!(
        "the call costs {}, but of the journal's budget of {} {} is spent. Ask for less, or open the journal with a \
         larger budget",
        cost.unwrap_or_default(),
        budget.unwrap_or_default(),
        Usd::from_micros(spent.div_ceil(1000)),
    );
    Error::new(Kind::OverBudget(sentence), Phase::Prepare).of_endpoint(endpoint)
}
