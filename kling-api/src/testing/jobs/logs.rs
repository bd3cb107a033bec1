//! Log lines in fal's form.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

/// One log line of a job.
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub struct LogLine {
    message: String,
    level: String,
    timestamp: String,
    pub(crate) scripted: bool,
}

impl LogLine {
    /// A line of level `INFO`, written now.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            level: "INFO".to_owned(),
            timestamp: timestamp(SystemTime::now()),
            scripted: false,
        }
    }

    /// With another level, such as `STDERR`, `STDOUT`, `ERROR`, `WARN` or `DEBUG`.
    pub fn level(mut self, level: impl Into<String>) -> Self {
        self.level = level.into();
        self
    }

    /// With this text as time. fal sends times with and without `Z`.
    pub fn timestamp(mut self, timestamp: impl Into<String>) -> Self {
        self.timestamp = timestamp.into();
        self
    }

    /// A line of a script. It differs from a line that a test has written by hand.
    pub(crate) fn of_script(message: &str) -> Self {
        Self {
            scripted: true,
            ..Self::new(message)
        }
    }

    pub(crate) fn to_json(&self) -> Value {
        json!({"message": self.message, "level": self.level, "source": "USER", "timestamp": self.timestamp})
    }
}

impl From<&str> for LogLine {
    fn from(message: &str) -> Self {
        Self::new(message)
    }
}

impl From<String> for LogLine {
    fn from(message: String) -> Self {
        Self::new(message)
    }
}

/// A time as `2026-02-17T10:30:01.123Z`.
pub(crate) fn timestamp(time: SystemTime) -> String {
    let since_epoch = time.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    let (days, seconds) = (
        since_epoch.as_secs() / 86_400,
        since_epoch.as_secs() % 86_400,
    );
    let (year, month, day) = civil_date(days);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!(
        "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z",
        since_epoch.subsec_millis()
    )
}

/// The date in the Gregorian calendar, so many days after 1970-01-01. Counted in years that begin in March, so that
/// the leap day comes last.
fn civil_date(days_since_epoch: u64) -> (u64, u64, u64) {
    const DAYS_FROM_MARCH_OF_YEAR_0: u64 = 719_468;
    const DAYS_IN_400_YEARS: u64 = 146_097;
    let days = days_since_epoch + DAYS_FROM_MARCH_OF_YEAR_0;
    let (era, day_of_era) = (days / DAYS_IN_400_YEARS, days % DAYS_IN_400_YEARS);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_are_iso_8601() {
        for (milliseconds, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (1_771_324_201_123, "2026-02-17T10:30:01.123Z"),
            (4_107_542_399_999, "2100-02-28T23:59:59.999Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
        ] {
            assert_eq!(
                timestamp(UNIX_EPOCH + Duration::from_millis(milliseconds)),
                text
            );
        }
    }
}
