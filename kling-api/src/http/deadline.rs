//! Points in time until which something may take.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

/// Longer than any program runs, and shorter than what clocks can count.
pub(crate) const LONGEST: Duration = Duration::from_secs(30 * 365 * 24 * 3600);

/// The moment after so much time; a time that no clock can count ends in thirty years.
pub(crate) fn after(duration: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(duration.min(LONGEST)).unwrap_or(now)
}

/// The deadline of an operation that the caller gives so much time.
pub(crate) fn of(timeout: Option<Duration>) -> Option<Instant> {
    timeout.map(after)
}

/// The end of one attempt: its timeout, or the caller's deadline where that comes first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct End {
    pub(crate) at: Instant,
    /// Whether it is the caller's deadline that ends it.
    pub(crate) is_deadline: bool,
}

impl End {
    pub(crate) fn new(timeout: Instant, deadline: Option<Instant>) -> Self {
        match deadline {
            Some(deadline) if deadline <= timeout => Self {
                at: deadline,
                is_deadline: true,
            },
            _ => Self {
                at: timeout,
                is_deadline: false,
            },
        }
    }

    /// Runs the future up to the end; `None` where it takes longer.
    pub(crate) async fn bound<T>(self, future: impl Future<Output = T>) -> Option<T> {
        timeout_at(self.at, future).await.ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn no_duration_is_too_long() {
        assert!(after(Duration::MAX) > Instant::now() + LONGEST / 2);
        assert!(after(Duration::from_secs(1)) <= Instant::now() + Duration::from_secs(1));
    }

    #[tokio::test]
    async fn the_earlier_of_timeout_and_deadline_ends_an_attempt() {
        let (early, late) = (after(Duration::from_secs(1)), after(Duration::from_secs(2)));
        for (timeout, deadline, at, is_deadline) in [
            (early, None, early, false),
            (early, Some(late), early, false),
            (late, Some(early), early, true),
        ] {
            let end = End::new(timeout, deadline);
            assert_eq!((end.at, end.is_deadline), (at, is_deadline));
        }
    }
}
