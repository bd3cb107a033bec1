//! The report for a pull request.

use std::fmt::Write as _;

use crate::diff::change::{Change, Report};
use crate::diff::rules::Bump;
use crate::markdown::Span;
use crate::report::{Section, consequences, count, location, path, sections, short};

/// The longest value that is shown.
const VALUE: usize = 240;

pub(super) fn render(report: &Report) -> String {
    let mut text = if report.is_empty() {
        format!("{}\n", report.headline())
    } else {
        format!("**{}**\n", report.headline())
    };
    let (words, others): (Vec<&Change>, Vec<&Change>) = report
        .changes
        .iter()
        .partition(|change| change.rule.is_documentation());
    for section in sections(others.into_iter()) {
        text.push_str(&heading(&section));
        section
            .changes
            .iter()
            .for_each(|change| text.push_str(&bullet(change)));
    }
    if !words.is_empty() {
        let number = count(words.len(), "change");
        let _ = write!(
            text,
            "\n<details><summary>{number} of the documentation alone</summary>\n"
        );
        for section in sections(words.into_iter()) {
            text.push_str(&heading(&section));
            section
                .changes
                .iter()
                .for_each(|change| text.push_str(&bullet(change)));
        }
        text.push_str("\n</details>\n");
    }
    text
}

fn heading(section: &Section<'_>) -> String {
    let endpoints: Vec<String> = section
        .subject
        .endpoints
        .iter()
        .map(|id| format!("`{id}`"))
        .collect();
    let endpoints = endpoints.join(", ");
    match section.subject.shared {
        None => format!("\n### {endpoints}\n\n"),
        Some(name) => format!("\n### Shared `{name}`\n\nIn {endpoints}.\n\n"),
    }
}

fn bullet(change: &Change) -> String {
    let bump = match change.verdict.rust {
        Bump::Major => "**major**",
        bump => bump.as_str(),
    };
    let path = match path(change) {
        path @ "the endpoint" => Span::sentence(path),
        path => Span::code(path),
    };
    let values = match (&change.old, &change.new) {
        (None, None) => String::new(),
        (None, Some(new)) => format!(": now {}", value(new)),
        (Some(old), None) => format!(": was {}", value(old)),
        (Some(old), Some(new)) => format!(": {} → {}", value(old), value(new)),
    };
    let mut facts = vec![format!("[rule {}]({})", change.rule, change.rule.url())];
    facts.extend(consequences(change).into_iter().map(|fact| match fact {
        "breaks published crates" => format!("**{fact}**"),
        fact => fact.to_owned(),
    }));
    facts.extend(location(change).map(|(file, line)| {
        format!(
            "[{}]({file}#L{line})",
            Span::code(&format!("{file}:{line}"))
        )
    }));
    format!(
        "- {bump} {path}{values}<br>\n  {} ({})\n",
        Span::sentence(&change.sentence),
        facts.join(", "),
    )
}

fn value(value: &str) -> Span {
    Span::code(&short(value, VALUE))
}
