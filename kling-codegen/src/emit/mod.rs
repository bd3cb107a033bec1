//! IR becomes Rust tokens: a tree of modules, one for each endpoint, and one for the shared types.
//!
//! Emitters are total functions of the IR. They decide nothing; where one needs a fact that is not written down, such
//! as which types an input reaches, it derives it from the IR.

mod checks;
mod constructors;
mod definitions;
mod docs;
mod endpoint;
mod enums;
mod media;
mod sample;

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

use crate::ir::api::{Api, Endpoint, INPUT};
use crate::ir::definition::Definition;
use crate::ir::names::{Identifier, TypeName};
use crate::ir::types::Type;

/// For whom the code is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Target {
    /// For `kling-api` itself: a file for each module, and a method for each endpoint on the client.
    Runtime,
    /// For anybody's crate: one text to `include!`, with the methods in a trait named `Endpoints`.
    #[default]
    Elsewhere,
}

/// One module of the generated code, in tokens.
#[derive(Clone, Debug, Default)]
pub struct Module {
    /// What it was made from, for the header of its file.
    pub(crate) origin: Option<String>,
    /// Attributes and documentation of the module itself.
    pub(crate) inner: Vec<TokenStream>,
    /// What it holds, in order.
    pub(crate) items: Vec<TokenStream>,
    /// The modules below it.
    pub(crate) children: BTreeMap<String, Module>,
}

/// Emits the whole tree.
#[must_use]
pub fn emit(api: &Api, target: Target) -> Module {
    let sent = sent_types(api);
    let mut root = Module {
        inner: vec![
            // The root of the runtime's tree is a file of its own; elsewhere the root is the includer's.
            docs::inner(&[
                "The generated endpoints: a module for each, and the records that they share.",
            ]),
            lints(&quote!(!)),
        ],
        ..Module::default()
    };
    let mut types = Module {
        inner: vec![docs::inner(&["Records that several endpoints share."])],
        ..Module::default()
    };
    for (name, definition) in &api.shared {
        let context = Context {
            api,
            endpoint: None,
            sent: sent.shared.contains(name),
        };
        types
            .items
            .extend(definitions::definition(name, definition, &context));
    }
    root.children.insert("types".to_owned(), types);
    for endpoint in &api.endpoints {
        let module = endpoint::endpoint(api, endpoint, &sent, target);
        let place = endpoint.module.iter().fold(&mut root, |parent, part| {
            parent
                .children
                .entry(part.as_str().to_owned())
                .or_insert_with(|| Module {
                    inner: vec![docs::inner(&[format!(
                        "Endpoints below `{}`.",
                        path_to(endpoint, part)
                    )])],
                    ..Module::default()
                })
        });
        place.inner = module.inner;
        place.origin = module.origin;
        place.items = module.items;
    }
    if target == Target::Elsewhere {
        root.items.push(endpoint::methods_trait(api));
    }
    root
}

/// The lints that generated code is free of: its names and lengths are those of the documents.
pub(crate) fn lints(inner: &TokenStream) -> TokenStream {
    quote!(# #inner [allow(clippy::all, clippy::pedantic, deprecated, unused_qualifications, reason = "generated from fal's documents")])
}

/// The part of an endpoint's id that leads to one of its modules.
fn path_to(endpoint: &Endpoint, part: &Identifier) -> String {
    let below = endpoint
        .module
        .iter()
        .rev()
        .take_while(|other| *other != part)
        .count();
    let segments: Vec<&str> = endpoint.id.segments().collect();
    segments
        .get(..segments.len().saturating_sub(below))
        .unwrap_or_default()
        .join("/")
}

/// What an emitter of one definition may look up.
pub(crate) struct Context<'a> {
    pub(crate) api: &'a Api,
    pub(crate) endpoint: Option<&'a Endpoint>,
    /// Whether an input reaches the definition, so that callers build it.
    pub(crate) sent: bool,
}

impl Context<'_> {
    pub(crate) fn resolve(&self, name: &TypeName) -> Option<&Definition> {
        self.api.resolve(self.endpoint, name)
    }
}

/// The types that inputs reach.
pub(crate) struct SentTypes {
    shared: BTreeSet<TypeName>,
    own: BTreeSet<(String, TypeName)>,
}

impl SentTypes {
    pub(crate) fn holds(&self, endpoint: &Endpoint, name: &TypeName) -> bool {
        self.own.contains(&(endpoint.id.to_string(), name.clone()))
    }
}

fn sent_types(api: &Api) -> SentTypes {
    let mut sent = SentTypes {
        shared: BTreeSet::new(),
        own: BTreeSet::new(),
    };
    for endpoint in &api.endpoints {
        let reached = reachable(api, endpoint, &TypeName::unchecked(INPUT));
        for name in reached.own {
            sent.own.insert((endpoint.id.to_string(), name));
        }
        sent.shared.extend(reached.shared);
    }
    sent
}

/// What a definition of an endpoint reaches, itself included.
#[derive(Default)]
pub(crate) struct Reached {
    /// The endpoint's own types.
    pub(crate) own: BTreeSet<TypeName>,
    /// The shared types.
    pub(crate) shared: BTreeSet<TypeName>,
}

/// Follows the names inside a definition of an endpoint. What a shared definition names is shared too, even where the
/// endpoint has a type of that name.
pub(crate) fn reachable(api: &Api, endpoint: &Endpoint, from: &TypeName) -> Reached {
    let mut reached = Reached::default();
    let mut open = vec![(Some(endpoint), from.clone())];
    while let Some((scope, name)) = open.pop() {
        let own = scope.filter(|endpoint| endpoint.types.contains_key(&name));
        let name = match (own, scope) {
            (None, Some(endpoint)) => endpoint.shared_name(&name).clone(),
            (Some(_), _) | (None, None) => name,
        };
        let Some(definition) = api.resolve(own, &name) else {
            continue;
        };
        let seen = if own.is_some() {
            &mut reached.own
        } else {
            &mut reached.shared
        };
        if seen.insert(name) {
            definition.visit_types(&mut |ty| {
                if let Type::Named(name) | Type::Boxed(name) = ty {
                    open.push((own, name.clone()));
                }
            });
        }
    }
    reached
}

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

pub(crate) fn slot_type(slot: &crate::ir::types::Slot) -> TokenStream {
    let ty = rust_type(&slot.ty);
    if slot.nullable {
        quote!(Option<#ty>)
    } else {
        ty
    }
}
