//! Making errors.

#![cfg_attr(
    not(any(feature = "client", feature = "webhook")),
    allow(dead_code, reason = "each feature raises errors of its own")
)]

use std::error::Error as StdError;

use crate::error::body::ErrorBody;
use crate::error::kind::{Kind, Phase};
use crate::error::{Error, Inner, Submission};
use crate::values::violations::Violations;

impl Error {
    pub(crate) fn new(kind: Kind, phase: Phase) -> Self {
        Self(Box::new(Inner {
            kind,
            phase,
            submission: Submission::NotSubmitted,
            request_id: None,
            endpoint: None,
            status: None,
            body: ErrorBody::default(),
            retry_hint: None,
            user_timeout: false,
            retry_after: None,
            is_named: false,
            attempts: 0,
            cancel: None,
            logs: Vec::new(),
            unknown_state: None,
            source: None,
        }))
    }

    pub(crate) fn with_source(
        mut self,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// For a job that fal has.
    pub(crate) fn of_job(mut self, request_id: &str, endpoint: &str) -> Self {
        self.0.submission = Submission::Submitted(request_id.to_owned());
        self.0.request_id = Some(request_id.to_owned());
        self.0.endpoint = Some(endpoint.to_owned());
        self
    }

    pub(crate) fn inner_mut(&mut self) -> &mut Inner {
        &mut self.0
    }
}

/// For a program that validates an input itself, and hands the error on with the others.
impl From<Violations> for Error {
    fn from(violations: Violations) -> Self {
        Self::new(Kind::Invalid, Phase::Prepare).with_source(violations)
    }
}
