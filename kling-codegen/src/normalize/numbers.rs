//! Bounds of numbers: 1 and 1.0 are one bound, and an exclusive bound has one spelling.

use serde_json::{Map, Number, Value};

/// A whole number is written without a fraction.
pub(crate) fn canonical(number: &Number) -> Number {
    match number.as_f64() {
        Some(float) if !number.is_i64() && !number.is_u64() => {
            whole(float).unwrap_or_else(|| number.clone())
        }
        _ => number.clone(),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the range is checked, and the value is whole"
)]
fn whole(float: f64) -> Option<Number> {
    // Up to 2^53 every whole float is one integer and no other.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    (float.fract() == 0.0 && float.abs() <= EXACT).then(|| Number::from(float as i64))
}

/// One end of a range.
#[derive(Clone, Copy)]
pub(super) struct End {
    pub(super) inclusive: &'static str,
    pub(super) exclusive: &'static str,
    /// Whether a larger bound is the stricter one.
    pub(super) lower: bool,
}

pub(super) const ENDS: [End; 2] = [
    End {
        inclusive: "minimum",
        exclusive: "exclusiveMinimum",
        lower: true,
    },
    End {
        inclusive: "maximum",
        exclusive: "exclusiveMaximum",
        lower: false,
    },
];

/// Reads one end of a range in either spelling and writes it in that of OpenAPI 3.0. Returns the keyword that is no
/// number, if there is one.
pub(super) fn copy_end(
    end: End,
    from: &Map<String, Value>,
    integer: bool,
    to: &mut Map<String, Value>,
) -> Result<(), &'static str> {
    let number = |key: &'static str| match from.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Number(number)) => Ok(Some(canonical(number))),
        Some(_) => Err(key),
    };
    let (exclusive_flag, exclusive_bound) = match from.get(end.exclusive) {
        Some(Value::Bool(flag)) => (*flag, None),
        _ => (false, number(end.exclusive)?),
    };
    let inclusive_bound = number(end.inclusive)?;
    let stricter = |left: &Number, right: &Number| {
        let (left, right) = (
            left.as_f64().unwrap_or_default(),
            right.as_f64().unwrap_or_default(),
        );
        if end.lower {
            left >= right
        } else {
            left <= right
        }
    };
    let (bound, exclusive) = match (inclusive_bound, exclusive_bound) {
        (None, None) => return Ok(()),
        (Some(bound), None) => (bound, exclusive_flag),
        (None, Some(bound)) => (bound, true),
        (Some(inclusive), Some(exclusive)) if stricter(&exclusive, &inclusive) => (exclusive, true),
        (Some(inclusive), Some(_)) => (inclusive, false),
    };
    let (bound, exclusive) = if integer {
        for_integer(end, &bound, exclusive)
    } else {
        (Some(bound), exclusive)
    };
    let Some(bound) = bound else { return Ok(()) };
    to.insert(end.inclusive.to_owned(), Value::Number(bound));
    if exclusive {
        to.insert(end.exclusive.to_owned(), Value::Bool(true));
    }
    Ok(())
}

/// The bound of an integer as an integer: `> 0.5` is `>= 1`. A bound beyond every 64-bit integer bounds nothing.
fn for_integer(end: End, bound: &Number, exclusive: bool) -> (Option<Number>, bool) {
    if bound.is_i64() {
        return (Some(bound.clone()), exclusive);
    }
    let float = bound.as_f64().unwrap_or_default();
    (
        whole(if end.lower {
            float.ceil()
        } else {
            float.floor()
        }),
        false,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[expect(
        clippy::needless_pass_by_value,
        reason = "a test reads better without references"
    )]
    fn end(end: End, schema: Value, integer: bool) -> Value {
        let mut to = Map::new();
        copy_end(end, schema.as_object().unwrap(), integer, &mut to).unwrap();
        Value::Object(to)
    }

    #[test]
    fn whole_floats_and_integers_are_one_bound() {
        assert_eq!(
            end(ENDS[0], json!({ "minimum": 1.0 }), false),
            json!({ "minimum": 1 })
        );
        assert_eq!(
            end(ENDS[0], json!({ "minimum": 1 }), false),
            json!({ "minimum": 1 })
        );
        assert_eq!(
            end(ENDS[1], json!({ "maximum": 0.5 }), false),
            json!({ "maximum": 0.5 })
        );
    }

    #[test]
    fn exclusive_bounds_have_one_spelling() {
        let wanted = json!({ "minimum": 0, "exclusiveMinimum": true });
        assert_eq!(
            end(ENDS[0], json!({ "exclusiveMinimum": 0 }), false),
            wanted
        );
        assert_eq!(
            end(
                ENDS[0],
                json!({ "minimum": 0.0, "exclusiveMinimum": true }),
                false
            ),
            wanted
        );
        assert_eq!(
            end(
                ENDS[0],
                json!({ "minimum": -1, "exclusiveMinimum": 0 }),
                false
            ),
            wanted
        );
        assert_eq!(
            end(
                ENDS[0],
                json!({ "minimum": 2, "exclusiveMinimum": 0 }),
                false
            ),
            json!({ "minimum": 2 })
        );
    }

    #[test]
    fn integers_have_integer_bounds() {
        assert_eq!(
            end(ENDS[0], json!({ "minimum": 0.5 }), true),
            json!({ "minimum": 1 })
        );
        assert_eq!(
            end(ENDS[1], json!({ "exclusiveMaximum": 9.5 }), true),
            json!({ "maximum": 9 })
        );
        assert_eq!(end(ENDS[1], json!({ "maximum": 1e300 }), true), json!({}));
    }

    #[test]
    fn a_bound_that_is_no_number_is_named() {
        let schema = json!({ "minimum": "0" });
        let result = copy_end(ENDS[0], schema.as_object().unwrap(), false, &mut Map::new());
        assert_eq!(result, Err("minimum"));
    }
}
