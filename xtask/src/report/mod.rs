//! The change report: what differs between two states of the documents.

pub(crate) mod changelog;
pub(crate) mod code_summary;
pub(crate) mod notes;

use anyhow::{Context, Result};
use console::Term;
use kling_codegen::diff::Report;
use kling_codegen::ir::Api;
use kling_codegen::report::TextStyle;

use crate::repository::Repository;
use crate::schemas::snapshot::Snapshot;

/// The revision that `regen` reports against.
pub(crate) const LAST_COMMIT: &str = "HEAD";

/// Compares two states.
pub(crate) fn compare(old: &Snapshot, new: &Snapshot) -> Result<Report> {
    if old == new {
        return Ok(Report::default());
    }
    let before = old.api().context("The old state cannot be read.")?;
    let after = new.api().context("The new state cannot be read.")?;
    Ok(located(kling_codegen::diff(&before, &after), new))
}

/// Compares the last commit with a state that has been read already.
pub(crate) fn since_last_commit(
    repository: &Repository,
    new: &Snapshot,
    after: &Api,
) -> Result<Report> {
    let old = Snapshot::of_revision(repository, LAST_COMMIT)?;
    if old == *new {
        return Ok(Report::default());
    }
    let before = old
        .api()
        .with_context(|| format!("The documents of {LAST_COMMIT} cannot be read."))?;
    Ok(located(kling_codegen::diff(&before, after), new))
}

/// The report with the file and the line of each change.
fn located(mut report: Report, new: &Snapshot) -> Report {
    for (document, file) in new.documents.iter().zip(&new.files) {
        report.locate(&document.id, file, &document.text);
    }
    report
}

/// The report as it is printed to standard output: as wide as the terminal, coloured where that is one. Changes of the
/// documentation alone are counted, unless all are asked for.
pub(crate) fn for_terminal(report: &Report, all: bool) -> String {
    let mut style = TextStyle {
        all,
        ..TextStyle::default()
    };
    let terminal = Term::stdout();
    if let Some((_, columns)) = terminal.size_checked() {
        style.width = usize::from(columns);
        style.colour = terminal.is_term() && console::colors_enabled();
    }
    report.to_text(&style)
}
