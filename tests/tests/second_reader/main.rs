//! progenitor as a second reader: it lowers the same documents by its own rules, and what it finds must agree with
//! the IR in names, requiredness and types. It reads every document of `schemas/` and of the fixtures.
//!
//! It reads the normal form, with the `operationId`s that fal leaves out. Bounds, defaults and null are outside of
//! this comparison: progenitor drops the first, always sends the second, and keeps no word of the third for a field
//! that may be left out. Where it cannot say what a document says, the place stands in `second_reader/gaps.txt` under
//! the gap that explains it; a place that is missing there, or that no longer applies, fails.
//!
//! `UPDATE_FIXTURES=1 cargo test -p kling-tests --test second_reader` writes the list; read the difference before you
//! commit it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod compare;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use kling_codegen::{Document, Settings, normalize, read};
use kling_tests::{catalogue, documents, fixtures};
use progenitor::Generator;

use crate::compare::{Gap, Places};

/// Every document, by where it comes from.
fn everything() -> Vec<(String, Document)> {
    let mut found = Vec::new();
    let schemas = fixtures().join("kling");
    let manifest: toml::Table = fs::read_to_string(schemas.join("manifest.toml"))
        .unwrap()
        .parse()
        .unwrap();
    for endpoint in manifest["endpoint"].as_array().unwrap() {
        let id = endpoint["id"].as_str().unwrap().to_owned();
        let text = fs::read_to_string(schemas.join(format!("{id}.json"))).unwrap();
        found.push(("kling".to_owned(), Document { id, text }));
    }
    for document in catalogue() {
        found.push(("catalogue".to_owned(), document));
    }
    for (folder, files) in [
        ("shapes", ["schema.json"].as_slice()),
        ("evolve", ["before.json", "after.json"].as_slice()),
    ] {
        let cases: BTreeSet<_> = fs::read_dir(fixtures().join(folder))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        for (case, file) in cases
            .iter()
            .flat_map(|case| files.iter().map(move |file| (case, file)))
        {
            let Ok(text) = fs::read_to_string(case.join(file)) else {
                continue;
            };
            let name = case.file_name().unwrap().to_string_lossy();
            let origin = format!("{folder}/{name}/{}", file.trim_end_matches(".json"));
            for document in documents(&text).0 {
                found.push((origin.clone(), document));
            }
        }
    }
    found
}

#[test]
fn both_readers_agree_on_every_endpoint_but_for_the_known_gaps() {
    let documents = everything();
    assert!(documents.len() > 400, "{}", documents.len());
    let mut gaps: BTreeMap<Gap, BTreeSet<String>> = BTreeMap::new();
    let mut wrong = Vec::new();
    let mut agreed = 0;
    // Fixtures of changes share most of their documents.
    let mut seen = BTreeSet::new();
    for (origin, document) in documents {
        let normal = normalize(&document).unwrap().to_text();
        if !seen.insert((document.id.clone(), normal)) {
            continue;
        }
        let places = differences(&document);
        agreed += places.agreed;
        for (gap, place) in places.gaps {
            let place = format!("{origin} {} {place}", document.id);
            gaps.entry(gap).or_default().insert(place);
        }
        for difference in places.wrong {
            wrong.push(format!("{origin} {} {difference}", document.id));
        }
    }
    assert!(
        wrong.is_empty(),
        "the readers disagree:\n{}",
        wrong.join("\n")
    );
    assert!(agreed > 1_000, "only {agreed} places were compared");
    let mut text = String::new();
    for (gap, places) in &gaps {
        let _ = writeln!(text, "# {}", gap.reason());
        for place in places {
            let _ = writeln!(text, "{place}");
        }
        text.push('\n');
    }
    pinned(&text);
}

fn pinned(text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/second_reader/gaps.txt");
    if std::env::var_os("UPDATE_FIXTURES").is_some() {
        assert!(
            std::env::var_os("CI").is_none(),
            "fixtures are never written in CI"
        );
        fs::write(&path, text).unwrap();
        return;
    }
    let known = fs::read_to_string(&path).unwrap_or_default();
    let difference = similar::TextDiff::from_lines(known.as_str(), text)
        .unified_diff()
        .context_radius(1)
        .to_string();
    assert!(
        known == text,
        "the gaps are no longer those of {}:\n{difference}",
        path.display()
    );
}

/// Reads a document both ways and compares the roots and all that they hold.
fn differences(document: &Document) -> Places {
    let api = read(std::slice::from_ref(document), &Settings::default()).unwrap();
    let mut value = normalize(document).unwrap().value().clone();
    for (number, path) in value["paths"]
        .as_object_mut()
        .unwrap()
        .values_mut()
        .enumerate()
    {
        for operation in path.as_object_mut().unwrap().values_mut() {
            operation["operationId"] = format!("operation_{number}").into();
        }
    }
    let specification: openapiv3::OpenAPI = serde_json::from_value(value).unwrap();
    let mut generator = Generator::default();
    // What it prints of its panics would look like those of a test.
    std::panic::set_hook(Box::new(|_| {}));
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        generator
            .generate_tokens(&specification)
            .map(|_| ())
            .map_err(|error| format!("{error:#}"))
    }));
    drop(std::panic::take_hook());
    let mut places = Places::default();
    match outcome {
        Ok(Ok(())) => places.compare(&api, generator.get_type_space()),
        Ok(Err(error)) => places.refused(&error),
        Err(_) => places.refused(compare::PANIC),
    }
    places
}
