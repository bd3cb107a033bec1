//! Types in places, and the enums that they bring.

use openapiv3::{
    AdditionalProperties, ReferenceOr, Schema, SchemaKind, StringFormat, VariantOrUnknownOrEmpty,
};
use serde_json::Number;

use crate::error::Error;
use crate::ir::definition::Definition;
use crate::ir::names::TypeName;
use crate::ir::types::{Array, Limit, NumberBounds, Slot, StringBounds, Type};
use crate::lower::named::named_kind;
use crate::lower::{Lowering, Place, union};
use crate::names;
use crate::pointer::Pointer;

impl<'a> Lowering<'a> {
    pub(super) fn type_of(&mut self, schema: &'a Schema, place: &Place) -> Result<Type, Error> {
        self.places += 1;
        self.check_places(&place.pointer)?;
        self.depth += 1;
        let ty = self.type_here(schema, place);
        self.depth -= 1;
        ty
    }

    fn type_here(&mut self, schema: &'a Schema, place: &Place) -> Result<Type, Error> {
        self.check_depth(place)?;
        if let Some(kind) = named_kind(schema, self.schemas) {
            return self.inline(schema, &kind, place);
        }
        match &schema.schema_kind {
            SchemaKind::Type(openapiv3::Type::Boolean(_)) => Ok(Type::Boolean),
            SchemaKind::Type(openapiv3::Type::String(string)) => Ok(Type::String(StringBounds {
                min_length: string.min_length.map(count),
                max_length: string.max_length.map(count),
                pattern: string.pattern.clone(),
                format: format_name(&string.format),
                // The field says that, where there is one.
                media: None,
            })),
            SchemaKind::Type(openapiv3::Type::Integer(integer)) => {
                Ok(Type::Integer(NumberBounds {
                    minimum: integer.minimum.map(|value| Limit {
                        value: value.into(),
                        exclusive: integer.exclusive_minimum,
                    }),
                    maximum: integer.maximum.map(|value| Limit {
                        value: value.into(),
                        exclusive: integer.exclusive_maximum,
                    }),
                    multiple_of: integer.multiple_of.map(Number::from),
                }))
            }
            SchemaKind::Type(openapiv3::Type::Number(number)) => {
                let limit = |value: Option<f64>, exclusive| {
                    value
                        .and_then(decimal)
                        .map(|value| Limit { value, exclusive })
                };
                Ok(Type::Number(NumberBounds {
                    minimum: limit(number.minimum, number.exclusive_minimum),
                    maximum: limit(number.maximum, number.exclusive_maximum),
                    multiple_of: number.multiple_of.and_then(decimal),
                }))
            }
            SchemaKind::Type(openapiv3::Type::Array(array)) => self.list(schema, array, place),
            SchemaKind::Type(openapiv3::Type::Object(object)) => {
                match &object.additional_properties {
                    Some(AdditionalProperties::Schema(value)) => {
                        let below = place.below("value", place.pointer.key("additionalProperties"));
                        Ok(Type::Map(Box::new(self.slot(value, &below)?)))
                    }
                    Some(AdditionalProperties::Any(_)) | None => {
                        Ok(Type::Map(Box::new(Slot::any())))
                    }
                }
            }
            SchemaKind::AllOf { all_of } => {
                let [ReferenceOr::Reference { reference }] = all_of.as_slice() else {
                    return Err(self.fault(&place.pointer));
                };
                self.reference(reference, place)
            }
            SchemaKind::AnyOf { any_of } => {
                let [form] = union::variants(any_of, self.schemas)[..] else {
                    return Err(self.fault(&place.pointer));
                };
                let place = Place {
                    pointer: place.pointer.key("anyOf").index(form.index),
                    ..place.clone()
                };
                Ok(self.type_and_null(form.schema, &place)?.0)
            }
            SchemaKind::Any(any) if any == &openapiv3::AnySchema::default() => Ok(Type::Any),
            SchemaKind::Any(_) | SchemaKind::OneOf { .. } | SchemaKind::Not { .. } => {
                Err(self.fault(&place.pointer))
            }
        }
    }

    /// Ends with an error where a document describes more than anybody reads.
    pub(super) fn check_places(&self, at: &Pointer) -> Result<(), Error> {
        if self.places <= crate::lower::MOST_PLACES {
            return Ok(());
        }
        Err(self.error(
            at,
            format!(
                "the document describes more than {} places, values and words",
                crate::lower::MOST_PLACES
            ),
            "Generate from a smaller document",
        ))
    }

    pub(super) fn check_depth(&self, place: &Place) -> Result<(), Error> {
        if self.depth <= crate::lower::DEEPEST {
            return Ok(());
        }
        Err(self.error(
            &place.pointer,
            format!(
                "types stand in each other deeper than {} levels",
                crate::lower::DEEPEST
            ),
            "Generate from a flatter document",
        ))
    }

    /// What the normal form rules out.
    pub(super) fn fault(&self, at: &Pointer) -> Error {
        self.error(
            at,
            "the normal form holds a construct that it should not",
            "Report this as a fault of the generator",
        )
    }

    fn list(
        &mut self,
        schema: &'a Schema,
        array: &'a openapiv3::ArrayType,
        place: &Place,
    ) -> Result<Type, Error> {
        if schema.schema_data.extensions.contains_key("x-prefix-items")
            && let Some(ReferenceOr::Item(items)) = &array.items
            && let SchemaKind::AnyOf { any_of } = &items.schema_kind
        {
            let mut slots = Vec::new();
            for (index, body) in any_of.iter().enumerate() {
                let below = place.below(
                    &names::ordinal(index),
                    place.pointer.key("prefixItems").index(index),
                );
                slots.push(self.slot(body, &below)?);
            }
            return Ok(Type::Tuple(slots));
        }
        let below = place.below("item", place.pointer.key("items"));
        let item = match &array.items {
            None => Slot::any(),
            Some(items) => self.slot(items, &below)?,
        };
        Ok(Type::Array(Box::new(Array {
            item,
            min_items: array.min_items.map(count),
            max_items: array.max_items.map(count),
            unique_items: array.unique_items,
        })))
    }

    /// The definition of a name that is complete.
    pub(super) fn built(&self, name: &TypeName) -> Option<&Definition> {
        self.types.get(name).and_then(Option::as_ref)
    }
}

fn count(value: usize) -> u64 {
    value as u64
}

/// A bound as the normal form spelled it: a whole number without a fraction.
fn decimal(value: f64) -> Option<Number> {
    Number::from_f64(value).map(|number| crate::normalize::numbers::canonical(&number))
}

fn format_name(format: &VariantOrUnknownOrEmpty<StringFormat>) -> Option<String> {
    match format {
        VariantOrUnknownOrEmpty::Empty => None,
        VariantOrUnknownOrEmpty::Unknown(name) => Some(name.clone()),
        VariantOrUnknownOrEmpty::Item(known) => Some(
            match known {
                StringFormat::Date => "date",
                StringFormat::DateTime => "date-time",
                StringFormat::Password => "password",
                StringFormat::Byte => "byte",
                StringFormat::Binary => "binary",
            }
            .to_owned(),
        ),
    }
}
