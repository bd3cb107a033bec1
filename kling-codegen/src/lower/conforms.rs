//! Whether a default or an example is a value of its own type.

use serde_json::Value;

use crate::ir::definition::{DefinitionKind, Presence};
use crate::ir::names::TypeName;
use crate::ir::types::Type;
use crate::lower::Lowering;

/// A value nested deeper is taken as it is.
const DEEPEST: usize = 32;
/// Forms of a union that contain unions can be tried in more ways than there is time for; then the rest of a document's
/// values is taken too.
const MOST_STEPS: usize = 300_000;

impl Lowering<'_> {
    /// Whether a value has the shape of a type. Bounds do not count: an example beyond a bound still shows the shape.
    pub(super) fn conforms(&self, value: &Value, ty: &Type) -> bool {
        self.conforms_within(value, ty, 0)
    }

    /// Counts steps; so many of those that look at one name each weigh as much as one that goes into a value.
    fn step(&self, names: usize) -> bool {
        self.steps.set(self.steps.get() + 1 + names / 16);
        self.steps.get() <= MOST_STEPS
    }

    fn conforms_within(&self, value: &Value, ty: &Type, depth: usize) -> bool {
        if depth > DEEPEST || !self.step(0) {
            return true;
        }
        let slot = |value: &Value, slot: &crate::ir::types::Slot| {
            (value.is_null() && slot.nullable) || self.conforms_within(value, &slot.ty, depth + 1)
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
                self.definition_conforms(value, name, depth + 1)
            }
            Type::Any => true,
        }
    }

    fn definition_conforms(&self, value: &Value, name: &TypeName, depth: usize) -> bool {
        // What is still being built contains this place, so the value is as deep as the type.
        let Some(definition) = self.built(name) else {
            return true;
        };
        let names = match &definition.kind {
            DefinitionKind::Record(record) => record.fields.len(),
            DefinitionKind::StringEnum(variants) => variants.len(),
            DefinitionKind::IntegerEnum(variants) => variants.len(),
            DefinitionKind::Union(_) | DefinitionKind::Alias(_) => 0,
        };
        if !self.step(names) {
            return true;
        }
        match &definition.kind {
            DefinitionKind::Record(record) => value.as_object().is_some_and(|map| {
                record
                    .fields
                    .iter()
                    .all(|field| match (map.get(&field.wire), field.presence) {
                        (None | Some(Value::Null), presence) => presence != Presence::Required,
                        (Some(value), _) => self.conforms_within(value, &field.ty, depth),
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
                .any(|variant| self.conforms_within(value, &variant.ty, depth)),
            DefinitionKind::Alias(slot) => {
                (value.is_null() && slot.nullable) || self.conforms_within(value, &slot.ty, depth)
            }
        }
    }
}
