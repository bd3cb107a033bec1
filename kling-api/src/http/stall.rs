//! Ending a transfer in which nothing moves any more.

use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::http::deadline::{self, End};
use crate::http::request::Failure;

/// How long a transfer may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TransferTimeouts {
    /// Without a byte that moves.
    pub(crate) stall: Duration,
    /// Of the caller, for all attempts.
    pub(crate) deadline: Option<Instant>,
}

/// Knows when a byte last moved.
#[derive(Clone, Debug)]
pub(crate) struct StallTimer(Arc<Mutex<Instant>>);

impl Default for StallTimer {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Instant::now())))
    }
}

impl StallTimer {
    /// Something moves now.
    pub(super) fn reset(&self) {
        *self.lock() = Instant::now();
    }

    fn lock(&self) -> MutexGuard<'_, Instant> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ends_at(&self, stall: Duration) -> Instant {
        let last = *self.lock();
        last.checked_add(stall)
            .unwrap_or_else(|| deadline::after(stall))
    }

    /// Runs a transfer for as long as something moves.
    pub(super) async fn watch<T>(
        &self,
        timeouts: TransferTimeouts,
        transfer: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let mut transfer = pin!(transfer);
        loop {
            let end = End::new(self.ends_at(timeouts.stall), timeouts.deadline);
            if let Some(done) = end.bound(transfer.as_mut()).await {
                return done;
            }
            if end.is_deadline || self.ends_at(timeouts.stall) <= end.at {
                return Err(Failure::TimedOut {
                    sent: true,
                    deadline: end.is_deadline,
                    partial: None,
                });
            }
        }
    }
}
