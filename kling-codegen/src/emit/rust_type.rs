//! Types and names as the generated code writes them.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

use crate::ir::names::{Identifier, TypeName};
use crate::ir::types::{Slot, Type};

pub(crate) fn ident(name: &Identifier) -> Ident {
    raw_or_plain(name.as_str())
}

pub(crate) fn type_ident(name: &TypeName) -> Ident {
    raw_or_plain(name.as_str())
}

fn raw_or_plain(text: &str) -> Ident {
    match text.strip_prefix("r#") {
        Some(plain) => Ident::new_raw(plain, Span::call_site()),
        None => Ident::new(text, Span::call_site()),
    }
}

/// A type as the generated code writes it.
pub(crate) fn rust_type(ty: &Type) -> TokenStream {
    match ty {
        Type::Boolean => quote!(bool),
        Type::Integer(_) => quote!(i64),
        Type::Number(_) => quote!(f64),
        Type::String(bounds) if bounds.media.is_some() => quote!(::kling_api::Media),
        Type::String(_) => quote!(String),
        Type::Array(array) => {
            let item = slot_type(&array.item);
            quote!(Vec<#item>)
        }
        Type::Tuple(places) => {
            let places = places.iter().map(slot_type);
            quote!((#(#places,)*))
        }
        Type::Map(value) => {
            let value = slot_type(value);
            quote!(::std::collections::BTreeMap<String, #value>)
        }
        Type::Named(name) => {
            let name = type_ident(name);
            quote!(#name)
        }
        Type::Boxed(name) => {
            let name = type_ident(name);
            quote!(Box<#name>)
        }
        Type::Any => quote!(::serde_json::Value),
    }
}

pub(crate) fn slot_type(slot: &Slot) -> TokenStream {
    let ty = rust_type(&slot.ty);
    if slot.nullable {
        quote!(Option<#ty>)
    } else {
        ty
    }
}
