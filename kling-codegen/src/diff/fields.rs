//! Compares the fields of two records.

use crate::diff::facts::Spot;
use crate::diff::matching::{Matched, match_fields, reordered};
use crate::diff::recorder::{Recorder, both};
use crate::diff::rules::Rule;
use crate::diff::{facts, render, types};
use crate::ir::assignable::{Reader, assignable};
use crate::ir::definition::{Field, Presence, Record};
use crate::ir::names::Identifier;
use crate::ir::types::{Slot, Type};

/// Adds what changed between two records.
pub(super) fn compare(recorder: &mut Recorder<'_, '_>, old: &Record, new: &Record) {
    let matches = match_fields(old, new);
    for matched in &matches {
        match matched {
            Matched::Added(field) => added(recorder, field, old),
            Matched::Removed(field) => removed(recorder, field),
            Matched::Both(before, after) => field(recorder, (before, old), (after, new)),
        }
    }
    rest(recorder, old, new);
    order(recorder, &matches, old);
}

/// Whether `new` takes the field; the others have a setter.
fn is_argument(field: &Field) -> bool {
    field.presence != Presence::Optional
}

/// Whether the public field is an `Option`.
fn is_option(field: &Field) -> bool {
    field.presence != Presence::Required
}

fn added(recorder: &mut Recorder<'_, '_>, field: &Field, old: &Record) {
    let wire = &field.wire;
    let sent = if is_argument(field) {
        Rule::RequiredInputAdded.because(format!(
            "`new` takes one argument more; fal refuses requests without `{wire}`."
        ))
    } else if field.required_by_fal {
        Rule::DefaultedInputAdded.because(format!(
            "`{wire}` is new and required, but fal fills in its default, so it may be left out."
        ))
    } else {
        Rule::OptionalInputAdded.because(format!("`{wire}` is new and may be left out."))
    };
    let received = match &old.rest {
        None => Rule::OutputAdded.because(format!(
            "fal now answers `{wire}` too; published crates ignore it."
        )),
        Some(rest) if reads(recorder, field, &rest.value) => Rule::OutputAdded
            .because(format!(
                "fal now answers `{wire}` too; published crates have it in `{}`, the new one in a field of its own.",
                rest.ident
            ))
            .at_run_time(),
        Some(rest) => Rule::OutputUnreadable.because(format!(
            "fal now answers `{wire}` too; published crates expect another type in `{}` and cannot read the answer.",
            rest.ident
        )),
    };
    let values = render::field(field, recorder.new);
    recorder.sided(
        &format!(".{wire}"),
        (None, Some(values)),
        Some(sent),
        Some(received),
    );
}

/// Whether a published crate, which keeps further properties, can read a new one.
fn reads(recorder: &Recorder<'_, '_>, field: &Field, rest: &Slot) -> bool {
    let (new, old) = (recorder.new, recorder.old);
    let null = field.presence == Presence::Required || rest.nullable || rest.ty == Type::Any;
    null && assignable((&field.ty, new), (&rest.ty, old), Reader::Crate)
}

fn removed(recorder: &mut Recorder<'_, '_>, field: &Field) {
    let wire = &field.wire;
    let sent = Rule::InputRemoved.because(format!(
        "`{wire}` is gone; fal ignores it in the requests of published crates, or refuses them."
    ));
    let received = if is_option(field) {
        Rule::OptionalOutputRemoved.because(format!(
            "fal no longer answers `{wire}`; published crates read it as absent."
        ))
    } else {
        Rule::RequiredOutputRemoved.because(format!(
            "fal no longer answers `{wire}`, without which published crates cannot read the answer."
        ))
    };
    let values = render::field(field, recorder.old);
    recorder.sided(
        &format!(".{wire}"),
        (Some(values), None),
        Some(sent),
        Some(received),
    );
}

fn field(
    recorder: &mut Recorder<'_, '_>,
    (old, old_record): (&Field, &Record),
    (new, new_record): (&Field, &Record),
) {
    let path = format!(".{}", new.wire);
    let path = path.as_str();
    wire_names(recorder, path, old, new);
    rust_names(recorder, path, (old, old_record), (new, new_record));
    presence(recorder, path, old, new);
    types::types(recorder, path, &old.ty, &new.ty);
    default(recorder, path, old, new);
    facts::compare(recorder, path, Spot::Field, &old.facts, &new.facts);
}

/// The name on the wire, which can change while the one in callers' code stays.
fn wire_names(recorder: &mut Recorder<'_, '_>, path: &str, old: &Field, new: &Field) {
    if old.wire != new.wire {
        let (before, after) = (&old.wire, &new.wire);
        let sent = if is_argument(new) || is_argument(old) {
            Rule::RequiredInputRenamed.because(format!(
                "fal now calls it `{after}` and misses it in the requests of published crates; the code of callers stays."
            ))
        } else {
            Rule::OptionalInputRenamed.because(format!(
                "fal now calls it `{after}` and may ignore the `{before}` of published crates; the code of callers stays."
            ))
        };
        let received = if is_option(old) {
            Rule::OptionalOutputRenamed.because(format!(
                "fal now calls it `{after}`; published crates look for `{before}` and read it as absent."
            ))
        } else {
            Rule::RequiredOutputRenamed.because(format!(
                "fal now calls it `{after}`; published crates look for `{before}` and cannot read the answer."
            ))
        };
        let values = both(before.as_str(), after.as_str());
        recorder.sided(path, values, Some(sent), Some(received));
    }
}

/// The names in callers' code.
fn rust_names(
    recorder: &mut Recorder<'_, '_>,
    path: &str,
    (old, old_record): (&Field, &Record),
    (new, new_record): (&Field, &Record),
) {
    let setter_counts = recorder.sent && !is_argument(old) && !is_argument(new);
    if old.ident == new.ident && !(setter_counts && old.setter != new.setter) {
        return;
    }
    let names = |field: &Field| {
        if setter_counts && field.setter != field.ident {
            format!("{}, set by {}", field.ident, field.setter)
        } else {
            field.ident.to_string()
        }
    };
    let values = both(names(old), names(new));
    let owner = |record: &Record, ident: &Identifier| {
        let mut fields = record.fields.iter();
        let owner = fields.find(|field| field.ident == *ident)?;
        Some(owner.wire.clone())
    };
    let renamed = format!("`{}` has another name in Rust", new.wire);
    let finding = match (
        owner(new_record, &old.ident).filter(|wire| *wire != new.wire),
        owner(old_record, &new.ident).filter(|wire| *wire != old.wire),
    ) {
        (Some(heir), _) => Rule::FieldRenamed
            .because(format!(
                "{renamed}, and the old one now stands for `{heir}`: code that uses it may still compile and mean the \
                 wrong field."
            ))
            .silent(),
        (None, Some(former)) => Rule::FieldRenamed
            .because(format!(
                "{renamed}, which stood for `{former}`: code that uses it may still compile and mean the wrong field."
            ))
            .silent(),
        (None, None) => Rule::FieldRenamed.because(format!(
            "{renamed}: callers that use the old one must change."
        )),
    };
    recorder.finding(path, values, finding);
}

fn presence(recorder: &mut Recorder<'_, '_>, path: &str, old: &Field, new: &Field) {
    if old.presence == new.presence {
        return;
    }
    let wire = &new.wire;
    let sent = match (old.presence, new.presence) {
        (Presence::Optional, _) => Rule::BecameRequired.because(format!(
            "fal refuses requests without `{wire}`: it moves from a setter to the arguments of `new`."
        )),
        (_, Presence::Optional) => Rule::BecameOptional.because(format!(
            "`{wire}` may be left out: it moves from the arguments of `new` to a setter."
        )),
        (_, Presence::RequiredNullable) => Rule::InputBecameNullable.because(format!(
            "`{wire}` may be null; it becomes an `Option`, also as an argument of `new`."
        )),
        (_, Presence::Required) => Rule::InputNoLongerNullable.because(format!(
            "fal refuses a null for `{wire}`; it is no longer an `Option`, also as an argument of `new`."
        )),
    };
    let received = match (is_option(old), new.presence) {
        (false, _) => Rule::OutputBecameOptional.because(format!(
            "Published crates cannot read an answer without `{wire}`; it becomes an `Option`."
        )),
        (true, Presence::Required) => Rule::OutputLosesOption.because(format!(
            "fal now always answers `{wire}`; regenerated code has the plain type in place of an `Option`."
        )),
        (true, Presence::Optional) => Rule::OutputStaysOption.because(format!(
            "fal may leave `{wire}` out; it is an `Option` already."
        )),
        (true, Presence::RequiredNullable) => Rule::OutputBecameRequired
            .because(format!("fal now always answers `{wire}`; it stays an `Option`.")),
    };
    let values = (
        Some(render::field(old, recorder.old)),
        Some(render::field(new, recorder.new)),
    );
    recorder.sided(path, values, Some(sent), Some(received));
}

fn default(recorder: &mut Recorder<'_, '_>, path: &str, old: &Field, new: &Field) {
    if old.default == new.default {
        return;
    }
    let wire = &new.wire;
    let show = |field: &Field| field.default.as_ref().map(ToString::to_string);
    let sent = match (&old.default, &new.default) {
        (Some(_), Some(value)) => Rule::DefaultChanged.because(format!(
            "fal now assumes {value} where `{wire}` is left out: cost or result may change for callers who do not set it."
        )),
        (None, Some(value)) => Rule::DefaultAddedOrRemoved.because(format!(
            "fal now says that it assumes {value} where `{wire}` is left out."
        )),
        _ => Rule::DefaultAddedOrRemoved.because(format!(
            "fal no longer says what it assumes where `{wire}` is left out."
        )),
    };
    let received = Rule::OutputConstraint.because(format!(
        "The default of `{wire}` says nothing about answers; only the documentation differs."
    ));
    recorder.sided(path, (show(old), show(new)), Some(sent), Some(received));
}

/// The map of further properties, which is one more public field.
fn rest(recorder: &mut Recorder<'_, '_>, old: &Record, new: &Record) {
    let path = ".*";
    match (&old.rest, &new.rest) {
        (None, None) => {}
        (None, Some(rest)) => {
            let values = render::slot(&rest.value, recorder.new);
            let sentence = format!(
                "Further properties are described; they stand in `{}`.",
                rest.ident
            );
            let sent = Rule::OptionalInputAdded.because(sentence.clone());
            let received = Rule::OutputAdded.because(sentence);
            recorder.sided(path, (None, Some(values)), Some(sent), Some(received));
        }
        (Some(rest), None) => {
            let values = render::slot(&rest.value, recorder.old);
            let sentence = format!(
                "Further properties are no longer described; `{}` is gone.",
                rest.ident
            );
            let sent = Rule::InputRemoved.because(sentence.clone());
            let received = Rule::OptionalOutputRemoved.because(sentence);
            recorder.sided(path, (Some(values), None), Some(sent), Some(received));
        }
        (Some(old), Some(new)) => {
            if old.ident != new.ident {
                let sentence = "The map of further properties has another name in Rust.";
                let values = both(old.ident.as_str(), new.ident.as_str());
                recorder.plain(path, values, Rule::FieldRenamed, sentence);
            }
            types::slots(recorder, path, &old.value, &new.value);
        }
    }
}

/// fal's order of the fields is the order of the arguments of `new`, and of the documentation.
fn order(recorder: &mut Recorder<'_, '_>, matches: &[Matched<'_, Field>], old: &Record) {
    let Some((before, after)) = reordered(matches, &old.fields) else {
        return;
    };
    let list = |fields: &[&Field]| {
        let wires: Vec<&str> = fields.iter().map(|field| field.wire.as_str()).collect();
        wires.join(", ")
    };
    let partner = |field: &Field| {
        matches.iter().find_map(|matched| match matched {
            Matched::Both(old, new) if std::ptr::eq(*old, field) => Some(*new),
            _ => None,
        })
    };
    // Arguments that are arguments before and after; the others are changes of their own.
    let pairs: Vec<(&Field, &Field)> = before
        .iter()
        .filter_map(|old| Some((*old, partner(old)?)))
        .filter(|(old, new)| is_argument(old) && is_argument(new))
        .collect();
    let after_arguments: Vec<&Field> = after
        .iter()
        .copied()
        .filter(|field| pairs.iter().any(|(_, new)| std::ptr::eq(*new, *field)))
        .collect();
    let before_arguments: Vec<&Field> = pairs.iter().map(|(old, _)| *old).collect();
    let swapped = pairs
        .iter()
        .zip(&after_arguments)
        .any(|((_, new), after)| !std::ptr::eq(*new, *after));
    if recorder.sent && swapped {
        recorder.plain(
            "",
            both(list(&before_arguments), list(&after_arguments)),
            Rule::ArgumentsReordered,
            "The arguments of `new` change places: calls written for the old order may still compile and send each \
             value under the wrong name.",
        );
    } else {
        let values = (Some(list(&before)), Some(list(&after)));
        recorder.documentation("", "The order of the fields", values.0, values.1);
    }
}
