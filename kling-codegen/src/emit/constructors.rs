//! `new` with what must be there, a setter for what may be there, and what an input can say about itself.

use proc_macro2::TokenStream;
use quote::quote;
use serde_json::Value;

use crate::emit::definitions::field_type;
use crate::emit::rust_type::{ident, rust_type, type_ident};
use crate::emit::{Context, docs, enums, media};
use crate::ir::api::INPUT;
use crate::ir::definition::{DefinitionKind, Field, Presence, Record};
use crate::ir::names::TypeName;
use crate::ir::types::Type;

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
        let example = example(record, context);
        let methods = input_methods();
        quote!(#example #methods)
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
        if is_built_from_files(field) {
            quote!(#name: impl IntoIterator<Item = impl Into<::kling_api::Media>>)
        } else {
            quote!(#name: impl Into<#ty>)
        }
    });
    let values = record.fields.iter().map(|field| {
        let name = ident(&field.ident);
        if field.presence == Presence::Optional {
            quote!(#name: None)
        } else if is_built_from_files(field) {
            quote!(#name: #name.into_iter().map(Into::into).collect())
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
    let deprecated = if field.facts.deprecated {
        quote!(#[deprecated])
    } else {
        quote!()
    };
    let (form, given, value) = if is_built_from_files(field) {
        (
            quote!(),
            quote!(impl IntoIterator<Item = impl Into<::kling_api::Media>>),
            quote!(Some(#name.into_iter().map(Into::into).collect())),
        )
    } else if matches!(field.ty, Type::Any) {
        // An `Option` is a JSON value already: `None` is null.
        (quote!(), quote!(impl Into<#ty>), quote!(Some(#name.into())))
    } else {
        (
            quote!(<Form>),
            quote!(impl ::kling_api::IntoField<#ty, Form>),
            quote!(#name.into_field()),
        )
    };
    quote! {
        #about
        #deprecated
        #[must_use]
        pub fn #setter #form(mut self, #name: #given) -> Self {
            self.#name = #value;
            self
        }
    }
}

/// A list of files takes URLs, paths and bytes alike, so that it is no list of one type. Where null may stand for it,
/// the caller says which of the two is meant.
fn is_built_from_files(field: &Field) -> bool {
    media::is_list(&field.ty) && field.presence != Presence::RequiredNullable
}

/// The published example, where the fields that must be there have one that a literal can say.
fn example(record: &Record, context: &Context<'_>) -> Option<TokenStream> {
    let arguments = record
        .fields
        .iter()
        .filter(|field| field.presence != Presence::Optional)
        .map(|field| literal(field, context))
        .collect::<Option<Vec<TokenStream>>>()?;
    if arguments.is_empty() {
        return None;
    }
    Some(quote! {
        /// The example that fal publishes: what must be there, and nothing else.
        #[must_use]
        pub fn example() -> Self {
            Self::new(#(#arguments),*)
        }
    })
}

fn literal(field: &Field, context: &Context<'_>) -> Option<TokenStream> {
    let value = field.facts.examples.first().or(field.default.as_ref())?;
    let plain = match &field.ty {
        Type::String(_) | Type::Boolean | Type::Number(_) | Type::Integer(_) => true,
        Type::Named(name) => matches!(
            context.resolve(name).map(|definition| &definition.kind),
            Some(DefinitionKind::StringEnum(_) | DefinitionKind::IntegerEnum(_))
        ),
        Type::Array(_) | Type::Tuple(_) | Type::Map(_) | Type::Boxed(_) | Type::Any => false,
    };
    if !plain || field.presence != Presence::Required {
        return None;
    }
    match value {
        Value::String(text) => Some(quote!(#text)),
        Value::Bool(truth) => Some(quote!(#truth)),
        Value::Number(number) => match (&field.ty, number.as_i64()) {
            (Type::Number(_), _) => number.as_f64().map(enums::float),
            (_, whole) => whole.map(enums::integer),
        },
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// What an input that is one of several forms can say about itself.
pub(super) fn union_methods() -> TokenStream {
    let methods = input_methods();
    quote!(impl Input { #methods })
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
