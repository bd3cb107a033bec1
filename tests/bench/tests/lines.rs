//! Every generated line is compiled by every caller: a change of the generator that needs more of them does so knowingly.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;

use kling_bench::maker;
use kling_codegen::{Document, Settings, Target, generate};

/// Lines for each endpoint of 67 made documents, which have 15 fields each.
const MADE: usize = 488;

/// Lines for each endpoint of `tests/fixtures/kling`.
const KLING: usize = 319;

/// So many of a hundred may come and go without a word.
const SLACK: usize = 4;

#[test]
fn an_endpoint_takes_no_more_lines_than_it_did() {
    let documents = maker::documents(67);
    assert_near(lines(&documents, &Settings::default()), MADE);
}

#[test]
fn the_endpoints_of_kling_take_no_more_lines_than_they_did() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/kling");
    let manifest = fs::read_to_string(folder.join("manifest.toml")).unwrap();
    let settings: Settings = toml::from_str(&manifest).unwrap();
    let read = |id: &String| Document {
        id: id.clone(),
        text: fs::read_to_string(folder.join(format!("{id}.json"))).unwrap(),
    };
    let endpoints = settings.endpoints.iter();
    let documents: Vec<Document> = endpoints.map(|endpoint| read(&endpoint.id)).collect();
    assert_near(lines(&documents, &settings), KLING);
}

/// The lines of generated Rust, for each document.
fn lines(documents: &[Document], settings: &Settings) -> usize {
    let generated = generate(documents, settings, Target::Runtime).unwrap();
    let code = generated
        .files
        .iter()
        .filter(|(name, _)| Path::new(name).extension().is_some_and(|it| it == "rs"));
    let lines: usize = code.map(|(_, text)| text.lines().count()).sum();
    lines / documents.len()
}

/// Fewer lines are good news, which the next reader shall find here too.
#[track_caller]
fn assert_near(found: usize, pinned: usize) {
    let slack = pinned * SLACK / 100;
    assert!(
        (pinned - slack..=pinned + slack).contains(&found),
        "{found} lines for each endpoint, and not {pinned}; if that is meant to be, change the number in this test and \
         measure again what BENCHMARKS.md says of compile time"
    );
}
