//! The change report: what the difference between two states of the API means for published crates and for the next
//! version.
//!
//! [`diff`] compares two [`Api`]s, that is, two states of the documents after normalisation: a re-spelling is no change.
//! The [`Report`] lists each [`Change`] with the [`Rule`] that judges it and two verdicts, from two comparisons:
//!
//! - [`Wire`]: what the types that are published send and read, against the new document of each endpoint by itself.
//! - [`Bump`]: the old generated types against the new ones.
//!
//! A change names the endpoints that it is true of. Where several endpoints share a record and the same is true of all
//! of them, it is one change, which names the record (`File.url`) and each place that leads to it.
//!
//! [`Note`](crate::ir::Note)s are not compared: they are about the generator, not the API.

mod bounds;
pub(crate) mod change;
mod definitions;
mod endpoints;
mod enums;
mod facts;
mod fields;
mod finding;
mod matching;
mod pairs;
mod recorder;
mod render;
pub(crate) mod rules;
#[cfg(test)]
pub(crate) mod tests;
mod types;
mod values;
mod verdicts;

pub use crate::diff::change::{Change, Place, Report, Side};
pub use crate::diff::rules::{Bump, Flags, Rule, Verdict, Wire};

use crate::diff::pairs::{Pairs, Scope};
use crate::diff::recorder::Difference;
use crate::diff::verdicts::{Comparison, Reached};
use crate::ir::api::{Api, Endpoint, INPUT, OUTPUT};
use crate::ir::names::{EndpointId, TypeName};

/// Compares two states of the API.
///
/// ```
/// use kling_codegen::{diff, ir::Api};
///
/// let report = diff(&Api::default(), &Api::default());
/// assert!(report.is_empty());
/// ```
#[must_use]
pub fn diff(old: &Api, new: &Api) -> Report {
    let mut changes = Vec::new();
    for endpoint in &new.endpoints {
        let found = match find(old, &endpoint.id) {
            Some(_) => endpoint_differences(old, new, &endpoint.id),
            None => vec![endpoints::added(endpoint)],
        };
        for difference in found {
            tell(difference, &mut changes);
        }
    }
    for endpoint in &old.endpoints {
        if find(new, &endpoint.id).is_none() {
            tell(endpoints::removed(endpoint), &mut changes);
        }
    }
    sort(&mut changes, old, new);
    Report { changes }
}

fn find<'a>(api: &'a Api, id: &EndpointId) -> Option<&'a Endpoint> {
    api.endpoints.iter().find(|endpoint| endpoint.id == *id)
}

/// What differs for one endpoint that is in both states.
fn endpoint_differences(old: &Api, new: &Api, id: &EndpointId) -> Vec<Difference> {
    let generated = compare(old, new, id);
    let (old_document, new_document) = (old.alone.get(id), new.alone.get(id));
    if old_document.is_none() && new_document.is_none() {
        return generated.differences;
    }
    let new_document = new_document.unwrap_or(new);
    let documents = compare(old_document.unwrap_or(old), new_document, id);
    verdicts::judge(documents, &compare(old, new_document, id), generated)
}

/// Compares an endpoint as two states know it.
fn compare(old: &Api, new: &Api, id: &EndpointId) -> Comparison {
    let mut comparison = Comparison::default();
    let (Some(before), Some(after)) = (find(old, id), find(new, id)) else {
        return comparison;
    };
    endpoints::compare(before, after, &mut comparison.differences);
    let mut pairs = Pairs::default();
    let scope = |api, owner| Scope {
        api,
        owner: Some(owner),
    };
    for (side, root) in [(Side::Input, INPUT), (Side::Output, OUTPUT)] {
        let root = TypeName::unchecked(root);
        pairs.reach(side, scope(old, before), scope(new, after), &root);
    }
    for pair in pairs.into_iter() {
        definitions::compare(old, new, &pair, &mut comparison.differences);
        let shared = pair.old.owner.is_none() && pair.new.owner.is_none();
        for place in pair.places {
            let reached = Reached {
                shared: shared.then(|| pair.new.name.clone()),
                pointer: pair.new.definition.pointer.clone(),
            };
            comparison.types.insert(place.path, reached);
        }
    }
    comparison
}

/// Adds a difference to the changes: a shared type that differs for several endpoints in the same way is one change.
fn tell(difference: Difference, changes: &mut Vec<Change>) {
    let path = if let Some(name) = &difference.shared {
        format!("{name}{}", difference.below)
    } else {
        let place = difference.places.first();
        place.map_or_else(String::new, |place| place.path.clone())
    };
    let words = [difference.wire, difference.rust];
    let words: Vec<String> = words
        .into_iter()
        .filter(|words| !words.is_empty())
        .collect();
    let change = Change {
        rule: difference.rule,
        shared: difference.shared,
        path,
        places: difference.places,
        old: difference.old,
        new: difference.new,
        verdict: difference.verdict,
        sentence: words.join(" "),
    };
    let same = |other: &&mut Change| {
        let bare = |change: &Change| Change {
            places: Vec::new(),
            ..change.clone()
        };
        change.shared.is_some() && bare(other) == bare(&change)
    };
    match changes.iter_mut().find(same) {
        Some(other) => other.places.extend(change.places),
        None => changes.push(change),
    }
}

/// Puts the changes of an endpoint together, and the shared records last.
fn sort(changes: &mut [Change], old: &Api, new: &Api) {
    let ids: Vec<_> = new
        .endpoints
        .iter()
        .chain(&old.endpoints)
        .map(|endpoint| &endpoint.id)
        .collect();
    changes.sort_by_cached_key(|change| {
        let endpoint = change
            .places
            .first()
            .and_then(|place| ids.iter().position(|id| **id == place.endpoint));
        (
            change.shared.clone(),
            endpoint.filter(|_| change.shared.is_none()),
        )
    });
}
