//! The report for a pull request.

use std::fmt::Write as _;

use crate::diff::change::{Change, Report};
use crate::diff::rules::Bump;
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
        path @ "the endpoint" => path.to_owned(),
        path => code(path),
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
    facts.extend(location(change).map(|(file, line)| format!("[{file}:{line}]({file}#L{line})")));
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
