//! What holds for any two states.

use proptest::prelude::*;
use serde_json::json;

use crate::diff::change::Change;
use crate::diff::diff;
use crate::diff::tests::builders::*;
use crate::ir::api::{Api, Endpoint};
use crate::ir::definition::{Definition, Field, Presence};
use crate::ir::names::EndpointId;
use crate::ir::types::{Facts, Slot, Type};
use crate::report::text::TextStyle;

fn facts() -> impl Strategy<Value = Facts> {
    let words = prop::option::of(Just("Some words.".to_owned()));
    let examples = prop::collection::vec(Just(json!(7)), 0..2);
    let limits = prop::collection::btree_map(
        Just("max_file_size".to_owned()),
        (1..3_i64).prop_map(|limit| json!(limit)),
        0..2,
    );
    (words, examples, any::<bool>(), limits).prop_map(
        |(description, examples, deprecated, file_limits)| Facts {
            description,
            examples,
            deprecated,
            is_open: false,
            file_limits,
        },
    )
}

fn place(ty: impl Strategy<Value = Type>) -> impl Strategy<Value = Slot> {
    (ty, any::<bool>(), facts()).prop_map(|(ty, nullable, facts)| Slot {
        nullable: nullable && ty != Type::Any,
        facts,
        ..slot(ty)
    })
}

fn list_of(item: Slot) -> Type {
    let Type::Array(mut array) = list(text()) else {
        unreachable!()
    };
    array.item = item;
    Type::Array(array)
}

fn plain() -> impl Strategy<Value = Type> {
    let leaf = prop_oneof![
        Just(Type::Boolean),
        Just(Type::Any),
        (0..3_i64, 7..9_i64).prop_map(|(low, high)| within(limit(low), limit(high))),
        Just(number()),
        Just(text()),
    ];
    leaf.prop_recursive(2, 4, 2, |inner| {
        prop_oneof![
            place(inner.clone()).prop_map(list_of),
            place(inner.clone()).prop_map(|value| Type::Map(Box::new(value))),
            prop::collection::vec(place(inner), 1..3).prop_map(Type::Tuple),
        ]
    })
}

fn field(wire: &'static str, ty: impl Strategy<Value = Type>) -> impl Strategy<Value = Field> {
    let presence = prop_oneof![
        Just(Presence::Required),
        Just(Presence::RequiredNullable),
        Just(Presence::Optional),
    ];
    let default = prop::option::of(prop_oneof![Just(json!(5)), Just(json!("five"))]);
    (ty, presence, default, facts()).prop_map(move |(ty, presence, default, facts)| Field {
        presence,
        default,
        facts,
        ..req(wire, ty)
    })
}

/// Some of the plain fields and all of the others, in any order.
fn fields(all: &[(&'static str, &'static str)]) -> impl Strategy<Value = Vec<Field>> + use<> {
    let optional = ["a", "b", "c"].map(|wire| prop::option::of(field(wire, plain())).boxed());
    let fixed: Vec<_> = all
        .iter()
        .map(|(wire, ty)| field(wire, Just(named(ty))).prop_map(Some).boxed())
        .collect();
    let members: Vec<_> = optional.into_iter().chain(fixed).collect();
    members
        .prop_map(|fields| fields.into_iter().flatten().collect::<Vec<Field>>())
        .prop_shuffle()
}

fn some_values() -> impl Strategy<Value = Definition> {
    let known = prop::sample::subsequence(vec!["1", "2", "3"], 1..=3);
    known.prop_shuffle().prop_map(|known| values(&known))
}

fn some_forms() -> impl Strategy<Value = Definition> {
    let forms = vec![
        ("Text", text()),
        ("Flag", Type::Boolean),
        ("List", list(text())),
    ];
    prop::sample::subsequence(forms, 1..=3)
        .prop_shuffle()
        .prop_map(union)
}

fn some_endpoint(id: &'static str) -> impl Strategy<Value = Endpoint> {
    let roots = [("e", "E"), ("r", "R"), ("u", "U"), ("s", "S")];
    (
        fields(&roots),
        fields(&roots),
        some_values(),
        fields(&[]),
        some_forms(),
        any::<bool>(),
    )
        .prop_map(move |(input, output, e, r, u, deprecated)| Endpoint {
            deprecated,
            ..endpoint(
                id,
                input,
                output,
                vec![("E", e), ("R", record(r)), ("U", u)],
            )
        })
}

fn some_api() -> impl Strategy<Value = Api> {
    let endpoints =
        ["fal-ai/one", "fal-ai/two"].map(|id| prop::option::of(some_endpoint(id)).boxed());
    (
        some_endpoint("fal-ai/always"),
        Vec::from(endpoints),
        fields(&[]),
    )
        .prop_map(|(always, others, shared)| {
            let endpoints = others.into_iter().flatten().chain([always]);
            api(endpoints, vec![("S", record(shared))])
        })
}

type Mirrored<'a> = (
    &'a str,
    Vec<&'a EndpointId>,
    Option<&'a str>,
    Option<&'a str>,
);

fn forth(change: &Change) -> Mirrored<'_> {
    let mut endpoints = change.endpoints();
    endpoints.sort();
    (
        &change.path,
        endpoints,
        change.old.as_deref(),
        change.new.as_deref(),
    )
}

fn back(change: &Change) -> Mirrored<'_> {
    let (path, endpoints, old, new) = forth(change);
    (path, endpoints, new, old)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_state_does_not_differ_from_itself(state in some_api()) {
        prop_assert!(diff(&state, &state).is_empty());
    }

    #[test]
    fn whatever_differs_is_reported(old in some_api(), new in some_api()) {
        prop_assert_eq!(diff(&old, &new).is_empty(), old == new);
    }

    #[test]
    fn one_changed_field_is_reported(state in some_api(), replaced in field("e", Just(named("E")))) {
        let mut changed = state.clone();
        for endpoint in &mut changed.endpoints {
            let crate::ir::definition::DefinitionKind::Record(input) = &mut endpoint.types[0].kind else {
                unreachable!()
            };
            for field in &mut input.fields {
                if field.wire == "e" {
                    *field = replaced.clone();
                }
            }
        }
        let report = diff(&state, &changed);
        prop_assert_eq!(report.is_empty(), state == changed);
        for change in &report.changes {
            prop_assert_eq!(change.path.as_str(), "input.e");
        }
    }

    #[test]
    fn the_way_back_mirrors_the_way_there(old in some_api(), new in some_api()) {
        let (there, home) = (diff(&old, &new), diff(&new, &old));
        let mut there: Vec<_> = there.changes.iter().map(forth).collect();
        let mut home: Vec<_> = home.changes.iter().map(back).collect();
        there.sort();
        home.sort();
        prop_assert_eq!(there, home);
    }

    #[test]
    fn each_form_holds_each_change(old in some_api(), new in some_api()) {
        let report = diff(&old, &new);
        let number = report.changes.len();
        prop_assert_eq!(report.to_github().lines().count(), number.max(1));
        let bullets = report.to_markdown().lines().filter(|line| line.starts_with("- ")).count();
        prop_assert_eq!(bullets, number);
        let document: crate::report::json::Document = serde_json::from_str(&report.to_json()).unwrap();
        prop_assert_eq!(document.changes.len(), number);
        let text = report.to_text(&TextStyle { width: 60, all: true, ..TextStyle::default() });
        let rules = text.lines().filter(|line| line.starts_with("         rule ")).count();
        prop_assert_eq!(rules, number);
    }
}
