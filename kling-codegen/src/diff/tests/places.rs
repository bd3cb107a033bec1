//! Where a change is reported: nested places, shared records, both sides.

use crate::diff::change::Side;
use crate::diff::diff;
use crate::diff::rules::Bump;
use crate::diff::rules::Bump::{Major, Minor, Patch};
use crate::diff::rules::Wire::{Breaks, MayBreak, Ok};
use crate::diff::tests::builders::*;
use crate::diff::tests::{both_ways, one_way};
use crate::ir::api::Api;
use crate::ir::definition::{Field, Origin};
use crate::ir::names::EndpointId;
use crate::ir::types::Type;

const OTHER: &str = "fal-ai/kling-video/v2/other";
const THIRD: &str = "fal-ai/kling-video/v2/third";

#[test]
fn paths_lead_through_everything() {
    let state = |ty: Type| {
        let inner = record([opt("leaf", ty)]);
        sends_with(
            [
                opt("listed", list(list(named("Listed")))),
                opt("mapped", map(named("Mapped"))),
                opt(
                    "placed",
                    Type::Tuple(vec![slot(text()), slot(named("Placed"))]),
                ),
                opt("formed", named("Formed")),
            ],
            vec![
                ("Listed", inner.clone()),
                ("Mapped", inner.clone()),
                ("Placed", inner.clone()),
                ("Formed", union([("Text", text()), ("Deep", named("Deep"))])),
                ("Deep", inner),
            ],
        )
    };
    let rows = |rule, wire| {
        [
            "input.listed[][].leaf",
            "input.mapped{}.leaf",
            "input.placed[1].leaf",
            "input.formed<Deep>.leaf",
        ]
        .map(|path| (path, rule, wire, Major, ""))
    };
    both_ways(
        &state(int()),
        &state(number()),
        &rows("15", Ok),
        &rows("14", Breaks),
    );
}

/// Three endpoints, of which two return a `File`.
fn three(file: Vec<Field>) -> Api {
    api(
        [
            endpoint(ID, [], [req("video", named("File"))], Vec::new()),
            endpoint(
                OTHER,
                [],
                [
                    opt("mask", named("File")),
                    req("files", list(named("File"))),
                ],
                Vec::new(),
            ),
            endpoint(THIRD, [], [req("seed", int())], Vec::new()),
        ],
        vec![("File", record(file))],
    )
}

#[test]
fn a_shared_record_is_reported_once_with_all_places() {
    let report = diff(
        &three(vec![req("url", text())]),
        &three(vec![req("url", text()), opt("size", int())]),
    );
    let [change] = report.changes.as_slice() else {
        panic!("{report:#?}")
    };
    assert_eq!(change.shared, Some(name("File")));
    assert_eq!(change.path, "File.size");
    let places: Vec<_> = change
        .places
        .iter()
        .map(|place| (place.endpoint.as_str(), place.side, place.path.as_str()))
        .collect();
    assert_eq!(
        places,
        [
            (ID, Some(Side::Output), "output.video.size"),
            (OTHER, Some(Side::Output), "output.mask.size"),
            (OTHER, Some(Side::Output), "output.files[].size"),
        ]
    );
    let endpoints: Vec<_> = change.endpoints().iter().map(|id| id.as_str()).collect();
    assert_eq!(endpoints, [ID, OTHER]);
}

#[test]
fn both_sides_take_the_stricter_verdict() {
    let size = |field: Field| {
        let uses = || [req("file", named("File"))];
        let types = vec![("File", record([field]))];
        api([endpoint(ID, uses(), uses(), types)], Vec::new())
    };
    // Required on the way out breaks requests; optional on the way back breaks decoding.
    both_ways(
        &size(opt("size", int())),
        &size(req("size", int())),
        &[("input.file.size", "8", Breaks, Major, "review")],
        &[("input.file.size", "30", Breaks, Major, "hot-fix")],
    );
    both_ways(
        &size(req("size", int())),
        &size(req("size", number())),
        &[("input.file.size", "34", Breaks, Major, "hot-fix")],
        &[("input.file.size", "14", Breaks, Major, "")],
    );
    both_ways(
        &size(req("size", within(None, None))),
        &size(req("size", within(None, limit(9)))),
        &[("input.file.size", "17", MayBreak, Minor, "behaviour")],
        &[("input.file.size", "20", Ok, Patch, "")],
    );
}

#[test]
fn rule_35a_shared_record_renamed() {
    let uses = |text_name: &'static str| {
        api(
            [
                endpoint(ID, [], [req("video", named(text_name))], Vec::new()),
                endpoint(OTHER, [], [req("video", named(text_name))], Vec::new()),
            ],
            vec![(text_name, record([req("url", text())]))],
        )
    };
    both_ways(
        &uses("File"),
        &uses("VideoFile"),
        &[("VideoFile", "35a", Ok, Major, "")],
        &[("File", "35a", Ok, Major, "")],
    );
}

#[test]
fn rules_35d_and_35e_record_between_shared_and_own() {
    let file = || {
        let mut file = record([req("url", text())]);
        file.origin = Origin::Component("File".to_owned());
        file
    };
    let uses = || [req("video", named("File"))];
    let shared = api(
        [endpoint(ID, [], uses(), Vec::new())],
        vec![("File", file())],
    );
    let own = api(
        [endpoint(ID, [], uses(), vec![("File", file())])],
        Vec::new(),
    );
    both_ways(
        &shared,
        &own,
        &[("output.video", "35d", Ok, Major, "")],
        &[("output.video", "35e", Ok, Minor, "review")],
    );
}

#[test]
fn an_own_type_hides_a_shared_one_of_that_name() {
    let state = |own: Field, shared: Field| {
        api(
            [endpoint(
                ID,
                [],
                [req("mine", named("File")), req("outer", named("Outer"))],
                vec![("File", record([own]))],
            )],
            vec![
                ("File", record([shared])),
                ("Outer", record([req("theirs", named("File"))])),
            ],
        )
    };
    one_way(
        &state(req("url", text()), req("url", text())),
        &state(req("url", int()), req("url", text())),
        &[("output.mine.url", "34", Breaks, Major, "hot-fix")],
    );
    one_way(
        &state(req("url", text()), req("url", text())),
        &state(req("url", text()), req("url", int())),
        &[("File.url", "34", Breaks, Major, "hot-fix")],
    );
}

/// Endpoints that each return a `File` of their own, and the `File` that is made of them.
fn merged(files: &[(&str, Vec<Field>)], shared: &[Field]) -> Api {
    let uses = |id: &str| endpoint(id, [], [req("video", named("File"))], Vec::new());
    let file = |fields: &[Field]| vec![("File", record(fields.to_vec()))];
    let mut all = api(files.iter().map(|(id, _)| uses(id)), file(shared));
    for (id, fields) in files {
        let alone = api([uses(id)], file(fields));
        all.alone.insert(EndpointId::unchecked(*id), alone);
    }
    all
}

#[test]
fn a_guarantee_that_one_endpoint_takes_back_breaks_that_endpoint_alone() {
    let url = || req("url", text());
    let old = merged(&[(ID, vec![url()]), (OTHER, vec![url()])], &[url()]);
    let loose = || opt("url", text());
    let new = merged(&[(ID, vec![loose()]), (OTHER, vec![url()])], &[loose()]);
    let report = diff(&old, &new);
    let told: Vec<_> = report
        .changes
        .iter()
        .map(|change| {
            let verdict = change.verdict;
            (
                change.endpoints()[0].as_str(),
                change.rule.code(),
                verdict.wire,
                verdict.rust,
                verdict.flags.hot_fix,
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (ID, "30", Breaks, Major, true),
            (OTHER, "35h", Ok, Major, false)
        ]
    );
    assert!(
        report
            .changes
            .iter()
            .all(|change| change.endpoints().len() == 1)
    );
}

#[test]
fn an_endpoint_that_joins_is_no_change_of_the_others_but_in_rust() {
    let url = || req("url", text());
    let size = || opt("size", int());
    let loose = || opt("url", text());
    let old = merged(&[(ID, vec![url()])], &[url()]);
    // A new field is the newcomer's to tell.
    let wider = merged(
        &[(ID, vec![url()]), (OTHER, vec![url(), size()])],
        &[url(), size()],
    );
    one_way(&old, &wider, &[("", "1", Ok, Minor, "")]);
    let looser = merged(&[(ID, vec![url()]), (OTHER, vec![loose()])], &[loose()]);
    one_way(
        &old,
        &looser,
        &[("", "1", Ok, Minor, ""), ("File.url", "35h", Ok, Major, "")],
    );
}

#[test]
fn what_the_shared_type_reads_already_breaks_nothing() {
    let url = || req("url", text());
    let loose = || opt("url", text());
    let old = merged(&[(ID, vec![url()]), (OTHER, vec![loose()])], &[loose()]);
    let new = merged(&[(ID, vec![loose()]), (OTHER, vec![loose()])], &[loose()]);
    one_way(&old, &new, &[("File.url", "30", Ok, Bump::None, "")]);
}

/// The document alone would let published crates ignore the new field, but their type has one of that name.
#[test]
fn a_new_field_that_the_shared_type_reads_otherwise_breaks_it() {
    let url = || req("url", text());
    let size = || opt("size", int());
    let old = merged(
        &[(ID, vec![url()]), (OTHER, vec![url(), size()])],
        &[url(), size()],
    );
    let mut new = old.clone();
    let other = merged(&[(ID, vec![url(), opt("size", text())])], &[]);
    new.alone.extend(other.alone);
    one_way(
        &old,
        &new,
        &[("File.size", "27a", Breaks, Bump::None, "hot-fix")],
    );
}

#[test]
fn several_changes_at_once_keep_their_order() {
    let old = api(
        [
            endpoint(ID, [opt("a", int())], [], Vec::new()),
            endpoint(
                OTHER,
                [req("prompt", text())],
                [req("f", named("File"))],
                Vec::new(),
            ),
        ],
        vec![("File", record([req("url", text())]))],
    );
    let new = api(
        [
            endpoint(THIRD, [], [], Vec::new()),
            endpoint(
                OTHER,
                [req("prompt", text()), opt("seed", int())],
                [req("f", named("File"))],
                Vec::new(),
            ),
        ],
        vec![("File", record([req("url", text()), opt("name", text())]))],
    );
    one_way(
        &old,
        &new,
        &[
            ("", "1", Ok, Minor, ""),
            ("input.seed", "4", Ok, Minor, ""),
            ("", "2", Breaks, Major, ""),
            ("File.name", "27", Ok, Minor, ""),
        ],
    );
    let report = diff(&old, &new);
    assert_eq!(report.bump(), Major);
    assert_eq!(report.decisive().len(), 1);
    assert_eq!(report.breaks_published().len(), 1);
    assert!(!report.needs_hot_fix());
}

#[test]
fn a_type_inside_a_shared_record_moves_with_it() {
    let file = || {
        let mut file = record([req("state", named("FileState"))]);
        file.origin = Origin::Component("File".to_owned());
        file
    };
    let state = || {
        let mut state = values(&["a"]);
        state.origin = Origin::Inside("File".to_owned());
        state
    };
    let uses = || [req("video", named("File"))];
    let mut shared = api(
        [endpoint(ID, [], uses(), Vec::new())],
        vec![("File", file())],
    );
    shared.shared.insert(name("FileState"), state());
    let types = vec![("File", file()), ("FileState", state())];
    let own = api([endpoint(ID, [], uses(), types)], Vec::new());
    both_ways(
        &shared,
        &own,
        &[("output.video", "35d", Ok, Major, "")],
        &[("output.video", "35e", Ok, Minor, "review")],
    );
}

#[test]
fn a_recursive_type_has_one_place_for_each_way_in() {
    let node = |fields: Vec<Field>| {
        answers_with([req("root", named("Node"))], vec![("Node", record(fields))])
    };
    let children = || opt("children", list(named("Node")));
    let report = diff(
        &node(vec![children()]),
        &node(vec![children(), opt("seed", int())]),
    );
    let places: Vec<_> = report.changes[0]
        .places
        .iter()
        .map(|place| place.path.as_str())
        .collect();
    assert_eq!(places, ["output.root.seed"]);
}
