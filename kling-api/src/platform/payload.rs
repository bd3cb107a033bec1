//! Whether a stored input is the one that we sent.

use serde_json::{Map, Value};

/// How a stored input relates to ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Likeness {
    /// Both say the same.
    Same,
    /// All of ours is there, and fields that we did not send.
    SameAndMore,
    Different,
}

/// Compares what was stored with what was sent.
///
/// fal may store an input with the defaults filled in, so fields of its own are no difference. Null
/// is the same as no field, and `5` the same as `5.0`. Lists have to agree item by item.
pub(crate) fn compare(ours: &Value, theirs: &Value) -> Likeness {
    match (ours, theirs) {
        (Value::Object(ours), Value::Object(theirs)) => fields(ours, theirs),
        (Value::Array(ours), Value::Array(theirs)) if ours.len() == theirs.len() => {
            let pairs = ours.iter().zip(theirs);
            all(pairs.map(|(ours, theirs)| compare(ours, theirs)))
        }
        (Value::Number(ours), Value::Number(theirs)) => same_if(
            ours == theirs
                // Whole numbers past 2^53 share a float with their neighbours.
                || ((ours.is_f64() || theirs.is_f64()) && ours.as_f64() == theirs.as_f64()),
        ),
        _ => same_if(ours == theirs),
    }
}

fn fields(ours: &Map<String, Value>, theirs: &Map<String, Value>) -> Likeness {
    let present = |fields: &Map<String, Value>, name: &str| {
        let value = fields.get(name).filter(|value| !value.is_null());
        value.cloned()
    };
    let sent = ours.iter().filter(|(_, value)| !value.is_null());
    let shared = all(sent.map(|(name, value)| match present(theirs, name) {
        Some(stored) => compare(value, &stored),
        None => Likeness::Different,
    }));
    let has_more = theirs
        .iter()
        .any(|(name, value)| !value.is_null() && present(ours, name).is_none());
    match shared {
        Likeness::Same if has_more => Likeness::SameAndMore,
        other => other,
    }
}

fn all(mut parts: impl Iterator<Item = Likeness>) -> Likeness {
    parts
        .try_fold(Likeness::Same, |so_far, part| match (so_far, part) {
            (_, Likeness::Different) => None,
            (Likeness::Same, part) => Some(part),
            (so_far, _) => Some(so_far),
        })
        .unwrap_or(Likeness::Different)
}

fn same_if(same: bool) -> Likeness {
    if same {
        Likeness::Same
    } else {
        Likeness::Different
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Likeness::{Different, Same, SameAndMore};
    use super::*;

    #[test]
    fn defaults_that_fal_adds_are_no_difference() {
        let ours = json!({"prompt": "a nest", "cfg_scale": 0.7, "masks": [{"url": "u"}]});
        for (theirs, likeness) in [
            (ours.clone(), Same),
            (
                json!({"masks": [{"url": "u"}], "cfg_scale": 0.7, "prompt": "a nest"}),
                Same,
            ),
            (
                json!({"prompt": "a nest", "cfg_scale": 0.7, "masks": [{"url": "u"}], "seed": null}),
                Same,
            ),
            (
                json!({"prompt": "a nest", "cfg_scale": 0.7, "masks": [{"url": "u"}], "duration": "5"}),
                SameAndMore,
            ),
            (
                json!({"prompt": "a nest", "cfg_scale": 0.7, "masks": [{"url": "u", "points": []}]}),
                SameAndMore,
            ),
            (
                json!({"prompt": "a tree", "cfg_scale": 0.7, "masks": [{"url": "u"}]}),
                Different,
            ),
            (
                json!({"prompt": "a nest", "cfg_scale": 0.5, "masks": [{"url": "u"}]}),
                Different,
            ),
            (
                json!({"prompt": "a nest", "masks": [{"url": "u"}]}),
                Different,
            ),
            (
                json!({"prompt": "a nest", "cfg_scale": 0.7, "masks": []}),
                Different,
            ),
            (
                json!({"prompt": "a nest", "cfg_scale": 0.7, "masks": null, "x": 1}),
                Different,
            ),
            (json!("a nest"), Different),
        ] {
            assert_eq!(compare(&ours, &theirs), likeness, "{theirs}");
        }
    }

    #[test]
    fn numbers_are_compared_by_value() {
        assert_eq!(compare(&json!(5), &json!(5.0)), Same);
        assert_eq!(compare(&json!(5.0), &json!(5)), Same);
        assert_eq!(compare(&json!(5), &json!("5")), Different);
        let (one, other) = (
            json!(9_007_199_254_740_993_u64),
            json!(9_007_199_254_740_992_u64),
        );
        assert_eq!(compare(&one, &other), Different);
    }

    #[test]
    fn null_is_no_field() {
        assert_eq!(compare(&json!({"a": null}), &json!({})), Same);
        assert_eq!(compare(&json!({}), &json!({"a": null})), Same);
        assert_eq!(compare(&json!({}), &json!({"a": false})), SameAndMore);
    }
}
