//! Two bodies of one record: whether they agree, and the one body that holds for both.

use std::fmt::Debug;

use crate::ir::definition::{Definition, DefinitionKind, Field, Presence, Record, Variant};
use crate::ir::types::{Array, Facts, Limit, NumberBounds, Slot, StringBounds, Type};

/// What contradicts a shared definition, in words; `None` where both can be one.
pub(super) fn conflict(shared: &Definition, other: &Definition) -> Option<String> {
    if shared.origin != other.origin {
        // Two keys of fal's may become one name in Rust; they are two things all the same.
        return Some(match shared.origin.key() {
            Some(key) => format!("that one is fal's `{}`", key.escape_debug()),
            None => "that one is no component of fal's".to_owned(),
        });
    }
    match (&shared.kind, &other.kind) {
        (DefinitionKind::Record(left), DefinitionKind::Record(right)) => {
            record_conflict(left, right)
        }
        (DefinitionKind::StringEnum(left), DefinitionKind::StringEnum(right)) => {
            value_conflict(left, right)
        }
        (DefinitionKind::IntegerEnum(left), DefinitionKind::IntegerEnum(right)) => {
            value_conflict(left, right)
        }
        (DefinitionKind::Union(left), DefinitionKind::Union(right)) => {
            let same = left.len() == right.len()
                && left
                    .iter()
                    .zip(right)
                    .all(|(left, right)| left.ident == right.ident && agrees(&left.ty, &right.ty));
            (!same).then(|| "it has other forms".to_owned())
        }
        _ => Some("it is of another kind".to_owned()),
    }
}

/// Two values of one name cannot both be had, and either would take the name from callers who use it.
fn value_conflict<T: PartialEq + Debug>(
    left: &[Variant<T>],
    right: &[Variant<T>],
) -> Option<String> {
    right.iter().find_map(|variant| {
        let twin = left
            .iter()
            .find(|twin| twin.ident == variant.ident && twin.value != variant.value)?;
        Some(format!(
            "its value {:?} has the name of {:?}",
            variant.value, twin.value
        ))
    })
}

fn record_conflict(left: &Record, right: &Record) -> Option<String> {
    let mut common = left.fields.is_empty() || right.fields.is_empty();
    for field in &right.fields {
        let Some(twin) = left.fields.iter().find(|twin| twin.wire == field.wire) else {
            continue;
        };
        common = true;
        if !agrees(&twin.ty, &field.ty) {
            return Some(format!(
                "its field `{}` has another type",
                field.wire.escape_debug()
            ));
        }
    }
    if !common {
        // One type of both would hold nothing that is always there, and say nothing of either.
        return Some("the two have no field in common".to_owned());
    }
    match (&left.rest, &right.rest) {
        (Some(left), Some(right)) if !agrees(&left.value.ty, &right.value.ty) => {
            Some("its further properties have another type".to_owned())
        }
        // What one describes the other leaves open, and a value that does not follow could not be read.
        (Some(_), None) | (None, Some(_)) => {
            Some("only one of the two describes further properties".to_owned())
        }
        _ => None,
    }
}

/// Whether two types are one in Rust. Bounds are not part of a Rust type.
fn agrees(left: &Type, right: &Type) -> bool {
    match (left, right) {
        (Type::Boolean, Type::Boolean)
        | (Type::Integer(_), Type::Integer(_))
        | (Type::Number(_), Type::Number(_))
        | (Type::String(_), Type::String(_))
        | (Type::Any, Type::Any) => true,
        (Type::Array(left), Type::Array(right)) => slots_agree(&left.item, &right.item),
        (Type::Tuple(left), Type::Tuple(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .zip(right)
                    .all(|(left, right)| slots_agree(left, right))
        }
        (Type::Map(left), Type::Map(right)) => slots_agree(left, right),
        (Type::Named(left) | Type::Boxed(left), Type::Named(right) | Type::Boxed(right)) => {
            left == right
        }
        _ => false,
    }
}

fn slots_agree(left: &Slot, right: &Slot) -> bool {
    left.nullable == right.nullable && agrees(&left.ty, &right.ty)
}

/// Merges a definition that does not contradict the shared one.
pub(super) fn into(shared: &mut Definition, other: Definition) {
    shared.deprecated &= other.deprecated;
    if shared.description.is_none() {
        shared.description = other.description;
    }
    match (&mut shared.kind, other.kind) {
        (DefinitionKind::Record(left), DefinitionKind::Record(right)) => merge_records(left, right),
        (DefinitionKind::StringEnum(left), DefinitionKind::StringEnum(right)) => {
            merge_variants(left, right);
        }
        (DefinitionKind::IntegerEnum(left), DefinitionKind::IntegerEnum(right)) => {
            merge_variants(left, right);
        }
        (DefinitionKind::Union(left), DefinitionKind::Union(right)) => {
            for (left, right) in left.iter_mut().zip(right) {
                merge_facts(&mut left.facts, right.facts);
                loosen(&mut left.ty, right.ty);
            }
        }
        _ => {}
    }
}

fn merge_records(left: &mut Record, right: Record) {
    for field in &mut left.fields {
        if !right.fields.iter().any(|twin| twin.wire == field.wire) {
            field.presence = Presence::Optional;
        }
    }
    for field in right.fields {
        if let Some(twin) = left.fields.iter_mut().find(|twin| twin.wire == field.wire) {
            merge_fields(twin, field);
        } else {
            // A Rust name that the shared record uses for another property already.
            let mut field = Field {
                presence: Presence::Optional,
                ..field
            };
            while left.fields.iter().any(|twin| twin.ident == field.ident) {
                field.ident = crate::ir::names::Identifier::unchecked(format!(
                    "{}_",
                    field.ident.as_str().trim_start_matches("r#")
                ));
                field.setter = field.ident.clone();
            }
            left.fields.push(field);
        }
    }
    if let (Some(left), Some(right)) = (&mut left.rest, right.rest) {
        merge_slots(&mut left.value, right.value);
    }
}

fn merge_fields(left: &mut Field, right: Field) {
    left.presence = match (left.presence, right.presence) {
        (Presence::Optional, _) | (_, Presence::Optional) => Presence::Optional,
        (Presence::RequiredNullable, _) | (_, Presence::RequiredNullable) => {
            Presence::RequiredNullable
        }
        (Presence::Required, Presence::Required) => Presence::Required,
    };
    // What fal assumes differs from endpoint to endpoint, so nothing can be said for all.
    if left.default != right.default {
        left.default = None;
    }
    merge_facts(&mut left.facts, right.facts);
    loosen(&mut left.ty, right.ty);
}

/// Keeps what holds for both, and the first of what is said once for all.
fn merge_facts(left: &mut Facts, right: Facts) {
    if left.examples.is_empty() {
        left.examples = right.examples;
    }
    if left.description.is_none() {
        left.description = right.description;
    }
    left.deprecated &= right.deprecated;
    left.is_open |= right.is_open;
    left.file_limits
        .retain(|key, value| right.file_limits.get(key) == Some(value));
}

fn merge_slots(left: &mut Slot, right: Slot) {
    merge_facts(&mut left.facts, right.facts);
    loosen(&mut left.ty, right.ty);
}

fn merge_variants<T: PartialEq>(left: &mut Vec<Variant<T>>, right: Vec<Variant<T>>) {
    for variant in right {
        // Of two names for one value the first stays; two values of one name are a conflict, and never come here.
        if !left.iter().any(|twin| twin.value == variant.value) {
            left.push(variant);
        }
    }
}

/// Keeps only the bounds that hold for both types.
fn loosen(left: &mut Type, right: Type) {
    match (left, right) {
        (Type::Integer(left), Type::Integer(right)) | (Type::Number(left), Type::Number(right)) => {
            loosen_numbers(left, right);
        }
        (Type::String(left), Type::String(right)) => loosen_strings(left, &right),
        (Type::Array(left), Type::Array(right)) => {
            let Array {
                item,
                min_items,
                max_items,
                unique_items,
            } = *right;
            merge_slots(&mut left.item, item);
            left.min_items = left
                .min_items
                .zip(min_items)
                .map(|(left, right)| left.min(right));
            left.max_items = left
                .max_items
                .zip(max_items)
                .map(|(left, right)| left.max(right));
            left.unique_items &= unique_items;
        }
        (Type::Map(left), Type::Map(right)) => merge_slots(left, *right),
        (Type::Tuple(left), Type::Tuple(right)) => {
            for (left, right) in left.iter_mut().zip(right) {
                merge_slots(left, right);
            }
        }
        _ => {}
    }
}

fn loosen_numbers(left: &mut NumberBounds, right: NumberBounds) {
    left.minimum = looser(left.minimum.take(), right.minimum, true);
    left.maximum = looser(left.maximum.take(), right.maximum, false);
    if left.multiple_of != right.multiple_of {
        left.multiple_of = None;
    }
}

fn looser(left: Option<Limit>, right: Option<Limit>, lower: bool) -> Option<Limit> {
    let (left, right) = (left?, right?);
    let (left_value, right_value) = (left.value.as_f64()?, right.value.as_f64()?);
    let take_left = if left_value.total_cmp(&right_value).is_eq() {
        !left.exclusive
    } else {
        (left_value < right_value) == lower
    };
    Some(if take_left { left } else { right })
}

fn loosen_strings(left: &mut StringBounds, right: &StringBounds) {
    left.min_length = left
        .min_length
        .zip(right.min_length)
        .map(|(left, right)| left.min(right));
    left.max_length = left
        .max_length
        .zip(right.max_length)
        .map(|(left, right)| left.max(right));
    if left.pattern != right.pattern {
        left.pattern = None;
    }
    if left.format != right.format {
        left.format = None;
    }
}
