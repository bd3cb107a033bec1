//! The check of every published bound, written as calls that say the bound.

use proc_macro2::{Literal, TokenStream};
use quote::quote;
use serde_json::Number;

use crate::emit::rust_type::{ident, type_ident};
use crate::emit::{Context, enums, media};
use crate::ir::definition::{Definition, DefinitionKind, Field, Presence, Record, UnionVariant};
use crate::ir::names::TypeName;
use crate::ir::types::{Array, Facts, Limit, NumberBounds, Slot, StringBounds, Type};

/// `impl Validate` for a definition that inputs reach.
pub(super) fn implementation(
    name: &TypeName,
    definition: &Definition,
    context: &Context<'_>,
) -> Option<TokenStream> {
    let body = match &definition.kind {
        DefinitionKind::Record(record) => record_body(record, context),
        DefinitionKind::Union(variants) => union_body(variants, context),
        DefinitionKind::StringEnum(variants) => {
            one_of_texts(&quote!(self), variants.iter().map(|one| &*one.value))
        }
        DefinitionKind::IntegerEnum(variants) => {
            one_of_integers(&quote!(self), variants.iter().map(|one| one.value))
        }
        DefinitionKind::Alias(_) => return None,
    };
    let type_name = type_ident(name);
    let media = media::method(definition, context);
    let argument = if body.is_empty() {
        quote!(_)
    } else {
        quote!(validator)
    };
    Some(quote! {
        impl ::kling_api::Validate for #type_name {
            fn validate_with(&self, #argument: &mut ::kling_api::Validator) {
                #body
            }
            #media
        }
    })
}

fn record_body(record: &Record, context: &Context<'_>) -> TokenStream {
    let fields = record
        .fields
        .iter()
        .map(|field| field_check(field, context));
    let rest = record.rest.as_ref().map(|rest| {
        let name = ident(&rest.ident);
        let each = nested(&rest.value, context);
        if each.is_empty() {
            quote!()
        } else {
            inside(
                &quote!(each_value),
                &quote!(&self.#name),
                &quote!(|value, validator|),
                &each,
            )
        }
    });
    quote!(#(#fields)* #rest)
}

fn field_check(field: &Field, context: &Context<'_>) -> TokenStream {
    let (name, wire) = (ident(&field.ident), &field.wire);
    match field.presence {
        Presence::Required => {
            let checks = place_check(
                &field.ty,
                &field.facts,
                &Place {
                    reference: quote!(&self.#name),
                    value: quote!(self.#name),
                },
                context,
            );
            if checks.is_empty() {
                checks
            } else {
                inside(
                    &quote!(field),
                    &quote!(#wire),
                    &quote!(|validator|),
                    &checks,
                )
            }
        }
        Presence::RequiredNullable | Presence::Optional => {
            let checks = place_check(&field.ty, &field.facts, &Place::bound(), context);
            if checks.is_empty() {
                checks
            } else {
                let checks = inside(
                    &quote!(field),
                    &quote!(#wire),
                    &quote!(|validator|),
                    &checks,
                );
                quote! {
                    if let Some(value) = &self.#name {
                        #checks
                    }
                }
            }
        }
    }
}

/// A record or a union checks itself, so the function itself can be handed on.
fn handed_on(each: &TokenStream) -> Option<TokenStream> {
    let itself = quote!(::kling_api::Validate::validate_with(value, validator););
    (each.to_string() == itself.to_string()).then(|| quote!(::kling_api::Validate::validate_with))
}

/// `validator.field("name", |validator| …)`; a single check stands without a block around it.
fn inside(
    method: &TokenStream,
    argument: &TokenStream,
    closure: &TokenStream,
    checks: &TokenStream,
) -> TokenStream {
    if let Some(function) = handed_on(checks).filter(|_| method.to_string() != "field") {
        return quote!(validator.#method(#argument, #function););
    }
    let end = |token: &proc_macro2::TokenTree| matches!(token, proc_macro2::TokenTree::Punct(punct) if punct.as_char() == ';');
    let tokens: Vec<_> = checks.clone().into_iter().collect();
    let single =
        tokens.iter().filter(|token| end(token)).count() == 1 && tokens.last().is_some_and(end);
    if single {
        let expression: TokenStream = tokens.into_iter().take_while(|token| !end(token)).collect();
        quote!(validator.#method(#argument, #closure #expression);)
    } else {
        quote!(validator.#method(#argument, #closure { #checks });)
    }
}

fn union_body(variants: &[UnionVariant], context: &Context<'_>) -> TokenStream {
    let mut arms = Vec::new();
    for variant in variants {
        let checks = match enums_beside(variant, variants, context) {
            Beside::Nothing => place_check(&variant.ty, &variant.facts, &Place::bound(), context),
            Beside::Texts(all) => one_of_texts(&quote!(value), all.into_iter()),
            Beside::Integers(all) => one_of_integers(&quote!(value), all.into_iter()),
            Beside::More => quote!(),
        };
        if !checks.is_empty() {
            let name = ident(&variant.ident);
            arms.push(quote!(Self::#name(value) => { #checks }));
        }
    }
    if arms.is_empty() {
        return quote!();
    }
    quote! {
        match self {
            #(#arms)*
            _ => {}
        }
    }
}

/// What the other forms of a union take of the values that an enum among them does not list. The enum that has its turn
/// first is read with all of those.
enum Beside<'a> {
    Nothing,
    /// All texts that the enums of the union list together.
    Texts(Vec<&'a str>),
    /// All numbers that the enums of the union list together.
    Integers(Vec<i64>),
    /// Values that are listed nowhere.
    More,
}

fn enums_beside<'a>(
    variant: &UnionVariant,
    variants: &'a [UnionVariant],
    context: &'a Context<'_>,
) -> Beside<'a> {
    let kind = |variant: &UnionVariant| match &variant.ty {
        Type::Named(name) | Type::Boxed(name) => {
            context.resolve(name).map(|definition| &definition.kind)
        }
        _ => None,
    };
    let is_enum = matches!(
        kind(variant),
        Some(DefinitionKind::StringEnum(_) | DefinitionKind::IntegerEnum(_))
    );
    let others = variants.iter().filter(|other| other.ident != variant.ident);
    let takes_more = |other: &UnionVariant| {
        other.facts.is_open
            || matches!(other.ty, Type::Any)
            || matches!(kind(other), Some(DefinitionKind::Union(_)))
    };
    if !is_enum {
        return Beside::Nothing;
    }
    if variant.facts.is_open || others.clone().any(takes_more) {
        return Beside::More;
    }
    let (mut texts, mut integers) = (Vec::new(), Vec::new());
    for variant in variants {
        match kind(variant) {
            Some(DefinitionKind::StringEnum(values)) => {
                texts.extend(values.iter().map(|one| &*one.value));
            }
            Some(DefinitionKind::IntegerEnum(values)) => {
                integers.extend(values.iter().map(|one| one.value));
            }
            _ => {}
        }
    }
    let own = match kind(variant) {
        Some(DefinitionKind::StringEnum(values)) => values.len() == texts.len(),
        Some(DefinitionKind::IntegerEnum(values)) => values.len() == integers.len(),
        _ => true,
    };
    match kind(variant) {
        _ if own => Beside::Nothing,
        Some(DefinitionKind::IntegerEnum(_)) => Beside::Integers(integers),
        _ => Beside::Texts(texts),
    }
}

fn one_of_texts<'a>(value: &TokenStream, known: impl Iterator<Item = &'a str>) -> TokenStream {
    quote!(validator.one_of(#value.as_str(), &[#(#known),*]);)
}

fn one_of_integers(value: &TokenStream, known: impl Iterator<Item = i64>) -> TokenStream {
    let known = known.map(enums::integer);
    quote!(validator.one_of(#value.as_i64(), &[#(#known),*]);)
}

/// How a check names the value that it is about.
struct Place {
    reference: TokenStream,
    value: TokenStream,
}

impl Place {
    fn bound() -> Self {
        Self {
            reference: quote!(value),
            value: quote!(*value),
        }
    }
}

/// The checks of a place. Where a form of it takes any text or number, its enum refuses nothing.
fn place_check(ty: &Type, facts: &Facts, place: &Place, context: &Context<'_>) -> TokenStream {
    if facts.is_open {
        return quote!();
    }
    type_check(ty, place, context)
}

fn type_check(ty: &Type, place: &Place, context: &Context<'_>) -> TokenStream {
    let Place { reference, value } = place;
    match ty {
        Type::Boolean | Type::Any => quote!(),
        Type::String(bounds) => string_checks(bounds, reference),
        Type::Integer(bounds) => number_checks(bounds, value, integer_literal),
        Type::Number(bounds) => {
            let bounds = number_checks(bounds, value, float_literal);
            quote!(validator.finite(#value); #bounds)
        }
        Type::Array(array) => array_checks(array, place, context),
        Type::Tuple(places) => {
            let each = places.iter().enumerate().map(|(index, slot)| {
                let checks = nested(slot, context);
                let position = Literal::usize_unsuffixed(index);
                let name = index.to_string();
                let whole = if reference.to_string() == "value" {
                    quote!(value)
                } else {
                    quote!(#value)
                };
                if checks.is_empty() {
                    quote!()
                } else {
                    quote! {
                        validator.field(#name, |validator| {
                            let value = &#whole.#position;
                            #checks
                        });
                    }
                }
            });
            quote!(#(#each)*)
        }
        Type::Map(inner) => {
            let each = nested(inner, context);
            if each.is_empty() {
                quote!()
            } else {
                inside(
                    &quote!(each_value),
                    reference,
                    &quote!(|value, validator|),
                    &each,
                )
            }
        }
        Type::Named(name) | Type::Boxed(name) => {
            let checked = matches!(
                context.resolve(name).map(|definition| &definition.kind),
                Some(
                    DefinitionKind::Record(_)
                        | DefinitionKind::Union(_)
                        | DefinitionKind::StringEnum(_)
                        | DefinitionKind::IntegerEnum(_)
                )
            );
            match ty {
                _ if !checked => quote!(),
                Type::Boxed(_) => {
                    quote!(::kling_api::Validate::validate_with(&*#value, validator);)
                }
                _ => quote!(::kling_api::Validate::validate_with(#reference, validator);),
            }
        }
    }
}

/// The checks of something that is bound to `value`.
fn nested(slot: &Slot, context: &Context<'_>) -> TokenStream {
    let checks = place_check(&slot.ty, &slot.facts, &Place::bound(), context);
    if checks.is_empty() || !slot.nullable {
        return checks;
    }
    quote! {
        if let Some(value) = value {
            #checks
        }
    }
}

fn array_checks(array: &Array, place: &Place, context: &Context<'_>) -> TokenStream {
    let Place { reference, value } = place;
    let length = if reference.to_string() == "value" {
        quote!(value.len())
    } else {
        quote!(#value.len())
    };
    let least = array.min_items.filter(|least| *least > 0).map(|least| {
        let least = Literal::u64_unsuffixed(least);
        quote!(validator.min_items(#length, #least);)
    });
    let most = array.max_items.map(|most| {
        let most = Literal::u64_unsuffixed(most);
        quote!(validator.max_items(#length, #most);)
    });
    let unique = array
        .unique_items
        .then(|| quote!(validator.unique_items(#reference);));
    let each = nested(&array.item, context);
    let each = (!each.is_empty())
        .then(|| inside(&quote!(each), reference, &quote!(|value, validator|), &each));
    quote!(#least #most #unique #each)
}

fn string_checks(bounds: &StringBounds, place: &TokenStream) -> TokenStream {
    let url = quote!(url);
    let reference = if bounds.media.is_some() { &url } else { place };
    let least = bounds.min_length.filter(|least| *least > 0).map(|least| {
        let least = Literal::u64_unsuffixed(least);
        quote!(validator.min_length(#reference, #least);)
    });
    let most = bounds.max_length.map(|most| {
        let most = Literal::u64_unsuffixed(most);
        quote!(validator.max_length(#reference, #most);)
    });
    let Some(media) = &bounds.media else {
        return quote!(#least #most);
    };
    // Only a URL can be checked here; what is to be uploaded will have another one.
    let data_uris = (!media.data_uris).then(|| quote!(validator.no_data_uri(url);));
    let checks = quote!(validator.file_url(url); #least #most #data_uris);
    quote! {
        if let Some(url) = ::kling_api::Media::as_url(#place) {
            #checks
        }
    }
}

fn number_checks(
    bounds: &NumberBounds,
    value: &TokenStream,
    literal: fn(&Number) -> TokenStream,
) -> TokenStream {
    let check = |limit: &Limit, inclusive: TokenStream, exclusive: TokenStream| {
        let bound = literal(&limit.value);
        let method = if limit.exclusive {
            exclusive
        } else {
            inclusive
        };
        quote!(validator.#method(#value, #bound);)
    };
    let least = bounds
        .minimum
        .as_ref()
        .map(|limit| check(limit, quote!(minimum), quote!(exclusive_minimum)));
    let most = bounds
        .maximum
        .as_ref()
        .map(|limit| check(limit, quote!(maximum), quote!(exclusive_maximum)));
    let step = bounds.multiple_of.as_ref().map(|step| {
        let step = literal(step);
        quote!(validator.multiple_of(#value, #step);)
    });
    quote!(#least #most #step)
}

fn integer_literal(number: &Number) -> TokenStream {
    // `lower` gives an integer integer bounds only.
    enums::integer(number.as_i64().unwrap_or_default())
}

fn float_literal(number: &Number) -> TokenStream {
    enums::float(number.as_f64().unwrap_or_default())
}
