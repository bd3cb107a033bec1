//! Whether a default or an example is a value of its own type.

use std::cell::Cell;

use serde_json::Value;

use super::Lowering;
use crate::ir::{DefinitionKind, Presence, Type, TypeName};

/// A value nested deeper is taken as it is.
const DEEPEST: usize = 32;
/// Forms of a union that contain unions can be tried in more ways than there is time for; then the value is taken too.
const MOST_STEPS: usize = 100_000;

impl Lowering<'_> {
    /// Whether a value has the shape of a type. Bounds do not count: an example beyond a bound still shows the shape.
    pub(super) fn fits(&self, value: &Value, ty: &Type) -> bool {
        self.fits_within(value, ty, 0, &Cell::new(0))
    }

    fn fits_within(&self, value: &Value, ty: &Type, depth: usize, steps: &Cell<usize>) -> bool {
        steps.set(steps.get() + 1);
        if depth > DEEPEST || steps.get() > MOST_STEPS {
            return true;
        }
        let slot = |value: &Value, slot: &crate::ir::Slot| {
            (value.is_null() && slot.nullable)
                || self.fits_within(value, &slot.ty, depth + 1, steps)
        };
        match ty {
            Type::Boolean => value.is_boolean(),
            Type::Integer(_) => value.is_i64(),
            Type::Number(_) => value.is_number(),
            Type::String(_) => value.is_string(),
            Type::Array(array) => value
                .as_array()
                .is_some_and(|items| items.iter().all(|item| slot(item, &array.item))),
            Type::Tuple(places) => value.as_array().is_some_and(|items| {
                items.len() == places.len()
                    && items
                        .iter()
                        .zip(places)
                        .all(|(item, place)| slot(item, place))
            }),
            Type::Map(inner) => value
                .as_object()
                .is_some_and(|map| map.values().all(|value| slot(value, inner))),
            Type::Named(name) | Type::Boxed(name) => {
                self.fits_definition(value, name, depth + 1, steps)
            }
            Type::Any => true,
        }
    }

    fn fits_definition(
        &self,
        value: &Value,
        name: &TypeName,
        depth: usize,
        steps: &Cell<usize>,
    ) -> bool {
        // What is still being built contains this place, so the value is as deep as the type.
        let Some(definition) = self.built(name) else {
            return true;
        };
        match &definition.kind {
            DefinitionKind::Record(record) => value.as_object().is_some_and(|map| {
                record
                    .fields
                    .iter()
                    .all(|field| match (map.get(&field.wire), field.presence) {
                        (None | Some(Value::Null), presence) => presence != Presence::Required,
                        (Some(value), _) => self.fits_within(value, &field.ty, depth, steps),
                    })
            }),
            DefinitionKind::StringEnum(variants) => value
                .as_str()
                .is_some_and(|text| variants.iter().any(|variant| variant.value == text)),
            DefinitionKind::IntegerEnum(variants) => value
                .as_i64()
                .is_some_and(|number| variants.iter().any(|variant| variant.value == number)),
            DefinitionKind::Union(variants) => variants
                .iter()
                .any(|variant| self.fits_within(value, &variant.ty, depth, steps)),
            DefinitionKind::Alias(slot) => {
                (value.is_null() && slot.nullable)
                    || self.fits_within(value, &slot.ty, depth, steps)
            }
        }
    }
}
