//! Writes a [`Report`] for a terminal, a pull request, another program, GitHub's annotations and the changelog.
//!
//! The functions return text and know nothing of where it goes: the width of a terminal and whether it shows colour are
//! arguments.

mod changelog;
mod github;
pub mod json;
mod markdown;
#[cfg(test)]
mod tests;
pub(crate) mod text;

pub use crate::report::text::TextStyle;

use std::cmp::Reverse;
use std::fmt;

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

    /// The report for a terminal.
    #[must_use]
    pub fn to_text(&self, style: &TextStyle) -> String {
        text::render(self, style)
    }

    /// The report for a pull request: a headline, then a section for each endpoint and each shared record, what breaks
    /// first.
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

/// The subject that a reader looks for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Subject<'a> {
    Endpoint(&'a EndpointId),
    Shared(&'a TypeName),
}

impl fmt::Display for Subject<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Endpoint(id) => id.fmt(formatter),
            Self::Shared(name) => name.fmt(formatter),
        }
    }
}

/// The changes of one subject, the gravest first.
struct Section<'a> {
    subject: Subject<'a>,
    changes: Vec<&'a Change>,
}

impl<'a> Section<'a> {
    fn endpoints(&self) -> Vec<&'a EndpointId> {
        let mut endpoints: Vec<&EndpointId> = Vec::new();
        for endpoint in self.changes.iter().flat_map(|change| change.endpoints()) {
            if !endpoints.contains(&endpoint) {
                endpoints.push(endpoint);
            }
        }
        endpoints
    }
}

/// The report by subject, the gravest first.
fn sections(report: &Report) -> Vec<Section<'_>> {
    let mut sections: Vec<Section<'_>> = Vec::new();
    for change in &report.changes {
        let Some(subject) = subject(change) else {
            continue;
        };
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

fn subject(change: &Change) -> Option<Subject<'_>> {
    match &change.shared {
        Some(name) => Some(Subject::Shared(name)),
        None => change
            .places
            .first()
            .map(|place| Subject::Endpoint(&place.endpoint)),
    }
}

fn gravity(change: &Change) -> (Bump, Wire) {
    (change.verdict.rust, change.verdict.wire)
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
