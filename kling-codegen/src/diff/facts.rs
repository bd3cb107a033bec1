//! Compares what is said about a place beside its type.

use serde_json::Value;

use crate::diff::endpoints::deprecation;
use crate::diff::pairs::Scope;
use crate::diff::recorder::Recorder;
use crate::diff::rules::Rule;
use crate::diff::{bounds, values};
use crate::ir::definition::DefinitionKind;
use crate::ir::types::{Facts, Type};

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
    (old_type, old): (&Type, &Facts),
    (new_type, new): (&Type, &Facts),
) {
    others(recorder, path, (old_type, old), (new_type, new));
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

/// Adds whether an enum began or ceased to stand beside a form that takes other values.
fn others(
    recorder: &mut Recorder<'_, '_>,
    path: &str,
    (old, old_facts): (&Type, &Facts),
    (new, new_facts): (&Type, &Facts),
) {
    let is_enum = |ty, scope: Scope<'_>| {
        matches!(
            scope.definition(ty),
            Some(DefinitionKind::StringEnum(_) | DefinitionKind::IntegerEnum(_))
        )
    };
    if old_facts.is_open == new_facts.is_open
        || !is_enum(old, recorder.old)
        || !is_enum(new, recorder.new)
    {
        return;
    }
    let sent = if new_facts.is_open {
        Rule::BoundRelaxed.because(
            "fal takes other values than those of the enum, too.",
            "`validate` no longer reports them.",
        )
    } else {
        Rule::EnumClosed.because(
            "fal takes only the values of the enum.",
            "`validate` reports others before anything is sent.",
        )
    };
    let received = Rule::OutputConstraint.because("Which values fal returns here changed.", "");
    let show = |facts: &Facts| facts.is_open.then(|| "other values, too".to_owned());
    recorder.sided(path, (show(old_facts), show(new_facts)), sent, received);
}

fn listed(values: &[Value]) -> Option<String> {
    let values: Vec<String> = values.iter().map(ToString::to_string).collect();
    (!values.is_empty()).then(|| values.join(", "))
}
