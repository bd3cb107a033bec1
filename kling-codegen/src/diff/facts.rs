//! Compares what is said about a place beside its type.

use serde_json::Value;

use crate::diff::endpoints::deprecation;
use crate::diff::recorder::Recorder;
use crate::diff::rules::Rule;
use crate::diff::{bounds, values};
use crate::ir::types::Facts;

/// Where a place stands, as far as the compiler can warn of it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Spot {
    /// A field, which can be marked in Rust.
    Field,
    /// A place inside a type, of which only the documentation can tell.
    Inside,
}

/// Adds what changed in the facts about a place.
pub(super) fn compare(
    recorder: &mut Recorder<'_, '_>,
    path: &str,
    spot: Spot,
    old: &Facts,
    new: &Facts,
) {
    let what = format!("`{}`", path.trim_start_matches('.'));
    let what = if path.is_empty() { "the value" } else { &what };
    recorder.documentation(
        path,
        &format!("The description of {what}"),
        old.description.clone(),
        new.description.clone(),
    );
    if !values::all_same(&old.examples, &new.examples) {
        let what = format!("The examples of {what}");
        recorder.documentation(path, &what, listed(&old.examples), listed(&new.examples));
    }
    match spot {
        Spot::Field => {
            if let Some(finding) = deprecation(old.deprecated, new.deprecated, what) {
                recorder.finding(path, (None, None), finding);
            }
        }
        Spot::Inside if old.deprecated != new.deprecated => {
            let verb = if new.deprecated {
                "marks"
            } else {
                "no longer marks"
            };
            let finding =
                Rule::Documentation.because(format!("fal {verb} {what} as deprecated."), "");
            recorder.finding(path, (None, None), finding);
        }
        Spot::Inside => {}
    }
    bounds::file_limits(recorder, path, &old.file_limits, &new.file_limits);
}

fn listed(values: &[Value]) -> Option<String> {
    let values: Vec<String> = values.iter().map(ToString::to_string).collect();
    (!values.is_empty()).then(|| values.join(", "))
}
