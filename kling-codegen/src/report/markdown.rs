//! The report for a pull request.

use crate::diff::change::{Change, Report};
use crate::diff::rules::Bump;
use crate::markdown::Span;
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
        Span::sentence("the endpoint")
    } else {
        Span::code(&change.path)
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
        Span::sentence(&change.sentence),
        facts.join(", "),
    )
}

fn value(value: &str) -> Span {
    Span::code(&short(value, VALUE))
}
