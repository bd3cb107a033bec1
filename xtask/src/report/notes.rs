//! The report of a run: what the generator guessed, dropped or warns of, by document.

use std::fmt::Write as _;

use anyhow::{Result, bail};
use clap::ValueEnum;
use kling_codegen::ir::{Note, NoteKind};

use crate::terminal::counted;

/// What ends a run with an error though code could be generated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Deny {
    /// Everything that the generator guessed, dropped or warns of
    Warnings,
}

/// The notes as text: a line for each document, and below it one for each note with its place in the document.
pub(crate) fn text(notes: &[Note]) -> String {
    let mut lines = String::new();
    let mut document = None;
    for note in notes {
        if document != Some(&note.endpoint) {
            document = Some(&note.endpoint);
            let _ = writeln!(lines, "{}", note.endpoint);
        }
        let _ = writeln!(
            lines,
            "  {} at {}: {}",
            kind(note.kind),
            note.pointer.escape_debug(),
            note.message
        );
    }
    lines
}

/// The kind of a note in a word.
pub(crate) fn kind(kind: NoteKind) -> &'static str {
    match kind {
        NoteKind::Guessed => "guessed",
        NoteKind::Dropped => "dropped",
        NoteKind::Warned => "warned",
    }
}

/// Fails where there is a note and notes are denied.
pub(crate) fn check(notes: &[Note], deny: Option<Deny>) -> Result<()> {
    match deny {
        Some(Deny::Warnings) if !notes.is_empty() => bail!(
            "The generator had to guess, drop or warn {}, and --deny warnings was given. Correct the documents at the places above, or leave the option out.",
            counted(notes.len(), "time")
        ),
        Some(Deny::Warnings) | None => Ok(()),
    }
}
