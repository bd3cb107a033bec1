//! What became of a submit that was cut off.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::call::recorder::RecordedCall;
use crate::error::Error;
use crate::journal::entry::{Entry, Sent, Stage};
use crate::journal::lease::Watch;
use crate::journal::look_up::take_over_if_dead;
use crate::journal::search::{Candidate, Search};
use crate::journal::settle::submitted;
use crate::journal::shared::{Shared, failed, in_doubt};
use crate::journal::store::{Replaced, State};
use crate::values::endpoint::Raw;
use crate::values::job::Job;

/// The search for the job of an entry in doubt, over several looks.
pub(super) struct Reconciler<'a> {
    journal: &'a Shared,
    call: &'a RecordedCall,
    /// When this call first saw the doubt, by its own stopwatch: no clock can shorten the wait.
    since: Option<Instant>,
    watch: Watch,
}

/// What one look has brought.
pub(super) enum Reconciled {
    /// The entry has changed or may change: it is read again.
    LookAgain,
    /// The job is not there, and the caller allows to submit it again.
    NotThere,
}

impl<'a> Reconciler<'a> {
    pub(super) fn new(journal: &'a Shared, call: &'a RecordedCall) -> Self {
        Self {
            journal,
            call,
            since: None,
            watch: Watch::new(journal.settings.lease),
        }
    }

    /// Looks for the job once. An error where it is not found and must not be submitted again.
    pub(super) async fn step(&mut self, entry: &Entry) -> Result<Reconciled, Error> {
        let Stage::Unknown { hint, sent, .. } = &entry.body.stage else {
            return Ok(Reconciled::LookAgain);
        };
        let since = *self.since.get_or_insert_with(Instant::now);
        // Before the search, so that it began after the wait.
        let has_waited = self
            .call
            .resubmit_after
            .is_some_and(|wait| since.elapsed() >= wait);
        let search = Search::new(self.call, entry, sent);
        if let Some(id) = hint
            && search.is_there(id).await?
            && self.adopt(entry, id).await?
        {
            return Ok(Reconciled::LookAgain);
        }
        let mut candidates = search.candidates().await?;
        self.leave_out_those_of_others(&mut candidates).await?;
        if candidates.is_empty() {
            return self.without_candidate(entry, sent, has_waited).await;
        }
        if self.is_contested(entry, &search).await? {
            sleep(self.watch.pause()).await;
            return Ok(Reconciled::LookAgain);
        }
        let has_rival = self.has_rival(entry, &search).await?;
        let ours = candidates
            .iter()
            .filter(|candidate| candidate.is_ours && (candidate.is_exact || !has_rival));
        for candidate in ours {
            if self.adopt(entry, &candidate.request_id).await? {
                return Ok(Reconciled::LookAgain);
            }
        }
        Err(ambiguous(entry, &candidates))
    }

    /// A job has one key.
    async fn leave_out_those_of_others(
        &self,
        candidates: &mut Vec<Candidate>,
    ) -> Result<(), Error> {
        let mut left = Vec::new();
        for candidate in candidates.drain(..) {
            let owner = self.journal.store.find(&candidate.request_id).await;
            if owner.map_err(failed)?.is_none() {
                left.push(candidate);
            }
        }
        *candidates = left;
        Ok(())
    }

    /// Whether a job that the search has shown may be that of a submit which is under way with the same input. Asked
    /// after the search: what it showed was written down before it was sent.
    async fn is_contested(&mut self, entry: &Entry, search: &Search<'_>) -> Result<bool, Error> {
        let mut is_contested = false;
        for other in self.journal.all(State::Sending).await.map_err(failed)? {
            let Stage::Sending { sent, .. } = &other.body.stage else {
                continue;
            };
            if other.key != entry.key
                && other.body.endpoint == entry.body.endpoint
                && search.is_like(&sent.input)
            {
                is_contested |= !take_over_if_dead(self.journal, &other, &mut self.watch).await?;
            }
        }
        Ok(is_contested)
    }

    /// Whether another key in doubt has an input that is like this one, and not the same: a job whose stored input is more
    /// than this one may be that key's.
    async fn has_rival(&self, entry: &Entry, search: &Search<'_>) -> Result<bool, Error> {
        let others = self.journal.all(State::Unknown).await.map_err(failed)?;
        Ok(others.iter().any(|other| {
            other.body.endpoint == entry.body.endpoint
                && other.body.fingerprint != entry.body.fingerprint
                && matches!(&other.body.stage, Stage::Unknown { sent, .. } if search.is_like(&sent.input))
        }))
    }

    /// Whether the job is this key's from now on.
    async fn adopt(&self, entry: &Entry, request_id: &str) -> Result<bool, Error> {
        let job = Job::<Raw>::raw(&entry.body.endpoint, request_id);
        let replaced = self.journal.advance(entry, submitted(&job)).await;
        Ok(replaced.map_err(failed)? != Replaced::RequestIdTaken)
    }

    async fn without_candidate(
        &self,
        entry: &Entry,
        sent: &Sent,
        has_waited: bool,
    ) -> Result<Reconciled, Error> {
        let Some(wait) = self.call.resubmit_after else {
            return Err(not_found(entry, sent));
        };
        if has_waited {
            return Ok(Reconciled::NotThere);
        }
        let pause = (wait / 8).clamp(Duration::from_millis(20), Duration::from_secs(10));
        sleep(pause).await;
        Ok(Reconciled::LookAgain)
    }
}

fn not_found(entry: &Entry, sent: &Sent) -> Error {
    let searched = if cfg!(feature = "platform") {
        "The list of the account's requests does not have it, or not yet"
    } else {
        "With the feature `platform` of kling-api, the list of the account's requests would be searched"
    };
    in_doubt(
        format!(
            "whether fal has the job of the key {} is not known: it was submitted {}, and no response was read ({}). \
             {searched}. Call again later; or look at GET \
             https://api.fal.ai/v1/models/requests/by-endpoint?endpoint_id={}, and say journal.adopt() where the job is \
             there, or journal.remove() where it is not",
            entry.key,
            ago(sent),
            entry.reason().unwrap_or_default().trim_end_matches('.'),
            entry.body.endpoint,
        ),
        &entry.body.endpoint,
    )
}

fn ambiguous(entry: &Entry, candidates: &[Candidate]) -> Error {
    let ids: Vec<&str> = candidates
        .iter()
        .map(|candidate| candidate.request_id.as_str())
        .collect();
    in_doubt(
        format!(
            "whether fal has the job of the key {} is not known: the list of the account's requests has {}, which may be \
             it, and may not. Look at it, and say journal.adopt() where it is the key's job, or journal.remove() to \
             submit the key anew",
            entry.key,
            ids.join(" and "),
        ),
        &entry.body.endpoint,
    )
}

fn ago(sent: &Sent) -> String {
    match sent.at.elapsed() {
        Ok(elapsed) => format!("{} s ago", elapsed.as_secs()),
        Err(_) => "at a time that is yet to come by this machine's clock".to_owned(),
    }
}
