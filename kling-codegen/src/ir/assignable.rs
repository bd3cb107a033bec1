//! Whether every value of one type can stand where another type is expected.
//!
//! `lower` asks it of the variants of a union, which are tried in turn, and `diff` of a type before and after.

use crate::ir::definition::{DefinitionKind, Field, Presence, Record};
use crate::ir::names::TypeName;
use crate::ir::types::{Array, NumberBounds, Slot, StringBounds, Type};

/// Finds what the names inside a type stand for.
pub(crate) trait Names<'a>: Copy {
    /// The definition of a name, with what the names inside it are looked up in; nothing where it is not known.
    fn kind(self, name: &TypeName) -> Option<(&'a DefinitionKind, Self)>;
}

/// Who takes the value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reader {
    /// fal, which knows only the values it announces and holds callers to its bounds.
    Fal,
    /// Generated code, whose enums and unions are open and which checks no bound of what it reads.
    Crate,
}

/// Whether every value of `value` is one that `expected` stands for, as far as `reader` looks.
pub(crate) fn assignable<'a, N: Names<'a>>(
    value: (&Type, N),
    expected: (&Type, N),
    reader: Reader,
) -> bool {
    let mut comparison = Comparison {
        reader,
        assumed: Vec::new(),
        refuted: Vec::new(),
    };
    comparison.types(value, expected)
}

struct Comparison {
    reader: Reader,
    /// Pairs of names that hold if what they are made of does: a recursive type fits if nothing else speaks against it.
    assumed: Vec<(TypeName, TypeName)>,
    refuted: Vec<(TypeName, TypeName)>,
}

impl Comparison {
    fn types<'a, N: Names<'a>>(&mut self, value: (&Type, N), expected: (&Type, N)) -> bool {
        let (Some(value_name), Some(expected_name)) = (name(value.0), name(expected.0)) else {
            return self.inside(value, expected);
        };
        let names = (value_name.clone(), expected_name.clone());
        if self.assumed.contains(&names) || self.refuted.contains(&names) {
            return !self.refuted.contains(&names);
        }
        let before = self.assumed.len();
        self.assumed.push(names.clone());
        let holds = self.inside(value, expected);
        if !holds {
            self.assumed.truncate(before);
            self.refuted.push(names);
        }
        holds
    }

    fn inside<'a, N: Names<'a>>(&mut self, value: (&Type, N), expected: (&Type, N)) -> bool {
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
    fn map_as_record<'a, N: Names<'a>>(
        &mut self,
        value: (&Slot, N),
        expected: (&Record, N),
    ) -> bool {
        expected.0.rest.is_none()
            && expected.0.fields.iter().all(|wanted| {
                !self.needs(wanted) && self.types((&value.0.ty, value.1), (&wanted.ty, expected.1))
            })
    }

    /// A record in the place of a free object.
    fn record_as_map<'a, N: Names<'a>>(
        &mut self,
        value: (&Record, N),
        expected: (&Slot, N),
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
    fn body<'a, N: Names<'a>>(
        &mut self,
        value: (&DefinitionKind, N),
        expected: (&Type, N),
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

    fn records<'a, N: Names<'a>>(&mut self, value: (&Record, N), expected: (&Record, N)) -> bool {
        let rest = expected
            .0
            .rest
            .as_ref()
            .filter(|_| self.reader == Reader::Crate);
        let rest_fits =
            rest.is_none_or(|rest| {
                let further = value.0.fields.iter().filter(|given| {
                    let mut known = expected.0.fields.iter();
                    !known.any(|wanted| wanted.wire == given.wire)
                });
                let further: Vec<_> = further.collect();
                let null = takes_null(&rest.value);
                further.into_iter().all(|given| {
                    (null || given.presence == Presence::Required)
                        && self.types((&given.ty, value.1), (&rest.value.ty, expected.1))
                }) && value.0.rest.as_ref().is_none_or(|given| {
                    self.slots((&given.value, value.1), (&rest.value, expected.1))
                })
            });
        rest_fits
            && expected.0.fields.iter().all(|wanted| {
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

    fn plain<'a, N: Names<'a>>(&mut self, value: (&Type, N), expected: (&Type, N)) -> bool {
        let lenient = self.reader == Reader::Crate;
        match (value.0, expected.0) {
            (_, Type::Any) | (Type::Boolean, Type::Boolean) => true,
            (Type::Integer(given), Type::Integer(wanted) | Type::Number(wanted))
            | (Type::Number(given), Type::Number(wanted)) => {
                lenient || given == wanted || *wanted == NumberBounds::default()
            }
            (Type::String(given), Type::String(wanted)) => {
                lenient || given == wanted || *wanted == StringBounds::default()
            }
            (Type::Array(given), Type::Array(wanted)) => {
                let bounds = |array: &Array| (array.min_items, array.max_items, array.unique_items);
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

    fn slots<'a, N: Names<'a>>(&mut self, value: (&Slot, N), expected: (&Slot, N)) -> bool {
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
fn body<'a, N: Names<'a>>((ty, names): (&Type, N)) -> Option<(&'a DefinitionKind, N)> {
    names.kind(name(ty)?)
}
