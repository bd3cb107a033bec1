//! The report for another program.
//!
//! A document looks like this:
//!
//! ```json
//! {
//!   "version": 1,
//!   "bump": "minor",
//!   "headline": "Needs a minor release: 1 change needs it (rule 4). Published crates keep working.",
//!   "breaks_published": false,
//!   "hot_fix": false,
//!   "changes": [
//!     {
//!       "rule": "4",
//!       "title": "optional input field added",
//!       "shared": null,
//!       "path": "input.seed",
//!       "places": [{ "endpoint": "fal-ai/…", "side": "input", "path": "input.seed",
//!         "pointer": "/components/schemas/…Input/properties/seed", "file": "schemas/fal-ai/….json", "line": 141 }],
//!       "old": null,
//!       "new": "optional integer",
//!       "wire": "ok",
//!       "rust": "minor",
//!       "flags": [],
//!       "sentence": "`seed` may be left out. A setter `seed` is there.",
//!       "url": "https://docs.rs/kling-codegen/latest/kling_codegen/diff/enum.Rule.html#variant.OptionalInputAdded"
//!     }
//!   ]
//! }
//! ```
//!
//! Within a version members are added, never removed or given another meaning, and so are rules; readers must expect
//! both.

use serde::{Deserialize, Serialize};

use crate::diff;
use crate::diff::change::{Report, Side};
use crate::diff::rules::{Bump, Wire};
use crate::visible::visible_json;

/// The version of the form that this crate writes.
pub const VERSION: u32 = 1;

/// A whole report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Document {
    /// The version of this form: [`VERSION`].
    pub version: u32,
    /// The bump that the release needs: `none`, `patch`, `minor` or `major`.
    pub bump: Bump,
    /// The report in one line.
    pub headline: String,
    /// Whether some change breaks crates that are already published.
    pub breaks_published: bool,
    /// Whether some change calls for a release at once.
    pub hot_fix: bool,
    /// The changes, endpoint by endpoint, the shared records last.
    pub changes: Vec<Change>,
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Change {
    /// The rule's number: `4`, `36b`.
    pub rule: String,
    /// What the rule is about.
    pub title: String,
    /// The shared record or the type inside of one that changed, or null.
    pub shared: Option<String>,
    /// What changed, in the notation of [`diff::Change::path`]; empty for an endpoint as a whole.
    pub path: String,
    /// Each place that the change is true of; never empty.
    pub places: Vec<Place>,
    /// What it was, in full, or null.
    pub old: Option<String>,
    /// What it is, in full, or null.
    pub new: Option<String>,
    /// What becomes of published crates: `ok`, `may_break` or `breaks`.
    pub wire: Wire,
    /// The bump that the change needs.
    pub rust: Bump,
    /// Any of `behaviour`, `hot-fix`, `review`.
    pub flags: Vec<String>,
    /// A sentence or two for people.
    pub sentence: String,
    /// The page that says what to do about such a change.
    #[serde(default)]
    pub url: String,
}

/// A place that a change is true of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Place {
    /// The endpoint's id.
    pub endpoint: String,
    /// `input`, `output`, or null for an endpoint as a whole.
    pub side: Option<Side>,
    /// The path from the endpoint's input or output.
    pub path: String,
    /// The place in the endpoint's document, as a JSON pointer.
    #[serde(default)]
    pub pointer: String,
    /// The file of the document, where it is known.
    #[serde(default)]
    pub file: Option<String>,
    /// The line in that file, from 1.
    #[serde(default)]
    pub line: Option<usize>,
}

impl From<&Report> for Document {
    fn from(report: &Report) -> Self {
        Self {
            version: VERSION,
            bump: report.bump(),
            headline: report.headline(),
            breaks_published: !report.breaks_published().is_empty(),
            hot_fix: report.needs_hot_fix(),
            changes: report.changes.iter().map(Change::from).collect(),
        }
    }
}

impl From<&diff::Change> for Change {
    fn from(change: &diff::Change) -> Self {
        let flags = change.verdict.flags.names();
        Self {
            rule: change.rule.code().to_owned(),
            title: change.rule.title().to_owned(),
            shared: change.shared.as_ref().map(ToString::to_string),
            path: change.path.clone(),
            places: change
                .places
                .iter()
                .map(|place| Place {
                    endpoint: place.endpoint.to_string(),
                    side: place.side,
                    path: place.path.clone(),
                    pointer: place.pointer.clone(),
                    file: place.file.clone(),
                    line: place.line,
                })
                .collect(),
            old: change.old.clone(),
            new: change.new.clone(),
            wire: change.verdict.wire,
            rust: change.verdict.rust,
            flags: flags.into_iter().map(str::to_owned).collect(),
            sentence: change.sentence.clone(),
            url: change.rule.url(),
        }
    }
}

#[expect(
    clippy::expect_used,
    reason = "strings, numbers and lists of them always have a JSON text"
)]
pub(super) fn render(report: &Report) -> String {
    let mut text = serde_json::to_string_pretty(&Document::from(report))
        .expect("a report has nothing in it that JSON cannot say");
    text.push('\n');
    visible_json(&text)
}
