//! Names inside of schemas: references to components, types that are written where they are used, and their null.

use openapiv3::{ReferenceOr, Schema, SchemaKind};

use crate::error::Error;
use crate::ir::definition::{Definition, Origin};
use crate::ir::names::{Identifier, TypeName};
use crate::ir::note::NoteKind;
use crate::ir::types::Type;
use crate::lower::named::NamedKind;
use crate::lower::{Lowering, Place, Schemas, Side, union};
use crate::names;
use crate::normalize::schema::REFERENCE;
use crate::pointer::Pointer;

impl<'a> Lowering<'a> {
    /// Whether the component behind a reference allows null.
    pub(super) fn target_takes_null(&self, reference: &'a str) -> bool {
        target_takes_null(reference, self.schemas, &mut Vec::new())
    }

    pub(super) fn reference(&mut self, reference: &'a str, place: &Place) -> Result<Type, Error> {
        let mut found = None;
        let mut reference = reference;
        // A component may be only a reference to another one. Such a chain is never longer than the list.
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
    pub(super) fn inline(
        &mut self,
        schema: &'a Schema,
        kind: &NamedKind<'a>,
        place: &Place,
    ) -> Result<Type, Error> {
        let (word, other) = match kind {
            NamedKind::Record(_) => ("Fields", "Record"),
            NamedKind::Strings(_) => ("Preset", "Value"),
            NamedKind::Integers(_) => ("Number", "Value"),
            NamedKind::Union(_) => ("Choice", "Form"),
        };
        let words = without_stutter(&place.words);
        let wanted = match (&place.origin, place.side) {
            (Origin::Place, Side::Input) => names::sent_type(&words),
            (Origin::Place, Side::Output) | (Origin::Component(_) | Origin::Inside(_), _) => {
                names::type_name(&words)
            }
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
            (Origin::Place, NamedKind::Union(forms)) if self.is_form(&wanted, forms) => {
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
        forms.iter().any(|form| {
            let reference = match form.schema {
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
