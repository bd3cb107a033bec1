//! Types that have a name in the generated code, and what they are made of.

use serde_json::Value;

use crate::ir::names::Identifier;
use crate::ir::types::{Facts, Slot, Type};

/// A type that has a name in the generated code.
#[derive(Clone, Debug, PartialEq)]
pub struct Definition {
    /// What the type is.
    pub kind: DefinitionKind,
    /// fal's words about the type.
    pub description: Option<String>,
    /// Whether fal marks the type as deprecated.
    pub deprecated: bool,
    /// Where fal wrote it.
    pub origin: Origin,
    /// The place in the document, as a JSON pointer. Of a shared type it is the place in one of the documents.
    pub pointer: String,
}

/// The forms that a named type takes.
#[derive(Clone, Debug, PartialEq)]
pub enum DefinitionKind {
    /// An object with known properties.
    Record(Record),
    /// A string of which some values are known.
    StringEnum(Vec<Variant<String>>),
    /// An integer of which some values are known.
    IntegerEnum(Vec<Variant<i64>>),
    /// One of several types, told apart by their shape.
    Union(Vec<UnionVariant>),
    /// Another name for a type; only an output that is no object needs it.
    Alias(Slot),
}

impl Definition {
    /// Shows every type that stands in the definition, however deep.
    pub fn visit_types<'a>(&'a self, see: &mut impl FnMut(&'a Type)) {
        match &self.kind {
            DefinitionKind::Record(record) => {
                record.fields.iter().for_each(|field| field.ty.visit(see));
                record.rest.iter().for_each(|rest| rest.value.ty.visit(see));
            }
            DefinitionKind::Union(variants) => {
                for variant in variants {
                    variant.ty.visit(see);
                }
            }
            DefinitionKind::Alias(slot) => slot.ty.visit(see),
            DefinitionKind::StringEnum(_) | DefinitionKind::IntegerEnum(_) => {}
        }
    }
}

/// An object with known properties.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Record {
    /// The properties in fal's order.
    pub fields: Vec<Field>,
    /// The type of further properties, where the schema describes them.
    pub rest: Option<Rest>,
}

/// Further properties of a record, kept in a map.
#[derive(Clone, Debug, PartialEq)]
pub struct Rest {
    /// The Rust name of the map.
    pub ident: Identifier,
    /// The values in it.
    pub value: Slot,
}

/// One property of a record.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// The name on the wire.
    pub wire: String,
    /// The Rust name.
    pub ident: Identifier,
    /// The name of the setter; it differs from `ident` only where a method of that name exists already.
    pub setter: Identifier,
    /// The type, without what `presence` says.
    pub ty: Type,
    /// Whether it must be there.
    pub presence: Presence,
    /// Whether fal lists it as required although it fills in a default, so that it need not be sent all the same.
    pub required_by_fal: bool,
    /// What fal assumes where it is left out.
    pub default: Option<Value>,
    /// What fal says about it.
    pub facts: Facts,
}

/// Whether a property must be there, and may be null.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// Always there, never null.
    Required,
    /// Always there, possibly null.
    RequiredNullable,
    /// May be left out. A null then means the same, so the two spellings are one here.
    Optional,
}

/// A known value of an open enum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variant<T> {
    /// The Rust name.
    pub ident: Identifier,
    /// The value on the wire.
    pub value: T,
}

/// One form of a union.
#[derive(Clone, Debug, PartialEq)]
pub struct UnionVariant {
    /// The Rust name.
    pub ident: Identifier,
    /// What it holds.
    pub ty: Type,
    /// What fal says about the form.
    pub facts: Facts,
}

/// Where fal wrote a type: what it is named after, and where it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// In a place of an endpoint's input or output.
    Place,
    /// Among the components, under this key.
    Component(String),
    /// In a place inside of the component of this key.
    Inside(String),
}

impl Origin {
    /// The key of the component that the type is or stands inside of.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        match self {
            Self::Place => None,
            Self::Component(key) | Self::Inside(key) => Some(key),
        }
    }

    /// Where a type is written that stands inside of this one.
    pub(crate) fn inside(&self) -> Self {
        match self {
            Self::Component(key) => Self::Inside(key.clone()),
            Self::Place | Self::Inside(_) => self.clone(),
        }
    }
}
