//! Compares the types that stand in one place.

use crate::diff::facts::Spot;
use crate::diff::finding::Finding;
use crate::diff::pairs::{Pair, Scope, pair_up};
use crate::diff::recorder::{Recorder, both};
use crate::diff::rules::{Bump, Rule};
use crate::diff::{bounds, facts, render};
use crate::ir::assignable::{Reader, assignable};
use crate::ir::definition::{Definition, DefinitionKind};
use crate::ir::names::TypeName;
use crate::ir::types::{Slot, StringBounds, Type};

/// What callers see where a type changes.
const OTHER_TYPE: &str = "The field has another type in Rust.";

/// Adds what changed between two types. What changed inside of named types is told where those are compared.
pub(super) fn types(recorder: &mut Recorder<'_, '_>, path: &str, old: &Type, new: &Type) {
    match (old, new) {
        (Type::Boolean, Type::Boolean) | (Type::Any, Type::Any) => {}
        (Type::Integer(old), Type::Integer(new)) => bounds::integer(recorder, path, old, new),
        (Type::Number(old), Type::Number(new)) => bounds::number(recorder, path, old, new),
        (Type::Integer(before), Type::Number(after))
        | (Type::Number(before), Type::Integer(after)) => {
            changed(recorder, path, old, new);
            bounds::number(recorder, path, before, after);
        }
        (Type::String(before), Type::String(after)) => {
            if before.media.is_some() != after.media.is_some() {
                let show = |text: &StringBounds| match text.media {
                    Some(_) => "URL of a file".to_owned(),
                    None => "string".to_owned(),
                };
                let values = both(show(before), show(after));
                let finding = Rule::MediaChanged.because("", OTHER_TYPE);
                recorder.finding(path, values, finding);
            }
            bounds::string(recorder, path, before, after);
        }
        (Type::Array(old), Type::Array(new)) => {
            bounds::array(recorder, path, old, new);
            slots(recorder, &format!("{path}[]"), &old.item, &new.item);
        }
        (Type::Map(old), Type::Map(new)) => slots(recorder, &format!("{path}{{}}"), old, new),
        (Type::Tuple(old), Type::Tuple(new)) if old.len() == new.len() => {
            for (index, (old, new)) in old.iter().zip(new).enumerate() {
                slots(recorder, &format!("{path}[{index}]"), old, new);
            }
        }
        (
            Type::Named(old_name) | Type::Boxed(old_name),
            Type::Named(new_name) | Type::Boxed(new_name),
        ) => {
            if !names_pair_up(recorder, old_name, new_name) {
                changed(recorder, path, old, new);
            } else if let Some((before, after)) = called_otherwise(recorder, old_name, new_name) {
                let rust = format!(
                    "The shared type has another name in the endpoint's module: write `{after}` in place of `{before}`."
                );
                let finding = Rule::TypeRenamed.because("", rust);
                recorder.finding(path, both(before, after), finding);
            } else if matches!(old, Type::Boxed(_)) != matches!(new, Type::Boxed(_)) {
                let values = both(render::ty(old, recorder.old), render::ty(new, recorder.new));
                recorder.finding(path, values, Rule::BoxChanged.because("", OTHER_TYPE));
            }
        }
        _ => changed(recorder, path, old, new),
    }
}

/// Adds what changed between two types that may be null.
pub(super) fn slots(recorder: &mut Recorder<'_, '_>, path: &str, old: &Slot, new: &Slot) {
    // Null is one of the values that any value can be, so there the types tell all.
    let told_by_types = (old.ty == Type::Any) != (new.ty == Type::Any);
    if old.nullable != new.nullable && !told_by_types {
        let values = both(
            render::slot(old, recorder.old),
            render::slot(new, recorder.new),
        );
        let (sent, received) = if new.nullable {
            let rust = "The element becomes an `Option`.";
            (
                Rule::InputBecameNullable.because("fal takes null here too.", rust),
                Rule::OutputBecameOptional.because(
                    "fal may return null here, which published crates cannot read.",
                    rust,
                ),
            )
        } else {
            let rust = "The element is no longer an `Option`.";
            (
                Rule::InputNoLongerNullable.because("fal refuses null here.", rust),
                Rule::OutputLosesOption.because("fal no longer returns null here.", rust),
            )
        };
        recorder.sided(path, values, sent, received);
    }
    types(recorder, path, &old.ty, &new.ty);
    facts::compare(
        recorder,
        path,
        Spot::Inside,
        (&old.ty, &old.facts),
        (&new.ty, &new.facts),
    );
}

/// Adds the change of an endpoint's input or output as a whole, such as from a record to a list.
pub(super) fn changed_root(recorder: &mut Recorder<'_, '_>, pair: &Pair<'_>) {
    let root = |definition: &Definition, name: &TypeName| match &definition.kind {
        DefinitionKind::Alias(slot) => slot.ty.clone(),
        _ => Type::Named(name.clone()),
    };
    let old = root(pair.old.definition, pair.old.name);
    let new = root(pair.new.definition, pair.new.name);
    let kind = |definition: &Definition, ty: &Type, scope| match definition.kind {
        DefinitionKind::Record(_) => "record".to_owned(),
        _ => render::ty(ty, scope),
    };
    let values = both(
        kind(pair.old.definition, &old, recorder.old),
        kind(pair.new.definition, &new, recorder.new),
    );
    let (sent, received) = judge(recorder, &old, &new);
    recorder.sided("", values, sent, received);
}

fn names_pair_up(recorder: &Recorder<'_, '_>, old: &TypeName, new: &TypeName) -> bool {
    match (recorder.old.find(old), recorder.new.find(new)) {
        (Some(old), Some(new)) => pair_up(recorder.old, recorder.new, old, new),
        (None, None) => old == new,
        _ => false,
    }
}

/// The names of one shared type in an endpoint's module, where they differ.
fn called_otherwise(
    recorder: &Recorder<'_, '_>,
    old: &TypeName,
    new: &TypeName,
) -> Option<(String, String)> {
    let (before, after) = (recorder.old.find(old)?, recorder.new.find(new)?);
    let same = before.owner.is_none() && after.owner.is_none() && before.name == after.name;
    (same && old != new).then(|| (old.to_string(), new.to_string()))
}

fn changed(recorder: &mut Recorder<'_, '_>, path: &str, old: &Type, new: &Type) {
    let values = both(render::ty(old, recorder.old), render::ty(new, recorder.new));
    let (sent, received) = judge(recorder, old, new);
    recorder.sided(path, values, sent, received);
}

/// What another type means where it is sent, and where it is received.
fn judge(recorder: &Recorder<'_, '_>, old: &Type, new: &Type) -> (Finding, Finding) {
    let (old_scope, new_scope) = (recorder.old, recorder.new);
    let taken = assignable((old, old_scope), (new, new_scope), Reader::Fal);
    let sent = if base_of_enum(new, new_scope).is_some_and(|base| base.holds(old)) {
        Rule::StringBecameEnum.because(
            "fal takes only these values.",
            "Setters still take the plain type; the public field has another one.",
        )
    } else if base_of_enum(old, old_scope).is_some_and(|base| base.holds(new)) {
        Rule::EnumBecameString.because(
            "fal takes any value.",
            "The enum is gone; the public field has the plain type.",
        )
    } else if is_union(new, new_scope) && !is_union(old, old_scope) && taken {
        Rule::InputVariantAdded
            .because(
                "fal takes values of other types too.",
                "The public field becomes an enum of them.",
            )
            .raised_to(Bump::Major)
    } else if is_union(old, old_scope)
        && !is_union(new, new_scope)
        && assignable((new, new_scope), (old, old_scope), Reader::Fal)
    {
        Rule::InputVariantRemoved.because("fal takes only one of the former types.", OTHER_TYPE)
    } else if matches!((old, new), (Type::Integer(_), Type::Number(_))) {
        Rule::IntegerWidened.because("fal takes fractions.", "The field becomes an `f64`.")
    } else if taken {
        Rule::InputTypeWidened.because("fal takes all that published crates send.", OTHER_TYPE)
    } else {
        Rule::InputTypeChanged.because("fal refuses what published crates send here.", OTHER_TYPE)
    };
    let received = if assignable((new, new_scope), (old, old_scope), Reader::Crate) {
        Rule::OutputTypeReadable.because("Published crates can read the new responses.", OTHER_TYPE)
    } else {
        Rule::OutputTypeChanged.because(
            "Published crates cannot read the new responses.",
            OTHER_TYPE,
        )
    };
    (sent, received)
}

/// The plain type that an enum's values have.
enum Base {
    String,
    Integer,
}

impl Base {
    fn holds(&self, ty: &Type) -> bool {
        match self {
            Self::String => matches!(ty, Type::String(_)),
            Self::Integer => matches!(ty, Type::Integer(_)),
        }
    }
}

fn base_of_enum(ty: &Type, scope: Scope<'_>) -> Option<Base> {
    match scope.definition(ty)? {
        DefinitionKind::StringEnum(_) => Some(Base::String),
        DefinitionKind::IntegerEnum(_) => Some(Base::Integer),
        _ => None,
    }
}

fn is_union(ty: &Type, scope: Scope<'_>) -> bool {
    matches!(scope.definition(ty), Some(DefinitionKind::Union(_)))
}
