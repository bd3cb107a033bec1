//! One test for each rule, each in both directions. A test names all that is reported, so nothing else may be.

mod bounds;
#[cfg(test)]
pub(crate) mod builders;
mod endpoints;
mod input;
mod names;
mod output;
mod places;
mod properties;
mod readers;

use crate::diff::change::Change;
use crate::diff::diff;
use crate::diff::rules::{Bump, Wire};
use crate::ir::api::Api;

/// Path, rule, verdict on the wire, bump, flags.
type Expected<'a> = (&'a str, &'a str, Wire, Bump, &'a str);

fn summary(change: &Change) -> Expected<'_> {
    let flags = match change.verdict.flags.names().as_slice() {
        [] => "",
        ["behaviour"] => "behaviour",
        ["hot-fix"] => "hot-fix",
        ["review"] => "review",
        ["behaviour", "review"] => "behaviour review",
        other => panic!("unexpected flags {other:?}"),
    };
    let verdict = change.verdict;
    (
        &change.path,
        change.rule.code(),
        verdict.wire,
        verdict.rust,
        flags,
    )
}

#[track_caller]
fn one_way(old: &Api, new: &Api, expected: &[Expected<'_>]) {
    let report = diff(old, new);
    let found: Vec<Expected<'_>> = report.changes.iter().map(summary).collect();
    assert_eq!(found, expected, "{report:#?}");
    for change in &report.changes {
        assert!(!change.places.is_empty(), "{change:#?}");
        assert!(change.sentence.ends_with('.'), "{change:#?}");
        assert_eq!(change.sentence.matches('`').count() % 2, 0, "{change:#?}");
    }
}

/// What is reported from the first state to the second, and from the second to the first.
#[track_caller]
fn both_ways(old: &Api, new: &Api, forth: &[Expected<'_>], back: &[Expected<'_>]) {
    one_way(old, new, forth);
    one_way(new, old, back);
    one_way(old, old, &[]);
    one_way(new, new, &[]);
}
