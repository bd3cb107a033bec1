//! Which forms of a union no value can reach, since another one is tried before and takes all that they take.

use std::collections::BTreeSet;

use crate::ir::{DefinitionKind, Field, Presence, Record, Slot, Type, TypeName, UnionVariant};
use crate::lower::Lowering;

impl Lowering<'_> {
    /// The first form before this one that takes every value of it.
    pub(super) fn hidden_by<'v>(
        &self,
        before: &'v [UnionVariant],
        form: &Type,
    ) -> Option<&'v UnionVariant> {
        before.iter().find(|other| {
            let mut question = Question {
                lowering: self,
                assumed: BTreeSet::new(),
            };
            question.takes(&other.ty, form)
        })
    }
}

struct Question<'a, 'b> {
    lowering: &'a Lowering<'b>,
    /// Pairs of names under examination: types that contain themselves are the same unless something speaks against it.
    assumed: BTreeSet<(TypeName, TypeName)>,
}

impl Question<'_, '_> {
    /// Whether the first type decodes from whatever is a value of the second. Enums and unions take what they do not
    /// know, and records let further properties pass.
    fn takes(&mut self, first: &Type, second: &Type) -> bool {
        if let (Some(first), Some(second)) = (name(first), name(second))
            && !self.assumed.insert((first.clone(), second.clone()))
        {
            return true;
        }
        match (self.kind(first), self.kind(second)) {
            (Some(DefinitionKind::Union(_)), _)
            | (Some(DefinitionKind::StringEnum(_)), Some(DefinitionKind::StringEnum(_)))
            | (Some(DefinitionKind::IntegerEnum(_)), Some(DefinitionKind::IntegerEnum(_))) => true,
            (_, Some(DefinitionKind::Union(forms))) => {
                // Its `Other` may hold anything.
                *first == Type::Any || forms.is_empty()
            }
            (Some(DefinitionKind::Alias(first)), _) => self.takes(&first.ty, second),
            (_, Some(DefinitionKind::Alias(second))) => self.takes(first, &second.ty),
            (Some(DefinitionKind::Record(first)), Some(DefinitionKind::Record(second))) => {
                self.takes_record(first, second)
            }
            (Some(DefinitionKind::StringEnum(_)), None) => matches!(second, Type::String(_)),
            (Some(DefinitionKind::IntegerEnum(_)), None) => matches!(second, Type::Integer(_)),
            (None, Some(DefinitionKind::StringEnum(_))) => {
                matches!(first, Type::String(_) | Type::Any)
            }
            (None, Some(DefinitionKind::IntegerEnum(_))) => {
                matches!(first, Type::Integer(_) | Type::Number(_) | Type::Any)
            }
            (None, Some(DefinitionKind::Record(record))) => match first {
                Type::Map(value) => {
                    record.rest.is_none() && self.takes_fields(value, &record.fields)
                }
                other => *other == Type::Any,
            },
            (Some(_), Some(_)) | (Some(DefinitionKind::Record(_)), None) => false,
            (None, None) => self.takes_plain(first, second),
        }
    }

    fn takes_plain(&mut self, first: &Type, second: &Type) -> bool {
        match (first, second) {
            (Type::Any, _)
            | (Type::Boolean, Type::Boolean)
            | (Type::Integer(_), Type::Integer(_))
            | (Type::Number(_), Type::Integer(_) | Type::Number(_))
            | (Type::String(_), Type::String(_)) => true,
            (Type::Array(first), Type::Array(second)) => self.takes_slot(&first.item, &second.item),
            (Type::Array(first), Type::Tuple(places)) => places
                .iter()
                .all(|place| self.takes_slot(&first.item, place)),
            (Type::Tuple(first), Type::Tuple(second)) => {
                first.len() == second.len()
                    && first
                        .iter()
                        .zip(second)
                        .all(|(first, second)| self.takes_slot(first, second))
            }
            (Type::Map(first), Type::Map(second)) => self.takes_slot(first, second),
            (
                Type::Boolean
                | Type::Integer(_)
                | Type::Number(_)
                | Type::String(_)
                | Type::Array(_)
                | Type::Tuple(_)
                | Type::Map(_)
                | Type::Named(_)
                | Type::Boxed(_),
                _,
            ) => false,
        }
    }

    fn takes_record(&mut self, first: &Record, second: &Record) -> bool {
        first.rest.is_none()
            && first.fields.iter().all(|wanted| {
                let given = second.fields.iter().find(|field| field.wire == wanted.wire);
                match given {
                    Some(given) => {
                        let present = wanted.presence != Presence::Required
                            || given.presence == Presence::Required;
                        present && self.takes(&wanted.ty, &given.ty)
                    }
                    None => wanted.presence != Presence::Required,
                }
            })
    }

    fn takes_fields(&mut self, value: &Slot, fields: &[Field]) -> bool {
        fields.iter().all(|field| {
            let nullable = value.nullable || value.ty == Type::Any;
            (nullable || field.presence == Presence::Required) && self.takes(&value.ty, &field.ty)
        })
    }

    fn takes_slot(&mut self, first: &Slot, second: &Slot) -> bool {
        (first.nullable || first.ty == Type::Any || !second.nullable)
            && self.takes(&first.ty, &second.ty)
    }
}

impl<'a> Question<'a, '_> {
    /// What a name stands for; `None` for a plain type, and for a type that is still being built, of which nothing is
    /// known.
    fn kind(&self, ty: &Type) -> Option<&'a DefinitionKind> {
        let definition = self.lowering.built(name(ty)?)?;
        Some(&definition.kind)
    }
}

fn name(ty: &Type) -> Option<&TypeName> {
    match ty {
        Type::Named(name) | Type::Boxed(name) => Some(name),
        Type::Boolean
        | Type::Integer(_)
        | Type::Number(_)
        | Type::String(_)
        | Type::Array(_)
        | Type::Tuple(_)
        | Type::Map(_)
        | Type::Any => None,
    }
}
