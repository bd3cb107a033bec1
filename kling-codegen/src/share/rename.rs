//! What components are called inside an endpoint, and in `types`.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;

use crate::ir::api::{Api, Endpoint};
use crate::ir::definition::{Definition, DefinitionKind};
use crate::ir::names::{Identifier, TypeName};
use crate::ir::types::Type;
use crate::names::unique::UniqueNames;

/// Gives every component that is not shared, or that the endpoint names, the name that it has there: its own, unless a
/// place of the endpoint has it.
pub(super) fn name_components(endpoint: &mut Endpoint, shared: &BTreeMap<TypeName, Definition>) {
    let mut components: BTreeSet<TypeName> = BTreeSet::new();
    for (name, definition) in &endpoint.types {
        components.extend(name.is_of_component().then(|| name.clone()));
        definition.visit_types(&mut |ty| {
            if let Type::Named(name) | Type::Boxed(name) = ty {
                components.extend(name.is_of_component().then(|| name.clone()));
            }
        });
    }
    let taken: BTreeSet<&str> = endpoint
        .types
        .keys()
        .filter(|name| !name.is_of_component())
        .map(TypeName::as_str)
        .collect();
    let free = |name: &&TypeName| !taken.contains(name.as_str());
    let mut distinct = UniqueNames::new(taken.iter().copied());
    let mut local: BTreeMap<TypeName, TypeName> = BTreeMap::new();
    let first = components.iter().filter(free);
    let last = components.iter().filter(|name| !free(name));
    for name in first.chain(last) {
        let definition = endpoint.types.get(name).or_else(|| shared.get(name));
        let word = definition.map_or("", |definition| word(&definition.kind));
        let wanted = Identifier::unchecked(name.as_str());
        let assigned = distinct.assign(&wanted, &[word]);
        local.insert(name.clone(), TypeName::unchecked(assigned.as_str()));
    }
    for (name, here) in &local {
        let plain = name.as_str();
        if !endpoint.types.contains_key(name) && plain != here.as_str() {
            endpoint
                .imports
                .insert(here.clone(), TypeName::unchecked(plain));
        }
    }
    let types = std::mem::take(&mut endpoint.types);
    endpoint.types = types
        .into_iter()
        .map(|(name, mut definition)| {
            rename(&mut definition, &|name| local.get(name).cloned());
            (local.get(&name).cloned().unwrap_or(name), definition)
        })
        .collect::<IndexMap<_, _>>();
}

/// Names the shared types as they are called in `types`.
pub(super) fn name_shared(api: &mut Api) {
    let plain = |name: &TypeName| Some(TypeName::unchecked(name.as_str()));
    api.shared = std::mem::take(&mut api.shared)
        .into_iter()
        .map(|(name, mut definition)| {
            rename(&mut definition, &plain);
            (plain(&name).unwrap_or(name), definition)
        })
        .collect();
}

/// What tells a component from a type of its name.
fn word(kind: &DefinitionKind) -> &'static str {
    match kind {
        DefinitionKind::Record(_) => "Record",
        DefinitionKind::StringEnum(_) | DefinitionKind::IntegerEnum(_) => "Enum",
        DefinitionKind::Union(_) | DefinitionKind::Alias(_) => "Union",
    }
}

fn rename(definition: &mut Definition, new: &dyn Fn(&TypeName) -> Option<TypeName>) {
    match &mut definition.kind {
        DefinitionKind::Record(record) => {
            for field in &mut record.fields {
                rename_in(&mut field.ty, new);
            }
            if let Some(rest) = &mut record.rest {
                rename_in(&mut rest.value.ty, new);
            }
        }
        DefinitionKind::Union(variants) => {
            for variant in variants {
                rename_in(&mut variant.ty, new);
            }
        }
        DefinitionKind::Alias(slot) => rename_in(&mut slot.ty, new),
        DefinitionKind::StringEnum(_) | DefinitionKind::IntegerEnum(_) => {}
    }
}

fn rename_in(ty: &mut Type, new: &dyn Fn(&TypeName) -> Option<TypeName>) {
    match ty {
        Type::Named(name) | Type::Boxed(name) => {
            if let Some(new) = new(name) {
                *name = new;
            }
        }
        Type::Array(array) => rename_in(&mut array.item.ty, new),
        Type::Map(value) => rename_in(&mut value.ty, new),
        Type::Tuple(places) => {
            for place in places {
                rename_in(&mut place.ty, new);
            }
        }
        Type::Boolean | Type::Integer(_) | Type::Number(_) | Type::String(_) | Type::Any => {}
    }
}
