//! Idempotency keys: those of callers, and those that are made where a caller gives none.

use std::hash::{BuildHasher as _, RandomState};
use std::time::SystemTime;

use crate::error::Error;

/// As many as Stripe's servers take.
const LONGEST: usize = 255;

/// Checks a key of a caller.
pub(crate) fn check(key: &str) -> Result<(), Error> {
    let problem = match key.chars().count() {
        0 => "is empty",
        count if count > LONGEST => "is longer than 255 characters",
        _ if key.chars().any(char::is_control) => "contains a control character",
        _ => return Ok(()),
    };
    Err(Error::configuration(format!(
        "the idempotency key {problem}; give one of 1 to 255 characters that names the video you want, such as the \
         number of an order"
    )))
}

/// A key for a call without one.
pub(crate) fn made_up() -> String {
    format!("auto-{}", unique())
}

/// A text that nobody else makes: the time, and 128 random bits.
pub(crate) fn unique() -> String {
    let since = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    // Keyed from the random numbers of the operating system, which the standard library gives in no other way.
    let random = || RandomState::new().hash_one(since);
    format!(
        "{:012x}-{:016x}{:016x}",
        since.as_millis(),
        random(),
        random()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_up_to_255_characters_and_none_that_cannot_be_seen() {
        for key in ["a", "order-4711", "\u{1f99c} 4711", &"\u{e9}".repeat(255)] {
            assert!(check(key).is_ok(), "{key}");
        }
        for key in ["", "a\n", "\0", &"a".repeat(256)] {
            let error = check(key).unwrap_err();
            assert!(error.is_configuration(), "{key:?}");
        }
    }

    #[test]
    fn no_two_are_the_same() {
        let mut all: Vec<String> = (0..10_000).map(|_| made_up()).collect();
        assert!(all.iter().all(|key| check(key).is_ok()));
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 10_000);
    }
}
