//! Unions: which forms tell each other apart, and in which order they must be tried.

use openapiv3::{ReferenceOr, Schema, SchemaKind};

use crate::error::Error;
use crate::ir::assignable::{Reader, assignable};
use crate::ir::definition::{DefinitionKind, Presence, UnionVariant};
use crate::ir::names::Identifier;
use crate::ir::note::NoteKind;
use crate::ir::types::{Slot, Type};
use crate::lower::{Lowering, Place, Schemas};
use crate::names::unique::UniqueNames;
use crate::pointer::Pointer;

/// A form of a union.
#[derive(Clone, Copy)]
pub(super) struct VariantSchema<'a> {
    /// Its index among all that the document lists.
    pub(super) index: usize,
    pub(super) schema: &'a ReferenceOr<Schema>,
    /// Whether it is an enum, and a form beside it takes what the enum does not list.
    pub(super) is_open: bool,
}

/// The forms that a reader can tell apart. An open enum of strings takes any string, and a number any integer, so
/// beside those the other says nothing more.
pub(super) fn variants<'a>(
    branches: &'a [ReferenceOr<Schema>],
    schemas: &'a Schemas,
) -> Vec<VariantSchema<'a>> {
    let shapes: Vec<Shape> = branches
        .iter()
        .map(|branch| shape(branch, schemas))
        .collect();
    let any = |wanted| shapes.contains(&wanted);
    let (strings, integers, numbers) = (
        any(Shape::Strings),
        any(Shape::Integers),
        any(Shape::Number),
    );
    branches
        .iter()
        .enumerate()
        .zip(&shapes)
        .filter(|(_, shape)| match shape {
            Shape::String => !strings,
            Shape::Integer => !integers && !numbers,
            Shape::Integers => !numbers,
            Shape::Strings | Shape::Number | Shape::Other => true,
        })
        .map(|((index, schema), shape)| VariantSchema {
            index,
            schema,
            is_open: match shape {
                Shape::Strings => any(Shape::String),
                Shape::Integers => any(Shape::Integer),
                Shape::String | Shape::Integer | Shape::Number | Shape::Other => false,
            },
        })
        .collect()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    String,
    Strings,
    Integer,
    Integers,
    Number,
    Other,
}

fn shape(branch: &ReferenceOr<Schema>, schemas: &Schemas) -> Shape {
    let mut branch = branch;
    // Real documents have much shorter chains of references.
    for _ in 0..64 {
        let schema = match branch {
            ReferenceOr::Item(schema) => schema,
            ReferenceOr::Reference { reference } => {
                match reference
                    .strip_prefix(crate::normalize::schema::REFERENCE)
                    .and_then(|key| schemas.get(key))
                {
                    Some(target) => {
                        branch = target;
                        continue;
                    }
                    None => return Shape::Other,
                }
            }
        };
        return match &schema.schema_kind {
            SchemaKind::AllOf { all_of } if let [only] = all_of.as_slice() => {
                branch = only;
                continue;
            }
            SchemaKind::Type(openapiv3::Type::String(string)) if string.enumeration.is_empty() => {
                Shape::String
            }
            SchemaKind::Type(openapiv3::Type::String(_)) => Shape::Strings,
            SchemaKind::Type(openapiv3::Type::Integer(integer))
                if integer.enumeration.is_empty() =>
            {
                Shape::Integer
            }
            SchemaKind::Type(openapiv3::Type::Integer(_)) => Shape::Integers,
            SchemaKind::Type(openapiv3::Type::Number(_)) => Shape::Number,
            SchemaKind::Type(
                openapiv3::Type::Boolean(_)
                | openapiv3::Type::Array(_)
                | openapiv3::Type::Object(_),
            )
            | SchemaKind::OneOf { .. }
            | SchemaKind::AllOf { .. }
            | SchemaKind::AnyOf { .. }
            | SchemaKind::Not { .. }
            | SchemaKind::Any(_) => Shape::Other,
        };
    }
    Shape::Other
}

impl<'a> Lowering<'a> {
    /// The variants of a union, in the order in which a reader must try them.
    pub(super) fn union(
        &mut self,
        forms: &[VariantSchema<'a>],
        place: &Place,
    ) -> Result<Vec<UnionVariant>, Error> {
        let mut variants = Vec::new();
        let mut distinct = UniqueNames::new(["Other"]);
        for form in forms {
            let word = match shape(form.schema, self.schemas) {
                Shape::Strings => "preset",
                Shape::Integers => "number",
                Shape::String | Shape::Integer | Shape::Number | Shape::Other => "form",
            };
            let below = place.below(word, place.pointer.key("anyOf").index(form.index));
            let Slot { ty, mut facts, .. } = self.slot(form.schema, &below)?;
            facts.is_open |= form.is_open;
            let ident = distinct.assign(&variant_name(&ty, place), &[]);
            variants.push((UnionVariant { ident, ty, facts }, below.pointer));
        }
        variants.sort_by_cached_key(|(variant, _)| self.turn(&variant.ty));
        let (variants, pointers): (Vec<UnionVariant>, Vec<Pointer>) = variants.into_iter().unzip();
        for (index, (variant, pointer)) in variants.iter().zip(&pointers).enumerate() {
            let mut before = variants.iter().take(index);
            let takes_all = |other: &&UnionVariant| {
                let names = &*self;
                assignable((&variant.ty, names), (&other.ty, names), Reader::Crate)
            };
            if let Some(other) = before.find(takes_all) {
                let message = format!(
                    "no value is read as `{}`: `{}` has its turn before and takes all of them",
                    variant.ident, other.ident
                );
                self.note(NoteKind::Warned, pointer, message);
            }
        }
        Ok(variants)
    }

    /// The stricter form has its turn before the one that takes more: it is the one that was meant where both fit.
    fn turn(&self, ty: &Type) -> Vec<usize> {
        match ty {
            Type::Boolean => vec![0],
            Type::Integer(_) => vec![1],
            Type::Number(_) => vec![2],
            Type::Tuple(places) => {
                let places = places.iter().flat_map(|place| self.turn(&place.ty));
                std::iter::once(3).chain(places).collect()
            }
            Type::Array(array) => {
                let item = self.turn(&array.item.ty);
                std::iter::once(4).chain(item).collect()
            }
            Type::Named(name) | Type::Boxed(name) => {
                match self.built(name).map(|definition| &definition.kind) {
                    Some(DefinitionKind::Record(record)) => {
                        let required = record
                            .fields
                            .iter()
                            .filter(|field| field.presence != Presence::Optional)
                            .count();
                        // Of two that need as much, the one that knows more loses less.
                        vec![5, usize::MAX - required, usize::MAX - record.fields.len()]
                    }
                    Some(DefinitionKind::IntegerEnum(_)) => vec![1],
                    Some(DefinitionKind::StringEnum(_)) => vec![7],
                    Some(DefinitionKind::Union(_) | DefinitionKind::Alias(_)) | None => vec![6],
                }
            }
            Type::String(_) => vec![8],
            Type::Map(_) => vec![9],
            Type::Any => vec![10],
        }
    }
}

fn variant_name(ty: &Type, place: &Place) -> Identifier {
    let name = match ty {
        Type::Boolean => "Boolean",
        Type::Integer(_) => "Integer",
        Type::Number(_) => "Number",
        Type::String(_) => "Text",
        Type::Array(_) => "List",
        Type::Tuple(_) => "Tuple",
        Type::Map(_) => "Map",
        Type::Any => "Any",
        Type::Named(name) | Type::Boxed(name) => {
            // Inside `ImageSize` the enum `ImageSizePreset` is the `Preset`.
            let owner = place.words.replace(' ', "");
            let name = name.as_str();
            let short = name
                .strip_prefix(&owner)
                .filter(|short| short.starts_with(char::is_uppercase));
            return Identifier::unchecked(short.unwrap_or(name));
        }
    };
    Identifier::unchecked(name)
}
