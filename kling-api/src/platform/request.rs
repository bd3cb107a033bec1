//! Sending requests to the platform API, with retries.

use std::time::Duration;

use tokio::time::Instant;

use crate::client::Client;
use crate::error::Error;
use crate::http::hosts::Host;
use crate::http::retry::Operation;
use crate::platform::transport::{self, PlatformRequest};

/// Sends the request until there is a response. Every one may be repeated: none changes anything.
pub(super) async fn send<R: PlatformRequest>(
    client: &Client,
    request: &R,
    limit: TimeLimit,
) -> Result<R::Response, Error> {
    let core = &client.core;
    let base = core.http.hosts().base(Host::Platform)?;
    core.attempts(Operation::Platform, limit.deadline)
        .run(|| transport::send(client, base, request, limit.deadline))
        .await
}

/// The end of all attempts, where the caller set one.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct TimeLimit {
    deadline: Option<Instant>,
}

impl TimeLimit {
    /// From now on.
    pub(super) fn of(client: &Client, timeout: Option<Duration>) -> Self {
        Self {
            deadline: client.core.deadline(timeout),
        }
    }
}
