//! Points in time that lie in the future, however far a caller puts them.

use std::time::Duration;

use tokio::time::Instant;

/// Longer than any program runs, and shorter than what clocks can count.
pub(crate) const LONGEST: Duration = Duration::from_secs(30 * 365 * 24 * 3600);

/// The moment after so much time; a time that no clock can count ends in thirty years.
pub(crate) fn after(duration: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(duration.min(LONGEST)).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_duration_is_too_long() {
        assert!(after(Duration::MAX) > Instant::now() + LONGEST / 2);
        assert!(after(Duration::from_secs(1)) <= Instant::now() + Duration::from_secs(1));
    }
}
