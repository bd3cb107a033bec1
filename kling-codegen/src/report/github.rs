//! The report as GitHub's workflow commands.

use std::cmp::Reverse;

use crate::diff::change::{Change, Report};
use crate::diff::rules::{Bump, Wire};
use crate::report::{NOTHING, consequences, gravity, location, path, short};
use crate::visible::visible;

/// The longest value that is shown.
const VALUE: usize = 120;

pub(super) fn render(report: &Report) -> String {
    if report.is_empty() {
        return format!("::notice::{}\n", message(NOTHING));
    }
    let mut changes: Vec<&Change> = report.changes.iter().collect();
    changes.sort_by_key(|change| Reverse(gravity(change)));
    changes.into_iter().map(annotation).collect()
}

fn annotation(change: &Change) -> String {
    let verdict = change.verdict;
    let alarming = verdict.rust == Bump::Major
        || verdict.wire != Wire::Ok
        || verdict.flags.behaviour
        || verdict.flags.review;
    let command = if alarming { "warning" } else { "notice" };
    let endpoints = change.endpoints();
    let file = match (location(change), endpoints.first()) {
        (Some((file, line)), _) => format!("file={},line={line},", property(file)),
        (None, Some(endpoint)) => {
            format!("file={},", property(&format!("schemas/{endpoint}.json")))
        }
        (None, None) => String::new(),
    };
    let title = format!("{}: {}", verdict.rust, change.rule.title());
    let values = match (&change.old, &change.new) {
        (None, None) => String::new(),
        (None, Some(new)) => format!(" (now {})", short(new, VALUE)),
        (Some(old), None) => format!(" (was {})", short(old, VALUE)),
        (Some(old), Some(new)) => format!(" ({} → {})", short(old, VALUE), short(new, VALUE)),
    };
    let further = match endpoints.len() {
        0 | 1 => String::new(),
        number => format!(" It is true of {number} endpoints."),
    };
    let text = format!(
        "{}{values}: {}{further} Rule {}, {}. {}",
        path(change),
        change.sentence,
        change.rule,
        consequences(change).join(", "),
        change.rule.url(),
    );
    format!(
        "::{command} {file}title={}::{}\n",
        property(&title),
        message(&text)
    )
}

/// The message of a command ends at a line break, and `%` begins an escape.
fn message(text: &str) -> String {
    let text = text.replace('%', "%25").replace("##[", "#\\#[");
    let lines: Vec<String> = text
        .split('\n')
        .map(|line| {
            let parts: Vec<String> = line.split('\r').map(visible).collect();
            parts.join("%0D")
        })
        .collect();
    lines.join("%0A")
}

/// A property ends at a comma, and all of them at two colons.
fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}
