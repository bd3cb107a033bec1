//! Asking the platform API until it answers.

use std::time::Duration;

use tokio::time::Instant;

use crate::call::deadline;
use crate::client::Client;
use crate::error::Error;
use crate::http::hosts::Host;
use crate::http::retry::Operation;
use crate::http::retry::attempts::Attempts;
use crate::http::trace;
use crate::platform::transport::{Question, put};

/// Asks until an answer comes. Every question may be repeated: none changes anything.
pub(super) async fn ask<Q: Question>(
    client: &Client,
    question: &Q,
    limit: Limit,
) -> Result<Q::Answer, Error> {
    let core = client.core();
    let base = core.http.hosts().base(Host::Platform)?;
    let mut attempts = Attempts::new(Operation::Platform, &core.retry, limit.deadline);
    loop {
        trace::attempt(Operation::Platform, attempts.number());
        match put(client, base, question, core.timeouts.result, limit.deadline).await {
            Ok(answer) => return Ok(answer),
            Err(failed) => attempts.pause(failed).await?,
        }
    }
}

/// When the caller wants to be back.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Limit {
    deadline: Option<Instant>,
}

impl Limit {
    /// From now on.
    pub(super) fn of(timeout: Option<Duration>) -> Self {
        Self {
            deadline: deadline(timeout),
        }
    }
}
