//! Decides whether every value of one type can stand where another type is expected.

use crate::diff::pairs::Scope;
use crate::ir::{DefinitionKind, Field, Presence, Record, Slot, Type, TypeName};

/// Who takes the value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reader {
    /// fal, which knows only the values it announces and holds callers to its bounds.
    Fal,
    /// A published crate, whose enums and unions are open and which checks no bound of what it is sent.
    Crate,
}

/// Whether every value of `value` is one that `expected` stands for, as far as `reader` looks.
pub(super) fn fits(
    value: &Type,
    value_scope: Scope<'_>,
    expected: &Type,
    expected_scope: Scope<'_>,
    reader: Reader,
) -> bool {
    let mut question = Question {
        reader,
        assumed: Vec::new(),
    };
    question.types((value, value_scope), (expected, expected_scope))
}

struct Question {
    reader: Reader,
    /// Pairs under examination: a recursive type fits if nothing else speaks against it.
    assumed: Vec<(TypeName, TypeName)>,
}

/// A type with the scope of its names, and a definition's body with the same.
type Scoped<'a, 'b, T> = (&'b T, Scope<'a>);

impl Question {
    fn types(&mut self, value: Scoped<'_, '_, Type>, expected: Scoped<'_, '_, Type>) -> bool {
        if let (Some(value_name), Some(expected_name)) = (name(value.0), name(expected.0)) {
            let names = (value_name.clone(), expected_name.clone());
            if self.assumed.contains(&names) {
                return true;
            }
            self.assumed.push(names);
        }
        if let Some((DefinitionKind::Union(_), _)) = body(expected)
            && self.reader == Reader::Crate
        {
            return true;
        }
        if let Some((kind, scope)) = body(value) {
            return match kind {
                DefinitionKind::Alias(slot) => self.types((&slot.ty, scope), expected),
                DefinitionKind::Union(forms) => forms
                    .iter()
                    .all(|form| self.types((&form.ty, scope), expected)),
                _ => self.body((kind, scope), expected),
            };
        }
        if let Some((kind, scope)) = body(expected) {
            return match kind {
                DefinitionKind::Alias(slot) => self.types(value, (&slot.ty, scope)),
                DefinitionKind::Union(forms) => forms
                    .iter()
                    .any(|form| self.types(value, (&form.ty, scope))),
                DefinitionKind::StringEnum(_) => {
                    self.reader == Reader::Crate && matches!(value.0, Type::String(_))
                }
                DefinitionKind::IntegerEnum(_) => {
                    self.reader == Reader::Crate && matches!(value.0, Type::Integer(_))
                }
                DefinitionKind::Record(wanted) => match value.0 {
                    // fal may give the keys of a free object another meaning; a crate reads those that it knows.
                    Type::Map(slot) if self.reader == Reader::Crate => {
                        self.map_as_record((slot, value.1), (wanted, scope))
                    }
                    _ => false,
                },
            };
        }
        self.plain(value, expected)
    }

    /// A free object in the place of a record.
    fn map_as_record(
        &mut self,
        value: Scoped<'_, '_, Slot>,
        expected: Scoped<'_, '_, Record>,
    ) -> bool {
        expected.0.rest.is_none()
            && expected.0.fields.iter().all(|wanted| {
                !self.needs(wanted) && self.types((&value.0.ty, value.1), (&wanted.ty, expected.1))
            })
    }

    /// A record in the place of a free object.
    fn record_as_map(
        &mut self,
        value: Scoped<'_, '_, Record>,
        expected: Scoped<'_, '_, Slot>,
    ) -> bool {
        value.0.rest.is_none()
            && value.0.fields.iter().all(|given| {
                let nullable = match given.presence {
                    Presence::Required => false,
                    Presence::RequiredNullable => true,
                    // Callers leave it out where fal may answer a null as well.
                    Presence::Optional => self.reader == Reader::Crate,
                };
                (!nullable || takes_null(expected.0))
                    && self.types((&given.ty, value.1), (&expected.0.ty, expected.1))
            })
    }

    /// A record or an enum in the place of any type.
    fn body(
        &mut self,
        value: Scoped<'_, '_, DefinitionKind>,
        expected: Scoped<'_, '_, Type>,
    ) -> bool {
        let Some((kind, scope)) = body(expected) else {
            return match (value.0, expected.0) {
                (_, Type::Any)
                | (DefinitionKind::StringEnum(_), Type::String(_))
                | (DefinitionKind::IntegerEnum(_), Type::Integer(_) | Type::Number(_)) => true,
                (DefinitionKind::Record(record), Type::Map(slot)) => {
                    self.record_as_map((record, value.1), (slot, expected.1))
                }
                _ => false,
            };
        };
        match (value.0, kind) {
            (_, DefinitionKind::Alias(slot)) => self.body(value, (&slot.ty, scope)),
            (_, DefinitionKind::Union(forms)) => {
                forms.iter().any(|form| self.body(value, (&form.ty, scope)))
            }
            (DefinitionKind::StringEnum(values), DefinitionKind::StringEnum(known)) => {
                self.reader == Reader::Crate
                    || values
                        .iter()
                        .all(|one| known.iter().any(|other| one.value == other.value))
            }
            (DefinitionKind::IntegerEnum(values), DefinitionKind::IntegerEnum(known)) => {
                self.reader == Reader::Crate
                    || values
                        .iter()
                        .all(|one| known.iter().any(|other| one.value == other.value))
            }
            (DefinitionKind::Record(given), DefinitionKind::Record(wanted)) => {
                self.records((given, value.1), (wanted, scope))
            }
            _ => false,
        }
    }

    fn records(&mut self, value: Scoped<'_, '_, Record>, expected: Scoped<'_, '_, Record>) -> bool {
        expected.0.fields.iter().all(|wanted| {
            let Some(given) = value
                .0
                .fields
                .iter()
                .find(|field| field.wire == wanted.wire)
            else {
                return !self.needs(wanted);
            };
            let present = match given.presence {
                Presence::Required => true,
                Presence::RequiredNullable => wanted.presence != Presence::Required,
                Presence::Optional => !self.needs(wanted),
            };
            present && self.types((&given.ty, value.1), (&wanted.ty, expected.1))
        })
    }

    fn needs(&self, field: &Field) -> bool {
        match self.reader {
            Reader::Fal => field.presence != Presence::Optional,
            Reader::Crate => field.presence == Presence::Required,
        }
    }

    fn plain(&mut self, value: Scoped<'_, '_, Type>, expected: Scoped<'_, '_, Type>) -> bool {
        let lenient = self.reader == Reader::Crate;
        match (value.0, expected.0) {
            (_, Type::Any) | (Type::Boolean, Type::Boolean) => true,
            (Type::Integer(given), Type::Integer(wanted) | Type::Number(wanted))
            | (Type::Number(given), Type::Number(wanted)) => {
                lenient || given == wanted || *wanted == crate::ir::NumberBounds::default()
            }
            (Type::String(given), Type::String(wanted)) => {
                lenient || given == wanted || *wanted == crate::ir::StringBounds::default()
            }
            (Type::Array(given), Type::Array(wanted)) => {
                let bounds = |array: &crate::ir::Array| {
                    (array.min_items, array.max_items, array.unique_items)
                };
                let unbounded = bounds(wanted) == (None, None, false);
                (lenient || unbounded || bounds(given) == bounds(wanted))
                    && self.slots((&given.item, value.1), (&wanted.item, expected.1))
            }
            (Type::Tuple(given), Type::Tuple(wanted)) => {
                given.len() == wanted.len()
                    && given
                        .iter()
                        .zip(wanted)
                        .all(|(given, wanted)| self.slots((given, value.1), (wanted, expected.1)))
            }
            (Type::Tuple(given), Type::Array(wanted)) => {
                let length = given.len() as u64;
                let allowed = !wanted.unique_items
                    && wanted.min_items.is_none_or(|least| least <= length)
                    && wanted.max_items.is_none_or(|most| length <= most);
                (lenient || allowed)
                    && given
                        .iter()
                        .all(|slot| self.slots((slot, value.1), (&wanted.item, expected.1)))
            }
            (Type::Map(given), Type::Map(wanted)) => {
                self.slots((given, value.1), (wanted, expected.1))
            }
            _ => false,
        }
    }

    fn slots(&mut self, value: Scoped<'_, '_, Slot>, expected: Scoped<'_, '_, Slot>) -> bool {
        (!value.0.nullable || takes_null(expected.0))
            && self.types((&value.0.ty, value.1), (&expected.0.ty, expected.1))
    }
}

/// Null is one of the values that any value can be.
fn takes_null(slot: &Slot) -> bool {
    slot.nullable || slot.ty == Type::Any
}

fn name(ty: &Type) -> Option<&TypeName> {
    match ty {
        Type::Named(name) | Type::Boxed(name) => Some(name),
        _ => None,
    }
}

/// The definition behind a name, with the scope that its own names are looked up in.
fn body<'a>((ty, scope): Scoped<'a, '_, Type>) -> Option<(&'a DefinitionKind, Scope<'a>)> {
    let reference = scope.find(name(ty)?)?;
    Some((&reference.definition.kind, scope.inside(reference)))
}
