//! Types in places, their bounds, and what is said about the places.

use std::collections::BTreeMap;

use serde_json::{Number, Value};

use crate::ir::names::TypeName;

/// A type in a place.
#[derive(Clone, Debug, PartialEq)]
pub enum Type {
    /// `true` or `false`.
    Boolean,
    /// A whole number.
    Integer(NumberBounds),
    /// A number.
    Number(NumberBounds),
    /// Text.
    String(StringBounds),
    /// A list.
    Array(Box<Array>),
    /// A list of fixed length with a type for each place.
    Tuple(Vec<Slot>),
    /// An object whose keys are data.
    Map(Box<Slot>),
    /// A definition: the endpoint's own of that name, or else the shared one.
    Named(TypeName),
    /// A definition that contains this place, so that it needs an allocation of its own.
    Boxed(TypeName),
    /// Any JSON value; the schema says nothing more.
    Any,
}

impl Type {
    /// Shows the type and every type inside it; a definition is shown by its name only.
    pub fn visit<'a>(&'a self, see: &mut impl FnMut(&'a Type)) {
        see(self);
        match self {
            Self::Array(array) => array.item.ty.visit(see),
            Self::Tuple(places) => places.iter().for_each(|place| place.ty.visit(see)),
            Self::Map(value) => value.ty.visit(see),
            Self::Boolean
            | Self::Integer(_)
            | Self::Number(_)
            | Self::String(_)
            | Self::Named(_)
            | Self::Boxed(_)
            | Self::Any => {}
        }
    }
}

/// A place that is no field: an item of a list, a value of a map, a place of a tuple.
#[derive(Clone, Debug, PartialEq)]
pub struct Slot {
    /// The type.
    pub ty: Type,
    /// Whether null is allowed.
    pub nullable: bool,
    /// What fal says about the values there.
    pub facts: Facts,
}

impl Slot {
    /// A place that may hold anything and of which nothing is said.
    pub(crate) fn any() -> Self {
        Self {
            ty: Type::Any,
            nullable: false,
            facts: Facts::default(),
        }
    }
}

/// A list.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    /// What it holds.
    pub item: Slot,
    /// The smallest number of items.
    pub min_items: Option<u64>,
    /// The largest number of items.
    pub max_items: Option<u64>,
    /// Whether no two items may be equal.
    pub unique_items: bool,
}

/// Bounds of a number. An integer bound is spelled as an integer, whatever the document wrote.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NumberBounds {
    /// The lower bound.
    pub minimum: Option<Limit>,
    /// The upper bound.
    pub maximum: Option<Limit>,
    /// The number is a multiple of this.
    pub multiple_of: Option<Number>,
}

/// One bound of a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    /// The bound.
    pub value: Number,
    /// Whether the bound itself is out.
    pub exclusive: bool,
}

/// Bounds of a text. Lengths count Unicode code points.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StringBounds {
    /// The smallest length.
    pub min_length: Option<u64>,
    /// The largest length.
    pub max_length: Option<u64>,
    /// A regular expression in ECMA-262 syntax; documented, not checked.
    pub pattern: Option<String>,
    /// The format, such as `uri` or `binary`; documented, not checked.
    pub format: Option<String>,
    /// What file it is the URL of, where it is one that is sent.
    pub media: Option<Media>,
}

/// A file that is sent by its URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Media {
    /// What kind of file is asked for.
    pub kind: MediaKind,
    /// Whether a `data:` URI can stand in the place of the URL.
    pub data_uris: bool,
}

/// The kinds of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaKind {
    /// A picture.
    Image,
    /// A film.
    Video,
    /// A sound.
    Audio,
    /// The document does not say.
    Unknown,
}

/// What fal says about the values in a place, beside what they may be.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// fal's words about them.
    pub description: Option<String>,
    /// fal's examples.
    pub examples: Vec<Value>,
    /// Whether fal marks them as deprecated.
    pub deprecated: bool,
    /// Whether other values than those of its enum are allowed: another form of the place takes any text or number.
    pub is_open: bool,
    /// fal's limits for the file behind a URL (`max_file_size`, `min_width`, …), by keyword.
    pub file_limits: BTreeMap<String, Value>,
}
