//! Fields and types of an input.

use crate::diff::rules::Bump::{Major, Minor, Patch};
use crate::diff::rules::Wire::{Breaks, MayBreak, Ok};
use crate::diff::tests::both_ways;
use crate::diff::tests::builders::*;
use crate::ir::api::Api;
use crate::ir::definition::{DefinitionKind, Field, Rest};
use crate::ir::types::Type;

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
fn rules_6_and_7_required_field_with_default() {
    let field = Field {
        required_by_fal: true,
        ..defaulted(opt("resolution", text()), "720p")
    };
    both_ways(
        &sends([req("prompt", text())]),
        &sends([req("prompt", text()), field]),
        &[("input.resolution", "6", Ok, Minor, "review")],
        &[("input.resolution", "7", MayBreak, Major, "")],
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
fn rule_14_plain_type_and_a_union_without_it() {
    let changed = [("input.image", "14", Breaks, Major, "")];
    both_ways(
        &one(req("image", text())),
        &sends_with(
            [req("image", named("Image"))],
            vec![("Image", union([("Integer", int()), ("List", list(text()))]))],
        ),
        &changed,
        &changed,
    );
}

#[test]
fn rules_35a_and_35c_renamed_type_of_a_form() {
    let image = |form: &'static str| {
        sends_with(
            [req("image", named("Image"))],
            vec![
                ("Image", union([("Text", text()), (form, named(form))])),
                (form, record([req("url", text())])),
            ],
        )
    };
    both_ways(
        &image("File"),
        &image("Upload"),
        &[
            ("input.image<Upload>", "35c", Ok, Major, ""),
            ("input.image<Upload>", "35a", Ok, Major, ""),
        ],
        &[
            ("input.image<File>", "35c", Ok, Major, ""),
            ("input.image<File>", "35a", Ok, Major, ""),
        ],
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
