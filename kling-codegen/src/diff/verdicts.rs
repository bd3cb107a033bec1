//! What the differences of one endpoint mean beside other endpoints: what published crates do is told by the endpoint's
//! own new document, and what becomes of callers' code by the generated types, which several documents may share.

use std::collections::BTreeMap;

use crate::diff::change::Place;
use crate::diff::recorder::Difference;
use crate::diff::rules::{Bump, Rule, Wire};
use crate::ir::names::TypeName;

/// Two states of an endpoint, compared.
#[derive(Default)]
pub(super) struct Comparison {
    pub(super) differences: Vec<Difference>,
    /// The types by the places that lead to them.
    pub(super) types: BTreeMap<String, Reached>,
}

/// A type that an endpoint reaches.
pub(super) struct Reached {
    /// The name, where it is a shared one in both states.
    pub(super) shared: Option<TypeName>,
    /// Where it stands in the new document.
    pub(super) pointer: String,
}

/// Judges the differences of one endpoint.
///
/// `documents` compares its old document with its new one, `published` the old generated types with the new document,
/// and `generated` the old generated types with the new ones.
pub(super) fn judge(
    documents: Comparison,
    published: &Comparison,
    generated: Comparison,
) -> Vec<Difference> {
    let mut left: Vec<Difference> = generated.differences;
    let mut judged: Vec<Difference> = Vec::new();
    for mut difference in documents.differences {
        if difference.rule.is_rust_only() {
            continue;
        }
        difference.shared = difference
            .home()
            .and_then(|home| generated.types.get(home))
            .and_then(|reached| reached.shared.clone());
        let stays = difference.rule.is_documentation();
        let mut published = published.differences.iter();
        match published.find(|other| other.is_told_by(&difference)) {
            Some(other) => {
                difference.verdict.wire = other.verdict.wire;
                difference.verdict.flags = other.verdict.flags;
                difference.wire.clone_from(&other.wire);
            }
            None => difference.is_read_already(stays),
        }
        match left.iter().position(|other| other.is_told_by(&difference)) {
            Some(index) => {
                let other = left.remove(index);
                difference.verdict.rust = other.verdict.rust;
                difference.rust = other.rust;
            }
            None => difference.is_generated_already(stays),
        }
        judged.push(difference);
    }
    for other in &published.differences {
        raise(&mut judged, other);
    }
    for other in left {
        follow(&mut judged, other, &documents.types);
    }
    judged
}

impl Difference {
    fn is_told_by(&self, other: &Self) -> bool {
        self.rule == other.rule && self.meets(other)
    }

    /// The place that leads to the type in which the difference is.
    fn home(&self) -> Option<&str> {
        self.places.first()?.path.strip_suffix(&self.below)
    }

    fn is_read_already(&mut self, stays: bool) {
        if self.verdict.wire > Wire::Ok && !stays {
            "Published crates work: another endpoint's document gave the shared type what this one needs."
                .clone_into(&mut self.wire);
        }
        self.verdict.wire = Wire::Ok;
        self.verdict.flags.hot_fix = false;
    }

    fn is_generated_already(&mut self, stays: bool) {
        self.verdict.rust = Bump::None;
        if stays {
            self.rust.clear();
        } else {
            "The generated type is shared and stays as it is.".clone_into(&mut self.rust);
        }
    }

    fn is_masked(&self) -> bool {
        self.verdict.rust == Bump::None && self.shared.is_some()
    }

    /// How far the difference stands around a place of another one; the larger, the closer.
    fn closeness(&self, other: &Self) -> Option<usize> {
        let around = |outer: &Place, inner: &Place| {
            let rest = inner.path.strip_prefix(&outer.path)?;
            let whole = rest.is_empty() || rest.starts_with(['.', '[', '{', '<']);
            (whole && outer.side == inner.side).then_some(outer.path.len())
        };
        self.places
            .iter()
            .flat_map(|outer| {
                other
                    .places
                    .iter()
                    .filter_map(move |inner| around(outer, inner))
            })
            .max()
    }
}

/// What published crates cannot read although the document alone would let them: their type has the field already, by
/// the word of another endpoint's document, and with another type.
fn raise(judged: &mut Vec<Difference>, other: &Difference) {
    if other.verdict.wire == Wire::Ok || other.rule.is_rust_only() {
        return;
    }
    let told = judged.iter().any(|difference| other.is_told_by(difference));
    if told {
        return;
    }
    let closest = judged
        .iter_mut()
        .filter(|difference| !difference.rule.is_documentation())
        .filter_map(|difference| Some((difference.closeness(other)?, difference)))
        .max_by_key(|(closeness, _)| *closeness);
    let Some((_, difference)) = closest else {
        judged.push(Difference {
            rust: String::new(),
            verdict: crate::diff::rules::Verdict {
                rust: Bump::None,
                ..other.verdict
            },
            ..other.clone()
        });
        return;
    };
    if other.verdict.wire > difference.verdict.wire {
        difference.rule = match difference.rule {
            Rule::OutputAdded => Rule::OutputUnreadable,
            _ => other.rule,
        };
        difference.verdict.wire = other.verdict.wire;
        difference.verdict.flags = difference.verdict.flags.union(other.verdict.flags);
        "Published crates cannot read it: another endpoint's document gave the shared type another type here."
            .clone_into(&mut difference.wire);
    }
}

/// What differs in the generated types beside what the endpoint's own document changed.
fn follow(
    judged: &mut Vec<Difference>,
    mut other: Difference,
    documents: &BTreeMap<String, Reached>,
) {
    let own = judged.iter_mut().find(|difference| {
        difference.is_masked() && !difference.rule.is_documentation() && difference.meets(&other)
    });
    if let Some(own) = own
        && !other.rule.is_documentation()
        && !other.rule.is_rust_only()
    {
        own.verdict.rust = other.verdict.rust;
        own.rust = other.rust;
        return;
    }
    if !other.rule.is_rust_only() {
        if other.verdict.rust < Bump::Major {
            // What other endpoints add to a shared type is theirs to tell.
            return;
        }
        other.rule = Rule::SharedTypeChanged;
        other.verdict = other.rule.verdict();
        "The responses are the same; documents of other endpoints changed the shared type."
            .clone_into(&mut other.wire);
    }
    let here = other.home().and_then(|home| documents.get(home));
    let pointer = here.map_or_else(String::new, |here| here.pointer.clone());
    for place in &mut other.places {
        place.pointer.clone_from(&pointer);
    }
    judged.push(other);
}
