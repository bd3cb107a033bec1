//! Writes a [`Report`] for a terminal, a pull request, another program, GitHub's annotations and the changelog.
//!
//! The functions return text and know nothing of where it goes: the width of a terminal and whether it shows colour are
//! arguments.

mod changelog;
mod github;
pub mod json;
mod lines;
mod markdown;
#[cfg(test)]
mod tests;
pub(crate) mod text;

pub use crate::report::text::TextStyle;

use std::cmp::Reverse;

use crate::diff::change::{Change, Report};
use crate::diff::rules::{Bump, Wire};
use crate::ir::names::{EndpointId, TypeName};

/// What each form says where nothing changed.
pub const NOTHING: &str = "The schemas did not change.";

impl Report {
    /// One line: the bump, how many changes need it by which rules, and what becomes of published crates.
    #[must_use]
    pub fn headline(&self) -> String {
        if self.is_empty() {
            return NOTHING.to_owned();
        }
        let release = match self.bump() {
            Bump::None => "No release needed".to_owned(),
            bump => format!("Needs a {bump} release"),
        };
        format!("{release}: {}. {}", self.reason(), self.consequence())
    }

    /// Tells where an endpoint's new document is, so that each change in it can be shown with its file and line.
    pub fn locate(&mut self, endpoint: &str, file: &str, text: &str) {
        let places = self
            .changes
            .iter_mut()
            .flat_map(|change| &mut change.places);
        for place in places.filter(|place| place.endpoint.as_str() == endpoint) {
            place.file = Some(file.to_owned());
            place.line = Some(lines::line_of(text, &place.pointer));
        }
    }

    /// The report for a terminal.
    #[must_use]
    pub fn to_text(&self, style: &TextStyle) -> String {
        text::render(self, style)
    }

    /// The report for a pull request: a headline, then a section for each endpoint and each shared record, what breaks
    /// first. Changes of the documentation alone are folded away at the end.
    #[must_use]
    pub fn to_markdown(&self) -> String {
        markdown::render(self)
    }

    /// The report for another program, in the form that [`json::Document`] describes.
    #[must_use]
    pub fn to_json(&self) -> String {
        json::render(self)
    }

    /// The report as workflow commands that GitHub shows beside the documents. GitHub shows ten of each kind for a step,
    /// so each change is one line, and what breaks comes first.
    #[must_use]
    pub fn to_github(&self) -> String {
        github::render(self)
    }

    /// A bullet for each change that the regenerated crate shows, for the Unreleased section of the changelog. The order
    /// is that of the report and does not depend on anything else.
    #[must_use]
    pub fn changelog_lines(&self) -> Vec<String> {
        changelog::lines(self)
    }

    /// Why the release needs its bump: `2 of 5 changes need it (rules 5 and 11)`.
    #[must_use]
    pub fn reason(&self) -> String {
        let decisive = self.decisive();
        let all = count(self.changes.len(), "change");
        if decisive.is_empty() {
            return format!("{all} without effect on callers");
        }
        let mut rules: Vec<_> = decisive.iter().map(|change| change.rule).collect();
        rules.sort_unstable();
        let mut codes: Vec<&str> = rules
            .into_iter()
            .map(crate::diff::rules::Rule::code)
            .collect();
        codes.dedup();
        let rules = match codes.as_slice() {
            [code] => format!("rule {code}"),
            [first @ .., last] => format!("rules {} and {last}", first.join(", ")),
            [] => String::new(),
        };
        let verb = if decisive.len() == 1 { "needs" } else { "need" };
        if decisive.len() == self.changes.len() {
            format!("{all} {verb} it ({rules})")
        } else {
            format!("{} of {all} {verb} it ({rules})", decisive.len())
        }
    }

    fn consequence(&self) -> String {
        let breaks = self.breaks_published().len();
        let may = self.may_break_published().len();
        let verb = if breaks == 1 { "breaks" } else { "break" };
        let mut text = match (breaks, may) {
            (0, 0) => "Published crates keep working.".to_owned(),
            (0, may) => format!("{} may break published crates.", count(may, "change")),
            (breaks, 0) => format!("{} {verb} published crates.", count(breaks, "change")),
            (breaks, may) => format!(
                "{} {verb} published crates, {may} more may.",
                count(breaks, "change")
            ),
        };
        if self.needs_hot_fix() {
            text.push_str(" Release at once: regenerating mends it.");
        }
        text
    }
}

fn count(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

/// What a reader looks for: an endpoint, or a type that several endpoints share.
#[derive(Clone, PartialEq, Eq)]
struct Subject<'a> {
    shared: Option<&'a TypeName>,
    endpoints: Vec<&'a EndpointId>,
}

impl<'a> Subject<'a> {
    /// What a change is about. A shared type that differs for one endpoint alone is that endpoint's affair.
    fn of(change: &'a Change) -> Self {
        let endpoints = change.endpoints();
        Self {
            shared: change.shared.as_ref().filter(|_| endpoints.len() > 1),
            endpoints,
        }
    }
}

/// What changed, from the endpoint's input or output, or in the shared type.
fn path(change: &Change) -> &str {
    let path = match change.places.first() {
        Some(place) if Subject::of(change).shared.is_none() => &place.path,
        _ => &change.path,
    };
    if path.is_empty() {
        "the endpoint"
    } else {
        path
    }
}

/// The file and the line of the first document that a change is in.
fn location(change: &Change) -> Option<(&str, usize)> {
    let place = change.places.first()?;
    Some((place.file.as_deref()?, place.line?))
}

/// The changes of one subject, the gravest first.
struct Section<'a> {
    subject: Subject<'a>,
    changes: Vec<&'a Change>,
}

/// Some changes by subject, the gravest first.
fn sections<'a>(changes: impl Iterator<Item = &'a Change>) -> Vec<Section<'a>> {
    let mut sections: Vec<Section<'a>> = Vec::new();
    for change in changes {
        let subject = Subject::of(change);
        match sections
            .iter_mut()
            .find(|section| section.subject == subject)
        {
            Some(section) => section.changes.push(change),
            None => sections.push(Section {
                subject,
                changes: vec![change],
            }),
        }
    }
    for section in &mut sections {
        section
            .changes
            .sort_by_key(|change| Reverse(gravity(change)));
    }
    sections
        .sort_by_key(|section| Reverse(section.changes.iter().map(|change| gravity(change)).max()));
    sections
}

fn gravity(change: &Change) -> (Bump, Wire) {
    (change.verdict.rust, change.verdict.wire)
}

/// What a reader must know beside the sentence: what becomes of published crates, and what the flags ask for.
fn consequences(change: &Change) -> Vec<&'static str> {
    let flags = change.verdict.flags;
    [
        Some(fate(change.verdict.wire)),
        flags.hot_fix.then_some("release at once"),
        flags.behaviour.then_some("same code, other result"),
        flags.review.then_some("check by hand"),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// What becomes of published crates, in a few words.
fn fate(wire: Wire) -> &'static str {
    match wire {
        Wire::Ok => "published crates keep working",
        Wire::MayBreak => "may break published crates",
        Wire::Breaks => "breaks published crates",
    }
}

/// A value on one line, shortened: descriptions run to many lines, and JSON has them in full.
fn short(value: &str, most: usize) -> String {
    let line = value.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", line[..end].trim_end()),
        None => line,
    }
}
