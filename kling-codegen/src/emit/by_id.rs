//! The list of all endpoints, and the method that calls one of them by its id.

use proc_macro2::TokenStream;
use quote::quote;

use crate::emit::rust_type::ident;
use crate::ir::api::Api;

/// The items of the root of the runtime's code. What a program does not use of them, the linker leaves out.
pub(super) fn items(api: &Api) -> [TokenStream; 2] {
    let inputs: Vec<TokenStream> = api
        .endpoints
        .iter()
        .map(|endpoint| {
            let path = endpoint.module.iter().map(ident);
            quote!(#(#path::)*Input)
        })
        .collect();
    let list = quote! {
        /// Every endpoint of this version, in the order of the manifest.
        pub static ENDPOINTS: &[::kling_api::EndpointInfo] =
            &[#(<#inputs as ::kling_api::Endpoint>::INFO),*];
    };
    let method = quote! {
        #[cfg(feature = "client")]
        impl ::kling_api::Client {
            /// Calls an endpoint that is chosen at run time, with JSON in and out; `ENDPOINTS` lists what there is.
            ///
            /// The input is decoded into the endpoint's own type. So its limits, required fields, price, budget and files
            /// are those of a typed call, and a field that the endpoint does not have is an error. An endpoint that this
            /// version does not know is called by `call_raw`.
            pub fn call_by_id(
                &self,
                id: impl Into<String>,
                input: ::serde_json::Value,
            ) -> ::kling_api::CallById {
                static KNOWN: &[::kling_api::KnownEndpoint] =
                    &[#(::kling_api::KnownEndpoint::of::<#inputs>()),*];
                self.call_known(KNOWN, id.into(), input)
            }
        }
    };
    [list, method]
}
