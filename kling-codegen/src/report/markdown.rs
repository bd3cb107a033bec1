//! The report for a pull request.

use crate::diff::change::{Change, Report};
use crate::diff::rules::Bump;
use crate::report::{Section, Subject, fate, sections, short};

/// The longest value that is shown.
const VALUE: usize = 240;

pub(super) fn render(report: &Report) -> String {
    let mut text = if report.is_empty() {
        format!("{}\n", report.headline())
    } else {
        format!("**{}**\n", report.headline())
    };
    for section in sections(report) {
        text.push_str(&heading(&section));
        for change in &section.changes {
            text.push_str(&bullet(change));
        }
    }
    text
}

fn heading(section: &Section<'_>) -> String {
    match section.subject {
        Subject::Endpoint(id) => format!("\n### `{id}`\n\n"),
        Subject::Shared(name) => {
            let endpoints: Vec<String> = section
                .endpoints()
                .into_iter()
                .map(|id| format!("`{id}`"))
                .collect();
            format!(
                "\n### Shared `{name}`\n\nUsed by {}.\n\n",
                endpoints.join(", ")
            )
        }
    }
}

fn bullet(change: &Change) -> String {
    let bump = match change.verdict.rust {
        Bump::Major => "**major**",
        bump => bump.as_str(),
    };
    let path = if change.path.is_empty() {
        "the endpoint".to_owned()
    } else {
        code(&change.path)
    };
    let values = match (&change.old, &change.new) {
        (None, None) => String::new(),
        (None, Some(new)) => format!(": now {}", value(new)),
        (Some(old), None) => format!(": was {}", value(old)),
        (Some(old), Some(new)) => format!(": {} → {}", value(old), value(new)),
    };
    let fate = match change.verdict.wire {
        crate::diff::rules::Wire::Breaks => format!("**{}**", fate(change.verdict.wire)),
        wire => fate(wire).to_owned(),
    };
    let mut facts = vec![format!("rule {}", change.rule), fate];
    facts.extend(change.verdict.flags.names().into_iter().map(str::to_owned));
    format!(
        "- {bump} {path}{values}<br>\n  {} ({})\n",
        prose(&change.sentence),
        facts.join(", "),
    )
}

fn value(value: &str) -> String {
    code(&short(value, VALUE))
}

/// A code span that holds the text whatever backticks are in it.
pub(super) fn code(text: &str) -> String {
    let longest = text
        .split(|letter| letter != '`')
        .map(str::len)
        .max()
        .unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    if text.starts_with('`') || text.ends_with('`') {
        format!("{fence} {text} {fence}")
    } else {
        format!("{fence}{text}{fence}")
    }
}

/// Prose whose code spans stay, and in which nothing else is markup: sentences quote values from fal.
fn prose(sentence: &str) -> String {
    let spans = sentence.matches('`').count().is_multiple_of(2);
    let mut text = String::with_capacity(sentence.len());
    let mut inside = false;
    for letter in sentence.chars() {
        if letter == '`' && spans {
            inside = !inside;
        } else if !inside && "`*_<>[]~|@#\\".contains(letter) {
            text.push('\\');
        }
        text.push(letter);
    }
    text
}
