//! One endpoint: its documentation, its types, what it is, and the one method that calls it.

use std::collections::BTreeSet;

use proc_macro2::TokenStream;
use quote::quote;

use crate::emit::reachable::reachable;
use crate::emit::rust_type::{ident, type_ident};
use crate::emit::{Context, Module, definitions, docs, path_to, sample};
use crate::ir::api::{Api, Endpoint, INPUT, OUTPUT};
use crate::ir::names::{Identifier, TypeName};
use crate::ir::price::{Price, SecondsField, SecondsKind};
use crate::markdown;
use crate::settings::dollars;

/// The module of an endpoint.
pub(super) fn endpoint(api: &Api, endpoint: &Endpoint) -> Module {
    let sent = reachable(api, endpoint, &TypeName::unchecked(INPUT)).own;
    let mut items = Vec::new();
    items.extend(reexport(api, endpoint));
    for (name, definition) in &endpoint.types {
        let context = Context {
            api,
            endpoint: Some(endpoint),
            sent: sent.contains(name),
        };
        items.extend(definitions::definition(name, definition, &context));
    }
    items.push(implementation(endpoint));
    Module {
        origin: Some(endpoint.id.to_string()),
        inner: vec![docs::inner(&about(endpoint))],
        items,
        ..Module::default()
    }
}

/// The methods of the client for the endpoints below one module of the root, such as `v2_1`. They are one block with a
/// line about it, so that the client's page shows the endpoints of a version together.
pub(super) fn methods_below(api: &Api, part: &Identifier) -> TokenStream {
    let group = || {
        let endpoints = api.endpoints.iter();
        endpoints.filter(|endpoint| endpoint.module.first() == Some(part))
    };
    let about = group()
        .next()
        .map(|endpoint| docs::outer(&[format!("The endpoints of `{}`.", path_to(endpoint, 0))]));
    let methods = group().map(|endpoint| method(api, endpoint));
    quote! {
        #about
        #[cfg(feature = "client")]
        impl ::kling_api::Client { #(#methods)* }
    }
}

/// The trait that carries the methods where the client belongs to another crate.
pub(super) fn methods_trait(api: &Api) -> TokenStream {
    let signatures = api.endpoints.iter().map(|endpoint| {
        let path = endpoint.module.iter().map(ident);
        let path = quote!(#(#path::)*Input);
        let about = docs::outer(&method_docs(endpoint));
        let name = ident(&endpoint.method);
        let deprecated = deprecated(endpoint);
        quote!(#about #deprecated fn #name(&self, input: #path) -> ::kling_api::Call<#path>;)
    });
    let bodies = api.endpoints.iter().map(|endpoint| {
        let path = endpoint.module.iter().map(ident);
        let path = quote!(#(#path::)*Input);
        let name = ident(&endpoint.method);
        quote!(fn #name(&self, input: #path) -> ::kling_api::Call<#path> { self.call(input) })
    });
    quote! {
        /// The generated endpoints as methods of the client.
        pub trait Endpoints {
            #(#signatures)*
        }
        impl Endpoints for ::kling_api::Client {
            #(#bodies)*
        }
    }
}

/// The shared records that the endpoint uses, so that a caller finds all types in one module.
fn reexport(api: &Api, endpoint: &Endpoint) -> Option<TokenStream> {
    let mut names = BTreeSet::new();
    for root in [INPUT, OUTPUT] {
        let reached = reachable(api, endpoint, &TypeName::unchecked(root));
        // What a shared record is made of is found here too, unless the endpoint has a type of that name.
        names.extend(reached.shared);
    }
    // A name that means something else here is not imported, but for the records that the endpoint calls otherwise.
    names.retain(|name| !endpoint.types.contains_key(name) && !endpoint.imports.contains_key(name));
    let plain = names.iter().map(|name| {
        let name = type_ident(name);
        quote!(#name)
    });
    let renamed = endpoint.imports.iter().map(|(here, name)| {
        let (here, name) = (type_ident(here), type_ident(name));
        quote!(#name as #here)
    });
    let names: Vec<TokenStream> = plain.chain(renamed).collect();
    if names.is_empty() {
        return None;
    }
    let up = endpoint.module.iter().map(|_| quote!(super::));
    Some(quote!(pub use #(#up)*types::{#(#names),*};))
}

fn about(endpoint: &Endpoint) -> Vec<String> {
    let mut paragraphs = vec![match &endpoint.title {
        Some(title) => format!("{}: `{}`.", markdown::prose(title), endpoint.id),
        None => format!("`{}`.", endpoint.id),
    }];
    paragraphs.extend(endpoint.description.as_deref().map(markdown::prose));
    let mut facts = Vec::new();
    facts.extend(
        endpoint
            .category
            .as_ref()
            .map(|category| format!("Category: {}.", markdown::prose(category))),
    );
    facts.push(match &endpoint.price {
        Some(price) => format!("Published price: {}.", spoken(price)),
        None => "No price is known to this version; `Client::live_price` asks fal.".to_owned(),
    });
    facts.extend(
        endpoint
            .documentation_url
            .as_ref()
            .map(|url| format!("Documentation of fal: {}.", markdown::prose(url))),
    );
    paragraphs.push(facts.join(" "));
    paragraphs
}

fn spoken(price: &Price) -> String {
    match price {
        Price::PerCall { micros } => format!("{} USD for a call", dollars(*micros)),
        Price::PerSecond {
            first_seconds: 0,
            further_micros,
            ..
        } => format!("{} USD per second", dollars(*further_micros)),
        Price::PerSecond {
            first_seconds,
            first_micros,
            further_micros,
            ..
        } => format!(
            "{} USD for the first {first_seconds} seconds, {} USD for each further second",
            dollars(*first_micros),
            dollars(*further_micros)
        ),
    }
}

fn implementation(endpoint: &Endpoint) -> TokenStream {
    let id = endpoint.id.as_str();
    let title = endpoint.title.iter().map(|title| quote!(.title(#title)));
    let category = endpoint
        .category
        .iter()
        .map(|category| quote!(.category(#category)));
    let url = endpoint
        .documentation_url
        .iter()
        .map(|url| quote!(.documentation_url(#url)));
    let price = endpoint.price.iter().map(|price| {
        let price = price_expression(price);
        quote!(.price(#price))
    });
    let seconds = match &endpoint.price {
        Some(Price::PerSecond { seconds, .. }) => seconds_method(seconds),
        Some(Price::PerCall { .. }) | None => quote!(),
    };
    quote! {
        impl ::kling_api::Endpoint for Input {
            type Output = Output;
            const INFO: ::kling_api::EndpointInfo =
                ::kling_api::EndpointInfo::new(#id) #(#title)* #(#category)* #(#url)* #(#price)*;
            #seconds
        }
    }
}

fn price_expression(price: &Price) -> TokenStream {
    let usd = |micros: u64| {
        let micros = proc_macro2::Literal::u64_unsuffixed(micros);
        quote!(::kling_api::Usd::from_micros(#micros))
    };
    match price {
        Price::PerCall { micros } => {
            let each = usd(*micros);
            quote!(::kling_api::Price::per_call(#each))
        }
        Price::PerSecond {
            first_seconds: 0,
            further_micros,
            ..
        } => {
            let each = usd(*further_micros);
            quote!(::kling_api::Price::per_second(#each))
        }
        Price::PerSecond {
            first_seconds,
            first_micros,
            further_micros,
            ..
        } => {
            let seconds = proc_macro2::Literal::u32_unsuffixed(*first_seconds);
            let (first, further) = (usd(*first_micros), usd(*further_micros));
            quote!(::kling_api::Price::first_seconds(#seconds, #first, #further))
        }
    }
}

fn seconds_method(field: &SecondsField) -> TokenStream {
    let name = ident(&field.ident);
    let default_text = field
        .default
        .map(|seconds| seconds.to_string())
        .unwrap_or_default();
    let default_number = if let Some(seconds) = field
        .default
        .map(f64::from)
        .map(proc_macro2::Literal::f64_unsuffixed)
    {
        quote!(Some(#seconds))
    } else {
        quote!(None)
    };
    let body = match (field.kind, field.optional) {
        (SecondsKind::StringEnum | SecondsKind::IntegerEnum, true) => {
            quote!(::kling_api::rt::known_seconds(self.#name.as_ref(), #default_text))
        }
        (SecondsKind::StringEnum | SecondsKind::IntegerEnum, false) => {
            quote!(::kling_api::rt::known_seconds(Some(&self.#name), #default_text))
        }
        (SecondsKind::String, false) => {
            quote!(::kling_api::rt::seconds(Some(self.#name.as_str()), #default_text))
        }
        (SecondsKind::String, true) => {
            quote!(::kling_api::rt::seconds(self.#name.as_deref(), #default_text))
        }
        (SecondsKind::Integer, true) => {
            quote!(self.#name.map(|value| value as f64).or(#default_number))
        }
        (SecondsKind::Integer, false) => quote!(Some(self.#name as f64)),
        (SecondsKind::Number, true) => quote!(self.#name.or(#default_number)),
        (SecondsKind::Number, false) => quote!(Some(self.#name)),
    };
    quote! {
        fn seconds(&self) -> Option<f64> {
            #body
        }
    }
}

fn method(api: &Api, endpoint: &Endpoint) -> TokenStream {
    let path = endpoint.module.iter().skip(1).map(ident);
    let input = quote!(#(#path::)*Input);
    let example = (!endpoint.deprecated)
        .then(|| example(api, endpoint))
        .flatten();
    let about = docs::outer_with_example(&method_docs(endpoint), example.as_deref());
    let name = ident(&endpoint.method);
    let deprecated = deprecated(endpoint);
    quote! {
        #about
        #deprecated
        pub fn #name(&self, input: #input) -> ::kling_api::Call<#input> {
            self.call(input)
        }
    }
}

fn deprecated(endpoint: &Endpoint) -> Option<TokenStream> {
    endpoint.deprecated.then(|| quote!(#[deprecated]))
}

fn method_docs(endpoint: &Endpoint) -> [String; 2] {
    [
        match endpoint.title.as_deref().map(markdown::prose) {
            Some(title) => format!("Calls {title}, `{}`.", endpoint.id),
            None => format!("Calls `{}`.", endpoint.id),
        },
        "Nothing is sent until the call is awaited or submitted; then it buys a job.".to_owned(),
    ]
}

/// The shortest program that calls the endpoint.
fn example(api: &Api, endpoint: &Endpoint) -> Option<String> {
    let (expression, used) = sample::minimal_input(api, endpoint)?;
    let module: Vec<&str> = endpoint.module.iter().map(Identifier::as_str).collect();
    let module = module.join("::");
    let names: Vec<String> = used.iter().map(ToString::to_string).collect();
    let names = if let [only] = names.as_slice() {
        only.clone()
    } else {
        format!("{{{}}}", names.join(", "))
    };
    Some(format!(
        "# async fn example() -> Result<(), kling_api::Error> {{\nuse kling_api::{{Client, {module}::{names}}};\n\nlet client = Client::from_env()?;\nlet input = {expression};\nlet result = client.{}(input).await?;\nprintln!(\"{{}}\", result.request_id());\n# Ok(())\n# }}",
        endpoint.method
    ))
}
