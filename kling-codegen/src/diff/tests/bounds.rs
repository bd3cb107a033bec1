//! Bounds, defaults and file limits of an input.

use serde_json::{Number, json};

use crate::diff::rules::Bump::{Major, Minor, Patch};
use crate::diff::rules::Wire::{Breaks, MayBreak, Ok};
use crate::diff::tests::both_ways;
use crate::diff::tests::builders::*;
use crate::ir::api::Api;
use crate::ir::definition::Field;
use crate::ir::types::{Limit, Media, MediaKind, NumberBounds, StringBounds, Type};

fn one(field: Field) -> Api {
    sends([field])
}

#[test]
fn rules_17_and_20_range() {
    let tightened = [("input.n", "17", MayBreak, Minor, "behaviour")];
    let relaxed = [("input.n", "20", Ok, Patch, "")];
    let cases = [
        (within(None, None), within(None, limit(5))),
        (within(None, limit(5)), within(None, limit(4))),
        (within(None, None), within(limit(0), None)),
        (within(limit(0), None), within(limit(1), None)),
    ];
    for (wide, narrow) in cases {
        let (wide, narrow) = (one(opt("n", wide)), one(opt("n", narrow)));
        both_ways(&wide, &narrow, &tightened, &relaxed);
    }
    let exclusive = within(
        Some(Limit {
            value: Number::from(0),
            exclusive: true,
        }),
        None,
    );
    both_ways(
        &one(opt("n", within(limit(0), None))),
        &one(opt("n", exclusive)),
        &tightened,
        &relaxed,
    );
    let fraction = |maximum: f64| {
        let maximum = limit(Number::from_f64(maximum).unwrap());
        let bounds = NumberBounds {
            maximum,
            ..NumberBounds::default()
        };
        one(opt("n", Type::Number(bounds)))
    };
    both_ways(&fraction(1.5), &fraction(1.25), &tightened, &relaxed);
}

#[test]
fn rules_17_and_20_step() {
    let step = |step: Option<i64>| {
        let bounds = NumberBounds {
            multiple_of: step.map(Number::from),
            ..NumberBounds::default()
        };
        one(opt("n", Type::Integer(bounds)))
    };
    let tightened = [("input.n", "17", MayBreak, Minor, "behaviour")];
    let relaxed = [("input.n", "20", Ok, Patch, "")];
    both_ways(&step(None), &step(Some(2)), &tightened, &relaxed);
    both_ways(&step(Some(2)), &step(Some(4)), &tightened, &relaxed);
    both_ways(&step(Some(2)), &step(Some(3)), &tightened, &tightened);
}

fn lengths(min_length: Option<u64>, max_length: Option<u64>) -> Api {
    one(opt(
        "t",
        Type::String(StringBounds {
            min_length,
            max_length,
            ..StringBounds::default()
        }),
    ))
}

#[test]
fn rules_18_and_20_length() {
    let tightened = [("input.t", "18", MayBreak, Minor, "behaviour")];
    let relaxed = [("input.t", "20", Ok, Patch, "")];
    let cases = [
        (lengths(None, None), lengths(None, Some(9))),
        (lengths(None, Some(9)), lengths(None, Some(8))),
        (lengths(None, None), lengths(Some(1), None)),
        (lengths(Some(1), None), lengths(Some(2), None)),
    ];
    for (wide, narrow) in cases {
        both_ways(&wide, &narrow, &tightened, &relaxed);
    }
}

#[test]
fn rules_19_and_20_items() {
    let items = |min_items, max_items, unique_items| {
        let Type::Array(mut array) = list(text()) else {
            unreachable!()
        };
        array.min_items = min_items;
        array.max_items = max_items;
        array.unique_items = unique_items;
        one(opt("l", Type::Array(array)))
    };
    let tightened = [("input.l", "19", MayBreak, Minor, "behaviour")];
    let relaxed = [("input.l", "20", Ok, Patch, "")];
    let cases = [
        (items(None, None, false), items(None, Some(4), false)),
        (items(None, Some(4), false), items(None, Some(3), false)),
        (items(None, None, false), items(Some(1), None, false)),
        (items(Some(1), None, false), items(Some(2), None, false)),
        (items(None, None, false), items(None, None, true)),
    ];
    for (wide, narrow) in cases {
        both_ways(&wide, &narrow, &tightened, &relaxed);
    }
}

#[test]
fn rule_21_default_changed() {
    let scale = |default: f64| one(defaulted(opt("cfg_scale", number()), default));
    let changed = [("input.cfg_scale", "21", Ok, Minor, "behaviour")];
    both_ways(&scale(0.5), &scale(0.7), &changed, &changed);
}

#[test]
fn rule_22_default_of_an_optional_field() {
    both_ways(
        &one(opt("cfg_scale", number())),
        &one(defaulted(opt("cfg_scale", number()), 0.5)),
        &[("input.cfg_scale", "22", Ok, Patch, "")],
        &[("input.cfg_scale", "22", Ok, Patch, "")],
    );
}

#[test]
fn rules_9_and_22_default_added_to_a_required_field() {
    // A required input that has a default is read as an optional one.
    both_ways(
        &one(req("duration", text())),
        &one(defaulted(opt("duration", text()), "5")),
        &[
            ("input.duration", "9", Ok, Major, ""),
            ("input.duration", "22", Ok, Patch, ""),
        ],
        &[
            ("input.duration", "8", Breaks, Major, ""),
            ("input.duration", "22", Ok, Patch, ""),
        ],
    );
}

#[test]
fn rules_23_and_23a_pattern_and_format() {
    let shaped = |pattern: Option<&str>, format: Option<&str>| {
        one(opt(
            "t",
            Type::String(StringBounds {
                pattern: pattern.map(str::to_owned),
                format: format.map(str::to_owned),
                ..StringBounds::default()
            }),
        ))
    };
    let asked = [("input.t", "23", MayBreak, Minor, "behaviour")];
    let dropped = [("input.t", "23a", Ok, Patch, "")];
    both_ways(
        &shaped(None, None),
        &shaped(Some("^a"), None),
        &asked,
        &dropped,
    );
    both_ways(
        &shaped(None, None),
        &shaped(None, Some("uri")),
        &asked,
        &dropped,
    );
    both_ways(
        &shaped(Some("^a"), None),
        &shaped(Some("^b"), None),
        &asked,
        &asked,
    );
}

#[test]
fn rule_26_file_limits() {
    let limited = |keyword: &str, value: Option<i64>| {
        let mut field = opt("image_url", text());
        field
            .facts
            .file_limits
            .extend(value.map(|value| (keyword.to_owned(), json!(value))));
        one(field)
    };
    let tightened = [("input.image_url", "26", MayBreak, Patch, "behaviour")];
    let relaxed = [("input.image_url", "26", Ok, Patch, "behaviour")];
    for (keyword, wide, narrow) in [
        ("max_file_size", Some(10), Some(5)),
        ("min_width", Some(100), Some(300)),
        ("timeout", None, Some(20)),
    ] {
        both_ways(
            &limited(keyword, wide),
            &limited(keyword, narrow),
            &tightened,
            &relaxed,
        );
    }
}

#[test]
fn rule_35g_media() {
    let file = |media: Option<Media>| {
        let bounds = StringBounds {
            media,
            ..StringBounds::default()
        };
        one(opt("reference", Type::String(bounds)))
    };
    let media = Media {
        kind: MediaKind::Image,
        data_uris: true,
    };
    let changed = [("input.reference", "35g", Ok, Major, "")];
    both_ways(&file(None), &file(Some(media)), &changed, &changed);
    let other = Media {
        kind: MediaKind::Unknown,
        data_uris: false,
    };
    both_ways(&file(Some(media)), &file(Some(other)), &[], &[]);
}
