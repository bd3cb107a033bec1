//! Open enums and unions.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::{docs, ident, rust_type, type_ident};
use crate::ir::{Type, TypeName, UnionVariant, Variant};

/// A string enum that takes values which it does not know.
pub(super) fn string_enum(
    name: &TypeName,
    variants: &[Variant<String>],
    docs: &TokenStream,
) -> Vec<TokenStream> {
    let name = type_ident(name);
    let idents: Vec<_> = variants
        .iter()
        .map(|variant| ident(&variant.ident))
        .collect();
    let values: Vec<_> = variants.iter().map(|variant| &variant.value).collect();
    let lines = values.iter().map(|value| {
        docs::outer(&[docs::code(
            &serde_json::Value::from(value.as_str()).to_string(),
        )])
    });
    vec![
        quote! {
            #docs
            #[derive(Clone, Debug, PartialEq, Eq, Hash)]
            #[non_exhaustive]
            pub enum #name {
                #(#lines #idents,)*
                /// A value that this version does not know. It is sent and received as it is.
                Other(String),
            }
        },
        quote! {
            impl #name {
                /// The values that this version knows, in fal's order.
                pub const KNOWN: &'static [Self] = &[#(Self::#idents),*];
                /// The value on the wire.
                #[must_use]
                pub fn as_str(&self) -> &str {
                    match self {
                        #(Self::#idents => #values,)*
                        Self::Other(value) => value,
                    }
                }
            }
        },
        quote! {
            impl From<String> for #name {
                fn from(value: String) -> Self {
                    match value.as_str() {
                        #(#values => Self::#idents,)*
                        _ => Self::Other(value),
                    }
                }
            }
        },
        quote!(::kling_api::open_enum!(#name);),
    ]
}

/// An integer enum that takes values which it does not know.
pub(super) fn integer_enum(
    name: &TypeName,
    variants: &[Variant<i64>],
    docs: &TokenStream,
) -> Vec<TokenStream> {
    let name = type_ident(name);
    let idents: Vec<_> = variants
        .iter()
        .map(|variant| ident(&variant.ident))
        .collect();
    let values: Vec<_> = variants
        .iter()
        .map(|variant| integer(variant.value))
        .collect();
    let lines = variants
        .iter()
        .map(|variant| docs::outer(&[docs::code(&variant.value.to_string())]));
    vec![
        quote! {
            #docs
            #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
            #[non_exhaustive]
            pub enum #name {
                #(#lines #idents,)*
                /// A value that this version does not know. It is sent and received as it is.
                Other(i64),
            }
        },
        quote! {
            impl #name {
                /// The values that this version knows, in fal's order.
                pub const KNOWN: &'static [Self] = &[#(Self::#idents),*];
                /// The value on the wire.
                #[must_use]
                pub fn as_i64(&self) -> i64 {
                    match self {
                        #(Self::#idents => #values,)*
                        Self::Other(value) => *value,
                    }
                }
            }
        },
        quote! {
            impl From<i64> for #name {
                fn from(value: i64) -> Self {
                    match value {
                        #(#values => Self::#idents,)*
                        _ => Self::Other(value),
                    }
                }
            }
        },
        quote!(::kling_api::open_integer_enum!(#name);),
    ]
}

/// An integer literal, with its sign as a token of its own where it has one.
pub(super) fn integer(value: i64) -> TokenStream {
    let digits = Literal::u64_unsuffixed(value.unsigned_abs());
    if value < 0 {
        quote!(-#digits)
    } else {
        quote!(#digits)
    }
}

/// A literal with a fraction, with its sign as a token of its own where it has one.
pub(super) fn float(value: f64) -> TokenStream {
    let digits = Literal::f64_unsuffixed(value.abs());
    if value.is_sign_negative() && value != 0.0 {
        quote!(-#digits)
    } else {
        quote!(#digits)
    }
}

/// One of several types.
pub(super) fn union(
    name: &TypeName,
    variants: &[UnionVariant],
    docs: &TokenStream,
    strings: &[bool],
) -> Vec<TokenStream> {
    let name = type_ident(name);
    let idents: Vec<_> = variants
        .iter()
        .map(|variant| ident(&variant.ident))
        .collect();
    let types: Vec<_> = variants
        .iter()
        .map(|variant| rust_type(&variant.ty))
        .collect();
    let lines = variants
        .iter()
        .zip(&types)
        .map(|(variant, ty)| docs::outer(&docs::form(variant, &ty.to_string().replace(' ', ""))));
    let mut items = vec![quote! {
        #docs
        #[derive(Clone, Debug, PartialEq, ::serde::Deserialize, ::serde::Serialize)]
        #[serde(untagged)]
        #[non_exhaustive]
        pub enum #name {
            #(#lines #idents(#types),)*
            /// A form that this version does not know. It is sent and received as it is.
            Other(::serde_json::Value),
        }
    }];
    let mut seen: Vec<String> = Vec::new();
    for ((variant, ident), ty) in variants.iter().zip(&idents).zip(&types) {
        let text = ty.to_string();
        if seen.contains(&text) || matches!(variant.ty, Type::Any) {
            continue;
        }
        seen.push(text);
        items.push(quote! {
            impl From<#ty> for #name {
                fn from(value: #ty) -> Self {
                    Self::#ident(value)
                }
            }
        });
    }
    // Text goes to the one variant that takes it.
    if let Some((ident, ty)) = idents
        .iter()
        .zip(&types)
        .zip(strings)
        .find_map(|(pair, text)| text.then_some(pair))
    {
        items.push(quote! {
            impl From<&str> for #name {
                fn from(value: &str) -> Self {
                    Self::#ident(<#ty>::from(value))
                }
            }
        });
    }
    items
}
