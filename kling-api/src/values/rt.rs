//! Helpers that only generated code calls. No part of the public API: they change without notice.

/// The length that a duration field asks for, in seconds, or fal's default where it is not set.
///
/// fal writes `"5"` or `"5s"`; anything else has no length that we can read.
#[must_use]
pub fn seconds(value: Option<&str>, default: &str) -> Option<f64> {
    let text = value.unwrap_or(default);
    let number = text.strip_suffix('s').unwrap_or(text);
    number
        .parse()
        .ok()
        .filter(|seconds: &f64| seconds.is_finite() && *seconds >= 0.0)
}

/// The length that the record of a file names. Where fal does not know it, it may write 0.
#[must_use]
pub fn file_size(size: Option<i64>) -> Option<u64> {
    u64::try_from(size?).ok().filter(|size| *size > 0)
}

#[cfg(test)]
mod tests {
    use super::{file_size, seconds};

    #[test]
    fn a_size_that_is_none_is_not_known() {
        assert_eq!(file_size(Some(7)), Some(7));
        assert_eq!([None, Some(0), Some(-1)].map(file_size), [None; 3]);
    }

    #[test]
    fn a_length_is_read_or_none() {
        assert_eq!(seconds(Some("10"), "5"), Some(10.0));
        assert_eq!(seconds(Some("8s"), "5"), Some(8.0));
        assert_eq!(seconds(None, "5"), Some(5.0));
        assert_eq!(seconds(Some("auto"), "5"), None);
        assert_eq!(seconds(Some("-5"), "5"), None);
        assert_eq!(seconds(Some("inf"), "5"), None);
        assert_eq!(seconds(None, ""), None);
    }
}
