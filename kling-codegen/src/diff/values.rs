//! Compares JSON values as their readers do: `1` and `1.0` are one number.

use std::cmp::Ordering;

use serde_json::{Number, Value};

/// Whether two values mean the same.
pub(super) fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => compare(one, other) == Ordering::Equal,
        (Value::Array(one), Value::Array(other)) => all_same(one, other),
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(key, value)| {
                    let twin = other.get(key);
                    twin.is_some_and(|twin| same(value, twin))
                })
        }
        (one, other) => one == other,
    }
}

/// Whether two lists of values mean the same.
pub(super) fn all_same(one: &[Value], other: &[Value]) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
}

/// Whole numbers are compared as such: bounds of seeds go beyond what an `f64` can tell apart.
pub(super) fn compare(old: &Number, new: &Number) -> Ordering {
    match (old.as_i128(), new.as_i128()) {
        (Some(old), Some(new)) => old.cmp(&new),
        _ => as_f64(old).total_cmp(&as_f64(new)),
    }
}

/// A number as a fraction.
pub(super) fn as_f64(number: &Number) -> f64 {
    // Without arbitrary precision every JSON number is one of i64, u64 and f64.
    number.as_f64().unwrap_or(f64::NAN)
}
