//! The report between two states, from wherever they are.

use serde_json::Value;

use crate::tree::{
    Outcome, Tree, V1, V21_PRO, committed_document, document_path, input, with_seed,
};

fn report(tree: &Tree, arguments: &[&str]) -> Outcome {
    tree.xtask(&[&["diff"], arguments].concat())
}

fn without_duration(id: &str) -> String {
    let mut document: Value = serde_json::from_str(&committed_document(id)).unwrap();
    let input = input(&mut document);
    input["properties"]
        .as_object_mut()
        .unwrap()
        .shift_remove("duration");
    input["x-fal-order-properties"]
        .as_array_mut()
        .unwrap()
        .retain(|name| name != "duration");
    document.to_string()
}

#[test]
fn nothing_changed_since_the_last_commit() {
    let tree = Tree::committed();
    let outcome = report(&tree, &["--fail-on", "any"]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
}

#[test]
fn the_working_copy_is_compared_with_a_revision() {
    let tree = Tree::committed();
    tree.write(&document_path(V1), &with_seed(V1));
    for (arguments, code) in [
        (&["--fail-on", "any"][..], 1),
        (&["--fail-on", "minor"], 1),
        (&["--fail-on", "breaking"], 0),
        (&[], 0),
    ] {
        let outcome = report(&tree, arguments);
        assert_eq!(outcome.code, Some(code), "{outcome:?}");
        assert!(outcome.stdout.contains("seed"), "{outcome:?}");
    }
    tree.commit();
    let outcome = report(&tree, &["--fail-on", "any"]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    let outcome = report(&tree, &["--base", "HEAD~1", "--fail-on", "any"]);
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    let outcome = report(&tree, &["HEAD~1", "HEAD", "--fail-on", "any"]);
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
}

#[test]
fn a_field_that_is_gone_is_breaking() {
    let tree = Tree::committed();
    tree.write(&document_path(V21_PRO), &without_duration(V21_PRO));
    let outcome = report(&tree, &["--fail-on", "breaking"]);
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert!(outcome.stdout.contains("duration"), "{outcome:?}");
}

#[test]
fn files_and_folders_are_compared() {
    let tree = Tree::committed();
    tree.write("before/a.json", &committed_document(V1));
    tree.write("after/b.json", &with_seed(V1));
    for pair in [
        ["before", "after"],
        ["before/a.json", "after/b.json"],
        ["before/a.json", "after"],
    ] {
        let outcome = report(&tree, &pair);
        assert_eq!(outcome.code, Some(0), "{outcome:?}");
        assert!(outcome.stdout.contains("seed"), "{outcome:?}");
    }
    let outcome = report(&tree, &["HEAD", "schemas", "--fail-on", "any"]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
}

#[test]
fn json_and_the_other_formats_name_the_field() {
    let tree = Tree::committed();
    tree.write(&document_path(V1), &with_seed(V1));
    let outcome = report(&tree, &["--format", "json"]);
    let document: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert!(document.to_string().contains("seed"), "{document}");
    for format in ["text", "markdown", "github"] {
        let outcome = report(&tree, &["--format", format]);
        assert!(outcome.stdout.contains("seed"), "{format}: {outcome:?}");
    }
}

#[test]
fn a_state_that_cannot_be_read_is_exit_code_2() {
    let tree = Tree::committed();
    tree.write("broken/a.json", "{");
    for arguments in [
        &["--base", "no-such-branch"][..],
        &["nowhere", "schemas"],
        &["broken", "schemas"],
        &["only-one"],
    ] {
        let outcome = report(&tree, arguments);
        assert_eq!(outcome.code, Some(2), "{arguments:?}: {outcome:?}");
        assert!(!outcome.stderr.is_empty());
    }
}

#[test]
fn a_state_that_does_not_exist_is_named() {
    let tree = Tree::committed();
    let outcome = report(&tree, &["nowhere", "schemas"]);
    let place = tree.path().canonicalize().unwrap();
    assert_eq!(
        outcome.stderr,
        format!(
            "error: nowhere is no file, no folder and no git revision that can be read.\n  because: nowhere is no git revision in {}.\n",
            place.display()
        )
    );
}

#[test]
fn a_folder_may_hold_documents_that_are_no_endpoints() {
    let tree = Tree::committed();
    for folder in ["before", "after"] {
        tree.write(&format!("{folder}/a.json"), &committed_document(V1));
        for other in ["lock.json", "platform.json"] {
            tree.write(&format!("{folder}/{other}"), "{}");
        }
    }
    let outcome = report(&tree, &["before", "after", "--fail-on", "any"]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
}

/// A document with another description of `duration`, and a field more behind all others, in lines.
fn with_two_changes(id: &str) -> String {
    let mut document: Value = serde_json::from_str(&with_seed(id)).unwrap();
    input(&mut document)["properties"]["duration"]["description"] = "Other words.".into();
    format!("{document:#}\n")
}

/// The line of a document on which a property of the input starts.
fn line_of(text: &str, property: &str) -> usize {
    let start = format!("\"{property}\": {{");
    1 + text.lines().position(|line| line.trim() == start).unwrap()
}

#[test]
fn the_text_counts_changes_of_the_documentation_and_lists_them_only_with_all() {
    let tree = Tree::committed();
    tree.write(&document_path(V1), &with_two_changes(V1));
    let short = report(&tree, &[]).stdout;
    assert!(!short.contains("Other words."), "{short}");
    assert!(
        short.contains("1 change of the documentation alone: --all lists"),
        "{short}"
    );
    let all = report(&tree, &["--all"]).stdout;
    assert!(all.contains("+ Other words."), "{all}");
    assert!(!all.contains("--all lists"), "{all}");
    assert!(all.contains("input.seed") && short.contains("input.seed"));
}

#[test]
fn every_change_has_the_line_of_its_place_in_the_new_file() {
    let tree = Tree::committed();
    let text = with_two_changes(V1);
    tree.write(&document_path(V1), &text);
    let (seed, duration) = (line_of(&text, "seed"), line_of(&text, "duration"));
    let file = document_path(V1);
    let said = report(&tree, &["--all"]).stdout;
    for line in [seed, duration] {
        assert!(said.contains(&format!("{file}:{line}\n")), "{line}: {said}");
    }
    let said = report(&tree, &["--format", "github"]).stdout;
    for line in [seed, duration] {
        assert!(
            said.contains(&format!("file={file},line={line},")),
            "{line}: {said}"
        );
    }
    let said = report(&tree, &["--format", "markdown"]).stdout;
    assert!(said.contains(&format!("{file}#L{seed})")), "{said}");
    let said = report(&tree, &["--format", "json"]).stdout;
    let document: Value = serde_json::from_str(&said).unwrap();
    let changes = document["changes"].as_array().unwrap();
    let place = |path: &str| {
        let change = changes.iter().find(|change| change["path"] == path);
        change.unwrap()["places"][0].clone()
    };
    assert_eq!(place("input.seed")["line"], seed);
    assert_eq!(place("input.duration")["line"], duration);
    assert_eq!(place("input.seed")["file"], *file);
}

#[test]
fn what_is_gone_has_the_line_of_the_old_file_in_no_new_one() {
    let tree = Tree::committed();
    tree.write(&document_path(V21_PRO), &without_duration(V21_PRO));
    let said = report(&tree, &["--format", "github"]).stdout;
    let file = document_path(V21_PRO);
    // The new file is one line, in which the record stands that had the field.
    assert!(said.contains(&format!("file={file},line=1,")), "{said}");
}

#[test]
fn a_document_without_metadata_is_known_by_the_path_it_is_sent_to() {
    let tree = Tree::committed();
    let without_metadata = |text: &str| {
        let mut document: Value = serde_json::from_str(text).unwrap();
        document["info"]
            .as_object_mut()
            .unwrap()
            .shift_remove("x-fal-metadata");
        document.to_string()
    };
    tree.write("before/a.json", &without_metadata(&committed_document(V1)));
    tree.write("after/b.json", &without_metadata(&with_seed(V1)));
    for pair in [["before", "after"], ["before/a.json", "after/b.json"]] {
        let outcome = report(&tree, &[&pair[..], &["--format", "json"]].concat());
        let document: Value = serde_json::from_str(&outcome.stdout).unwrap();
        let changes = document["changes"].as_array().unwrap();
        assert_eq!(
            changes.len(),
            1,
            "one endpoint, on both sides: {document:#}"
        );
        assert_eq!(changes[0]["path"], "input.seed");
        assert_eq!(changes[0]["places"][0]["endpoint"], V1);
    }
}

#[test]
fn a_document_that_names_no_endpoint_at_all_is_known_by_its_own_path() {
    let tree = Tree::committed();
    tree.write(
        "before/acme/app.json",
        r#"{"openapi": "3.0.4", "paths": {}}"#,
    );
    let outcome = report(&tree, &["before", "schemas"]);
    assert_eq!(outcome.code, Some(2), "{outcome:?}");
    assert!(outcome.stderr.contains("acme/app at /paths"), "{outcome:?}");
}
