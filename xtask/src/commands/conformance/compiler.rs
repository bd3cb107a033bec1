//! Compiles the documents as one crate, and finds out which of them do not compile.

use anyhow::Result;
use kling_codegen::Document;

use crate::commands::conformance::complaint::Complaint;
use crate::commands::conformance::outcome::Outcome;
use crate::commands::conformance::program::{Build, Built, Program};

/// Documents whose code compiles together, and the program with that code.
pub(super) struct Compiled {
    pub(super) documents: Vec<(String, Document)>,
    pub(super) built: Built,
}

/// Compiles all that compiles, `at_once` documents as one crate. A document that the compiler names is left out of the
/// next attempt. Where it names none, since the fault lies in a shared type, both halves are tried on their own.
pub(super) fn compile(
    program: &Program,
    documents: &[(String, Document)],
    at_once: usize,
    outcome: &mut Outcome,
) -> Result<Vec<Compiled>> {
    let mut compiled = Vec::new();
    let mut open: Vec<_> = documents.chunks(at_once).map(<[_]>::to_vec).collect();
    while let Some(mut set) = open.pop() {
        if set.is_empty() {
            continue;
        }
        let complaints = match program.build(&set)? {
            Build::Compiled(built) => {
                compiled.push(Compiled {
                    documents: set,
                    built,
                });
                continue;
            }
            Build::Refused(complaints) => complaints,
        };
        let before = set.len();
        set.retain(|(file, document)| {
            let own: Vec<&str> = complaints
                .iter()
                .filter(|complaint| complaint.endpoint.as_ref() == Some(&document.id))
                .map(|complaint| complaint.text.as_str())
                .collect();
            if !own.is_empty() {
                outcome.fail(file, "compile", own.join("\n"));
            }
            own.is_empty()
        });
        match (before - set.len(), set.as_slice()) {
            (0, [(file, _)]) => outcome.fail(file, "compile", all(&complaints)),
            (0, _) => {
                let second = set.split_off(set.len() / 2);
                open.extend([set, second]);
            }
            _ => open.push(set),
        }
    }
    Ok(compiled)
}

fn all(complaints: &[Complaint]) -> String {
    let texts: Vec<&str> = complaints
        .iter()
        .map(|complaint| complaint.text.as_str())
        .collect();
    texts.join("\n")
}
