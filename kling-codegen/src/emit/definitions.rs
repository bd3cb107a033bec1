//! Named types: what each kind of definition becomes.

use proc_macro2::TokenStream;
use quote::quote;

use crate::emit::rust_type::{ident, rust_type, slot_type, type_ident};
use crate::emit::{Context, constructors, docs, enums, media, validation};
use crate::ir::api::{INPUT, OUTPUT};
use crate::ir::definition::{Definition, DefinitionKind, Field, Presence, Record};
use crate::ir::names::TypeName;
use crate::ir::types::{Slot, Type};
use crate::markdown;

/// The items of one definition.
pub(super) fn definition(
    name: &TypeName,
    definition: &Definition,
    context: &Context<'_>,
) -> Vec<TokenStream> {
    let about = docs::outer(&about(name, definition, context));
    let about = if definition.deprecated {
        quote!(#about #[deprecated])
    } else {
        about
    };
    let mut items = match &definition.kind {
        DefinitionKind::Record(fields) => record(name, fields, &about, context),
        DefinitionKind::StringEnum(variants) => {
            enums::string_enum(name, variants, &about, context.sent)
        }
        DefinitionKind::IntegerEnum(variants) => {
            enums::integer_enum(name, variants, &about, context.sent)
        }
        DefinitionKind::Union(variants) => {
            let strings: Vec<bool> = variants
                .iter()
                .map(|variant| takes_text(&variant.ty, context))
                .collect();
            let mut items = enums::union(name, variants, &about, &strings);
            if context.endpoint.is_some() && name.as_str() == INPUT {
                items.push(constructors::union_methods());
            }
            items
        }
        DefinitionKind::Alias(slot) => {
            let (name, ty) = (type_ident(name), slot_type(slot));
            vec![quote!(#about pub type #name = #ty;)]
        }
    };
    if context.sent {
        items.extend(validation::implementation(name, definition, context));
    }
    items
}

fn takes_text(ty: &Type, context: &Context<'_>) -> bool {
    match ty {
        Type::String(_) => true,
        Type::Named(name) => {
            matches!(
                context.resolve(name).map(|definition| &definition.kind),
                Some(DefinitionKind::StringEnum(_))
            )
        }
        _ => false,
    }
}

fn about(name: &TypeName, definition: &Definition, context: &Context<'_>) -> Vec<String> {
    let root = match (name.as_str(), context.endpoint) {
        (INPUT, Some(endpoint)) => Some(format!("The input of `{}`.", endpoint.id)),
        (OUTPUT, Some(endpoint)) => Some(format!("The output of `{}`.", endpoint.id)),
        _ => None,
    };
    let mut paragraphs: Vec<String> = root.into_iter().collect();
    match &definition.description {
        Some(description) => paragraphs.push(markdown::prose(description)),
        None if paragraphs.is_empty() => paragraphs.push(from_its_field(name, context)),
        None => {}
    }
    if let DefinitionKind::Alias(slot) = &definition.kind {
        paragraphs.extend(docs::inside(&slot.ty));
    }
    paragraphs
}

/// A type that fal describes only where it is used.
fn from_its_field(name: &TypeName, context: &Context<'_>) -> String {
    let own = context
        .endpoint
        .into_iter()
        .flat_map(|endpoint| &endpoint.types);
    for (owner, definition) in own.chain(&context.api.shared) {
        let DefinitionKind::Record(record) = &definition.kind else {
            continue;
        };
        for field in &record.fields {
            let Some(Mention { description }) = mention(&field.ty, name) else {
                continue;
            };
            return match description.or(field.facts.description.as_deref()) {
                Some(description) => markdown::prose(description),
                // A link names the field as it is, without what makes a keyword an identifier.
                None => format!(
                    "The type of [`{owner}::{}`].",
                    field.ident.as_str().trim_start_matches("r#")
                ),
            };
        }
    }
    format!(
        "{}; fal does not describe it.",
        markdown::code(name.as_str())
    )
}

/// A place inside a type that holds a certain name.
struct Mention<'a> {
    /// What is said about the place.
    description: Option<&'a str>,
}

fn mention<'a>(ty: &'a Type, name: &TypeName) -> Option<Mention<'a>> {
    let in_place = |place: &'a Slot| {
        let Mention { description } = mention(&place.ty, name)?;
        Some(Mention {
            description: description.or(place.facts.description.as_deref()),
        })
    };
    match ty {
        Type::Named(other) | Type::Boxed(other) => {
            (other == name).then_some(Mention { description: None })
        }
        Type::Array(array) => in_place(&array.item),
        Type::Map(value) => in_place(value),
        Type::Tuple(places) => places.iter().find_map(in_place),
        Type::Boolean | Type::Integer(_) | Type::Number(_) | Type::String(_) | Type::Any => None,
    }
}

fn record(
    name: &TypeName,
    record: &Record,
    about: &TokenStream,
    context: &Context<'_>,
) -> Vec<TokenStream> {
    let type_name = type_ident(name);
    let fields = record.fields.iter().map(field);
    let rest = record.rest.iter().map(|rest| {
        let (name, value) = (ident(&rest.ident), slot_type(&rest.value));
        let mut about = vec!["Further properties by name.".to_owned()];
        about.extend(docs::inside(&Type::Map(Box::new(rest.value.clone()))));
        let about = docs::outer(&about);
        quote! {
            #about
            #[serde(flatten)]
            pub #name: ::std::collections::BTreeMap<String, #value>
        }
    });
    let mut items = vec![quote! {
        #about
        #[derive(Clone, Debug, PartialEq, ::serde::Deserialize, ::serde::Serialize)]
        #[non_exhaustive]
        pub struct #type_name {
            #(#fields,)*
            #(#rest,)*
        }
    }];
    if context.sent {
        items.extend(constructors::constructors(name, record, context));
    }
    items.extend(media::remote_file(name, record));
    items
}

fn field(field: &Field) -> TokenStream {
    let about = docs::outer(&docs::field(field));
    let name = ident(&field.ident);
    let wire = &field.wire;
    let ty = field_type(field);
    let mut attributes = Vec::new();
    if field.ident.as_str().trim_start_matches("r#") != wire {
        attributes.push(quote!(rename = #wire));
    }
    match field.presence {
        Presence::Optional => attributes.push(quote!(skip_serializing_if = "Option::is_none")),
        Presence::Required | Presence::RequiredNullable => {}
    }
    let attributes = if attributes.is_empty() {
        quote!()
    } else {
        quote!(#[serde(#(#attributes),*)])
    };
    let deprecated = if field.facts.deprecated {
        quote!(#[deprecated])
    } else {
        quote!()
    };
    quote!(#about #deprecated #attributes pub #name: #ty)
}

/// The type of a field, with what its presence adds.
pub(super) fn field_type(field: &Field) -> TokenStream {
    let ty = rust_type(&field.ty);
    match field.presence {
        Presence::Required => ty,
        Presence::RequiredNullable | Presence::Optional => quote!(Option<#ty>),
    }
}
