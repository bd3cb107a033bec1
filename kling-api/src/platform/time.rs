//! Times as fal writes them.

use std::time::SystemTime;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// Reads ISO 8601; without a zone, which fal leaves out at times, it is UTC.
pub(super) fn read(text: &str) -> Option<SystemTime> {
    let timestamp = text.parse::<Timestamp>().ok().or_else(|| {
        let local: DateTime = text.parse().ok()?;
        Some(local.to_zoned(TimeZone::UTC).ok()?.timestamp())
    })?;
    Some(timestamp.into())
}

/// Writes ISO 8601 in UTC, in whole seconds rounded down; `None` for a time that no calendar has.
pub(super) fn write(time: SystemTime) -> Option<String> {
    let timestamp = Timestamp::try_from(time).ok()?;
    Some(timestamp.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn seconds(text: &str) -> Option<f64> {
        let since = read(text)?.duration_since(SystemTime::UNIX_EPOCH).ok()?;
        Some(since.as_secs_f64())
    }

    #[test]
    fn times_are_read_with_and_without_a_zone() {
        assert_eq!(seconds("1970-01-02T00:00:01Z"), Some(86_401.0));
        assert_eq!(seconds("1970-01-02T00:00:01.5"), Some(86_401.5));
        assert_eq!(seconds("1970-01-02T02:00:01+02:00"), Some(86_401.0));
        assert_eq!(
            seconds("1970-01-02T00:00:01.123456+00:00"),
            Some(86_401.123_456)
        );
        assert_eq!(seconds("yesterday"), None);
    }

    #[test]
    fn a_time_is_written_in_utc() {
        let time = SystemTime::UNIX_EPOCH + Duration::from_millis(86_401_900);
        assert_eq!(write(time).as_deref(), Some("1970-01-02T00:00:01Z"));
    }
}
