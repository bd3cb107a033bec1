//! Which types a definition leads to.

use std::collections::BTreeSet;

use crate::ir::api::{Api, Endpoint};
use crate::ir::names::TypeName;
use crate::ir::types::Type;

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
