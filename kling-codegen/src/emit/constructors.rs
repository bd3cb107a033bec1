//! `new` with what must be there, a setter for what may be there, and what an input can say about itself.

use proc_macro2::TokenStream;
use quote::quote;

use super::definitions::field_type;
use super::{Context, docs, ident, rust_type, type_ident};
use crate::ir::{Field, INPUT, Presence, Record, TypeName};

/// The inherent methods of a record that callers build.
pub(super) fn constructors(
    name: &TypeName,
    record: &Record,
    context: &Context<'_>,
) -> Vec<TokenStream> {
    let type_name = type_ident(name);
    let new = new(record);
    let setters = record
        .fields
        .iter()
        .filter(|field| field.presence == Presence::Optional)
        .map(setter);
    let methods = if context.endpoint.is_some() && name.as_str() == INPUT {
        input_methods()
    } else {
        quote!()
    };
    vec![quote! {
        impl #type_name {
            #new
            #(#setters)*
            #methods
        }
    }]
}

fn new(record: &Record) -> TokenStream {
    let required: Vec<&Field> = record
        .fields
        .iter()
        .filter(|field| field.presence != Presence::Optional)
        .collect();
    let arguments = required.iter().map(|field| {
        let (name, ty) = (ident(&field.ident), field_type(field));
        quote!(#name: impl Into<#ty>)
    });
    let values = record.fields.iter().map(|field| {
        let name = ident(&field.ident);
        if field.presence == Presence::Optional {
            quote!(#name: None)
        } else {
            quote!(#name: #name.into())
        }
    });
    let rest = record.rest.iter().map(|rest| {
        let name = ident(&rest.ident);
        quote!(#name: ::std::collections::BTreeMap::new())
    });
    let about = if required.is_empty() {
        "Sets nothing: fal's defaults hold."
    } else {
        "Sets what must be there. The rest is left to fal's defaults."
    };
    let about = docs::outer(&[about]);
    quote! {
        #about
        #[must_use]
        pub fn new(#(#arguments),*) -> Self {
            Self { #(#values,)* #(#rest,)* }
        }
    }
}

fn setter(field: &Field) -> TokenStream {
    let about = docs::outer(&[format!(
        "Sets `{}`.",
        field.ident.as_str().trim_start_matches("r#")
    )]);
    let (name, setter, ty) = (
        ident(&field.ident),
        ident(&field.setter),
        rust_type(&field.ty),
    );
    let deprecated = if field.deprecated {
        quote!(#[deprecated])
    } else {
        quote!()
    };
    quote! {
        #about
        #deprecated
        #[must_use]
        pub fn #setter(mut self, #name: impl Into<#ty>) -> Self {
            self.#name = Some(#name.into());
            self
        }
    }
}

fn input_methods() -> TokenStream {
    quote! {
        /// Checks every published bound. A call does this before it sends anything.
        ///
        /// # Errors
        ///
        /// All violations at once, each with its field.
        pub fn validate(&self) -> Result<(), ::kling_api::Violations> {
            ::kling_api::Violations::of(self)
        }
        /// What a call with this input costs by the published price; `None` where none is published or the length
        /// is not a number.
        #[must_use]
        pub fn estimated_cost(&self) -> Option<::kling_api::Usd> {
            ::kling_api::Endpoint::estimated_cost(self)
        }
    }
}
