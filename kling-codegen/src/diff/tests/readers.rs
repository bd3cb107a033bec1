//! Who can read what: values that stand where another type was expected, and what takes them in.

use crate::diff::rules::Bump::{Major, Minor};
use crate::diff::rules::Wire::{Breaks, MayBreak, Ok};
use crate::diff::tests::builders::*;
use crate::diff::tests::{both_ways, one_way};
use crate::ir::api::Api;
use crate::ir::definition::{DefinitionKind, Rest};
use crate::ir::types::{Array, Slot, Type};

fn null(ty: Type) -> Slot {
    Slot {
        nullable: true,
        ..slot(ty)
    }
}

fn list_of(item: Slot, least: Option<u64>) -> Type {
    Type::Array(Box::new(Array {
        item,
        min_items: least,
        max_items: None,
        unique_items: false,
    }))
}

/// Answers with further properties that are numbers.
fn open_answers(fields: impl IntoIterator<Item = crate::ir::definition::Field>) -> Api {
    let mut api = answers(fields);
    let DefinitionKind::Record(record) = &mut api.endpoints[0].types[1].kind else {
        unreachable!()
    };
    record.rest = Some(Rest {
        ident: ident("extra"),
        value: slot(number()),
    });
    api
}

#[test]
fn rules_27_and_27a_beside_further_properties() {
    let old = open_answers([]);
    let expected = [("output.seconds", "27", Ok, Minor, "behaviour")];
    one_way(&old, &open_answers([req("seconds", int())]), &expected);
    // A field that may be left out may be null as well.
    for field in [req("title", text()), opt("seconds", int())] {
        let path = format!("output.{}", field.wire);
        let expected = [(path.as_str(), "27a", Breaks, Minor, "hot-fix")];
        one_way(&old, &open_answers([field]), &expected);
    }
}

#[test]
fn a_tuple_is_a_list_where_its_length_is_allowed() {
    let pair = Type::Tuple(vec![slot(int()), slot(int())]);
    let send = |ty: &Type| sends([opt("point", ty.clone())]);
    both_ways(
        &send(&pair),
        &send(&list_of(slot(int()), Some(2))),
        &[("input.point", "14a", Ok, Major, "")],
        &[("input.point", "14", Breaks, Major, "")],
    );
    let expected = [("input.point", "14", Breaks, Major, "")];
    one_way(
        &send(&pair),
        &send(&list_of(slot(int()), Some(3))),
        &expected,
    );
}

#[test]
fn a_record_is_a_map_where_all_its_values_fit() {
    let scores = |field| vec![("Scores", record([field]))];
    let sent = |field| sends_with([opt("scores", named("Scores"))], scores(field));
    let taken = sends([opt("scores", map(number()))]);
    for field in [req("motion", int()), opt("motion", int())] {
        one_way(
            &sent(field),
            &taken,
            &[("input.scores", "14a", Ok, Major, "")],
        );
    }
    let expected = [("input.scores", "14", Breaks, Major, "")];
    one_way(&sent(req("motion", text())), &taken, &expected);

    let answered = |field| answers_with([opt("scores", named("Scores"))], scores(field));
    let read = answers([opt("scores", map(number()))]);
    both_ways(
        &read,
        &answered(opt("motion", number())),
        &[("output.scores", "34", Breaks, Major, "hot-fix")],
        &[("output.scores", "34a", Ok, Major, "")],
    );
    both_ways(
        &read,
        &answered(req("motion", number())),
        &[("output.scores", "34a", Ok, Major, "")],
        &[("output.scores", "34", Breaks, Major, "hot-fix")],
    );
}

#[test]
fn any_value_may_be_null() {
    let frames = |item: Slot| answers([req("frames", list_of(item, None))]);
    both_ways(
        &frames(slot(Type::Any)),
        &frames(null(text())),
        &[("output.frames[]", "34a", Ok, Major, "")],
        &[("output.frames[]", "34", Breaks, Major, "hot-fix")],
    );
    one_way(
        &frames(slot(Type::Any)),
        &answers([req("frames", Type::Tuple(vec![null(text())]))]),
        &[("output.frames", "34a", Ok, Major, "")],
    );
}

#[test]
fn a_union_takes_what_published_crates_cannot_read() {
    let image = |field| {
        answers_with(
            [req("image", named("Image"))],
            vec![
                ("Image", union([("File", named("File")), ("Text", text())])),
                ("File", record([field])),
            ],
        )
    };
    one_way(
        &image(req("width", int())),
        &image(opt("width", int())),
        &[(
            "output.image<File>.width",
            "30",
            MayBreak,
            Major,
            "behaviour",
        )],
    );
    // Where the same record also stands outside of the union, nothing takes it in.
    let twice = |field| {
        let mut api = image(field);
        let DefinitionKind::Record(output) = &mut api.endpoints[0].types[1].kind else {
            unreachable!()
        };
        output.fields.push(req("file", named("File")));
        api
    };
    one_way(
        &twice(req("width", int())),
        &twice(opt("width", int())),
        &[("output.image<File>.width", "30", Breaks, Major, "hot-fix")],
    );

    // Nor where only what the record stands in does.
    let deeper = |field| {
        answers_with(
            [req("image", named("Image")), req("file", named("File"))],
            vec![
                ("Image", union([("File", named("File")), ("Text", text())])),
                ("File", record([req("size", named("Size"))])),
                ("Size", record([field])),
            ],
        )
    };
    let expected = [(
        "output.image<File>.size.width",
        "30",
        Breaks,
        Major,
        "hot-fix",
    )];
    one_way(
        &deeper(req("width", int())),
        &deeper(opt("width", int())),
        &expected,
    );
}
