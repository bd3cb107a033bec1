//! The report as data: what changed, where, and what it means.

use crate::diff::rules::{Bump, Rule, Verdict, Wire};
use crate::ir::names::{EndpointId, TypeName};

/// All changes between two states of the API.
///
/// The order is stable: endpoint by endpoint in the order of the new state, those that are gone after them, the shared
/// records last by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The changes.
    pub changes: Vec<Change>,
}

impl Report {
    /// Whether nothing changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// The bump that a release with all these changes needs.
    #[must_use]
    pub fn bump(&self) -> Bump {
        self.changes
            .iter()
            .map(|change| change.verdict.rust)
            .max()
            .unwrap_or(Bump::None)
    }

    /// The changes that need the whole of [`bump`](Self::bump); none where no release is needed.
    #[must_use]
    pub fn decisive(&self) -> Vec<&Change> {
        let bump = self.bump();
        self.changes
            .iter()
            .filter(|change| bump > Bump::None && change.verdict.rust == bump)
            .collect()
    }

    /// The changes under which crates that are already published fail.
    #[must_use]
    pub fn breaks_published(&self) -> Vec<&Change> {
        self.with_wire(Wire::Breaks)
    }

    /// The changes under which crates that are already published fail for some callers, or perhaps.
    #[must_use]
    pub fn may_break_published(&self) -> Vec<&Change> {
        self.with_wire(Wire::MayBreak)
    }

    /// Whether a release should not wait: published crates fail, and regenerating mends it.
    #[must_use]
    pub fn needs_hot_fix(&self) -> bool {
        self.changes
            .iter()
            .any(|change| change.verdict.flags.hot_fix)
    }

    fn with_wire(&self, wire: Wire) -> Vec<&Change> {
        self.changes
            .iter()
            .filter(|change| change.verdict.wire == wire)
            .collect()
    }
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change {
    /// The rule that judges it.
    pub rule: Rule,
    /// The shared record or the type inside of one that changed; `None` where one endpoint alone is concerned.
    pub shared: Option<TypeName>,
    /// What changed. Empty for the endpoint as a whole; `input.dynamic_masks[].mask_url` inside an endpoint;
    /// `DynamicMask.mask_url` in a shared record.
    ///
    /// `[]` are the items of a list, `[0]` is a place of a tuple, `{}` are the values of a map, `.*` are the further
    /// properties of a record, `<File>` is one form of a union.
    pub path: String,
    /// Each place in an endpoint that the change reaches. Never empty. For a type that is used inside of a type that an
    /// endpoint uses twice, the first way there is given, and the first without a union around it.
    pub places: Vec<Place>,
    /// What it was; `None` where there was nothing.
    pub old: Option<String>,
    /// What it is; `None` where there is nothing.
    pub new: Option<String>,
    /// What it means.
    pub verdict: Verdict,
    /// One sentence for people.
    pub sentence: String,
}

impl Change {
    /// The endpoints that the change reaches, each once.
    #[must_use]
    pub fn endpoints(&self) -> Vec<&EndpointId> {
        let mut endpoints: Vec<&EndpointId> = Vec::new();
        for place in &self.places {
            if !endpoints.contains(&&place.endpoint) {
                endpoints.push(&place.endpoint);
            }
        }
        endpoints
    }
}

/// A place in an endpoint that a change reaches.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Place {
    /// The endpoint.
    pub endpoint: EndpointId,
    /// The side of the wire; `None` for the endpoint as a whole.
    pub side: Option<Side>,
    /// The path from the endpoint's input or output, in the notation of [`Change::path`].
    pub path: String,
    /// Where it stands in the endpoint's document, as a JSON pointer: in the new one, unless the endpoint is gone. What
    /// is gone from the document leads to what stood around it.
    pub pointer: String,
    /// The file of the document, where [`Report::locate`] was told it.
    pub file: Option<String>,
    /// The line in that file, from 1.
    pub line: Option<usize>,
}

/// A side of the wire.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// What callers send.
    Input,
    /// What fal answers.
    Output,
}

impl Side {
    /// The word that paths on this side begin with.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Output => "output",
        }
    }
}
