//! Names in callers' code that change although fal's names stay, or that pass to something else.

use crate::diff::rules::Bump::{Major, Minor};
use crate::diff::rules::Wire::{Breaks, MayBreak, Ok};
use crate::diff::tests::both_ways;
use crate::diff::tests::builders::*;
use crate::ir::definition::{DefinitionKind, Field};

#[test]
fn rule_35c_a_name_that_passes_to_another_value() {
    let voice = |variants: &[(&str, &str)]| {
        let known: Vec<&str> = variants.iter().map(|variant| variant.1).collect();
        let mut api = sends_with(
            [opt("voice", named("Voice"))],
            vec![("Voice", values(&known))],
        );
        let DefinitionKind::StringEnum(all) = &mut api.endpoints[0].types[2].kind else {
            unreachable!()
        };
        for (variant, (name, _)) in all.iter_mut().zip(variants) {
            variant.ident = ident(name);
        }
        api
    };
    both_ways(
        &voice(&[("Hope", "Hope")]),
        &voice(&[("Hope", "hope"), ("HopeSpelled", "Hope")]),
        &[
            ("input.voice", "10", Ok, Minor, ""),
            ("input.voice", "35c", Ok, Major, "behaviour review"),
        ],
        &[
            ("input.voice", "35c", Ok, Major, "behaviour review"),
            ("input.voice", "11", Breaks, Major, ""),
        ],
    );
}

#[test]
fn rule_35b_a_name_that_passes_to_another_field() {
    let pose = |wire: &str, name: &str| Field {
        ident: ident(name),
        setter: ident(name),
        ..opt(wire, text())
    };
    both_ways(
        &sends([pose("ta_pose", "ta_pose")]),
        &sends([pose("TAPose", "ta_pose"), pose("ta_pose", "ta_pose_2")]),
        &[
            ("input.TAPose", "4", Ok, Minor, ""),
            ("input.ta_pose", "35b", Ok, Major, "behaviour review"),
        ],
        &[
            ("input.ta_pose", "35b", Ok, Major, "behaviour review"),
            ("input.TAPose", "7", MayBreak, Major, ""),
        ],
    );
}

#[test]
fn rule_35b_names_in_rust() {
    let called = |field: Field, ident_text: &str, setter: &str| {
        sends([Field {
            ident: ident(ident_text),
            setter: ident(setter),
            ..field
        }])
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
