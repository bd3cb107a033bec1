//! The report as lines of the changelog.

use crate::diff::change::{Change, Report};
use crate::diff::rules::{Bump, Rule};
use crate::markdown::Span;
use crate::report::{Subject, path, short};

/// The longest value that is shown.
const VALUE: usize = 60;

pub(super) fn lines(report: &Report) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for change in &report.changes {
        if change.verdict.rust > Bump::None {
            let line = line(change);
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
    }
    lines
}

fn line(change: &Change) -> String {
    let breaking = if change.verdict.rust == Bump::Major {
        "**Breaking:** "
    } else {
        ""
    };
    let subject = Subject::of(change);
    let place = match (
        subject.shared,
        subject.endpoints.first(),
        change.places.first(),
    ) {
        (None, Some(endpoint), Some(place)) if place.path.is_empty() => {
            Span::code(endpoint.as_str()).to_string()
        }
        (None, Some(endpoint), _) => format!(
            "{} {}",
            Span::code(endpoint.as_str()),
            Span::code(path(change))
        ),
        _ => Span::code(&format!("types::{}", change.path)).to_string(),
    };
    let title = change.rule.title();
    let value = |value: &String| Span::code(&short(value, VALUE));
    let values = match (change.rule, &change.old, &change.new) {
        // The words themselves are in the documentation, and an endpoint's id stands in front already.
        (Rule::Documentation | Rule::EndpointAdded | Rule::EndpointRemoved, ..)
        | (_, None, None) => String::new(),
        (_, None, Some(new)) => format!(" ({})", value(new)),
        (_, Some(old), None) => format!(" (was {})", value(old)),
        (_, Some(old), Some(new)) => format!(" ({} → {})", value(old), value(new)),
    };
    format!("- {breaking}{place}: {title}{values}")
}
