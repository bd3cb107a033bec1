//! IR becomes Rust tokens: a tree of modules, one for each endpoint, and one for the shared types.
//!
//! Emitters are total functions of the IR. They decide nothing; where one needs a fact that is not written down, such
//! as which types an input reaches, it derives it from the IR.

mod by_id;
mod constructors;
mod definitions;
mod docs;
mod endpoint;
mod enums;
mod media;
mod reachable;
mod rust_type;
mod sample;
mod validation;

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::TokenStream;
use quote::quote;

use crate::ir::api::{Api, Endpoint};
use crate::ir::definition::Definition;
use crate::ir::names::{Identifier, TypeName};

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
    let mut root = Module {
        inner: vec![
            // The root of the runtime's tree is a file of its own; elsewhere the root is the includer's.
            docs::inner(&[
                "The generated endpoints: a module for each, and the records that their outputs share.",
            ]),
            lints(&quote!(!)),
        ],
        ..Module::default()
    };
    let mut types = Module {
        inner: vec![docs::inner(&[
            "Records that the outputs of several endpoints share.",
        ])],
        ..Module::default()
    };
    for (name, definition) in &api.shared {
        let context = Context {
            api,
            endpoint: None,
            // What an input reaches is its endpoint's own.
            sent: false,
        };
        types
            .items
            .extend(definitions::definition(name, definition, &context));
    }
    root.children.insert("types".to_owned(), types);
    for endpoint in &api.endpoints {
        let module = endpoint::endpoint(api, endpoint);
        let parts = endpoint.module.iter().enumerate();
        let place = parts.fold(&mut root, |parent, (depth, part)| {
            parent
                .children
                .entry(part.as_str().to_owned())
                .or_insert_with(|| Module {
                    inner: vec![docs::inner(&[format!(
                        "Endpoints below `{}`.",
                        path_to(endpoint, depth)
                    )])],
                    ..Module::default()
                })
        });
        place.inner = module.inner;
        place.origin = module.origin;
        place.items = module.items;
    }
    match target {
        Target::Runtime => {
            root.items.extend(by_id::items(api));
            let parts: BTreeSet<&Identifier> = api
                .endpoints
                .iter()
                .filter_map(|endpoint| endpoint.module.first())
                .collect();
            for part in parts {
                let module = root.children.entry(part.as_str().to_owned()).or_default();
                module.items.push(endpoint::methods_below(api, part));
            }
        }
        Target::Elsewhere => root.items.push(endpoint::methods_trait(api)),
    }
    root
}

/// The lints that generated code is free of: its names and lengths are those of the documents.
pub(crate) fn lints(inner: &TokenStream) -> TokenStream {
    quote!(# #inner [allow(clippy::all, clippy::pedantic, deprecated, unused_qualifications, reason = "generated from fal's documents")])
}

/// The part of an endpoint's id that leads to one of its modules; 0 is the one below the root.
pub(crate) fn path_to(endpoint: &Endpoint, depth: usize) -> String {
    let below = endpoint.module.len().saturating_sub(depth + 1);
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
