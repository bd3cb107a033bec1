//! The change report: what the difference between two states of the API means for published crates and for the next
//! version.
//!
//! [`diff`] compares two [`Api`]s, that is, two states of the documents after normalisation: a re-spelling is no change.
//! The [`Report`] lists each [`Change`] once, with the [`Rule`] that judges it and two verdicts, [`Wire`] and [`Bump`].
//!
//! A change in a record that several endpoints share is one change: it is decided in one place, and mended in one place.
//! It names the record (`File.url`) and lists every place in every endpoint that it reaches. Where some of these are
//! inputs and others outputs, the stricter verdict holds.
//!
//! [`Note`](crate::ir::Note)s are not compared: they speak of the generator, not of the API.

mod bounds;
pub(crate) mod change;
mod definitions;
mod endpoints;
mod enums;
mod facts;
mod fields;
mod matching;
mod pairs;
mod recorder;
mod render;
pub(crate) mod rules;
#[cfg(test)]
pub(crate) mod tests;
mod types;

pub use crate::diff::change::{Change, Place, Report, Side};
pub use crate::diff::rules::{Bump, Flags, Rule, Verdict, Wire};

use std::collections::BTreeSet;

use crate::diff::pairs::{Pairs, Scope};
use crate::ir::api::{Api, Endpoint, INPUT, OUTPUT};
use crate::ir::names::TypeName;

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
    let mut pairs = Pairs::default();
    for endpoint in &new.endpoints {
        match find(old, endpoint) {
            Some(before) => {
                endpoints::compare(before, endpoint, &mut changes);
                reach(&mut pairs, (old, before), (new, endpoint));
            }
            None => changes.push(endpoints::added(endpoint)),
        }
    }
    for endpoint in &old.endpoints {
        if find(new, endpoint).is_none() {
            changes.push(endpoints::removed(endpoint));
        }
    }
    for pair in pairs.into_iter() {
        definitions::compare(old, new, &pair, &mut changes);
    }
    doubt_merged_records(old, new, &mut changes);
    sort(&mut changes, old, new);
    Report { changes }
}

fn find<'a>(api: &'a Api, wanted: &Endpoint) -> Option<&'a Endpoint> {
    api.endpoints
        .iter()
        .find(|endpoint| endpoint.id == wanted.id)
}

fn reach<'a>(pairs: &mut Pairs<'a>, old: (&'a Api, &'a Endpoint), new: (&'a Api, &'a Endpoint)) {
    let scope = |(api, endpoint)| Scope {
        api,
        owner: Some(endpoint),
    };
    for (side, root) in [(Side::Input, INPUT), (Side::Output, OUTPUT)] {
        let root = TypeName::unchecked(root);
        pairs.reach(side, scope(old), scope(new), &root);
    }
}

/// A shared record is merged from all endpoints that use it, so an endpoint that comes or goes can change it although
/// the documents of the others stay as they are. The merged form alone does not tell.
fn doubt_merged_records(old: &Api, new: &Api, changes: &mut [Change]) {
    let coming = shared_of_newcomers(new, old);
    let going = shared_of_newcomers(old, new);
    for change in changes {
        let Some(shared) = &change.shared else {
            continue;
        };
        if coming.contains(shared) || going.contains(shared) {
            change.verdict.flags.review = true;
            // What is not known to have changed on the wire is no reason to release at once.
            if change.verdict.wire == Wire::Breaks {
                change.verdict.wire = Wire::MayBreak;
                change.verdict.flags.hot_fix = false;
            }
            change.sentence.push_str(
                " An endpoint that uses the record came or went, and the record is merged from all that do: if that \
                 is the cause, published crates see no change.",
            );
        }
    }
}

/// The shared types that are reached by those endpoints of `api` which `other` does not have.
fn shared_of_newcomers(api: &Api, other: &Api) -> BTreeSet<TypeName> {
    let mut pairs = Pairs::default();
    for endpoint in &api.endpoints {
        if find(other, endpoint).is_none() {
            reach(&mut pairs, (api, endpoint), (api, endpoint));
        }
    }
    pairs
        .into_iter()
        .filter(|pair| pair.new.owner.is_none())
        .map(|pair| pair.new.name.clone())
        .collect()
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
