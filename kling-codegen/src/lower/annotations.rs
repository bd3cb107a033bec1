//! A schema in a place: the type that stands there, and what the document says about it beside the type.

use std::borrow::Borrow;

use openapiv3::{ReferenceOr, Schema, SchemaKind};
use serde_json::Value;

use crate::error::Error;
use crate::ir::note::NoteKind;
use crate::ir::types::{Facts, Slot, Type};
use crate::limits;
use crate::lower::named::{NamedKind, named_kind};
use crate::lower::references::takes_null;
use crate::lower::{Lowering, Place, union};

impl<'a> Lowering<'a> {
    /// A schema in a place where null counts.
    pub(super) fn slot<S: Borrow<Schema>>(
        &mut self,
        schema: &'a ReferenceOr<S>,
        place: &Place,
    ) -> Result<Slot, Error> {
        let (ty, nullable) = self.type_and_null(schema, place)?;
        let layers = self.layers(schema);
        let facts = self.facts(&layers, &ty, place);
        Ok(Slot {
            ty,
            nullable,
            facts,
        })
    }

    pub(super) fn type_and_null<S: Borrow<Schema>>(
        &mut self,
        schema: &'a ReferenceOr<S>,
        place: &Place,
    ) -> Result<(Type, bool), Error> {
        match schema {
            ReferenceOr::Reference { reference } => Ok((
                self.reference(reference, place)?,
                self.target_takes_null(reference),
            )),
            ReferenceOr::Item(schema) => Ok((
                self.type_of(schema.borrow(), place)?,
                takes_null(schema.borrow(), self.schemas, &mut Vec::new()),
            )),
        }
    }

    /// A schema that is a definition itself, whose words stand there.
    pub(super) fn slot_of(&mut self, schema: &'a Schema, place: &Place) -> Result<Slot, Error> {
        let ty = self.type_of(schema, place)?;
        let layers = self.layers_from(Some(Link::Written(schema)));
        let facts = self.facts(&layers, &ty, place);
        Ok(Slot {
            ty,
            nullable: takes_null(schema, self.schemas, &mut Vec::new()),
            facts: Facts {
                description: None,
                deprecated: false,
                ..facts
            },
        })
    }

    pub(super) fn facts(&mut self, layers: &[Layer<'a>], ty: &Type, place: &Place) -> Facts {
        let mut facts = Facts::default();
        // A component that becomes a type of its own keeps its words.
        let words = layers
            .iter()
            .filter(|layer| layer.own || named_kind(layer.schema, self.schemas).is_none());
        for layer in words {
            let data = &layer.schema.schema_data;
            if facts.description.is_none() {
                facts.description.clone_from(&data.description);
            }
            facts.deprecated |= data.deprecated;
        }
        let extension = |keyword| {
            layers
                .iter()
                .find_map(|layer| layer.schema.schema_data.extensions.get(keyword))
        };
        if let Some(Value::Array(examples)) = extension("x-examples") {
            facts.examples = examples
                .iter()
                .filter_map(|value| self.conforming(value.clone(), ty, "example", place))
                .collect();
        }
        if let Some(Value::Object(limits)) = extension("x-fal") {
            facts.file_limits = limits
                .iter()
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect();
        }
        facts.is_open = layers.iter().any(|layer| self.is_open(layer.schema));
        self.places += facts
            .examples
            .iter()
            .chain(facts.file_limits.values())
            .map(limits::weight)
            .sum::<usize>();
        self.places += facts.description.as_ref().map_or(0, String::len) / limits::BYTES_OF_A_WORD;
        facts
    }

    /// Whether a schema is nothing but an enum and a form that takes what the enum does not list.
    fn is_open(&self, schema: &Schema) -> bool {
        let SchemaKind::AnyOf { any_of } = &schema.schema_kind else {
            return false;
        };
        matches!(union::variants(any_of, self.schemas)[..], [only] if only.is_open)
    }

    /// The schemas that describe a place: the one that stands there, then the components that it refers to. A record
    /// describes itself, so the list ends before it.
    pub(super) fn layers<S: Borrow<Schema>>(&self, schema: &'a ReferenceOr<S>) -> Vec<Layer<'a>> {
        self.layers_from(Some(Link::to(schema)))
    }

    fn layers_from(&self, mut next: Option<Link<'a>>) -> Vec<Layer<'a>> {
        let mut layers = Vec::new();
        let mut own = true;
        // A chain of references is never longer than the list of components, and between two of them stands one schema.
        for _ in 0..=2 * self.schemas.len() {
            next = match next {
                None => break,
                Some(Link::Component(reference)) => {
                    own = false;
                    reference
                        .strip_prefix(crate::normalize::schema::REFERENCE)
                        .and_then(|key| self.schemas.get(key))
                        .map(Link::to)
                }
                Some(Link::Written(schema)) => {
                    let record =
                        matches!(named_kind(schema, self.schemas), Some(NamedKind::Record(_)));
                    if record && !own {
                        break;
                    }
                    layers.push(Layer { schema, own });
                    self.behind(schema)
                }
            };
        }
        layers
    }

    /// The only schema inside of one that adds nothing but annotations.
    fn behind(&self, schema: &'a Schema) -> Option<Link<'a>> {
        let only = match &schema.schema_kind {
            SchemaKind::AllOf { all_of } => {
                let [only] = all_of.as_slice() else {
                    return None;
                };
                only
            }
            SchemaKind::AnyOf { any_of } => {
                let [only] = union::variants(any_of, self.schemas)[..] else {
                    return None;
                };
                only.schema
            }
            SchemaKind::Type(_)
            | SchemaKind::OneOf { .. }
            | SchemaKind::Not { .. }
            | SchemaKind::Any(_) => return None,
        };
        Some(Link::to(only))
    }

    /// A default or an example, if it is a value of the type.
    pub(super) fn conforming(
        &mut self,
        value: Value,
        ty: &Type,
        what: &str,
        place: &Place,
    ) -> Option<Value> {
        if value.is_null() {
            return None;
        }
        if self.conforms(&value, ty) {
            return Some(value);
        }
        let text = crate::error::shortened(&value.to_string());
        self.note(
            NoteKind::Dropped,
            &place.pointer,
            format!(
                "the {what} {} is no value of the type that stands here",
                text.escape_debug()
            ),
        );
        None
    }
}

/// One of the schemas that describe a place.
pub(super) struct Layer<'a> {
    pub(super) schema: &'a Schema,
    /// Whether it stands in the place itself.
    own: bool,
}

/// A schema or a reference to one.
enum Link<'a> {
    Written(&'a Schema),
    Component(&'a str),
}

impl<'a> Link<'a> {
    fn to<S: Borrow<Schema>>(schema: &'a ReferenceOr<S>) -> Self {
        match schema {
            ReferenceOr::Reference { reference } => Self::Component(reference),
            ReferenceOr::Item(schema) => Self::Written(schema.borrow()),
        }
    }
}
