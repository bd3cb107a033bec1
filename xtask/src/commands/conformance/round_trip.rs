//! Sends every example and default through the types, and compares.

use std::io::{Seek as _, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use kling_codegen::ir::{Note, NoteKind};
use serde_json::json;

use crate::commands::conformance::compiler::Compiled;
use crate::commands::conformance::outcome::Outcome;
use crate::commands::conformance::values::{Probe, probes, same};

/// Sends every example and default through the types, and counts the documents whose values all round-trip.
pub(super) fn round_trip(set: &Compiled, outcome: &mut Outcome) -> Result<()> {
    let mut all: Vec<(usize, Probe)> = Vec::new();
    for (index, (_, document)) in set.documents.iter().enumerate() {
        let value = serde_json::from_str(&document.text)?;
        all.extend(
            probes(&document.id, &value)
                .into_iter()
                .map(|probe| (index, probe)),
        );
    }
    let results = run(&set.built.executable, &all)?;
    for (index, (file, document)) in set.documents.iter().enumerate() {
        let mut lost = false;
        for ((_, probe), result) in all.iter().zip(&results).filter(|pair| pair.0.0 == index) {
            match fault(probe, result) {
                None => outcome.values += 1,
                // The generator drops a value that contradicts its own schema, and its notes say so.
                Some(_) if is_reported(&set.built.notes, &document.id, probe) => {}
                Some(problem) => {
                    lost = true;
                    outcome.fail(file, "round-trip", problem);
                }
            }
        }
        outcome.round_tripped += usize::from(!lost);
    }
    Ok(())
}

/// Runs the program over all values; the first value without a result is the one that it fell over.
fn run(executable: &Path, probes: &[(usize, Probe)]) -> Result<Vec<Result<String, String>>> {
    let mut values = tempfile::tempfile().context("There is no temporary file.")?;
    for (index, probe) in probes {
        writeln!(
            values,
            "{}",
            json!([index, probe.sent, probe.whole.to_string()])
        )?;
    }
    values.rewind()?;
    let output = Command::new(executable)
        .stdin(values)
        .stderr(Stdio::inherit())
        .output()
        .context("The program of the documents cannot be started.")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let mut results: Vec<Result<String, String>> = text
        .lines()
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()
        .context("The program of the documents does not print JSON.")?;
    results.resize(
        probes.len(),
        Err(format!("the program ended with {}", output.status)),
    );
    Ok(results)
}

/// What is wrong with a value that went through the types.
fn fault(probe: &Probe, result: &Result<String, String>) -> Option<String> {
    let side = if probe.sent { "input" } else { "output" };
    let place = format!(
        "the {side} {} with the {} of {}",
        probe.whole, probe.what, probe.pointer
    );
    match result {
        Err(error) => Some(format!("{place} is not read: {error}")),
        Ok(_) if !probe.sent => None,
        Ok(back) => match serde_json::from_str(back) {
            Ok(back) if same(&probe.whole, &back) => None,
            _ => Some(format!("{place} comes back as {back}")),
        },
    }
}

/// Whether the generator said that it dropped this value, since it contradicts its own schema.
fn is_reported(notes: &[Note], id: &str, probe: &Probe) -> bool {
    let start: String = probe.value.to_string().chars().take(100).collect();
    let words = format!("the {} {}", probe.what, start.escape_debug());
    notes.iter().any(|note| {
        note.kind == NoteKind::Dropped
            && note.endpoint.as_str() == id
            && note.message.starts_with(&words)
    })
}
