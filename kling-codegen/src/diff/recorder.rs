//! Writes down the differences inside a pair of types, judged for the sides of the wire that the pair stands on.

use crate::diff::change::{Place, Side};
use crate::diff::finding::Finding;
use crate::diff::pairs::{Pair, Scope};
use crate::diff::rules::{Rule, Verdict};
use crate::ir::api::Api;
use crate::ir::names::TypeName;

/// One difference between two states of an endpoint, before it is known what it means beside other endpoints.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Difference {
    pub(super) rule: Rule,
    pub(super) verdict: Verdict,
    /// What fal does from now on, and what becomes of published crates.
    pub(super) wire: String,
    /// What becomes of the code of callers.
    pub(super) rust: String,
    /// The shared type that differs.
    pub(super) shared: Option<TypeName>,
    /// The path inside of the pair of types.
    pub(super) below: String,
    pub(super) places: Vec<Place>,
    pub(super) old: Option<String>,
    pub(super) new: Option<String>,
}

impl Difference {
    /// Whether both are about the same place.
    pub(super) fn meets(&self, other: &Self) -> bool {
        let mut places = self.places.iter();
        places.any(|place| {
            let mut others = other.places.iter();
            others.any(|other| (place.side, &place.path) == (other.side, &other.path))
        })
    }
}

/// What differs in one pair of types.
pub(super) struct Recorder<'a, 'c> {
    pub(super) old: Scope<'a>,
    pub(super) new: Scope<'a>,
    /// Whether the type is sent.
    pub(super) sent: bool,
    received: bool,
    pair: &'c Pair<'a>,
    found: &'c mut Vec<Difference>,
}

impl<'a, 'c> Recorder<'a, 'c> {
    pub(super) fn new(
        old: &'a Api,
        new: &'a Api,
        pair: &'c Pair<'a>,
        found: &'c mut Vec<Difference>,
    ) -> Self {
        let stands_on = |side| pair.places.iter().any(|place| place.side == Some(side));
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
            pair,
            found,
        }
    }

    /// A difference with a finding for each side: what it means where the type is sent, and where it is received.
    pub(super) fn sided(
        &mut self,
        path: &str,
        values: (Option<String>, Option<String>),
        sent: Finding,
        received: Finding,
    ) {
        let sent = Some(sent).filter(|_| self.sent);
        let received = Some(received).filter(|_| self.received).map(|finding| {
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
        self.finding(path, values, finding);
    }

    /// Whether every response that holds the place holds it inside of a union, which takes what it does not know.
    fn is_caught(&self, path: &str) -> bool {
        self.pair
            .places
            .iter()
            .filter(|place| place.side == Some(Side::Output))
            .all(|place| place.path.contains('<') || path.contains('<'))
    }

    /// A difference of a fact that only the documentation shows.
    pub(super) fn documentation(
        &mut self,
        path: &str,
        what: &str,
        old: Option<String>,
        new: Option<String>,
    ) {
        if old.as_deref().map(rendered) != new.as_deref().map(rendered) {
            let finding = Rule::Documentation.because(format!("{what} changed."), "");
            self.finding(path, (old, new), finding);
        }
    }

    /// A difference that means the same on both sides.
    pub(super) fn finding(
        &mut self,
        path: &str,
        (old, new): (Option<String>, Option<String>),
        finding: Finding,
    ) {
        let below = pointer_below(path);
        let places = self.pair.places.iter().map(|place| Place {
            path: format!("{}{path}", place.path),
            pointer: format!("{}{below}", self.pair.new.definition.pointer),
            ..place.clone()
        });
        let shared = self.pair.old.owner.is_none() && self.pair.new.owner.is_none();
        self.found.push(Difference {
            rule: finding.rule,
            verdict: finding.verdict,
            wire: finding.wire,
            rust: finding.rust,
            shared: shared.then(|| self.pair.new.name.clone()),
            below: path.to_owned(),
            places: places.collect(),
            old,
            new,
        });
    }
}

/// The words as rustdoc shows them: a line break inside of a paragraph is a space.
pub(super) fn rendered(text: &str) -> Vec<String> {
    let mut paragraphs = vec![String::new()];
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        if words.is_empty() {
            paragraphs.push(String::new());
        } else if let Some(paragraph) = paragraphs.last_mut() {
            paragraph.push(' ');
            paragraph.push_str(&words.join(" "));
        }
    }
    paragraphs.retain(|paragraph| !paragraph.is_empty());
    paragraphs
}

/// Where a path inside of a type leads in the type's schema.
fn pointer_below(path: &str) -> String {
    let mut pointer = String::new();
    let mut rest = path;
    while let Some(first) = rest.chars().next() {
        let after = rest.get(1..).unwrap_or_default();
        let step = after
            .find(['.', '[', '{', '<'])
            .map_or(rest.len(), |end| end + 1);
        let (step, further) = rest.split_at(step);
        match (first, step) {
            (_, "[]") => pointer.push_str("/items"),
            (_, "{}" | ".*") => pointer.push_str("/additionalProperties"),
            ('.', wire) => {
                let name = wire
                    .trim_start_matches('.')
                    .replace('~', "~0")
                    .replace('/', "~1");
                pointer.push_str("/properties/");
                pointer.push_str(&name);
            }
            ('[', index) => {
                pointer.push_str("/prefixItems/");
                pointer.push_str(index.trim_matches(['[', ']']));
            }
            // Which branch of a union it is, the path does not say.
            _ => return pointer,
        }
        rest = further;
    }
    pointer
}

/// Old and new value of a difference, where both are there.
pub(super) fn both(
    old: impl Into<String>,
    new: impl Into<String>,
) -> (Option<String>, Option<String>) {
    (Some(old.into()), Some(new.into()))
}
