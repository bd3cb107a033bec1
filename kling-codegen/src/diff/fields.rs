//! Compares the fields of two records.

use crate::diff::facts::Spot;
use crate::diff::matching::{Matched, match_fields, reordered};
use crate::diff::recorder::{Recorder, both};
use crate::diff::rules::Rule;
use crate::diff::{facts, render, types, values};
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
    let setter = format!("A setter `{}` is there.", field.setter);
    let sent = if is_argument(field) {
        Rule::RequiredInputAdded.because(
            format!("fal refuses requests without `{wire}`."),
            "`new` takes one more argument.",
        )
    } else if field.required_by_fal {
        let default = field.default.as_ref().map(ToString::to_string);
        Rule::DefaultedInputAdded.because(
            format!(
                "fal lists `{wire}` as required and assumes {} where it is left out.",
                default.unwrap_or_default()
            ),
            setter,
        )
    } else {
        Rule::OptionalInputAdded.because(format!("`{wire}` may be left out."), setter)
    };
    let field_of_its_own = format!("The response type has a field `{}`.", field.ident);
    let received = match &old.rest {
        None => Rule::OutputAdded.because(
            format!("fal returns `{wire}` too; published crates ignore it."),
            field_of_its_own,
        ),
        Some(rest) if reads(recorder, field, &rest.value) => Rule::OutputAdded
            .because(
                format!("fal returns `{wire}` too; published crates have it in `{}`.", rest.ident),
                format!("It moves from `{}` to a field of its own.", rest.ident),
            )
            .at_run_time(),
        Some(rest) => Rule::OutputUnreadable.because(
            format!(
                "fal returns `{wire}` too; published crates expect another type in `{}` and cannot read the response.",
                rest.ident
            ),
            field_of_its_own,
        ),
    };
    let values = (None, Some(render::field(field, recorder.new)));
    recorder.sided(&format!(".{wire}"), values, sent, received);
}

/// Whether a published crate, which keeps further properties, can read a new one.
fn reads(recorder: &Recorder<'_, '_>, field: &Field, rest: &Slot) -> bool {
    let (new, old) = (recorder.new, recorder.old);
    let null = field.presence == Presence::Required || rest.nullable || rest.ty == Type::Any;
    null && assignable((&field.ty, new), (&rest.ty, old), Reader::Crate)
}

fn removed(recorder: &mut Recorder<'_, '_>, field: &Field) {
    let wire = &field.wire;
    let gone = format!("Code that uses `{}` must change.", field.ident);
    let sent = Rule::InputRemoved.because(
        format!("fal no longer describes `{wire}`: it ignores it, or refuses requests with it."),
        gone.clone(),
    );
    let received = if is_option(field) {
        Rule::OptionalOutputRemoved.because(
            format!("fal no longer returns `{wire}`; published crates read it as absent."),
            gone,
        )
    } else {
        Rule::RequiredOutputRemoved.because(
            format!("fal no longer returns `{wire}`, without which published crates cannot read the response."),
            gone,
        )
    };
    let values = (Some(render::field(field, recorder.old)), None);
    recorder.sided(&format!(".{wire}"), values, sent, received);
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
    facts::compare(
        recorder,
        path,
        Spot::Field,
        (&old.ty, &old.facts),
        (&new.ty, &new.facts),
    );
}

/// The name on the wire, which can change while the one in callers' code stays.
fn wire_names(recorder: &mut Recorder<'_, '_>, path: &str, old: &Field, new: &Field) {
    if old.wire != new.wire {
        let (before, after) = (&old.wire, &new.wire);
        let stays = "No code has to change.";
        let sent = if is_argument(new) || is_argument(old) {
            Rule::RequiredInputRenamed.because(
                format!("fal expects `{after}` in place of `{before}` and refuses the requests of published crates."),
                stays,
            )
        } else {
            Rule::OptionalInputRenamed.because(
                format!("fal expects `{after}` and may ignore the `{before}` of published crates."),
                stays,
            )
        };
        let received = if is_option(old) {
            Rule::OptionalOutputRenamed.because(
                format!("fal returns `{after}` in place of `{before}`; published crates read it as absent."),
                stays,
            )
        } else {
            Rule::RequiredOutputRenamed.because(
                format!("fal returns `{after}` in place of `{before}`, without which published crates cannot read the response."),
                stays,
            )
        };
        recorder.sided(path, both(before.as_str(), after.as_str()), sent, received);
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
    let owners = (
        owner(new_record, &old.ident).filter(|wire| *wire != new.wire),
        owner(old_record, &new.ident).filter(|wire| *wire != old.wire),
    );
    let renamed = format!("`{}` has another name in Rust", new.wire);
    let finding = match owners {
        (Some(heir), _) => Rule::FieldRenamed
            .because("", format!("{renamed}, and the old one stands for `{heir}`. Code that uses it may compile and mean the wrong field: check it."))
            .silent(),
        (None, Some(former)) => Rule::FieldRenamed
            .because("", format!("{renamed}, which stood for `{former}`. Code that uses it may compile and mean the wrong field: check it."))
            .silent(),
        (None, None) => Rule::FieldRenamed
            .because("", format!("{renamed}: code that uses the old one must change.")),
    };
    recorder.finding(path, values, finding);
}

fn presence(recorder: &mut Recorder<'_, '_>, path: &str, old: &Field, new: &Field) {
    if old.presence == new.presence {
        return;
    }
    let wire = &new.wire;
    let sent = match (old.presence, new.presence) {
        (Presence::Optional, _) => Rule::BecameRequired.because(
            format!("fal refuses requests without `{wire}`."),
            "It moves from a setter to the arguments of `new`.",
        ),
        (_, Presence::Optional) => Rule::BecameOptional.because(
            format!("`{wire}` may be left out."),
            "It moves from the arguments of `new` to a setter.",
        ),
        (_, Presence::RequiredNullable) => Rule::InputBecameNullable.because(
            format!("fal takes null for `{wire}` too."),
            "It becomes an `Option`, also as an argument of `new`.",
        ),
        (_, Presence::Required) => Rule::InputNoLongerNullable.because(
            format!("fal refuses null for `{wire}`."),
            "It is no longer an `Option`, also as an argument of `new`.",
        ),
    };
    let received = match (is_option(old), new.presence) {
        (false, _) => Rule::OutputBecameOptional.because(
            format!(
                "fal may return no `{wire}`, and published crates cannot read such a response."
            ),
            format!("`{wire}` becomes an `Option`."),
        ),
        (true, Presence::Required) => Rule::OutputLosesOption.because(
            format!("fal always returns `{wire}`."),
            "It is no longer an `Option`.",
        ),
        (true, Presence::Optional) => Rule::OutputStaysOption.because(
            format!("fal may return no `{wire}`; it is an `Option` already."),
            "",
        ),
        (true, Presence::RequiredNullable) => Rule::OutputBecameRequired.because(
            format!("fal always returns `{wire}`, possibly as null; it stays an `Option`."),
            "",
        ),
    };
    let values = (
        Some(render::field(old, recorder.old)),
        Some(render::field(new, recorder.new)),
    );
    recorder.sided(path, values, sent, received);
}

fn default(recorder: &mut Recorder<'_, '_>, path: &str, old: &Field, new: &Field) {
    let same = match (&old.default, &new.default) {
        (Some(old), Some(new)) => values::same(old, new),
        (old, new) => old == new,
    };
    // A default of another type is part of the change of the type.
    if same || std::mem::discriminant(&old.ty) != std::mem::discriminant(&new.ty) {
        return;
    }
    let wire = &new.wire;
    let show = |field: &Field| field.default.as_ref().map(ToString::to_string);
    let sent = match (&old.default, &new.default) {
        (Some(_), Some(value)) => Rule::DefaultChanged.because(
            format!(
                "fal assumes {value} where `{wire}` is not set: the result or the cost may change."
            ),
            "",
        ),
        (None, Some(value)) => Rule::DefaultAddedOrRemoved.because(
            format!("fal says that it assumes {value} where `{wire}` is not set."),
            "",
        ),
        _ => Rule::DefaultAddedOrRemoved.because(
            format!("fal no longer says what it assumes where `{wire}` is not set."),
            "",
        ),
    };
    let received = Rule::OutputConstraint.because(
        format!("The default of `{wire}` in the response changed."),
        "",
    );
    recorder.sided(path, (show(old), show(new)), sent, received);
}

/// The map of further properties, which is one more public field.
fn rest(recorder: &mut Recorder<'_, '_>, old: &Record, new: &Record) {
    let path = ".*";
    match (&old.rest, &new.rest) {
        (None, None) => {}
        (None, Some(rest)) => {
            let described = "Further properties are described.";
            let code = format!("They stand in `{}`.", rest.ident);
            let sent = Rule::OptionalInputAdded.because(described, code.clone());
            let received = Rule::OutputAdded.because(described, code);
            let values = (None, Some(render::slot(&rest.value, recorder.new)));
            recorder.sided(path, values, sent, received);
        }
        (Some(rest), None) => {
            let described = "Further properties are no longer described.";
            let code = format!("Code that uses `{}` must change.", rest.ident);
            let sent = Rule::InputRemoved.because(described, code.clone());
            let received = Rule::OptionalOutputRemoved.because(described, code);
            let values = (Some(render::slot(&rest.value, recorder.old)), None);
            recorder.sided(path, values, sent, received);
        }
        (Some(old), Some(new)) => {
            if old.ident != new.ident {
                let rust = format!("Write `{}` in place of `{}`.", new.ident, old.ident);
                let values = both(old.ident.as_str(), new.ident.as_str());
                recorder.finding(path, values, Rule::FieldRenamed.because("", rust));
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
        let finding = Rule::ArgumentsReordered.because(
            "",
            "The arguments of `new` change places. Calls that still compile may send values under the wrong names: check each one.",
        );
        let values = both(list(&before_arguments), list(&after_arguments));
        recorder.finding("", values, finding);
    } else {
        let values = (Some(list(&before)), Some(list(&after)));
        recorder.documentation("", "The order of the fields", values.0, values.1);
    }
}
