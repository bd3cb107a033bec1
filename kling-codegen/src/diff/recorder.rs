//! Writes down the changes inside a pair of types, judged for the sides of the wire that the pair stands on.

use crate::diff::change::{Change, Place, Side};
use crate::diff::pairs::{Pair, Scope};
use crate::diff::rules::{Finding, Rule};
use crate::ir::api::Api;
use crate::ir::names::TypeName;

/// What changed in one pair of types.
pub(super) struct Recorder<'a, 'c> {
    pub(super) old: Scope<'a>,
    pub(super) new: Scope<'a>,
    /// Whether the type is sent by some endpoint.
    pub(super) sent: bool,
    received: bool,
    shared: Option<&'a TypeName>,
    places: &'c [Place],
    changes: &'c mut Vec<Change>,
}

impl<'a, 'c> Recorder<'a, 'c> {
    pub(super) fn new(
        old: &'a Api,
        new: &'a Api,
        pair: &'c Pair<'a>,
        changes: &'c mut Vec<Change>,
    ) -> Self {
        let stands_on = |side| pair.places.iter().any(|place| place.side == Some(side));
        let shared = pair.old.owner.is_none() && pair.new.owner.is_none();
        Self {
            old: Scope {
                api: old,
                owner: pair.old.owner,
            },
            new: Scope {
                api: new,
                owner: pair.new.owner,
            },
            sent: stands_on(Side::Input),
            received: stands_on(Side::Output),
            shared: shared.then_some(pair.new.name),
            places: &pair.places,
            changes,
        }
    }

    /// A change with a finding for each side: what it means where the type is sent, and where it is received.
    pub(super) fn sided(
        &mut self,
        path: &str,
        values: (Option<String>, Option<String>),
        sent: Option<Finding>,
        received: Option<Finding>,
    ) {
        let sent = sent.filter(|_| self.sent);
        let received = received.filter(|_| self.received).map(|finding| {
            if self.is_caught(path) {
                finding.caught()
            } else {
                finding
            }
        });
        let finding = match (sent, received) {
            (Some(sent), Some(received)) => sent.stricter(received),
            (Some(finding), None) | (None, Some(finding)) => finding,
            (None, None) => return,
        };
        self.push(path, values, finding);
    }

    /// Whether every answer that holds the place holds it inside of a union, which takes what it does not know.
    fn is_caught(&self, path: &str) -> bool {
        self.places
            .iter()
            .filter(|place| place.side == Some(Side::Output))
            .all(|place| place.path.contains('<') || path.contains('<'))
    }

    /// A change that means the same on both sides.
    pub(super) fn plain(
        &mut self,
        path: &str,
        values: (Option<String>, Option<String>),
        rule: Rule,
        sentence: impl Into<String>,
    ) {
        self.push(path, values, rule.because(sentence));
    }

    /// A change that means the same on both sides, judged already.
    pub(super) fn finding(
        &mut self,
        path: &str,
        values: (Option<String>, Option<String>),
        finding: Finding,
    ) {
        self.push(path, values, finding);
    }

    /// A change of a fact that only the documentation shows.
    pub(super) fn documentation(
        &mut self,
        path: &str,
        what: &str,
        old: Option<String>,
        new: Option<String>,
    ) {
        if old != new {
            let sentence = format!("{what} changed; only the documentation differs.");
            self.plain(path, (old, new), Rule::Documentation, sentence);
        }
    }

    fn push(&mut self, path: &str, (old, new): (Option<String>, Option<String>), finding: Finding) {
        let places: Vec<Place> = self
            .places
            .iter()
            .map(|place| Place {
                path: format!("{}{path}", place.path),
                ..place.clone()
            })
            .collect();
        let own_path = match self.shared {
            Some(name) => format!("{name}{path}"),
            None => places
                .first()
                .map(|place| place.path.clone())
                .unwrap_or_default(),
        };
        self.changes.push(Change {
            rule: finding.rule,
            shared: self.shared.cloned(),
            path: own_path,
            places,
            old,
            new,
            verdict: finding.verdict,
            sentence: finding.sentence,
        });
    }
}

/// Old and new value of a change, where both are there.
pub(super) fn both(
    old: impl Into<String>,
    new: impl Into<String>,
) -> (Option<String>, Option<String>) {
    (Some(old.into()), Some(new.into()))
}
