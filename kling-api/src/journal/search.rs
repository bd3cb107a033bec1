//! Searching fal for the job of an entry.

#[cfg(feature = "platform")]
use std::time::Duration;

use serde_json::Value;

use crate::call::recorder::RecordedCall;
use crate::call::requests::StatusRequest;
use crate::error::Error;
use crate::journal::entry::{Entry, Sent};
use crate::journal::shared::in_doubt;
use crate::values::endpoint::Raw;
use crate::values::job::Job;

/// A search for one job.
pub(super) struct Search<'a> {
    call: &'a RecordedCall,
    entry: &'a Entry,
    sent: &'a Sent,
}

/// A job that may be the one.
pub(super) struct Candidate {
    pub(super) request_id: String,
    /// Its stored input is the one that was sent, and it was taken after that. Of several, any will do: they are the
    /// same.
    pub(super) is_ours: bool,
    /// The stored input is neither more nor less than what was sent.
    pub(super) is_exact: bool,
}

impl<'a> Search<'a> {
    pub(super) fn new(call: &'a RecordedCall, entry: &'a Entry, sent: &'a Sent) -> Self {
        Self { call, entry, sent }
    }

    /// Whether fal knows the job of this id.
    pub(super) async fn is_there(&self, request_id: &str) -> Result<bool, Error> {
        let job = Job::<Raw>::raw(&self.entry.body.endpoint, request_id);
        match StatusRequest::new(self.call.core.clone(), job).await {
            Ok(_) => Ok(true),
            Err(error) if error.is_not_found() => Ok(false),
            Err(error) => Err(self.failed(error)),
        }
    }

    /// The search has failed, so all is as unknown as before.
    fn failed(&self, error: Error) -> Error {
        let sentence = format!(
            "whether fal has the job of the key {} is not known, and looking for it failed: {error}. Call again with the \
             same key",
            self.entry.key
        );
        in_doubt(sentence, &self.entry.body.endpoint).with_source(error)
    }
}

#[cfg(feature = "platform")]
impl Search<'_> {
    /// Jobs within the clocks' reach that have the input; those of a day before the submit, too, in case that the
    /// clock was ahead when it was sent.
    pub(super) async fn candidates(&self) -> Result<Vec<Candidate>, Error> {
        use crate::client::Client;
        use crate::platform::lost::{Evidence, FindLostJobs, LostJob};

        const DAY: Duration = Duration::from_secs(22 * 3600);
        const SLACK: Duration = Duration::from_secs(120);

        let client = Client::of_core(self.call.core.clone());
        let input = Raw::new(&self.entry.body.endpoint, self.sent.input.clone());
        // A time that is yet to come was written by a clock that was ahead.
        let at = self.sent.at.min(std::time::SystemTime::now());
        let search = FindLostJobs::new(client, &input, at).slack(DAY);
        let mut found = search.await.map_err(|error| self.failed(error))?;
        found.sort_by_key(LostJob::evidence);
        let earliest = at.checked_sub(SLACK).unwrap_or(at);
        let candidates = found.into_iter().map(|job| Candidate {
            request_id: job.request_id().to_owned(),
            is_ours: job.evidence() != Evidence::InputNotStored
                && job.sent_at().is_none_or(|time| time >= earliest),
            is_exact: job.evidence() == Evidence::SameInput,
        });
        Ok(candidates.collect())
    }

    /// Whether a job with this input might be taken for the one, or the other way round.
    pub(super) fn is_like(&self, input: &Value) -> bool {
        use crate::platform::payload::{Likeness, compare};

        compare(&self.sent.input, input) != Likeness::Different
            || compare(input, &self.sent.input) != Likeness::Different
    }
}

#[cfg(not(feature = "platform"))]
impl Search<'_> {
    #[expect(
        clippy::unused_async,
        reason = "the search of the feature `platform` is async"
    )]
    pub(super) async fn candidates(&self) -> Result<Vec<Candidate>, Error> {
        Ok(Vec::new())
    }

    pub(super) fn is_like(&self, input: &Value) -> bool {
        self.sent.input == *input
    }
}
