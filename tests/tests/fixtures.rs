//! The fixtures: documents and what is made of them, side by side, and kept true.
//!
//! `UPDATE_FIXTURES=1 cargo test -p kling-tests --test it fixtures` writes what is missing or has changed; read the
//! difference before you commit it.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use kling_codegen::report::TextStyle;
use kling_codegen::{Document, Settings, Target, generate, ir::Api};
use kling_tests::{CASES, documents, fixtures};
use serde_json::Value;

fn cases(folder: &str) -> Vec<PathBuf> {
    let mut cases: Vec<PathBuf> = fs::read_dir(fixtures().join(folder))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    cases.sort();
    assert!(!cases.is_empty(), "fixtures/{folder} holds no case");
    cases
}

/// Compares a text with the file that pins it, or writes the file where that is asked for.
fn pinned(path: &Path, text: &str, wrong: &mut Vec<String>) {
    let committed = fs::read_to_string(path).unwrap_or_default();
    if committed == text {
        return;
    }
    if std::env::var_os("UPDATE_FIXTURES").is_some() {
        assert!(
            std::env::var_os("CI").is_none(),
            "fixtures are never written in CI"
        );
        fs::write(path, text).unwrap();
        return;
    }
    let difference = similar::TextDiff::from_lines(&committed, text)
        .unified_diff()
        .context_radius(2)
        .to_string();
    wrong.push(format!("{}\n{difference}", path.display()));
}

#[track_caller]
fn finish(wrong: &[String]) {
    assert!(
        wrong.is_empty(),
        "{}\nSet UPDATE_FIXTURES=1 to write the files, and review the difference.",
        wrong.join("\n")
    );
}

fn read(path: &Path) -> (Vec<Document>, Settings) {
    documents(
        &fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())),
    )
}

fn made(path: &Path) -> (Api, String) {
    let (documents, settings) = read(path);
    match generate(&documents, &settings, Target::Elsewhere) {
        Ok(generated) => (
            generated.api.clone(),
            generated.files["endpoints.rs"].clone(),
        ),
        Err(error) => panic!("{}: {error}", path.display()),
    }
}

/// What was guessed, dropped or looks wrong, a line each.
fn notes(api: &Api) -> String {
    let mut lines = String::new();
    for note in &api.notes {
        let _ = writeln!(
            lines,
            "{:?} {} {}: {}",
            note.kind, note.endpoint, note.pointer, note.message
        );
    }
    lines
}

#[test]
fn shapes_generate_the_code_that_is_pinned() {
    let mut wrong = Vec::new();
    for case in cases("shapes") {
        let (api, code) = made(&case.join("schema.json"));
        pinned(&case.join("generated.rs"), &code, &mut wrong);
        let notes = notes(&api);
        if !notes.is_empty() || case.join("notes.txt").exists() {
            pinned(&case.join("notes.txt"), &notes, &mut wrong);
        }
    }
    finish(&wrong);
}

#[test]
fn generating_again_gives_the_same_bytes() {
    for case in cases("shapes") {
        let first = made(&case.join("schema.json")).1;
        for _ in 0..3 {
            assert_eq!(
                made(&case.join("schema.json")).1,
                first,
                "{}",
                case.display()
            );
        }
    }
}

#[test]
fn shapes_take_and_refuse_the_values_that_they_should() {
    assert!(!CASES.is_empty());
    for case in CASES {
        let path = fixtures()
            .join("shapes")
            .join(case.fixture)
            .join("values.json");
        let values: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let values = &values[case.endpoint];
        for (side, through) in [("input", case.input), ("output", case.output)] {
            for value in values[side]["accepted"].as_array().into_iter().flatten() {
                let place = format!("{} {} {side} {value}", case.fixture, case.endpoint);
                let back =
                    through(&value.to_string()).unwrap_or_else(|error| panic!("{place}: {error}"));
                if side == "input" {
                    let back: Value = serde_json::from_str(&back).unwrap();
                    assert_eq!(&back, value, "{place}");
                }
            }
            for value in values[side]["refused"].as_array().into_iter().flatten() {
                let result = through(&value.to_string());
                assert!(
                    result.is_err(),
                    "{} {} {side} takes {value}",
                    case.fixture,
                    case.endpoint
                );
            }
        }
    }
}

#[test]
fn changes_give_the_difference_and_the_report_that_are_pinned() {
    let mut wrong = Vec::new();
    for case in cases("evolve") {
        let (old, before) = made(&case.join("before.json"));
        let (new, after) = made(&case.join("after.json"));
        let difference = similar::TextDiff::from_lines(&before, &after)
            .unified_diff()
            .context_radius(0)
            .to_string();
        pinned(&case.join("expected.diff"), &difference, &mut wrong);
        pinned(
            &case.join("changes.md"),
            &kling_codegen::diff(&old, &new).to_markdown(),
            &mut wrong,
        );
    }
    finish(&wrong);
}

#[test]
fn re_spellings_change_nothing() {
    let silent: Vec<PathBuf> = cases("evolve")
        .into_iter()
        .filter(|case| {
            case.file_name()
                .unwrap()
                .to_string_lossy()
                .starts_with("respelled_")
        })
        .collect();
    assert!(silent.len() >= 7, "a fixture for each re-spelling");
    for case in silent {
        let (before, settings) = read(&case.join("before.json"));
        let (after, _) = read(&case.join("after.json"));
        for (before, after) in before.iter().zip(&after) {
            assert_ne!(before, after, "{}: nothing is re-spelled", case.display());
            let text = |document| kling_codegen::normalize(document).unwrap().to_text();
            assert_eq!(
                text(before),
                text(after),
                "{}: the lock would change",
                case.display()
            );
        }
        let code = |documents: &[Document]| {
            generate(documents, &settings, Target::Runtime)
                .unwrap()
                .files
        };
        assert_eq!(code(&before), code(&after), "{}", case.display());
        let report = kling_codegen::diff(
            &made(&case.join("before.json")).0,
            &made(&case.join("after.json")).0,
        );
        assert!(report.is_empty(), "{}", case.display());
    }
}

#[test]
fn what_is_no_schema_is_refused_with_the_words_that_are_pinned() {
    let mut wrong = Vec::new();
    for case in cases("reject") {
        let (documents, settings) = read(&case.join("schema.json"));
        match generate(&documents, &settings, Target::Elsewhere) {
            Ok(_) => wrong.push(format!("{}: generated", case.display())),
            Err(error) => pinned(&case.join("error.txt"), &format!("{error}\n"), &mut wrong),
        }
    }
    finish(&wrong);
}

/// Reports as a maintainer gets them: a quiet week, a new version of a model, and a change that breaks one endpoint of
/// many. Read them as a whole before you commit another wording.
#[test]
fn sample_reports_are_those_that_were_reviewed() {
    let mut wrong = Vec::new();
    for case in cases("reports") {
        let laid_out = |file: &str| {
            let (mut documents, settings) = read(&case.join(file));
            for document in &mut documents {
                let value: Value = serde_json::from_str(&document.text).unwrap();
                document.text = format!("{value:#}");
            }
            (
                kling_codegen::read(&documents, &settings).unwrap(),
                documents,
            )
        };
        let ((old, _), (new, documents)) = (laid_out("before.json"), laid_out("after.json"));
        let mut report = kling_codegen::diff(&old, &new);
        for document in &documents {
            let file = format!("schemas/{}.json", document.id);
            report.locate(&document.id, &file, &document.text);
        }
        pinned(
            &case.join("report.txt"),
            &report.to_text(&TextStyle::default()),
            &mut wrong,
        );
        pinned(&case.join("report.md"), &report.to_markdown(), &mut wrong);
        pinned(
            &case.join("annotations.txt"),
            &report.to_github(),
            &mut wrong,
        );
    }
    finish(&wrong);
}
