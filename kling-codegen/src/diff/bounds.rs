//! Compares the limits that a type sets to its values.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Number, Value};

use crate::diff::recorder::Recorder;
use crate::diff::rules::Rule;
use crate::diff::values::{as_f64, compare};
use crate::diff::{render, values};
use crate::ir::types::{Array, Limit, NumberBounds, StringBounds};

/// Whether fewer values are allowed than before.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Tightened,
    Relaxed,
}

/// Which end of a range a bound is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Lower,
    Upper,
}

/// Adds what changed in the bounds of an integer. Above 0 and at least 1 are the same for one.
pub(super) fn integer(
    recorder: &mut Recorder<'_, '_>,
    path: &str,
    old: &NumberBounds,
    new: &NumberBounds,
) {
    if whole(old) != whole(new) {
        number(recorder, path, &whole(old), &whole(new));
    }
}

fn whole(bounds: &NumberBounds) -> NumberBounds {
    let inclusive = |limit: &Option<Limit>, step: i64| {
        let limit = limit.clone()?;
        let value = limit.value.as_i64().filter(|_| limit.exclusive);
        Some(match value.and_then(|value| value.checked_add(step)) {
            Some(value) => Limit {
                value: value.into(),
                exclusive: false,
            },
            None => limit,
        })
    };
    NumberBounds {
        minimum: inclusive(&bounds.minimum, 1),
        maximum: inclusive(&bounds.maximum, -1),
        multiple_of: bounds.multiple_of.clone(),
    }
}

/// Adds what changed in the bounds of a number.
pub(super) fn number(
    recorder: &mut Recorder<'_, '_>,
    path: &str,
    old: &NumberBounds,
    new: &NumberBounds,
) {
    let ends = [
        ("minimum", End::Lower, &old.minimum, &new.minimum),
        ("maximum", End::Upper, &old.maximum, &new.maximum),
    ];
    for (what, end, old, new) in ends {
        if let Some(direction) =
            direction(old.as_ref(), new.as_ref(), |old, new| limits(end, old, new))
        {
            let values = (
                old.as_ref().map(render::limit),
                new.as_ref().map(render::limit),
            );
            bound(
                recorder,
                path,
                what,
                values,
                direction,
                Rule::RangeTightened,
            );
        }
    }
    let multiple = direction(
        old.multiple_of.as_ref(),
        new.multiple_of.as_ref(),
        |old, new| (!same(old, new)).then(|| multiples(old, new)),
    );
    if let Some(direction) = multiple {
        let show = |number: &Option<Number>| number.as_ref().map(Number::to_string);
        let values = (show(&old.multiple_of), show(&new.multiple_of));
        bound(
            recorder,
            path,
            "step",
            values,
            direction,
            Rule::RangeTightened,
        );
    }
}

/// Adds what changed in the bounds of a text.
pub(super) fn string(
    recorder: &mut Recorder<'_, '_>,
    path: &str,
    old: &StringBounds,
    new: &StringBounds,
) {
    let ends = [
        ("minimum length", End::Lower, old.min_length, new.min_length),
        ("maximum length", End::Upper, old.max_length, new.max_length),
    ];
    for (what, end, old, new) in ends {
        count(recorder, path, what, end, old, new, Rule::LengthTightened);
    }
    pattern_or_format(
        recorder,
        path,
        "pattern",
        old.pattern.as_ref(),
        new.pattern.as_ref(),
    );
    pattern_or_format(
        recorder,
        path,
        "format",
        old.format.as_ref(),
        new.format.as_ref(),
    );
}

/// Adds what changed in the bounds of a list.
pub(super) fn array(recorder: &mut Recorder<'_, '_>, path: &str, old: &Array, new: &Array) {
    let ends = [
        (
            "minimum number of items",
            End::Lower,
            old.min_items,
            new.min_items,
        ),
        (
            "maximum number of items",
            End::Upper,
            old.max_items,
            new.max_items,
        ),
    ];
    for (what, end, old, new) in ends {
        count(recorder, path, what, end, old, new, Rule::ItemsTightened);
    }
    if old.unique_items != new.unique_items {
        let direction = if new.unique_items {
            Direction::Tightened
        } else {
            Direction::Relaxed
        };
        let show = |unique: bool| unique.then(|| "required".to_owned());
        let values = (show(old.unique_items), show(new.unique_items));
        bound(
            recorder,
            path,
            "uniqueness of the items",
            values,
            direction,
            Rule::ItemsTightened,
        );
    }
}

/// Adds what changed in the limits of the file behind a URL: one difference, however many limits moved.
pub(super) fn file_limits(
    recorder: &mut Recorder<'_, '_>,
    path: &str,
    old: &BTreeMap<String, Value>,
    new: &BTreeMap<String, Value>,
) {
    let keywords: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let moved: Vec<(&String, Direction)> = keywords
        .into_iter()
        .filter_map(|keyword| Some((keyword, limit_moved(keyword, old, new)?)))
        .collect();
    if moved.is_empty() {
        return;
    }
    let tightened = moved.iter().any(|(_, way)| *way == Direction::Tightened);
    let sent = if tightened {
        Rule::FileLimitTightened.because(
            "fal may refuse files that it took before.",
            "The documentation says so; the size is checked before an upload.",
        )
    } else {
        Rule::FileLimitRelaxed.because("fal takes files that it refused before.", "")
    };
    let received =
        Rule::OutputConstraint.because("The limits of a file in the response changed.", "");
    let show = |limits: &BTreeMap<String, Value>| {
        let shown: Vec<String> = moved
            .iter()
            .filter_map(|(keyword, _)| Some(format!("{keyword}: {}", limits.get(*keyword)?)))
            .collect();
        (!shown.is_empty()).then(|| shown.join(", "))
    };
    recorder.sided(path, (show(old), show(new)), sent, received);
}

fn limit_moved(
    keyword: &str,
    old: &BTreeMap<String, Value>,
    new: &BTreeMap<String, Value>,
) -> Option<Direction> {
    direction(old.get(keyword), new.get(keyword), |before, after| {
        if values::same(before, after) {
            return None;
        }
        let end = match keyword.get(..4) {
            Some("max_") => End::Upper,
            Some("min_") => End::Lower,
            _ => return Some(Direction::Tightened),
        };
        match (before.as_number(), after.as_number()) {
            (Some(before), Some(after)) => numbers(end, before, after),
            _ => Some(Direction::Tightened),
        }
    })
}

fn count(
    recorder: &mut Recorder<'_, '_>,
    path: &str,
    what: &str,
    end: End,
    old: Option<u64>,
    new: Option<u64>,
    rule: Rule,
) {
    let moved = direction(old, new, |old, new| ordered(end, old.cmp(&new)));
    if let Some(direction) = moved {
        let values = (
            old.map(|old| old.to_string()),
            new.map(|new| new.to_string()),
        );
        bound(recorder, path, what, values, direction, rule);
    }
}

fn bound(
    recorder: &mut Recorder<'_, '_>,
    path: &str,
    what: &str,
    (old, new): (Option<String>, Option<String>),
    direction: Direction,
    rule: Rule,
) {
    let label = |value: Option<String>| value.map(|value| format!("{what} {value}"));
    let sent = match direction {
        Direction::Tightened => rule.because(
            format!("fal refuses values beyond the new {what}."),
            "`validate` reports them before anything is sent.",
        ),
        Direction::Relaxed => Rule::BoundRelaxed.because(
            format!(
                "fal takes values beyond the old {what}; published crates refuse them before anything is sent, unless validation is skipped."
            ),
            "",
        ),
    };
    let received =
        Rule::OutputConstraint.because(format!("The {what} of the response changed."), "");
    recorder.sided(path, (label(old), label(new)), sent, received);
}

fn pattern_or_format(
    recorder: &mut Recorder<'_, '_>,
    path: &str,
    what: &str,
    old: Option<&String>,
    new: Option<&String>,
) {
    if old == new {
        return;
    }
    let sent = if new.is_some() {
        Rule::PatternOrFormat.because(
            format!("fal may refuse texts that do not follow the new {what}."),
            "The crate documents it and does not check it.",
        )
    } else {
        Rule::PatternOrFormatRemoved.because(format!("fal no longer asks for a {what}."), "")
    };
    let received =
        Rule::OutputConstraint.because(format!("The {what} of the response changed."), "");
    let show = |value: Option<&String>| value.map(|value| format!("{what} {value}"));
    recorder.sided(path, (show(old), show(new)), sent, received);
}

/// A limit that is set tightens, one that is gone relaxes, and between two of them `compare` decides.
fn direction<T>(
    old: Option<T>,
    new: Option<T>,
    compare: impl FnOnce(T, T) -> Option<Direction>,
) -> Option<Direction> {
    match (old, new) {
        (None, None) => None,
        (None, Some(_)) => Some(Direction::Tightened),
        (Some(_), None) => Some(Direction::Relaxed),
        (Some(old), Some(new)) => compare(old, new),
    }
}

fn ordered(end: End, old_to_new: Ordering) -> Option<Direction> {
    match (end, old_to_new) {
        (_, Ordering::Equal) => None,
        (End::Upper, Ordering::Greater) | (End::Lower, Ordering::Less) => {
            Some(Direction::Tightened)
        }
        _ => Some(Direction::Relaxed),
    }
}

fn limits(end: End, old: &Limit, new: &Limit) -> Option<Direction> {
    numbers(end, &old.value, &new.value).or(match (old.exclusive, new.exclusive) {
        (false, true) => Some(Direction::Tightened),
        (true, false) => Some(Direction::Relaxed),
        _ => None,
    })
}

fn numbers(end: End, old: &Number, new: &Number) -> Option<Direction> {
    ordered(end, compare(old, new))
}

fn same(old: &Number, new: &Number) -> bool {
    compare(old, new) == Ordering::Equal
}

/// A step that divides the old one allows every value that the old one allowed.
fn multiples(old: &Number, new: &Number) -> Direction {
    let divides = if let (Some(old), Some(new)) = (old.as_i128(), new.as_i128()) {
        new != 0 && old % new == 0
    } else {
        let quotient = as_f64(old) / as_f64(new);
        (quotient - quotient.round()).abs() < 1e-9
    };
    if divides {
        Direction::Relaxed
    } else {
        Direction::Tightened
    }
}
