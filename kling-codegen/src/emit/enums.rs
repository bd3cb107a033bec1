//! Open enums and unions.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use crate::emit::docs;
use crate::emit::rust_type::{ident, rust_type, type_ident};
use crate::ir::definition::{UnionVariant, Variant};
use crate::ir::names::TypeName;
use crate::ir::types::Type;
use crate::markdown;

/// A string enum that takes values which it does not know.
pub(super) fn string_enum(
    name: &TypeName,
    variants: &[Variant<String>],
    docs: &TokenStream,
    is_sent: bool,
) -> Vec<TokenStream> {
    let value = |variant: &Variant<String>| {
        let text = variant.value.as_str();
        (quote!(#text), serde_json::Value::from(text).to_string())
    };
    let form = Form {
        traits: quote!(Clone, Debug, PartialEq, Eq, Hash),
        held: quote!(String),
        getter: quote!(fn as_str(&self) -> &str),
        held_got: quote!(value),
        compared: quote!(value.as_str()),
        rest: quote!(open_enum),
    };
    let mut items = open_enum(name, variants, docs, value, is_sent, &form);
    // Where one value is a whole number, and not only where all are, so that a new value takes nothing away.
    if is_sent
        && variants
            .iter()
            .any(|variant| is_whole_number(&variant.value))
    {
        let name = type_ident(name);
        items.push(quote!(::kling_api::whole_numbers!(#name);));
    }
    items
}

/// Whether a text is a whole number as Rust writes it.
fn is_whole_number(text: &str) -> bool {
    text.parse()
        .is_ok_and(|number: u64| number.to_string() == text)
}

/// An integer enum that takes values which it does not know.
pub(super) fn integer_enum(
    name: &TypeName,
    variants: &[Variant<i64>],
    docs: &TokenStream,
    is_sent: bool,
) -> Vec<TokenStream> {
    let value = |variant: &Variant<i64>| (integer(variant.value), variant.value.to_string());
    let form = Form {
        traits: quote!(Clone, Copy, Debug, PartialEq, Eq, Hash),
        held: quote!(i64),
        getter: quote!(fn as_i64(&self) -> i64),
        held_got: quote!(*value),
        compared: quote!(value),
        rest: quote!(open_integer_enum),
    };
    open_enum(name, variants, docs, value, is_sent, &form)
}

/// What the values of an open enum bring with them.
struct Form {
    traits: TokenStream,
    /// What an unknown value is held in.
    held: TokenStream,
    getter: TokenStream,
    /// What the getter gives for the held `value`.
    held_got: TokenStream,
    /// `value` as the known ones are written.
    compared: TokenStream,
    /// The macro of the runtime that adds what all enums of the kind have.
    rest: TokenStream,
}

/// An open enum; `value` gives a known one as a literal and as JSON.
fn open_enum<T>(
    name: &TypeName,
    variants: &[Variant<T>],
    docs: &TokenStream,
    value: impl Fn(&Variant<T>) -> (TokenStream, String),
    is_sent: bool,
    form: &Form,
) -> Vec<TokenStream> {
    let name = type_ident(name);
    let idents: Vec<_> = variants
        .iter()
        .map(|variant| ident(&variant.ident))
        .collect();
    let (values, texts): (Vec<TokenStream>, Vec<String>) = variants.iter().map(value).unzip();
    let lines = texts
        .iter()
        .map(|text| docs::outer(&[markdown::code(text)]));
    let Form {
        traits,
        held,
        getter,
        held_got,
        compared,
        rest,
    } = form;
    let other = docs::outer(&[if is_sent {
        "A value that this version does not know, kept as it is. Unless the field takes any value, a call sends it only after `skip_validation`."
    } else {
        "A value that this version does not know, kept as it is."
    }]);
    vec![
        quote! {
            #docs
            #[derive(#traits)]
            #[non_exhaustive]
            pub enum #name {
                #(#lines #idents,)*
                #other
                Other(#held),
            }
        },
        quote! {
            impl #name {
                /// The values that this version knows, in fal's order.
                pub const KNOWN: &'static [Self] = &[#(Self::#idents),*];
                /// The value on the wire.
                #[must_use]
                pub #getter {
                    match self {
                        #(Self::#idents => #values,)*
                        Self::Other(value) => #held_got,
                    }
                }
            }
        },
        quote! {
            impl From<#held> for #name {
                fn from(value: #held) -> Self {
                    match #compared {
                        #(#values => Self::#idents,)*
                        _ => Self::Other(value),
                    }
                }
            }
        },
        quote!(::kling_api::#rest!(#name);),
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
