//! The intermediate representation: everything that an emitter or the diff needs to know, decided and complete.
//!
//! `lower` builds it, `share` rearranges it, the emitters and `diff` read it. Nothing here refers back to a document.

pub(crate) mod facts;
pub(crate) mod origin;

use std::collections::BTreeMap;
use std::fmt;

use indexmap::IndexMap;
use serde_json::{Number, Value};

pub use crate::ir::facts::Facts;
pub use crate::ir::origin::Origin;

/// All endpoints of one generated crate, and the records that they share.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Api {
    /// The endpoints, in the order in which they were given.
    pub endpoints: Vec<Endpoint>,
    /// Records that fal names and that mean the same everywhere, with the types that are written inside them.
    pub shared: BTreeMap<TypeName, Definition>,
    /// What was guessed, dropped or kept apart on the way, in the order in which it was noticed.
    pub notes: Vec<Note>,
}

impl Api {
    /// Finds what a name means inside an endpoint: its own definition first, then the shared one.
    #[must_use]
    pub fn resolve<'a>(
        &'a self,
        endpoint: Option<&'a Endpoint>,
        name: &TypeName,
    ) -> Option<&'a Definition> {
        let own = endpoint.and_then(|endpoint| endpoint.types.get(name));
        own.or_else(|| {
            let shared = endpoint.map_or(name, |endpoint| endpoint.shared_name(name));
            self.shared.get(shared)
        })
    }
}

/// One endpoint of fal's queue API.
#[derive(Clone, Debug, PartialEq)]
pub struct Endpoint {
    /// The id, such as `fal-ai/kling-video/v2.1/master/image-to-video`.
    pub id: EndpointId,
    /// The module path below the generated root, such as `v2_1`, `master`, `image_to_video`.
    pub module: Vec<Identifier>,
    /// The name of the method on the client: the module path joined by `_`.
    pub method: Identifier,
    /// The model's display name, where the settings give one.
    pub title: Option<String>,
    /// What the endpoint does, in fal's words.
    pub description: Option<String>,
    /// fal's category, such as `image-to-video`.
    pub category: Option<String>,
    /// fal's page about the endpoint.
    pub documentation_url: Option<String>,
    /// Whether fal marks the endpoint as deprecated.
    pub deprecated: bool,
    /// The published price, where the settings give one.
    pub price: Option<Price>,
    /// The endpoint's own types: `Input` and `Output` first, then the others in the order of first use.
    pub types: IndexMap<TypeName, Definition>,
    /// The shared types that are called otherwise here, since a place of the endpoint has their name: the name here, and
    /// the shared one.
    pub imports: BTreeMap<TypeName, TypeName>,
}

impl Endpoint {
    /// What a type that the endpoint does not define is called among the shared ones.
    #[must_use]
    pub fn shared_name<'a>(&'a self, name: &'a TypeName) -> &'a TypeName {
        self.imports.get(name).unwrap_or(name)
    }
}

/// The names of an endpoint's two root types.
pub const INPUT: &str = "Input";
/// See [`INPUT`].
pub const OUTPUT: &str = "Output";

/// A published price, in whole millionths of a US dollar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Price {
    /// The same for each call.
    PerCall {
        /// Micro-dollars for one call.
        micros: u64,
    },
    /// By the length of the video.
    PerSecond {
        /// Seconds that `first_micros` pays for; 0 where each second costs the same.
        first_seconds: u32,
        /// Micro-dollars for the first seconds together.
        first_micros: u64,
        /// Micro-dollars for each further second.
        further_micros: u64,
        /// Where the length stands in the input.
        seconds: SecondsField,
    },
}

/// The input field that says how many seconds a video has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecondsField {
    /// The field's name in the input.
    pub ident: Identifier,
    /// How the field holds the number.
    pub kind: SecondsKind,
    /// Whether the field may be left out.
    pub optional: bool,
    /// The seconds that fal assumes where the field is left out.
    pub default: Option<u32>,
}

/// How an input field holds a number of seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecondsKind {
    /// A string enum whose values are numbers, such as `"5"`.
    StringEnum,
    /// An integer enum.
    IntegerEnum,
    /// A plain string.
    String,
    /// An integer.
    Integer,
    /// A number.
    Number,
}

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

/// Something that the generator decided for want of a clear word in the document.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Note {
    /// The endpoint.
    pub endpoint: EndpointId,
    /// Where in the document, as a JSON pointer.
    pub pointer: String,
    /// What kind of decision it was.
    pub kind: NoteKind,
    /// One sentence.
    pub message: String,
}

/// The kinds of [`Note`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoteKind {
    /// The document leaves it open; a rule of the generator decided.
    Guessed,
    /// Something contradicts itself and was left out.
    Dropped,
    /// Something looks wrong and was kept.
    Warned,
}

macro_rules! text_newtype {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            pub(crate) fn unchecked(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    };
}

text_newtype! {
    /// An endpoint id that is known to be well formed: path segments of letters, digits, `.`, `_` and `-`, at least two.
    EndpointId
}
text_newtype! {
    /// A valid Rust identifier in snake case (a keyword as `r#…`) or, for a variant, in camel case.
    Identifier
}
text_newtype! {
    /// A valid Rust type name in camel case that hides nothing of the prelude.
    TypeName
}
