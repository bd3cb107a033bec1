//! The result for a folder of documents, as text and as JSON.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use kling_codegen::ir::Note;
use serde_json::{Value, json};

use crate::report::notes;

/// The numbers, and the reasons where one of them is too small.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    documents: usize,
    pub(super) generated: usize,
    pub(super) compiled: usize,
    pub(super) round_tripped: usize,
    /// How many examples and defaults round-tripped.
    pub(super) values: usize,
    pub(super) notes: Vec<Note>,
    /// The most memory that this process has taken so far, compiler not included, in bytes; `None` where the system
    /// does not say.
    pub(super) memory: Option<u64>,
    /// By file: the stage and what is wrong there.
    failures: BTreeMap<String, Vec<(&'static str, String)>>,
}

impl Outcome {
    pub(super) fn of(documents: usize) -> Self {
        Self {
            documents,
            ..Self::default()
        }
    }

    pub(super) fn fail(&mut self, file: &str, stage: &'static str, problem: String) {
        self.failures
            .entry(file.to_owned())
            .or_default()
            .push((stage, problem));
    }

    pub(super) fn is_complete(&self) -> bool {
        [self.generated, self.compiled, self.round_tripped]
            .iter()
            .all(|count| *count == self.documents)
    }

    pub(super) fn to_text(&self) -> String {
        let mut text = notes::text(&self.notes);
        for (file, failures) in &self.failures {
            for (stage, problem) in failures {
                let _ = writeln!(
                    text,
                    "{file}: failed to {stage}:\n  {}",
                    problem.trim_end().replace('\n', "\n  ")
                );
            }
        }
        let _ = writeln!(text, "{} examples and defaults round-tripped.", self.values);
        if let Some(bytes) = self.memory {
            let _ = writeln!(
                text,
                "The generator took {} MiB of memory at most.",
                bytes.div_ceil(1 << 20)
            );
        }
        text + &self.summary()
    }

    fn summary(&self) -> String {
        format!(
            "{} documents: {} generated, {} compiled, {} round-tripped",
            self.documents, self.generated, self.compiled, self.round_tripped
        )
    }

    pub(super) fn to_json(&self) -> Value {
        let failures: Vec<Value> = self
            .failures
            .iter()
            .flat_map(|(file, failures)| {
                failures.iter().map(
                    move |(stage, problem)| json!({ "file": file, "stage": stage, "problem": problem }),
                )
            })
            .collect();
        let notes: Vec<Value> = self
            .notes
            .iter()
            .map(|note| {
                json!({
                    "endpoint": note.endpoint.as_str(),
                    "pointer": note.pointer,
                    "kind": notes::kind(note.kind),
                    "message": note.message,
                })
            })
            .collect();
        json!({
            "documents": self.documents,
            "generated": self.generated,
            "compiled": self.compiled,
            "round_tripped": self.round_tripped,
            "values": self.values,
            "peak_memory": self.memory,
            "failures": failures,
            "notes": notes,
            "summary": self.summary(),
        })
    }
}

/// The most memory that this process has taken since it started, in bytes. Linux alone tells it in a file.
pub(super) fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}
