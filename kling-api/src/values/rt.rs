//! Helpers that only generated code calls. No part of the public API: they change without notice.

use std::fmt::Display;

use crate::values::validation::Validate;
use crate::values::violations::Violations;

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

/// The length that an enum stands for, in seconds, or fal's default where it is not set. What fal charges for a value that
/// this version does not know is not known either.
#[must_use]
pub fn known_seconds<T: Validate + Display>(value: Option<&T>, default: &str) -> Option<f64> {
    let Some(value) = value else {
        return seconds(None, default);
    };
    Violations::of(value).ok()?;
    seconds(Some(&value.to_string()), default)
}

/// The length that the record of a file names. Where fal does not know it, it may write 0.
#[must_use]
pub fn file_size(size: Option<i64>) -> Option<u64> {
    u64::try_from(size?).ok().filter(|size| *size > 0)
}

#[cfg(test)]
mod tests {
    use std::fmt;

    use super::*;
    use crate::values::validation::Validator;

    #[test]
    fn a_size_that_is_none_is_not_known() {
        assert_eq!(file_size(Some(7)), Some(7));
        assert_eq!([None, Some(0), Some(-1)].map(file_size), [None; 3]);
    }

    struct Five(&'static str);

    impl Display for Five {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
    }

    impl Validate for Five {
        fn validate_with(&self, validator: &mut Validator) {
            validator.one_of(self.0, &["5"]);
        }
    }

    #[test]
    fn only_a_published_length_has_a_price() {
        let of = |value| known_seconds(Some(&Five(value)), "10");
        assert_eq!(["5", "7"].map(of), [Some(5.0), None]);
        assert_eq!(known_seconds(None::<&Five>, "10"), Some(10.0));
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
