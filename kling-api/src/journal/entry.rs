//! What the journal knows of one key.

use std::fmt;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::journal::outcome::{Failure, Success};
use crate::journal::row;
use crate::journal::store::{Row, State, StoreError};
use crate::values::endpoint::Raw;
use crate::values::job::Job;
use crate::values::usd::Usd;

/// What the journal knows of one key.
#[derive(Clone, PartialEq)]
pub struct Entry {
    pub(crate) key: String,
    pub(crate) version: u64,
    pub(crate) body: Body,
}

/// Everything but what a store has columns for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Body {
    pub(crate) endpoint: String,
    /// Of the endpoint and the input: what makes two calls the same.
    pub(crate) fingerprint: String,
    #[serde(with = "row::milliseconds")]
    pub(crate) created_at: SystemTime,
    #[serde(with = "row::milliseconds")]
    pub(crate) changed_at: SystemTime,
    /// By the published price, in nano dollars.
    pub(crate) estimate: u64,
    /// By fal's billing events, in nano dollars.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) billed: Option<u64>,
    pub(crate) stage: Stage,
}

/// How far the key is, with what is known only there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub(crate) enum Stage {
    Sending {
        /// Who sends it: a name that no two attempts share.
        attempt: String,
        sent: Sent,
    },
    Unknown {
        reason: String,
        /// Read from what arrived of a response, and so perhaps the job's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        hint: Option<String>,
        sent: Sent,
    },
    Submitted {
        job: Job<Raw>,
        /// Until when a worker has taken it up.
        #[serde(
            default,
            skip_serializing_if = "Option::is_none",
            with = "row::optional_milliseconds"
        )]
        held_until: Option<SystemTime>,
    },
    Completed {
        job: Job<Raw>,
        outcome: Success,
    },
    Failed {
        job: Job<Raw>,
        outcome: Failure,
    },
}

/// A submit that may be in doubt: what the search for its job needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Sent {
    #[serde(with = "row::milliseconds")]
    pub(crate) at: SystemTime,
    /// As it is sent, with the URLs of uploaded files. Forgotten once the job is known.
    pub(crate) input: Value,
}

impl Entry {
    /// The idempotency key.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// How far the key's job is.
    #[must_use]
    pub fn state(&self) -> State {
        match self.body.stage {
            Stage::Sending { .. } => State::Sending,
            Stage::Unknown { .. } => State::Unknown,
            Stage::Submitted { .. } => State::Submitted,
            Stage::Completed { .. } => State::Completed,
            Stage::Failed { .. } => State::Failed,
        }
    }

    /// The full id of the endpoint.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.body.endpoint
    }

    /// The job, once fal is known to have it.
    #[must_use]
    pub fn job(&self) -> Option<&Job<Raw>> {
        match &self.body.stage {
            Stage::Sending { .. } | Stage::Unknown { .. } => None,
            Stage::Submitted { job, .. }
            | Stage::Completed { job, .. }
            | Stage::Failed { job, .. } => Some(job),
        }
    }

    /// The output of a completed job.
    #[must_use]
    pub fn output(&self) -> Option<&Value> {
        match &self.body.stage {
            Stage::Completed { outcome, .. } => Some(&outcome.output),
            _ => None,
        }
    }

    /// What is wrong: why a job failed, or why it is not known whether fal has it.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        match &self.body.stage {
            Stage::Unknown { reason, .. } => Some(reason),
            Stage::Failed { outcome, .. } => outcome.message(),
            _ => None,
        }
    }

    /// When the key was first used, by the clock of that machine.
    #[must_use]
    pub fn created_at(&self) -> SystemTime {
        self.body.created_at
    }

    /// When the entry last changed, by the clock of the machine that changed it.
    #[must_use]
    pub fn changed_at(&self) -> SystemTime {
        self.body.changed_at
    }

    /// What counts against the budget: what fal billed where that is known, rounded up to a micro-dollar, or else what
    /// was expected. A call of unknown price counts as nothing.
    #[must_use]
    pub fn cost(&self) -> Usd {
        Usd::from_micros(self.nano_cost().div_ceil(1000))
    }

    /// What fal billed, in nano dollars, where that was asked for: `Client::billed_cost`, of the feature `platform`.
    #[must_use]
    pub fn billed_nano_dollars(&self) -> Option<u64> {
        self.body.billed
    }

    pub(crate) fn nano_cost(&self) -> u64 {
        self.body.billed.unwrap_or(self.body.estimate)
    }

    /// The entry after a change, to be put in place of this one.
    pub(crate) fn next(&self, stage: Stage, now: SystemTime) -> Self {
        Self {
            key: self.key.clone(),
            version: self.version + 1,
            body: Body {
                changed_at: now,
                stage,
                ..self.body.clone()
            },
        }
    }

    pub(crate) fn read(row: Row) -> Result<Self, StoreError> {
        row::read(row)
    }

    pub(crate) fn write(&self) -> Result<Row, StoreError> {
        row::write(self)
    }

    /// Whether a worker has it, by this clock. A clock that is wrong lets two workers follow one job, which is
    /// harmless.
    pub(crate) fn is_held(&self, now: SystemTime, longest: Duration) -> bool {
        let Stage::Submitted {
            held_until: Some(until),
            ..
        } = self.body.stage
        else {
            return false;
        };
        // A time further away than anybody holds a job was written by a clock that has jumped.
        now < until && until.duration_since(now).is_ok_and(|left| left <= longest)
    }
}

/// Without what was sent and what came back: they may hold what is nobody else's business.
impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry")
            .field("key", &self.key)
            .field("state", &self.state())
            .field("endpoint", &self.body.endpoint)
            .field("request_id", &self.job().map(Job::request_id))
            .field("reason", &self.reason())
            .field("created_at", &self.body.created_at)
            .field("changed_at", &self.body.changed_at)
            .field("cost", &self.cost())
            .finish_non_exhaustive()
    }
}
