//! Writing down the outcome of a submit, whatever has happened to the entry meanwhile.

use tokio::time::{Instant, sleep};

use crate::error::Error;
use crate::error::kind::{Kind, Phase};
use crate::journal::entry::{Entry, Sent, Stage};
use crate::journal::shared::{FIRST_PAUSE, LONGEST_PAUSE, Shared};
use crate::journal::store::{Inserted, Replaced, StoreError};
use crate::journal::submit::attempt;
use crate::values::endpoint::Raw;
use crate::values::job::Job;

/// The outcome of a submit.
#[derive(Clone, Debug)]
pub(super) enum Settled {
    /// fal has the job.
    Job(Job<Raw>),
    /// Provably nothing was bought: the key is free again.
    Nothing,
    /// fal may have the job.
    Unknown {
        reason: String,
        hint: Option<String>,
    },
}

/// Writes it down; `held` is the entry as its holder knows it.
pub(super) async fn settle(journal: &Shared, held: &Entry, settled: Settled) -> Result<(), Error> {
    let mut current = Some(held.clone());
    let mut pause = FIRST_PAUSE;
    let end = Instant::now() + journal.settings.lease;
    let error = loop {
        let outcome = match put(journal, current.as_ref(), held, &settled).await {
            Ok(Put::Done) => return Ok(()),
            Ok(Put::Moved) => Ok(()),
            Ok(Put::Conflict(sentence)) => {
                let error = Error::new(Kind::Journal(sentence), Phase::Submit);
                return Err(of_job(error, held, &settled));
            }
            Err(error) => Err(error),
        };
        let looked = match outcome {
            Ok(()) => journal.get(&held.key).await,
            Err(error) => Err(error),
        };
        match looked {
            Ok(entry) => current = entry,
            Err(error) if Instant::now() + pause > end => break error,
            // A store that is away for a moment, such as a Postgres that is started anew, is waited for: what is written
            // here was paid for.
            Err(_) => {
                sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
                current = journal.get(&held.key).await.unwrap_or(current);
            }
        }
    };
    let sentence = match &settled {
        Settled::Job(job) => format!(
            "fal has taken the job {}, and the journal could not write it down: {error}. Call again with the same key \
             once the journal works: it looks for the job; or name it with journal.adopt()",
            job.request_id()
        ),
        _ => error.to_string(),
    };
    let told = Error::new(Kind::Journal(sentence), Phase::Submit).with_source(error);
    Err(of_job(told, held, &settled))
}

fn of_job(error: Error, held: &Entry, settled: &Settled) -> Error {
    match settled {
        Settled::Job(job) => error.of_job(job.request_id(), job.endpoint()),
        _ => error.of_endpoint(&held.body.endpoint),
    }
}

enum Put {
    Done,
    /// The entry has changed: look again.
    Moved,
    /// The key or the job is somebody else's.
    Conflict(String),
}

/// One attempt, with the entry as it is now.
async fn put(
    journal: &Shared,
    current: Option<&Entry>,
    held: &Entry,
    settled: &Settled,
) -> Result<Put, StoreError> {
    let is_held = current.is_some_and(|entry| attempt(entry) == attempt(held));
    match (settled, current) {
        (Settled::Job(job), None) => {
            // A person has taken the entry out meanwhile. The job is there, so the entry is again.
            let mut entry = held.next(submitted(job), journal.now());
            entry.version = 1;
            Ok(match journal.store.insert(entry.write()?, None).await? {
                Inserted::New => Put::Done,
                _ => Put::Moved,
            })
        }
        (Settled::Job(job), Some(entry)) => match &entry.body.stage {
            Stage::Submitted { job: known, .. }
            | Stage::Completed { job: known, .. }
            | Stage::Failed { job: known, .. } => {
                if known.request_id() == job.request_id() {
                    return Ok(Put::Done);
                }
                Ok(Put::Conflict(format!(
                    "the key {} has two jobs, {} and {}: this program was paused for longer than resubmit_after \
                     while it submitted the second one, and the key was submitted again elsewhere. Look at both",
                    entry.key,
                    known.request_id(),
                    job.request_id()
                )))
            }
            // Ours, or taken over by somebody who has found nothing yet.
            Stage::Sending { .. } | Stage::Unknown { .. } => {
                Ok(match journal.advance(entry, submitted(job)).await? {
                    Replaced::Done => Put::Done,
                    Replaced::Stale => Put::Moved,
                    Replaced::RequestIdTaken => Put::Conflict(format!(
                        "the job {} of the key {} stands under another key of the journal. Look at both with \
                         journal.entries()",
                        job.request_id(),
                        entry.key
                    )),
                })
            }
        },
        (Settled::Nothing, Some(entry)) if is_held => {
            let removed = journal.store.remove(&entry.key, entry.version).await?;
            Ok(if removed { Put::Done } else { Put::Moved })
        }
        (Settled::Unknown { reason, hint }, Some(entry)) if is_held => {
            let doubt = Stage::Unknown {
                reason: reason.clone(),
                hint: hint.clone(),
                sent: sent(held)?,
            };
            Ok(match journal.advance(entry, doubt).await? {
                Replaced::Done => Put::Done,
                _ => Put::Moved,
            })
        }
        // Taken over: the other one finds out what there is.
        (Settled::Nothing | Settled::Unknown { .. }, _) => Ok(Put::Done),
    }
}

pub(super) fn submitted(job: &Job<Raw>) -> Stage {
    Stage::Submitted {
        job: job.clone(),
        held_until: None,
    }
}

fn sent(held: &Entry) -> Result<Sent, StoreError> {
    match &held.body.stage {
        Stage::Sending { sent, .. } => Ok(sent.clone()),
        _ => Err(StoreError::new(
            "an entry that is not being sent, which is a bug of kling-api",
        )),
    }
}
