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
    Ok(kling_codegen::diff(&before, &after))
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
    Ok(kling_codegen::diff(&before, after))
}

/// The report as it is printed to standard output: as wide as the terminal, coloured where that is one.
pub(crate) fn for_terminal(report: &Report) -> String {
    let mut style = TextStyle::default();
    let terminal = Term::stdout();
    if let Some((_, columns)) = terminal.size_checked() {
        style.width = usize::from(columns);
        style.colour = terminal.is_term() && console::colors_enabled();
    }
    report.to_text(&style)
}
