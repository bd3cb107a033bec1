//! Facts of an endpoint as a whole, and words.

use serde_json::json;

use crate::diff::rules::Bump;
use crate::diff::rules::Bump::{Major, Minor, Patch};
use crate::diff::rules::Wire::{Breaks, Ok};
use crate::diff::tests::both_ways;
use crate::diff::tests::builders::*;
use crate::ir::api::{Api, Endpoint};
use crate::ir::definition::Origin;
use crate::ir::note::{Note, NoteKind};
use crate::ir::price::{Price, SecondsField, SecondsKind};

fn changed(change: impl FnOnce(&mut Endpoint)) -> Api {
    let mut api = sends([opt("duration", text()), opt("length", text())]);
    change(&mut api.endpoints[0]);
    api
}

fn per_second(first: (u32, u64), further_micros: u64, field: &str) -> Price {
    Price::PerSecond {
        first_seconds: first.0,
        first_micros: first.1,
        further_micros,
        seconds: SecondsField {
            ident: ident(field),
            kind: SecondsKind::String,
            optional: true,
            default: Some(5),
        },
    }
}

#[test]
fn rules_1_and_2_endpoint() {
    both_ways(
        &Api::default(),
        &sends([req("prompt", text())]),
        &[("", "1", Ok, Minor, "")],
        &[("", "2", Breaks, Major, "")],
    );
}

#[test]
fn rule_2a_module_and_method() {
    let moved = changed(|endpoint| {
        endpoint.module.insert(0, ident("video"));
        endpoint.method = ident("video_v1_standard");
    });
    let expected = [("", "2a", Ok, Major, "")];
    both_ways(&changed(|_| {}), &moved, &expected, &expected);
}

#[test]
fn rules_3_and_3a_deprecation() {
    both_ways(
        &changed(|_| {}),
        &changed(|endpoint| endpoint.deprecated = true),
        &[("", "3", Ok, Minor, "")],
        &[("", "3a", Ok, Patch, "")],
    );
    let mut old_field = req("seed", int());
    old_field.facts.deprecated = true;
    both_ways(
        &sends([req("seed", int())]),
        &sends([old_field.clone()]),
        &[("input.seed", "3", Ok, Minor, "")],
        &[("input.seed", "3a", Ok, Patch, "")],
    );
    both_ways(
        &answers([req("seed", int())]),
        &answers([old_field]),
        &[("output.seed", "3", Ok, Minor, "")],
        &[("output.seed", "3a", Ok, Patch, "")],
    );
    both_ways(
        &changed(|_| {}),
        &changed(|endpoint| endpoint.types[0].deprecated = true),
        &[("input", "3", Ok, Minor, "")],
        &[("input", "3a", Ok, Patch, "")],
    );
}

#[test]
fn rule_35_component_renamed() {
    let named_by_fal = |component: &str| {
        let mut inner = record([]);
        inner.origin = Origin::Component(component.to_owned());
        let mut api = sends_with([opt("camera", named("Camera"))], vec![("Camera", inner)]);
        api.shared.clear();
        api
    };
    let expected = [("input.camera", "35", Ok, Bump::None, "")];
    both_ways(
        &named_by_fal("CameraControl"),
        &named_by_fal("KlingCameraControl"),
        &expected,
        &expected,
    );
}

#[test]
fn rule_36_words() {
    let words: [fn(&mut Endpoint); 4] = [
        |endpoint| endpoint.title = Some("Kling".to_owned()),
        |endpoint| endpoint.description = Some("Makes videos.".to_owned()),
        |endpoint| endpoint.category = Some("image-to-video".to_owned()),
        |endpoint| endpoint.documentation_url = Some("https://fal.ai".to_owned()),
    ];
    let expected = [("", "36", Ok, Patch, "")];
    for change in words {
        both_ways(&changed(|_| {}), &changed(change), &expected, &expected);
    }
    let mut described = req("seed", int());
    described.facts.description = Some("The seed.".to_owned());
    let mut exemplified = req("seed", int());
    exemplified.facts.examples = vec![json!(7)];
    for field in [described, exemplified] {
        both_ways(
            &sends([req("seed", int())]),
            &sends([field]),
            &[("input.seed", "36", Ok, Patch, "")],
            &[("input.seed", "36", Ok, Patch, "")],
        );
    }
    let input =
        changed(|endpoint| endpoint.types[0].description = Some("What to send.".to_owned()));
    let expected = [("input", "36", Ok, Patch, "")];
    both_ways(&changed(|_| {}), &input, &expected, &expected);
}

#[test]
fn rule_37_price() {
    let state = |price: Option<Price>| changed(|endpoint| endpoint.price = price);
    let expected = [("", "37", Ok, Minor, "behaviour")];
    let prices = [
        None,
        Some(Price::PerCall { micros: 45_000 }),
        Some(Price::PerCall { micros: 50_000 }),
        Some(per_second((0, 0), 45_000, "duration")),
        Some(per_second((5, 280_000), 56_000, "duration")),
        Some(per_second((5, 280_000), 56_000, "length")),
    ];
    for pair in prices.windows(2) {
        let (old, new) = (state(pair[0].clone()), state(pair[1].clone()));
        both_ways(&old, &new, &expected, &expected);
    }
}

#[test]
fn how_the_seconds_are_written_is_told_by_the_input() {
    let priced = |default: &str, seconds: u32| {
        let mut api = sends([defaulted(opt("duration", text()), default)]);
        api.endpoints[0].price = Some(per_second((0, 0), 45_000, "duration"));
        let Some(Price::PerSecond { seconds: field, .. }) = &mut api.endpoints[0].price else {
            unreachable!()
        };
        field.default = Some(seconds);
        api
    };
    both_ways(
        &priced("5", 5),
        &priced("10", 10),
        &[("input.duration", "21", Ok, Minor, "behaviour")],
        &[("input.duration", "21", Ok, Minor, "behaviour")],
    );
}

#[test]
fn order_of_endpoints_and_notes_are_no_change() {
    let other = "fal-ai/kling-video/v2/other";
    let [one, two] = [ID, other].map(|id| endpoint(id, [req("prompt", text())], [], Vec::new()));
    let old = api([one.clone(), two.clone()], Vec::new());
    let mut new = api([two, one], Vec::new());
    new.notes.push(Note {
        endpoint: new.endpoints[0].id.clone(),
        pointer: "/info".to_owned(),
        kind: NoteKind::Guessed,
        message: "Something was guessed.".to_owned(),
    });
    both_ways(&old, &new, &[], &[]);
}
