//! Types in places, and the enums that they bring.

use openapiv3::{
    AdditionalProperties, ReferenceOr, Schema, SchemaKind, StringFormat, VariantOrUnknownOrEmpty,
};
use serde_json::Number;

use crate::error::Error;
use crate::ir::definition::{Definition, Origin};
use crate::ir::names::{Identifier, TypeName};
use crate::ir::note::NoteKind;
use crate::ir::types::{Array, Limit, NumberBounds, Slot, StringBounds, Type};
use crate::lower::{Lowering, Place, Schemas, named_kind, union};
use crate::names;
use crate::normalize::schema::REFERENCE;
use crate::pointer::Pointer;

impl<'a> Lowering<'a> {
    /// Whether the component behind a reference allows null.
    pub(super) fn target_takes_null(&self, reference: &'a str) -> bool {
        target_takes_null(reference, self.schemas, &mut Vec::new())
    }

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
                let [(index, form)] = union::variants(any_of, self.schemas)[..] else {
                    return Err(self.fault(&place.pointer));
                };
                let place = Place {
                    pointer: place.pointer.key("anyOf").index(index),
                    ..place.clone()
                };
                Ok(self.type_and_null(form, &place)?.0)
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

    fn check_depth(&self, place: &Place) -> Result<(), Error> {
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
    fn fault(&self, at: &Pointer) -> Error {
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

    pub(super) fn reference(&mut self, reference: &'a str, place: &Place) -> Result<Type, Error> {
        let mut found = None;
        let mut reference = reference;
        // A component may be no more than another name; a chain of such names is never longer than the list.
        for _ in 0..=self.schemas.len() {
            found = reference
                .strip_prefix(REFERENCE)
                .and_then(|key| self.schemas.get_key_value(key));
            let Some((_, ReferenceOr::Reference { reference: next })) = found else {
                break;
            };
            reference = next;
        }
        let (key, schema) = match found {
            Some((key, ReferenceOr::Item(schema))) => (key, schema),
            Some((key, ReferenceOr::Reference { .. })) => {
                let pointer = Pointer::root().key("components").key("schemas").key(key);
                self.note(
                    NoteKind::Guessed,
                    &pointer,
                    "the component is another name of itself, so it is left open",
                );
                return Ok(Type::Any);
            }
            None => return Err(self.fault(&place.pointer)),
        };
        let pointer = Pointer::root().key("components").key("schemas").key(key);
        let Some(name) = self.components.get(key.as_str()).cloned() else {
            // A component that is a plain type needs no name of its own.
            if self.following.contains(&key.as_str()) {
                self.note(
                    NoteKind::Guessed,
                    &pointer,
                    "the component contains itself and has no properties, so it is left open",
                );
                return Ok(Type::Any);
            }
            self.following.push(key);
            let ty = self.type_of(
                schema,
                &Place {
                    pointer,
                    ..place.clone()
                },
            );
            self.following.pop();
            return ty;
        };
        if !self.types.contains_key(&name) {
            let source = self.document.source(&pointer);
            let inner = Place {
                words: name.as_str().to_owned(),
                origin: Origin::Component(source.component().unwrap_or_else(|| key.clone())),
                side: place.side,
                pointer,
            };
            self.types.insert(name.clone(), None);
            self.check_depth(place)?;
            self.depth += 1;
            let definition = self.definition(schema, &inner)?;
            self.depth -= 1;
            self.types.insert(name.clone(), definition);
        }
        Ok(Type::Named(name))
    }

    /// A type that is written where it is used, and named after that place.
    fn inline(
        &mut self,
        schema: &'a Schema,
        kind: &crate::lower::NamedKind<'a>,
        place: &Place,
    ) -> Result<Type, Error> {
        let (word, other) = match kind {
            crate::lower::NamedKind::Record(_) => ("Fields", "Record"),
            crate::lower::NamedKind::Strings(_) => ("Preset", "Value"),
            crate::lower::NamedKind::Integers(_) => ("Number", "Value"),
            crate::lower::NamedKind::Union(_) => ("Choice", "VariantSchema"),
        };
        let words = without_stutter(&place.words);
        let wanted = match (&place.origin, place.side) {
            (Origin::Place, crate::lower::Side::Input) => names::sent_type(&words),
            (Origin::Place, crate::lower::Side::Output)
            | (Origin::Component(_) | Origin::Inside(_), _) => names::type_name(&words),
        };
        let distinct = if wanted.as_str().ends_with(word) {
            other
        } else {
            word
        };
        let wanted = Identifier::unchecked(wanted.as_str());
        let name = match (&place.origin, kind) {
            (Origin::Component(_) | Origin::Inside(_), _) => {
                let name = self.component_names.assign(&wanted, &[distinct]);
                TypeName::of_component(name.as_str())
            }
            // A place that takes a component of its own name is called otherwise than what it takes.
            (Origin::Place, crate::lower::NamedKind::Union(forms))
                if self.is_form(&wanted, forms) =>
            {
                let wanted = Identifier::unchecked(format!("{wanted}{distinct}"));
                let name = self.place_names.assign(&wanted, &[other]);
                TypeName::unchecked(name.as_str())
            }
            (Origin::Place, _) => {
                let name = self.place_names.assign(&wanted, &[distinct]);
                TypeName::unchecked(name.as_str())
            }
        };
        self.types.insert(name.clone(), None);
        let inner = Place {
            words: name.as_str().to_owned(),
            ..place.clone()
        };
        let definition = self
            .definition(schema, &inner)?
            .map(|definition| Definition {
                // The field that holds it says what it is for.
                description: None,
                deprecated: false,
                ..definition
            });
        self.types.insert(name.clone(), definition);
        Ok(Type::Named(name))
    }

    /// Whether one of the forms is the component of a name.
    fn is_form(&self, name: &Identifier, forms: &[union::VariantSchema<'a>]) -> bool {
        forms.iter().any(|(_, form)| {
            let reference = match form {
                ReferenceOr::Reference { reference } => Some(reference),
                ReferenceOr::Item(schema) => match &schema.schema_kind {
                    SchemaKind::AllOf { all_of } => match all_of.as_slice() {
                        [ReferenceOr::Reference { reference }] => Some(reference),
                        [] | [ReferenceOr::Item(_)] | [_, _, ..] => None,
                    },
                    SchemaKind::Type(_)
                    | SchemaKind::OneOf { .. }
                    | SchemaKind::AnyOf { .. }
                    | SchemaKind::Not { .. }
                    | SchemaKind::Any(_) => None,
                },
            };
            reference
                .and_then(|reference| reference.strip_prefix(REFERENCE))
                .and_then(|key| self.components.get(key))
                .is_some_and(|component| component.as_str() == name.as_str())
        })
    }

    /// The definition of a name that is complete.
    pub(super) fn built(&self, name: &TypeName) -> Option<&Definition> {
        self.types.get(name).and_then(Option::as_ref)
    }
}

/// Whether null is a value of a schema, by its own word or by that of what it refers to.
pub(super) fn takes_null<'a>(
    schema: &'a Schema,
    schemas: &'a Schemas,
    seen: &mut Vec<&'a str>,
) -> bool {
    schema.schema_data.nullable
        || match &schema.schema_kind {
            SchemaKind::AllOf { all_of: inside } | SchemaKind::AnyOf { any_of: inside } => {
                inside.iter().any(|inner| match inner {
                    ReferenceOr::Item(schema) => takes_null(schema, schemas, seen),
                    ReferenceOr::Reference { reference } => {
                        target_takes_null(reference, schemas, seen)
                    }
                })
            }
            SchemaKind::Type(_)
            | SchemaKind::OneOf { .. }
            | SchemaKind::Not { .. }
            | SchemaKind::Any(_) => false,
        }
}

/// Whether the component behind a reference allows null. One that is being looked at already adds nothing.
fn target_takes_null<'a>(
    reference: &'a str,
    schemas: &'a Schemas,
    seen: &mut Vec<&'a str>,
) -> bool {
    if seen.contains(&reference) {
        return false;
    }
    seen.push(reference);
    match reference
        .strip_prefix(REFERENCE)
        .and_then(|key| schemas.get(key))
    {
        Some(ReferenceOr::Item(schema)) => takes_null(schema, schemas, seen),
        Some(ReferenceOr::Reference { reference }) => target_takes_null(reference, schemas, seen),
        None => false,
    }
}

/// `output output_format` is named `OutputFormat`: a word that stands twice in a row stands once.
fn without_stutter(words: &str) -> String {
    use heck::ToSnakeCase;
    let snake = words.to_snake_case();
    let mut parts: Vec<&str> = Vec::new();
    for part in snake.split('_') {
        if parts.last() != Some(&part) || part.parse::<u64>().is_ok() {
            parts.push(part);
        }
    }
    parts.join(" ")
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
