//! A whole folder of documents at once.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::tree::{Outcome, V1, committed_document, document_path, repository};

/// One document that is as it should be, one whose default contradicts itself, one with an unknown keyword, one that is
/// no JSON.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let good: Value = serde_json::from_str(&committed_document(V1)).unwrap();
    let write = |name: &str, text: String| {
        fs::write(folder.path().join(name), text).unwrap();
    };
    write("good.json", good.to_string());
    let renamed = |id: &str, change: &dyn Fn(&mut Value)| {
        let mut document: Value = serde_json::from_str(&good.to_string().replace(V1, id)).unwrap();
        let input = document
            .pointer_mut("/components/schemas/KlingVideoV1StandardImageToVideoInput/properties")
            .unwrap();
        change(input);
        document.to_string()
    };
    write(
        "guessed.json",
        renamed("acme/guessed", &|input| {
            input["cfg_scale"]["default"] = json!("half");
        }),
    );
    write(
        "unknown.json",
        renamed("acme/unknown", &|input| {
            input["prompt"]["if"] = json!({});
        }),
    );
    write("torn.json", "{".to_owned());
    folder
}

fn conformance(folder: &Path, options: &[&str]) -> Outcome {
    Command::new(env!("CARGO_BIN_EXE_xtask"))
        .arg("conformance")
        .arg(folder)
        .args(options)
        .current_dir(repository())
        .output()
        .unwrap()
        .into()
}

#[test]
fn a_document_that_fails_hides_no_other() {
    let folder = folder();
    let outcome = conformance(folder.path(), &[]);
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert_eq!(
        outcome.stdout.lines().last(),
        Some("4 documents: 2 generated, 2 compiled, 2 round-tripped"),
        "{outcome:?}"
    );
    for words in [
        "unknown.json: failed to generate",
        "/properties/prompt/if: this keyword changes what is valid",
        "torn.json: failed to generate",
        "guessed.json: a mistake of the document at /components/schemas/KlingVideoV1StandardImageToVideoInput/properties/cfg_scale: the default \"half\" contradicts its schema",
        "dropped at /components/schemas/KlingVideoV1StandardImageToVideoInput/properties/cfg_scale: the default \\\"half\\\"",
    ] {
        assert!(outcome.stdout.contains(words), "{words}\n{outcome:?}");
    }
}

#[test]
fn a_value_that_does_not_come_back_as_it_was_fails() {
    let folder = folder();
    for bad in ["unknown.json", "torn.json"] {
        fs::remove_file(folder.path().join(bad)).unwrap();
    }
    // The type of the field is fine, and reads the example; but it has no place for one of its properties.
    let mut document: Value = serde_json::from_str(&committed_document(V1)).unwrap();
    let input =
        "/components/schemas/KlingVideoV1StandardImageToVideoInput/properties/dynamic_masks";
    document.pointer_mut(input).unwrap()["examples"] =
        json!([[{ "mask_url": "https://example.com/mask.png", "mask_colour": "red" }]]);
    let document = document.to_string().replace(V1, "acme/changed");
    fs::write(folder.path().join("changed.json"), document).unwrap();
    // Each document is a program of its own, none of which may answer for another.
    let outcome = conformance(folder.path(), &["--at-once", "1"]);
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert_eq!(
        outcome.stdout.lines().last(),
        Some("3 documents: 3 generated, 3 compiled, 2 round-tripped"),
        "{outcome:?}"
    );
    assert!(
        outcome
            .stdout
            .contains("changed.json: failed to round-trip:\n  the input {"),
        "{outcome:?}"
    );
    assert!(outcome.stdout.contains("comes back as"), "{outcome:?}");
    if cfg!(target_os = "linux") {
        assert!(outcome.stdout.contains("MiB of memory"), "{outcome:?}");
    }
}

#[test]
fn the_numbers_and_reasons_are_there_for_programs_too() {
    let folder = folder();
    for bad in ["unknown.json", "torn.json"] {
        fs::remove_file(folder.path().join(bad)).unwrap();
    }
    let outcome = conformance(folder.path(), &["--json"]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    let report: Value = serde_json::from_str(&outcome.stdout).unwrap();
    for number in ["documents", "generated", "compiled", "round_tripped"] {
        assert_eq!(report[number], 2, "{report}");
    }
    assert_eq!(report["notes"][0]["endpoint"], "acme/guessed");
    assert_eq!(report["notes"][0]["kind"], "dropped");

    let denied = conformance(folder.path(), &["--deny", "warnings"]);
    assert_eq!(denied.code, Some(1), "{denied:?}");
    assert!(denied.stderr.contains("--deny warnings"), "{denied:?}");
    fs::remove_file(folder.path().join("guessed.json")).unwrap();
    let clean = conformance(folder.path(), &["--deny", "warnings"]);
    assert_eq!(clean.code, Some(0), "{clean:?}");
}

#[test]
fn regen_with_warnings_denied_writes_nothing() {
    let tree = crate::tree::Tree::generated();
    let mut document: Value = serde_json::from_str(&committed_document(V1)).unwrap();
    document["components"]["schemas"]["KlingVideoV1StandardImageToVideoInput"]["properties"]["cfg_scale"]
        ["default"] = json!("half");
    tree.write(&document_path(V1), &document.to_string());
    let before = tree.files();
    let outcome = tree.xtask(&["regen", "--offline", "--deny", "warnings"]);
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert!(outcome.stderr.contains("--deny warnings"), "{outcome:?}");
    assert!(tree.files() == before, "a file was written");
    let outcome = tree.xtask(&["regen", "--offline"]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert!(outcome.stdout.contains("dropped at "), "{outcome:?}");
}
