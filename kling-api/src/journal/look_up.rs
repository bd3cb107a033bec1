//! Looking a call up: the state machine of a key.

use std::sync::Arc;

use tokio::time::{sleep, timeout_at};

use crate::call::recorder::{Found, RecordedCall};
use crate::error::Error;
use crate::error::kind::{Kind, Phase};
use crate::journal::entry::{Entry, Stage};
use crate::journal::fingerprint::fingerprint;
use crate::journal::key;
use crate::journal::lease::Watch;
use crate::journal::reconcile::{Reconciled, Reconciler};
use crate::journal::shared::{Shared, failed, in_doubt};
use crate::journal::submit::Slot;

/// Why an entry whose holder is dead is in doubt.
const CUT_OFF: &str =
    "the program that submitted it ended, or lost the journal, before it knew the outcome";

pub(super) async fn look_up(journal: Arc<Shared>, call: RecordedCall) -> Result<Found, Error> {
    let key = match &call.key {
        Some(key) => {
            key::check(key)?;
            key.clone()
        }
        None => key::made_up(),
    };
    let (endpoint, deadline) = (call.endpoint.clone(), call.deadline);
    let work = look(journal, &key, call);
    match deadline {
        None => work.await,
        Some(deadline) => timeout_at(deadline, work).await.unwrap_or_else(|_| {
            Err(in_doubt(
                format!(
                    "the timeout of the call has passed while the key {key} was being submitted elsewhere, or was \
                     looked for. Call again with the same key: it never buys twice"
                ),
                &endpoint,
            ))
        }),
    }
    .map_err(|error| error.of_endpoint(&endpoint))
}

async fn look(journal: Arc<Shared>, key: &str, call: RecordedCall) -> Result<Found, Error> {
    let fingerprint = fingerprint(&call.endpoint, &call.identity, &call.files).await?;
    let lock = journal.locks.lock(key).await;
    let mut watch = Watch::new(journal.settings.lease);
    let mut reconciler = Reconciler::new(&journal, &call);
    let before = loop {
        let Some(entry) = journal.get(key).await.map_err(failed)? else {
            break None;
        };
        check_same(&entry, &call.endpoint, &fingerprint)?;
        match &entry.body.stage {
            Stage::Submitted { job, .. } => return Ok(Found::Job(job.clone())),
            Stage::Completed { job, outcome } => {
                let outcome = outcome.clone().completed(job);
                return Ok(Found::Ended(job.clone(), Box::new(Ok(outcome))));
            }
            Stage::Failed { job, outcome } => {
                return Ok(Found::Ended(job.clone(), Box::new(Err(outcome.error(job)))));
            }
            Stage::Sending { .. } => {
                if !take_over_if_dead(&journal, &entry, &mut watch).await? {
                    sleep(watch.pause()).await;
                }
            }
            Stage::Unknown { .. } => match reconciler.step(&entry).await? {
                Reconciled::LookAgain => {}
                Reconciled::NotThere => break Some(entry),
            },
        }
    };
    Ok(Found::Nothing(Box::new(Slot {
        journal,
        lock,
        key: key.to_owned(),
        endpoint: call.endpoint,
        fingerprint,
        before,
    })))
}

/// Whether the entry of a dead holder was put in doubt. From then on the holder, should it be alive after all, sends
/// nothing more.
pub(super) async fn take_over_if_dead(
    journal: &Shared,
    entry: &Entry,
    watch: &mut Watch,
) -> Result<bool, Error> {
    let Stage::Sending { sent, .. } = &entry.body.stage else {
        return Ok(false);
    };
    if !watch.is_dead(&entry.key, entry.version) {
        return Ok(false);
    }
    let doubt = Stage::Unknown {
        reason: CUT_OFF.to_owned(),
        hint: None,
        sent: sent.clone(),
    };
    // Where somebody else was quicker, the next look shows it.
    journal.advance(entry, doubt).await.map_err(failed)?;
    Ok(true)
}

fn check_same(entry: &Entry, endpoint: &str, fingerprint: &str) -> Result<(), Error> {
    if entry.body.fingerprint == fingerprint {
        return Ok(());
    }
    let key = &entry.key;
    let what = if entry.body.endpoint == endpoint {
        "with another input".to_owned()
    } else {
        format!("for the endpoint {}", entry.body.endpoint)
    };
    Err(Error::new(
        Kind::KeyReused(format!(
            "the job was not sent: the idempotency key {key} was used before {what}. A key stands for one video for \
             ever: give another key, or the endpoint and the input of the first call"
        )),
        Phase::Prepare,
    ))
}
