//! Types that contain themselves get an allocation of their own where the circle closes.

use std::collections::{BTreeMap, BTreeSet};

use crate::ir::{Api, Definition, DefinitionKind, Type, TypeName};

/// Boxes every place through which a type directly contains itself.
pub(super) fn box_cycles(api: &mut Api) {
    let cyclic = closing(&edges(api.shared.iter_mut()));
    for (name, definition) in &mut api.shared {
        box_in(name, definition, &cyclic);
    }
    for endpoint in &mut api.endpoints {
        let cyclic = closing(&edges(endpoint.types.iter_mut()));
        for (name, definition) in &mut endpoint.types {
            box_in(name, definition, &cyclic);
        }
    }
}

type Graph = BTreeMap<TypeName, BTreeSet<TypeName>>;

/// Which types stand in which without a list or a map in between, since those allocate anyway.
fn edges<'a>(definitions: impl Iterator<Item = (&'a TypeName, &'a mut Definition)>) -> Graph {
    definitions
        .map(|(name, definition)| {
            let mut inside = BTreeSet::new();
            for ty in places(definition) {
                direct(ty, &mut inside);
            }
            (name.clone(), inside)
        })
        .collect()
}

/// The types that stand in a definition itself; what a record keeps beside its fields stands in a map.
fn places(definition: &mut Definition) -> Vec<&mut Type> {
    match &mut definition.kind {
        DefinitionKind::Record(record) => record
            .fields
            .iter_mut()
            .map(|field| &mut field.ty)
            .collect(),
        DefinitionKind::Union(variants) => {
            variants.iter_mut().map(|variant| &mut variant.ty).collect()
        }
        DefinitionKind::Alias(slot) => vec![&mut slot.ty],
        DefinitionKind::StringEnum(_) | DefinitionKind::IntegerEnum(_) => Vec::new(),
    }
}

fn direct(ty: &Type, inside: &mut BTreeSet<TypeName>) {
    match ty {
        Type::Named(name) | Type::Boxed(name) => {
            inside.insert(name.clone());
        }
        Type::Tuple(places) => places.iter().for_each(|place| direct(&place.ty, inside)),
        Type::Boolean
        | Type::Integer(_)
        | Type::Number(_)
        | Type::String(_)
        | Type::Array(_)
        | Type::Map(_)
        | Type::Any => {}
    }
}

/// The edges that lie on a circle.
fn closing(graph: &Graph) -> BTreeSet<(TypeName, TypeName)> {
    let mut found = BTreeSet::new();
    for (from, targets) in graph {
        for to in targets {
            if reaches(graph, to, from) {
                found.insert((from.clone(), to.clone()));
            }
        }
    }
    found
}

fn reaches(graph: &Graph, from: &TypeName, to: &TypeName) -> bool {
    let mut seen = BTreeSet::new();
    let mut open = vec![from];
    while let Some(name) = open.pop() {
        if name == to {
            return true;
        }
        if seen.insert(name) {
            open.extend(graph.get(name).into_iter().flatten());
        }
    }
    false
}

fn box_in(name: &TypeName, definition: &mut Definition, cyclic: &BTreeSet<(TypeName, TypeName)>) {
    for ty in places(definition) {
        replace(name, ty, cyclic);
    }
}

fn replace(owner: &TypeName, ty: &mut Type, cyclic: &BTreeSet<(TypeName, TypeName)>) {
    match ty {
        Type::Named(name) if cyclic.contains(&(owner.clone(), name.clone())) => {
            *ty = Type::Boxed(name.clone());
        }
        Type::Tuple(places) => places
            .iter_mut()
            .for_each(|place| replace(owner, &mut place.ty, cyclic)),
        Type::Named(_)
        | Type::Boxed(_)
        | Type::Boolean
        | Type::Integer(_)
        | Type::Number(_)
        | Type::String(_)
        | Type::Array(_)
        | Type::Map(_)
        | Type::Any => {}
    }
}
