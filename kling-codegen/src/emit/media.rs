//! The way to the files in an input, so that a call can upload those of the caller's machine.

use std::collections::BTreeSet;

use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};

use crate::emit::Context;
use crate::emit::rust_type::{ident, type_ident};
use crate::ir::definition::{Definition, DefinitionKind, Field, Presence, Record};
use crate::ir::names::TypeName;
use crate::ir::types::{Facts, Media, MediaKind, Slot, Type};

/// What of a field or of an item is sent as a file.
pub(super) fn media_of(ty: &Type) -> Option<&Media> {
    match ty {
        Type::String(bounds) => bounds.media.as_ref(),
        _ => None,
    }
}

/// Whether a list of files is meant, which is built from anything that files are made from.
pub(super) fn is_list(ty: &Type) -> bool {
    matches!(ty, Type::Array(array) if media_of(&array.item.ty).is_some())
}

/// The method of `Check` that shows the files of a record or a union; none where there are none.
pub(super) fn method(definition: &Definition, context: &Context<'_>) -> Option<TokenStream> {
    let body = match &definition.kind {
        DefinitionKind::Record(record) => of_record(record, context),
        DefinitionKind::Union(variants) => {
            let arms: Vec<_> = variants
                .iter()
                .filter_map(|variant| {
                    let name = ident(&variant.ident);
                    let shown = of_type(&variant.ty, &quote!(value), &quote!(), context)?;
                    Some(quote!(Self::#name(value) => #shown,))
                })
                .collect();
            (!arms.is_empty()).then(|| quote!(match self { #(#arms)* _ => {} }))
        }
        DefinitionKind::StringEnum(_)
        | DefinitionKind::IntegerEnum(_)
        | DefinitionKind::Alias(_) => None,
    }?;
    Some(quote! {
        fn media(&mut self, media: &mut ::kling_api::MediaFields<'_>) {
            #body
        }
    })
}

fn of_record(record: &Record, context: &Context<'_>) -> Option<TokenStream> {
    let fields = record
        .fields
        .iter()
        .filter_map(|field| of_field(field, context));
    let rest = record.rest.as_ref().and_then(|rest| {
        let name = ident(&rest.ident);
        let each = each(&rest.value, &quote!(), context)?;
        Some(quote!(media.each_value(&mut self.#name, #each);))
    });
    let all: Vec<_> = fields.chain(rest).collect();
    (!all.is_empty()).then(|| quote!(#(#all)*))
}

fn of_field(field: &Field, context: &Context<'_>) -> Option<TokenStream> {
    let (name, wire) = (ident(&field.ident), &field.wire);
    let shown = |place| of_type(&field.ty, &place, &limits(&field.facts), context);
    Some(match field.presence {
        Presence::Required => {
            let shown = shown(quote!(&mut self.#name))?;
            quote!(media.field(#wire, |media| #shown);)
        }
        Presence::RequiredNullable | Presence::Optional => {
            let shown = shown(quote!(value))?;
            quote! {
                if let Some(value) = &mut self.#name {
                    media.field(#wire, |media| #shown);
                }
            }
        }
    })
}

/// The function that shows one item of a list or one value of a map.
fn each(slot: &Slot, limits: &TokenStream, context: &Context<'_>) -> Option<TokenStream> {
    let shown = within(slot, limits, context)?;
    let shows_itself = matches!(slot.ty, Type::Named(_)) && !slot.nullable;
    Some(if shows_itself {
        quote!(::kling_api::Validate::media)
    } else {
        quote!(|value, media| #shown)
    })
}

/// Shows what is bound to `value` and may be none.
fn within(slot: &Slot, limits: &TokenStream, context: &Context<'_>) -> Option<TokenStream> {
    // What is said of the items themselves comes before what is said of the whole list.
    let own = crate::emit::media::limits(&slot.facts);
    let limits = if own.is_empty() { limits } else { &own };
    let shown = of_type(&slot.ty, &quote!(value), limits, context)?;
    Some(if slot.nullable {
        quote!(if let Some(value) = value { #shown })
    } else {
        shown
    })
}

/// The expression that shows what a mutable reference leads to.
fn of_type(
    ty: &Type,
    place: &TokenStream,
    limits: &TokenStream,
    context: &Context<'_>,
) -> Option<TokenStream> {
    match ty {
        Type::String(bounds) => {
            let kind = match bounds.media.as_ref()?.kind {
                MediaKind::Image => quote!(.image()),
                MediaKind::Video => quote!(.video()),
                MediaKind::Audio => quote!(.audio()),
                MediaKind::Unknown => quote!(),
            };
            Some(quote!(media.media(#place, ::kling_api::MediaLimits::new() #kind #limits)))
        }
        Type::Array(array) => {
            let each = each(&array.item, limits, context)?;
            Some(quote!(media.each(#place, #each)))
        }
        Type::Map(slot) => {
            let each = each(slot, limits, context)?;
            Some(quote!(media.each_value(#place, #each)))
        }
        Type::Tuple(places) => {
            let shown: Vec<_> = places
                .iter()
                .enumerate()
                .filter_map(|(index, slot)| {
                    let shown = within(slot, limits, context)?;
                    let (position, name) = (Literal::usize_unsuffixed(index), index.to_string());
                    Some(quote! {
                        let value = &mut places.#position;
                        media.field(#name, |media| #shown);
                    })
                })
                .collect();
            (!shown.is_empty()).then(|| quote!({ let places = #place; #(#shown)* }))
        }
        Type::Named(name) => {
            holds(name, context).then(|| quote!(::kling_api::Validate::media(#place, media)))
        }
        Type::Boxed(name) => holds(name, context)
            .then(|| quote!(::kling_api::Validate::media((#place).as_mut(), media))),
        Type::Boolean | Type::Integer(_) | Type::Number(_) | Type::Any => None,
    }
}

/// Whether a named type holds a file anywhere.
fn holds(name: &TypeName, context: &Context<'_>) -> bool {
    let mut open = vec![name];
    let mut seen = BTreeSet::new();
    let mut found = false;
    while let Some(name) = open.pop() {
        if !seen.insert(name) {
            continue;
        }
        if let Some(definition) = context.resolve(name) {
            definition.visit_types(&mut |ty| match ty {
                Type::Named(name) | Type::Boxed(name) => open.push(name),
                ty => found |= media_of(ty).is_some(),
            });
        }
    }
    found
}

/// The limits that can be checked without decoding the file.
fn limits(facts: &Facts) -> TokenStream {
    match facts
        .file_limits
        .get("max_file_size")
        .and_then(serde_json::Value::as_u64)
    {
        Some(bytes) => {
            let bytes = Literal::u64_unsuffixed(bytes);
            quote!(.max_file_size(#bytes))
        }
        None => quote!(),
    }
}

/// `impl RemoteFile` for a record that names a file by its URL.
pub(super) fn remote_file(name: &TypeName, record: &Record) -> Option<TokenStream> {
    let is_url = |field: &&Field| {
        field.wire == "url"
            && field.presence == Presence::Required
            && matches!(&field.ty, Type::String(bounds) if bounds.media.is_none())
    };
    let url = ident(&record.fields.iter().find(is_url)?.ident);
    let is_size =
        |field: &&Field| field.wire == "file_size" && matches!(field.ty, Type::Integer(_));
    let size = record.fields.iter().find(is_size).map(|field| {
        let name = ident(&field.ident);
        let size = match field.presence {
            Presence::Required => quote!(Some(self.#name)),
            Presence::RequiredNullable | Presence::Optional => quote!(self.#name),
        };
        quote! {
            fn size(&self) -> Option<u64> {
                ::kling_api::rt::file_size(#size)
            }
        }
    });
    let text = |wire: &str| {
        let is_text = |field: &&Field| {
            field.wire == wire
                && matches!(&field.ty, Type::String(bounds) if bounds.media.is_none())
        };
        let field = record.fields.iter().find(is_text)?;
        let (method, name) = (format_ident!("{wire}"), ident(&field.ident));
        let value = match field.presence {
            Presence::Required => quote!(Some(&self.#name)),
            Presence::RequiredNullable | Presence::Optional => quote!(self.#name.as_deref()),
        };
        Some(quote! {
            fn #method(&self) -> Option<&str> {
                #value
            }
        })
    };
    let content_type = text("content_type");
    let file_name = text("file_name");
    let name = type_ident(name);
    Some(quote! {
        impl ::kling_api::RemoteFile for #name {
            fn url(&self) -> &str {
                &self.#url
            }
            #size
            #content_type
            #file_name
        }
    })
}
