use serde_json::{Number, json};

use super::super::sketch::*;
use super::super::{
    Bump::{Major, Minor, Patch},
    Wire::{Breaks, MayBreak, Ok},
};
use super::both_ways;
use crate::ir::{Api, DefinitionKind, Field, Limit, NumberBounds, Rest, StringBounds, Type};

fn one(field: Field) -> Api {
    sends([field])
}

#[test]
fn rules_4_and_7_optional_field() {
    both_ways(
        &sends([req("prompt", text())]),
        &sends([req("prompt", text()), opt("seed", int())]),
        &[("input.seed", "4", Ok, Minor, "")],
        &[("input.seed", "7", MayBreak, Major, "")],
    );
}

#[test]
fn rules_5_and_7_required_field() {
    for field in [req("image_url", text()), null("image_url", text())] {
        both_ways(
            &sends([req("prompt", text())]),
            &sends([field, req("prompt", text())]),
            &[("input.image_url", "5", Breaks, Major, "")],
            &[("input.image_url", "7", MayBreak, Major, "")],
        );
    }
}

#[test]
fn rules_6_and_7_required_field_with_a_default() {
    both_ways(
        &sends([]),
        &one(defaulted(req("duration", text()), "5")),
        &[("input.duration", "6", Ok, Minor, "review")],
        &[("input.duration", "7", MayBreak, Major, "")],
    );
}

#[test]
fn rules_4_and_7_further_properties() {
    let closed = sends([]);
    let mut open = closed.clone();
    let DefinitionKind::Record(record) = &mut open.endpoints[0].types[0].kind else {
        unreachable!()
    };
    record.rest = Some(Rest {
        ident: ident("rest"),
        value: slot(text()),
    });
    both_ways(
        &closed,
        &open,
        &[("input.*", "4", Ok, Minor, "")],
        &[("input.*", "7", MayBreak, Major, "")],
    );
}

#[test]
fn rules_7a_and_7b_renamed_on_the_wire() {
    let pose = |field: fn(&str, Type) -> Field, wire: &str| {
        one(Field {
            ident: ident("ta_pose"),
            setter: ident("ta_pose"),
            ..field(wire, text())
        })
    };
    both_ways(
        &pose(req, "TAPose"),
        &pose(req, "ta_pose"),
        &[("input.ta_pose", "7a", Breaks, Patch, "hot-fix")],
        &[("input.TAPose", "7a", Breaks, Patch, "hot-fix")],
    );
    both_ways(
        &pose(opt, "TAPose"),
        &pose(opt, "ta_pose"),
        &[("input.ta_pose", "7b", MayBreak, Patch, "behaviour review")],
        &[("input.TAPose", "7b", MayBreak, Patch, "behaviour review")],
    );
}

#[test]
fn rules_8_and_9_presence() {
    both_ways(
        &one(opt("tail", text())),
        &one(req("tail", text())),
        &[("input.tail", "8", Breaks, Major, "")],
        &[("input.tail", "9", Ok, Major, "")],
    );
    both_ways(
        &one(opt("tail", text())),
        &one(null("tail", text())),
        &[("input.tail", "8", Breaks, Major, "")],
        &[("input.tail", "9", Ok, Major, "")],
    );
}

#[test]
fn rules_8a_and_9a_presence_with_a_default() {
    both_ways(
        &one(defaulted(opt("duration", text()), "5")),
        &one(defaulted(req("duration", text()), "5")),
        &[("input.duration", "8a", Ok, Patch, "review")],
        &[("input.duration", "9a", Ok, Patch, "")],
    );
}

#[test]
fn rules_10_and_11_enum_values() {
    let duration = |known: &[&str]| sends_with([opt("d", named("D"))], vec![("D", values(known))]);
    both_ways(
        &duration(&["5", "10"]),
        &duration(&["5", "10", "15"]),
        &[("input.d", "10", Ok, Minor, "")],
        &[("input.d", "11", Breaks, Major, "")],
    );
    let numbers = |known: &[i64]| sends_with([opt("d", named("D"))], vec![("D", integers(known))]);
    both_ways(
        &numbers(&[5, 10]),
        &numbers(&[5]),
        &[("input.d", "11", Breaks, Major, "")],
        &[("input.d", "10", Ok, Minor, "")],
    );
}

#[test]
fn rules_11a_and_35c_values_and_names_of_variants() {
    let mode = |ident_text: &str, value: &str| {
        let mut api = sends_with(
            [opt("mode", named("Mode"))],
            vec![("Mode", values(&[value]))],
        );
        let DefinitionKind::StringEnum(variants) = &mut api.endpoints[0].types[2].kind else {
            unreachable!()
        };
        variants[0].ident = ident(ident_text);
        api
    };
    both_ways(
        &mode("Pro", "pro"),
        &mode("Pro", "PRO"),
        &[("input.mode", "11a", Breaks, Minor, "behaviour review")],
        &[("input.mode", "11a", Breaks, Minor, "behaviour review")],
    );
    both_ways(
        &mode("Pro", "pro"),
        &mode("Professional", "pro"),
        &[("input.mode", "35c", Ok, Major, "")],
        &[("input.mode", "35c", Ok, Major, "")],
    );
}

#[test]
fn rules_12_and_13_string_and_enum() {
    both_ways(
        &one(opt("d", text())),
        &sends_with([opt("d", named("D"))], vec![("D", values(&["5"]))]),
        &[("input.d", "12", MayBreak, Major, "")],
        &[("input.d", "13", Ok, Major, "")],
    );
    both_ways(
        &one(opt("d", int())),
        &sends_with([opt("d", named("D"))], vec![("D", integers(&[5]))]),
        &[("input.d", "12", MayBreak, Major, "")],
        &[("input.d", "13", Ok, Major, "")],
    );
}

#[test]
fn rule_14_type_changed() {
    let changed = [("input.d", "14", Breaks, Major, "")];
    both_ways(
        &one(opt("d", text())),
        &one(opt("d", int())),
        &changed,
        &changed,
    );
    both_ways(
        &one(opt("d", text())),
        &one(opt("d", list(text()))),
        &changed,
        &changed,
    );
    let enumerated = |definition| sends_with([opt("d", named("D"))], vec![("D", definition)]);
    both_ways(
        &enumerated(integers(&[5])),
        &enumerated(values(&["5"])),
        &changed,
        &changed,
    );
}

#[test]
fn rules_14_and_14a_any_value() {
    both_ways(
        &one(opt("d", text())),
        &one(opt("d", Type::Any)),
        &[("input.d", "14a", Ok, Major, "")],
        &[("input.d", "14", Breaks, Major, "")],
    );
}

#[test]
fn rules_14_and_14a_another_record() {
    let types = || {
        vec![
            ("Small", record([req("url", text())])),
            ("Large", record([req("url", text()), req("width", int())])),
        ]
    };
    let uses = |ty: &str| {
        sends_with(
            [
                opt("d", named(ty)),
                opt("s", named("Small")),
                opt("l", named("Large")),
            ],
            types(),
        )
    };
    both_ways(
        &uses("Small"),
        &uses("Large"),
        &[("input.d", "14", Breaks, Major, "")],
        &[("input.d", "14a", Ok, Major, "")],
    );
}

#[test]
fn rules_15_and_14_integer_and_number() {
    both_ways(
        &one(opt("scale", int())),
        &one(opt("scale", number())),
        &[("input.scale", "15", Ok, Major, "")],
        &[("input.scale", "14", Breaks, Major, "")],
    );
}

#[test]
fn rule_16_null_where_none_is_sent() {
    both_ways(
        &one(defaulted(req("d", text()), "5")),
        &one(defaulted(null("d", text()), "5")),
        &[("input.d", "16", Ok, Patch, "")],
        &[("input.d", "16", Ok, Patch, "")],
    );
}

#[test]
fn rules_16a_and_16b_null_where_something_is_sent() {
    let forth = [("input.d", "16a", Ok, Major, "")];
    let back = [("input.d", "16b", MayBreak, Major, "")];
    both_ways(
        &one(req("d", text())),
        &one(null("d", text())),
        &forth,
        &back,
    );
    let items = |nullable| {
        let Type::Array(mut array) = list(text()) else {
            unreachable!()
        };
        array.item.nullable = nullable;
        one(req("d", Type::Array(array)))
    };
    both_ways(
        &items(false),
        &items(true),
        &[("input.d[]", "16a", Ok, Major, "")],
        &[("input.d[]", "16b", MayBreak, Major, "")],
    );
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
fn rules_22a_and_22b_default_of_a_required_field() {
    both_ways(
        &one(req("duration", text())),
        &one(defaulted(req("duration", text()), "5")),
        &[("input.duration", "22a", Ok, Major, "")],
        &[("input.duration", "22b", Breaks, Major, "")],
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
fn rules_24_and_25_forms_of_a_union() {
    let image = |forms: Vec<(&'static str, Type)>| {
        sends_with(
            [req("image", named("Image"))],
            vec![("Image", union(forms))],
        )
    };
    both_ways(
        &image(vec![("Text", text())]),
        &image(vec![("Text", text()), ("List", list(text()))]),
        &[("input.image<List>", "24", Ok, Minor, "")],
        &[("input.image<List>", "25", Breaks, Major, "")],
    );
    both_ways(
        &image(vec![("Text", text()), ("Integer", int())]),
        &image(vec![("Integer", int()), ("Text", text())]),
        &[("input.image", "36c", Ok, Patch, "behaviour review")],
        &[("input.image", "36c", Ok, Patch, "behaviour review")],
    );
    both_ways(
        &image(vec![("Text", text())]),
        &image(vec![("Url", text())]),
        &[("input.image<Url>", "35c", Ok, Major, "")],
        &[("input.image<Text>", "35c", Ok, Major, "")],
    );
}

#[test]
fn rules_24_and_25_plain_type_and_union() {
    both_ways(
        &one(req("image", text())),
        &sends_with(
            [req("image", named("Image"))],
            vec![("Image", union([("Text", text()), ("List", list(text()))]))],
        ),
        &[("input.image", "24", Ok, Major, "")],
        &[("input.image", "25", Breaks, Major, "")],
    );
}

#[test]
fn rule_26_file_limits() {
    let limited = |keyword: &str, value: Option<i64>| {
        let mut field = opt("image_url", text());
        field
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
fn rule_35b_names_in_rust() {
    let called = |field: Field, ident_text: &str, setter: &str| {
        one(Field {
            ident: ident(ident_text),
            setter: ident(setter),
            ..field
        })
    };
    let changed = [("input.new", "35b", Ok, Major, "")];
    both_ways(
        &called(opt("new", text()), "new", "new"),
        &called(opt("new", text()), "new", "set_new"),
        &changed,
        &changed,
    );
    both_ways(
        &called(req("new", text()), "new", "new"),
        &called(req("new", text()), "new_", "new_"),
        &changed,
        &changed,
    );
    // An argument has no setter.
    both_ways(
        &called(req("new", text()), "new", "new"),
        &called(req("new", text()), "new", "set_new"),
        &[],
        &[],
    );
}

#[test]
fn rules_36_and_36b_order_of_fields() {
    let order = |fields: [&str; 3]| {
        let field = |wire: &&str| match *wire {
            "seed" => opt(wire, int()),
            _ => req(wire, text()),
        };
        sends(fields.iter().map(field))
    };
    let shown = [("input", "36", Ok, Patch, "")];
    both_ways(
        &order(["prompt", "image_url", "seed"]),
        &order(["seed", "prompt", "image_url"]),
        &shown,
        &shown,
    );
    let swapped = [("input", "36b", Ok, Major, "behaviour review")];
    both_ways(
        &order(["prompt", "image_url", "seed"]),
        &order(["image_url", "prompt", "seed"]),
        &swapped,
        &swapped,
    );
}
