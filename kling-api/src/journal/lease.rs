//! Who is alive: leases without clocks.
//!
//! Whoever submits a call changes the entry's version within the lease, again and again, until it is done. Whoever waits
//! for it watches the version: where it stays the same for a whole lease by the waiter's own stopwatch, the other is
//! taken for dead, and the entry is taken over. No time of day is compared, so that clocks that are wrong, differ
//! or jump change nothing.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

/// The watch over entries that others hold.
#[derive(Debug)]
pub(super) struct Watch {
    lease: Duration,
    seen: HashMap<String, (u64, Instant)>,
}

impl Watch {
    pub(super) fn new(lease: Duration) -> Self {
        Self {
            lease,
            seen: HashMap::new(),
        }
    }

    /// Whether the holder of this version is dead: it was seen a whole lease ago.
    pub(super) fn is_dead(&mut self, key: &str, version: u64) -> bool {
        let now = Instant::now();
        let seen = self.seen.entry(key.to_owned()).or_insert((version, now));
        if seen.0 != version {
            *seen = (version, now);
        }
        now.duration_since(seen.1) >= self.lease
    }

    /// How long to wait before the next look.
    pub(super) fn pause(&self) -> Duration {
        (self.lease / 20).clamp(Duration::from_millis(5), Duration::from_secs(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_version_that_stays_for_a_lease_is_of_the_dead() {
        let lease = Duration::from_secs(30);
        let mut watch = Watch::new(lease);
        assert!(!watch.is_dead("a", 1));
        tokio::time::advance(Duration::from_millis(29_999)).await;
        assert!(!watch.is_dead("a", 1) && !watch.is_dead("b", 1));
        assert!(!watch.is_dead("a", 2), "it was renewed");
        tokio::time::advance(Duration::from_millis(1)).await;
        assert!(!watch.is_dead("a", 2));
        tokio::time::advance(lease).await;
        assert!(watch.is_dead("a", 2) && watch.is_dead("b", 1));
    }
}
