//! Compares what is said about a place beside its type.

use serde_json::Value;

use crate::diff::bounds;
use crate::diff::endpoints::deprecation;
use crate::diff::recorder::Recorder;
use crate::diff::rules::Rule;
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
    recorder.documentation(
        path,
        &format!("The examples of {what}"),
        listed(&old.examples),
        listed(&new.examples),
    );
    match spot {
        Spot::Field => {
            if let Some(finding) = deprecation(old.deprecated, new.deprecated, what) {
                recorder.plain(path, (None, None), finding.rule, finding.sentence);
            }
        }
        Spot::Inside if old.deprecated != new.deprecated => {
            let verb = if new.deprecated {
                "marks"
            } else {
                "no longer marks"
            };
            let sentence =
                format!("fal {verb} {what} as deprecated; only the documentation differs.");
            recorder.plain(path, (None, None), Rule::Documentation, sentence);
        }
        Spot::Inside => {}
    }
    bounds::file_limits(recorder, path, &old.file_limits, &new.file_limits);
}

fn listed(values: &[Value]) -> Option<String> {
    let values: Vec<String> = values.iter().map(ToString::to_string).collect();
    (!values.is_empty()).then(|| values.join(", "))
}
