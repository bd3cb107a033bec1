//! Fields and types of an output.

use serde_json::json;

use crate::diff::rules::Bump;
use crate::diff::rules::Bump::{Major, Minor, Patch};
use crate::diff::rules::Wire::{Breaks, Ok};
use crate::diff::tests::both_ways;
use crate::diff::tests::builders::*;
use crate::ir::api::{Api, INPUT, OUTPUT};
use crate::ir::definition::{DefinitionKind, Field};
use crate::ir::types::Type;

fn one(field: Field) -> Api {
    answers([field])
}

#[test]
fn rules_27_28_and_29_fields() {
    both_ways(
        &answers([]),
        &one(req("seed", int())),
        &[("output.seed", "27", Ok, Minor, "")],
        &[("output.seed", "28", Breaks, Major, "hot-fix")],
    );
    for field in [opt("seed", int()), null("seed", int())] {
        both_ways(
            &answers([]),
            &one(field),
            &[("output.seed", "27", Ok, Minor, "")],
            &[("output.seed", "29", Ok, Major, "")],
        );
    }
}

#[test]
fn rules_28a_and_28b_renamed_on_the_wire() {
    let pose = |field: fn(&str, Type) -> Field, wire: &str| {
        one(Field {
            ident: ident("ta_pose"),
            ..field(wire, text())
        })
    };
    both_ways(
        &pose(req, "TAPose"),
        &pose(req, "ta_pose"),
        &[("output.ta_pose", "28a", Breaks, Patch, "hot-fix")],
        &[("output.TAPose", "28a", Breaks, Patch, "hot-fix")],
    );
    both_ways(
        &pose(opt, "TAPose"),
        &pose(opt, "ta_pose"),
        &[("output.ta_pose", "28b", Ok, Patch, "behaviour")],
        &[("output.TAPose", "28b", Ok, Patch, "behaviour")],
    );
}

#[test]
fn rules_30_and_31a_presence() {
    for loose in [opt("seed", int()), null("seed", int())] {
        both_ways(
            &one(req("seed", int())),
            &one(loose),
            &[("output.seed", "30", Breaks, Major, "hot-fix")],
            &[("output.seed", "31a", Ok, Major, "review")],
        );
    }
}

#[test]
fn rules_31_and_30a_presence_of_an_option() {
    both_ways(
        &one(opt("seed", int())),
        &one(null("seed", int())),
        &[("output.seed", "31", Ok, Bump::None, "")],
        &[("output.seed", "30a", Ok, Bump::None, "")],
    );
}

#[test]
fn rules_30_and_31a_null_items() {
    let seeds = |nullable| {
        let Type::Map(mut value) = map(int()) else {
            unreachable!()
        };
        value.nullable = nullable;
        one(req("seeds", Type::Map(value)))
    };
    both_ways(
        &seeds(false),
        &seeds(true),
        &[("output.seeds{}", "30", Breaks, Major, "hot-fix")],
        &[("output.seeds{}", "31a", Ok, Major, "review")],
    );
}

#[test]
fn rules_32_and_33a_enum_values() {
    let states = |known: &[&str]| answers_with([req("s", named("S"))], vec![("S", values(known))]);
    both_ways(
        &states(&["a"]),
        &states(&["a", "b"]),
        &[("output.s", "32", Ok, Minor, "")],
        &[("output.s", "33a", Ok, Major, "review")],
    );
}

#[test]
fn rule_33b_value_replaced() {
    let state = |value: &str| {
        let mut api = answers_with([req("s", named("S"))], vec![("S", values(&[value]))]);
        let DefinitionKind::StringEnum(variants) = &mut api.endpoints[0].types[2].kind else {
            unreachable!()
        };
        variants[0].ident = ident("Done");
        api
    };
    let replaced = [("output.s", "33b", Ok, Minor, "behaviour review")];
    both_ways(&state("done"), &state("DONE"), &replaced, &replaced);
}

#[test]
fn rule_34_type_changed() {
    let changed = [("output.v", "34", Breaks, Major, "hot-fix")];
    both_ways(
        &one(req("v", text())),
        &one(req("v", int())),
        &changed,
        &changed,
    );
    both_ways(
        &one(req("v", text())),
        &one(req("v", list(text()))),
        &changed,
        &changed,
    );
}

#[test]
fn rules_34_and_34a_readable_types() {
    let readable = [("output.v", "34a", Ok, Major, "")];
    let unreadable = [("output.v", "34", Breaks, Major, "hot-fix")];
    both_ways(
        &one(req("v", text())),
        &answers_with([req("v", named("V"))], vec![("V", values(&["a"]))]),
        &readable,
        &readable,
    );
    both_ways(
        &one(req("v", int())),
        &one(req("v", number())),
        &unreadable,
        &readable,
    );
    both_ways(
        &one(req("v", text())),
        &one(req("v", Type::Any)),
        &unreadable,
        &readable,
    );
    both_ways(
        &one(req("v", int())),
        &answers_with(
            [req("v", named("V"))],
            vec![("V", union([("Integer", int()), ("Text", text())]))],
        ),
        &unreadable,
        &readable,
    );
}

#[test]
fn rules_34_and_34a_another_record() {
    let uses = |ty: &str| {
        answers_with(
            [
                req("v", named(ty)),
                opt("s", named("Small")),
                opt("l", named("Large")),
            ],
            vec![
                ("Small", record([req("url", text()), opt("size", int())])),
                ("Large", record([req("url", text()), req("width", int())])),
            ],
        )
    };
    both_ways(
        &uses("Small"),
        &uses("Large"),
        &[("output.v", "34a", Ok, Major, "")],
        &[("output.v", "34", Breaks, Major, "hot-fix")],
    );
}

#[test]
fn rules_34_and_34a_look_at_every_field_of_another_record() {
    let uses = |ty: &str, strict: Field, loose: Field| {
        answers_with(
            [
                req("v", named(ty)),
                opt("s", named("Strict")),
                opt("l", named("Loose")),
            ],
            vec![("Strict", record([strict])), ("Loose", record([loose]))],
        )
    };
    let nullable_items = || {
        let Type::Array(mut array) = list(text()) else {
            unreachable!()
        };
        array.item.nullable = true;
        Type::Array(array)
    };
    for (strict, loose) in [
        (req("url", text()), opt("url", text())),
        (req("url", text()), null("url", text())),
        (req("urls", list(text())), req("urls", nullable_items())),
        (req("size", int()), req("size", number())),
    ] {
        both_ways(
            &uses("Strict", strict.clone(), loose.clone()),
            &uses("Loose", strict, loose),
            &[("output.v", "34", Breaks, Major, "hot-fix")],
            &[("output.v", "34a", Ok, Major, "")],
        );
    }
}

#[test]
fn rule_34_output_as_a_whole() {
    let mut listed = answers([req("v", text())]);
    let output = listed.endpoints[0].types.get_mut(&name(OUTPUT)).unwrap();
    *output = definition(DefinitionKind::Alias(slot(list(text()))));
    both_ways(
        &answers([req("v", text())]),
        &listed,
        &[("output", "34", Breaks, Major, "hot-fix")],
        &[("output", "34", Breaks, Major, "hot-fix")],
    );
}

#[test]
fn rules_24a_and_25a_forms_of_a_union() {
    let image = |forms: Vec<(&'static str, Type)>| {
        answers_with([req("v", named("V"))], vec![("V", union(forms))])
    };
    both_ways(
        &image(vec![("Integer", int())]),
        &image(vec![("Integer", int()), ("Text", text())]),
        &[("output.v<Text>", "24a", Ok, Minor, "")],
        &[("output.v<Text>", "25a", Ok, Major, "")],
    );
}

#[test]
fn rule_34a_a_union_reads_anything() {
    let unreadable = [("output.v", "34", Breaks, Major, "hot-fix")];
    let readable = [("output.v", "34a", Ok, Major, "")];
    both_ways(
        &answers_with(
            [req("v", named("V"))],
            vec![("V", union([("Integer", int()), ("Text", text())]))],
        ),
        &one(req("v", list(text()))),
        &readable,
        &unreadable,
    );
}

#[test]
fn rule_36a_constraints_of_an_answer() {
    let shown = [("output.v", "36a", Ok, Patch, "")];
    both_ways(
        &one(req("v", within(None, None))),
        &one(req("v", within(None, limit(4)))),
        &shown,
        &shown,
    );
    both_ways(
        &one(req("v", int())),
        &one(defaulted(req("v", int()), 4)),
        &shown,
        &shown,
    );
    let mut limited = req("v", text());
    limited
        .facts
        .file_limits
        .insert("max_file_size".to_owned(), json!(7));
    both_ways(&one(req("v", text())), &one(limited), &shown, &shown);
}

#[test]
fn rule_36_order_of_an_answer() {
    let shown = [("output", "36", Ok, Patch, "")];
    both_ways(
        &answers([req("a", text()), req("b", text())]),
        &answers([req("b", text()), req("a", text())]),
        &shown,
        &shown,
    );
}

#[test]
fn rule_35f_box() {
    let node = |ty: Type| answers_with([opt("v", ty)], vec![("V", record([]))]);
    let changed = [("output.v", "35f", Ok, Major, "")];
    both_ways(
        &node(named("V")),
        &node(Type::Boxed(name("V"))),
        &changed,
        &changed,
    );
}

#[test]
fn recursive_types_end() {
    let node = |fields: Vec<Field>| {
        let api = answers_with([req("v", named("V"))], vec![("V", record(fields))]);
        assert!(api.endpoints[0].types.contains_key(&name(INPUT)));
        api
    };
    let child = || opt("child", Type::Boxed(name("V")));
    both_ways(
        &node(vec![child()]),
        &node(vec![child(), opt("seed", int())]),
        &[("output.v.seed", "27", Ok, Minor, "")],
        &[("output.v.seed", "29", Ok, Major, "")],
    );
}
