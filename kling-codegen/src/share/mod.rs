//! Records that outputs alone reach become one type for all endpoints; what an input reaches, and what contradicts
//! itself, stays with its endpoint.
//!
//! A shared record is the one that most endpoints agree on, so that a change of a single endpoint moves no type of the
//! others. Where as many say one thing as another, those count that are given first, and a record changes only by
//! growing.

mod merge;
mod recursion;
mod rename;

use std::collections::{BTreeMap, BTreeSet};

use crate::error::Error;
use crate::ir::api::{Api, Endpoint, INPUT, OUTPUT};
use crate::ir::definition::{Definition, DefinitionKind, Origin};
use crate::ir::names::TypeName;
use crate::ir::note::{Note, NoteKind};
use crate::ir::types::Type;
use crate::lower::Lowered;
use crate::pointer::Pointer;

/// Shares the records of all endpoints.
///
/// # Errors
///
/// When two endpoints get the same module path, which only their ids can settle.
pub fn share(lowered: Vec<Lowered>) -> Result<Api, Error> {
    let mut alone = BTreeMap::new();
    if lowered.len() > 1 {
        for one in &lowered {
            let endpoint = one.endpoint.clone();
            let notes = Vec::new();
            alone.insert(
                endpoint.id.clone(),
                merged(vec![Lowered { endpoint, notes }])?,
            );
        }
    }
    Ok(Api {
        alone,
        ..merged(lowered)?
    })
}

fn merged(lowered: Vec<Lowered>) -> Result<Api, Error> {
    let mut api = Api::default();
    let elected = elected(&lowered);
    let mut modules: BTreeMap<String, String> = BTreeMap::new();
    for Lowered {
        mut endpoint,
        mut notes,
    } in lowered
    {
        if let Some(other) = modules.insert(endpoint.method.to_string(), endpoint.id.to_string()) {
            return Err(Error::new(
                endpoint.id.as_str(),
                "",
                format!("its module and method would have the same name as those of `{other}`"),
                "Leave one of the two endpoints out of the manifest",
            ));
        }
        api.notes.append(&mut notes);
        let moving = movable(&endpoint, [&api.shared, &elected], &mut api.notes);
        let kept = kept(&endpoint, &moving);
        for name in moving {
            let definition = if kept.contains(&name) {
                endpoint.types.get(&name).cloned()
            } else {
                endpoint.types.shift_remove(&name)
            };
            let Some(definition) = definition else {
                continue;
            };
            match api.shared.get_mut(&name) {
                Some(shared) => merge::into(shared, definition),
                None => {
                    api.shared.insert(name, definition);
                }
            }
        }
        rename::name_components(&mut endpoint, &api.shared);
        api.endpoints.push(endpoint);
    }
    rename::name_shared(&mut api);
    recursion::box_cycles(&mut api);
    Ok(api)
}

/// The types of an endpoint that join the shared ones: the records that outputs alone reach and what they are made of,
/// as far as nothing in them contradicts a shared type of the same name.
fn movable(
    endpoint: &Endpoint,
    bodies: [&BTreeMap<TypeName, Definition>; 2],
    notes: &mut Vec<Note>,
) -> Vec<TypeName> {
    let candidates = candidates(endpoint);
    let mut staying: BTreeMap<&TypeName, Option<String>> = BTreeMap::new();
    let holders = holders(endpoint);
    for name in &candidates {
        let Some(definition) = endpoint.types.get(*name) else {
            continue;
        };
        if let Some(difference) = bodies
            .iter()
            .filter_map(|bodies| bodies.get(*name))
            .find_map(|body| merge::conflict(body, definition))
        {
            staying.insert(name, Some(difference));
        }
    }
    // What contains a type that stays must stay too.
    let (input, output) = (TypeName::unchecked(INPUT), TypeName::unchecked(OUTPUT));
    let mut open: Vec<&TypeName> = staying.keys().copied().chain([&input, &output]).collect();
    while let Some(name) = open.pop() {
        for holder in holders.get(name).into_iter().flatten() {
            if candidates.contains(holder) && !staying.contains_key(holder) {
                staying.insert(holder, None);
                open.push(holder);
            }
        }
    }
    let held_by = |name: &TypeName| {
        parts_of(endpoint, name)
            .find(|part| staying.contains_key(part) || **part == input || **part == output)
    };
    for (name, difference) in &staying {
        let reason = match (difference, held_by(name)) {
            (Some(difference), _) => difference.clone(),
            (None, Some(part)) => format!(
                "it contains `{}`, which belongs to this endpoint",
                part.as_str()
            ),
            (None, None) => continue,
        };
        let schemas = Pointer::root().key("components").key("schemas");
        let key = endpoint
            .types
            .get(*name)
            .and_then(|definition| definition.origin.key());
        let place = key.map_or_else(|| schemas.clone(), |key| schemas.key(key));
        let name = name.as_str();
        notes.push(Note {
            endpoint: endpoint.id.clone(),
            pointer: place.as_str().to_owned(),
            kind: NoteKind::Warned,
            message: format!("`{name}` is not the shared type of that name: {reason}"),
        });
    }
    candidates
        .into_iter()
        .filter(|name| !staying.contains_key(name))
        .cloned()
        .collect()
}

/// The enums among the moving types that the endpoint uses outside of the moving records. What it takes there is its own
/// affair, and may differ from what other endpoints take; so it has an enum of its own, beside the one of the record.
fn kept(endpoint: &Endpoint, moving: &[TypeName]) -> BTreeSet<TypeName> {
    let mut kept = BTreeSet::new();
    let mut open: Vec<&TypeName> = endpoint
        .types
        .keys()
        .filter(|name| !moving.contains(name))
        .collect();
    while let Some(name) = open.pop() {
        for part in parts_of(endpoint, name) {
            let record = endpoint
                .types
                .get(part)
                .is_none_or(|part| matches!(part.kind, DefinitionKind::Record(_)));
            if !record && moving.contains(part) && kept.insert(part.clone()) {
                open.push(part);
            }
        }
    }
    kept
}

/// What an endpoint could share: the components that are records, and what they are made of. Its own document alone
/// decides that.
fn candidates(endpoint: &Endpoint) -> BTreeSet<&TypeName> {
    let own = own(endpoint);
    let mut candidates: BTreeSet<&TypeName> = BTreeSet::new();
    let mut open: Vec<&TypeName> = endpoint
        .types
        .iter()
        .filter(|(_, definition)| is_named_by_fal(definition))
        .map(|(name, _)| name)
        .collect();
    while let Some(name) = open.pop() {
        // A record that leads back to a root cannot leave the endpoint; `movable` finds that.
        let stays = own.contains(name) || [INPUT, OUTPUT].contains(&name.as_str());
        if !stays && candidates.insert(name) {
            open.extend(parts_of(endpoint, name));
        }
    }
    candidates
}

/// What belongs to the endpoint whatever others say: the records that its input reaches, and what contains them. An
/// input is held to the bounds and required fields of its own document, which no other document may loosen.
fn own(endpoint: &Endpoint) -> BTreeSet<&TypeName> {
    let mut sent = BTreeSet::new();
    let mut open: Vec<&TypeName> = endpoint
        .types
        .keys()
        .filter(|name| name.as_str() == INPUT && !name.is_of_component())
        .collect();
    while let Some(name) = open.pop() {
        if sent.insert(name) {
            open.extend(parts_of(endpoint, name));
        }
    }
    let is_record = |name: &&&TypeName| {
        let definition = endpoint.types.get(**name);
        definition.is_some_and(|definition| matches!(definition.kind, DefinitionKind::Record(_)))
    };
    let holders = holders(endpoint);
    let mut open: Vec<&TypeName> = sent.iter().filter(is_record).copied().collect();
    let mut own = BTreeSet::new();
    while let Some(name) = open.pop() {
        if own.insert(name) {
            open.extend(holders.get(name).into_iter().flatten());
        }
    }
    own
}

/// What contains each type of an endpoint.
fn holders(endpoint: &Endpoint) -> BTreeMap<&TypeName, Vec<&TypeName>> {
    let mut holders: BTreeMap<&TypeName, Vec<&TypeName>> = BTreeMap::new();
    for name in endpoint.types.keys() {
        for part in parts_of(endpoint, name) {
            holders.entry(part).or_default().push(name);
        }
    }
    holders
}

/// The body of each name that most endpoints agree on.
fn elected(lowered: &[Lowered]) -> BTreeMap<TypeName, Definition> {
    let mut bodies: BTreeMap<TypeName, Vec<(Definition, usize)>> = BTreeMap::new();
    for Lowered { endpoint, .. } in lowered {
        for name in candidates(endpoint) {
            let Some(definition) = endpoint.types.get(name) else {
                continue;
            };
            let bodies = bodies.entry(name.clone()).or_default();
            let agreeing = bodies
                .iter_mut()
                .find(|(body, _)| merge::conflict(body, definition).is_none());
            match agreeing {
                Some((body, count)) => {
                    merge::into(body, definition.clone());
                    *count += 1;
                }
                None => bodies.push((definition.clone(), 1)),
            }
        }
    }
    bodies
        .into_iter()
        .filter_map(|(name, bodies)| {
            // Of several that are the most, `max_by_key` takes the last.
            let (body, _) = bodies.into_iter().rev().max_by_key(|(_, count)| *count)?;
            Some((name, body))
        })
        .collect()
}

fn is_named_by_fal(definition: &Definition) -> bool {
    matches!(definition.origin, Origin::Component(_))
        && matches!(definition.kind, DefinitionKind::Record(_))
}

/// The names inside a definition.
fn parts_of<'a>(endpoint: &'a Endpoint, name: &TypeName) -> impl Iterator<Item = &'a TypeName> {
    let mut names = Vec::new();
    if let Some(definition) = endpoint.types.get(name) {
        definition.visit_types(&mut |ty| {
            if let Type::Named(name) | Type::Boxed(name) = ty {
                names.push(name);
            }
        });
    }
    names.into_iter()
}
