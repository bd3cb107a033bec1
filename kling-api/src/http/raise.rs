//! The errors that only a client raises.

use crate::error::kind::{Kind, Phase};
use crate::error::{Error, Submission};
use crate::values::violations::Violations;

impl Error {
    /// Something that the caller has to correct before anything can be sent: what is wrong, a semicolon, and what to do.
    pub(crate) fn configuration(sentence: impl Into<String>) -> Self {
        Self::new(Kind::Configuration(sentence.into()), Phase::Prepare)
    }

    /// Something about a file, and what to do about it.
    pub(crate) fn file(phase: Phase, problem: impl Into<String>, advice: &'static str) -> Self {
        let problem = problem.into();
        Self::new(Kind::File { problem, advice }, phase)
    }

    pub(crate) fn invalid(violations: Violations, endpoint: &str) -> Self {
        Self::from(violations).of_endpoint(endpoint)
    }

    /// For whatever came of this endpoint.
    pub(crate) fn of_endpoint(mut self, endpoint: &str) -> Self {
        self.inner_mut().endpoint = Some(endpoint.to_owned());
        self
    }

    /// For a model that ran while the caller waited, under this id where it is known.
    pub(crate) fn of_run(mut self, request_id: Option<String>) -> Self {
        self.inner_mut().submission = match &request_id {
            Some(id) => Submission::Submitted(id.clone()),
            None => Submission::Unknown,
        };
        self.inner_mut().request_id = request_id;
        self
    }
}
