//! The API of one generated crate: its endpoints, and the records that they share.

use std::collections::BTreeMap;

use indexmap::IndexMap;

use crate::ir::definition::Definition;
use crate::ir::names::{EndpointId, Identifier, TypeName};
use crate::ir::note::Note;
use crate::ir::price::Price;

/// All endpoints of one generated crate, and the records that they share.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Api {
    /// The endpoints, in the order in which they were given.
    pub endpoints: Vec<Endpoint>,
    /// Records that fal names and that mean the same everywhere, with the types that are written inside them.
    pub shared: BTreeMap<TypeName, Definition>,
    /// What was guessed, dropped or kept apart on the way, in the order in which it was noticed.
    pub notes: Vec<Note>,
    /// Each endpoint as its document describes it, apart from all others. Nothing is here where there is only one.
    pub alone: BTreeMap<EndpointId, Api>,
}

impl Api {
    /// Finds what a name means inside an endpoint: its own definition first, then the shared one.
    #[must_use]
    pub fn resolve<'a>(
        &'a self,
        endpoint: Option<&'a Endpoint>,
        name: &TypeName,
    ) -> Option<&'a Definition> {
        let own = endpoint.and_then(|endpoint| endpoint.types.get(name));
        own.or_else(|| {
            let shared = endpoint.map_or(name, |endpoint| endpoint.shared_name(name));
            self.shared.get(shared)
        })
    }
}

/// One endpoint of fal's queue API.
#[derive(Clone, Debug, PartialEq)]
pub struct Endpoint {
    /// The id, such as `fal-ai/kling-video/v2.1/master/image-to-video`.
    pub id: EndpointId,
    /// The module path below the generated root, such as `v2_1`, `master`, `image_to_video`.
    pub module: Vec<Identifier>,
    /// The name of the method on the client: the module path joined by `_`.
    pub method: Identifier,
    /// The model's display name, where the settings give one.
    pub title: Option<String>,
    /// What the endpoint does, in fal's words.
    pub description: Option<String>,
    /// fal's category, such as `image-to-video`.
    pub category: Option<String>,
    /// fal's page about the endpoint.
    pub documentation_url: Option<String>,
    /// Whether fal marks the endpoint as deprecated.
    pub deprecated: bool,
    /// The published price, where the settings give one.
    pub price: Option<Price>,
    /// The endpoint's own types: `Input` and `Output` first, then the others in the order of first use.
    pub types: IndexMap<TypeName, Definition>,
    /// The shared types that are called otherwise here, since a place of the endpoint has their name: the name here, and
    /// the shared one.
    pub imports: BTreeMap<TypeName, TypeName>,
}

impl Endpoint {
    /// The endpoint's own type of a name, such as [`INPUT`].
    #[must_use]
    pub fn definition(&self, name: &str) -> Option<&Definition> {
        let mut types = self.types.iter();
        let (_, definition) = types.find(|(own, _)| own.as_str() == name)?;
        Some(definition)
    }

    /// What a type that the endpoint does not define is called among the shared ones.
    #[must_use]
    pub fn shared_name<'a>(&'a self, name: &'a TypeName) -> &'a TypeName {
        self.imports.get(name).unwrap_or(name)
    }
}

/// The names of an endpoint's two root types.
pub const INPUT: &str = "Input";
/// See [`INPUT`].
pub const OUTPUT: &str = "Output";
