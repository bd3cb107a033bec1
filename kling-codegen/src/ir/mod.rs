//! The intermediate representation: everything that an emitter or the diff needs to know, decided and complete.
//!
//! `lower` builds it, `share` rearranges it, the emitters and `diff` read it. It must not know any of them.

pub(crate) mod api;
pub(crate) mod assignable;
pub(crate) mod definition;
pub(crate) mod names;
pub(crate) mod note;
pub(crate) mod price;
pub(crate) mod types;

pub use crate::ir::api::{Api, Endpoint, INPUT, OUTPUT};
pub use crate::ir::definition::{
    Definition, DefinitionKind, Field, Origin, Presence, Record, Rest, UnionVariant, Variant,
};
pub use crate::ir::names::{EndpointId, Identifier, TypeName};
pub use crate::ir::note::{Note, NoteKind};
pub use crate::ir::price::{Price, SecondsField, SecondsKind};
pub use crate::ir::types::{
    Array, Facts, Limit, Media, MediaKind, NumberBounds, Slot, StringBounds, Type,
};
