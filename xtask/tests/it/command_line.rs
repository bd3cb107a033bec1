//! How the commands are called.

use std::fs;
use std::process::Stdio;

use crate::tree::{Outcome, Tree};

#[test]
fn every_command_explains_itself() {
    let tree = Tree::of_documents();
    for command in [
        "fetch",
        "regen",
        "diff",
        "add",
        "remove",
        "discover",
        "conformance",
        "mock",
        "check",
    ] {
        let outcome = tree.xtask(&[command, "--help"]);
        assert_eq!(outcome.code, Some(0), "{outcome:?}");
        assert!(
            outcome
                .stdout
                .contains(&format!("Usage: cargo xtask {command}")),
            "{outcome:?}"
        );
        assert!(tree.xtask(&["--help"]).stdout.contains(command));
    }
}

#[test]
fn any_folder_of_the_repository_will_do() {
    let tree = Tree::generated();
    let folder = tree.path().join("kling-api/src/generated/v1");
    let outcome: Outcome = tree
        .command(&["regen", "--offline", "--check"])
        .current_dir(folder)
        .output()
        .unwrap()
        .into();
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
}

#[test]
fn a_folder_outside_of_the_repository_is_told_apart() {
    let tree = Tree::generated();
    let elsewhere = tempfile::tempdir().unwrap();
    let outcome: Outcome = tree
        .command(&["regen", "--offline"])
        .current_dir(elsewhere.path())
        .output()
        .unwrap()
        .into();
    assert_eq!(outcome.code, Some(1));
    assert!(
        outcome.stderr.contains("Run this inside the repository."),
        "{outcome:?}"
    );
    assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 0);
}

#[test]
fn a_broken_manifest_is_named_with_its_line() {
    let tree = Tree::generated();
    tree.write(
        "schemas/manifest.toml",
        "prefix = \"fal-ai\"\n[[endpoint]]\nid = 5\n",
    );
    let outcome = tree.xtask(&["regen", "--offline"]);
    assert_eq!(outcome.code, Some(1));
    assert!(
        outcome.stderr.contains("schemas/manifest.toml") && outcome.stderr.contains("line 3"),
        "{outcome:?}"
    );
}

#[test]
fn a_reader_that_goes_away_does_not_stop_the_work() {
    let tree = Tree::of_documents();
    let mut child = tree
        .command(&["regen", "--offline"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let outcome: Outcome = child.wait_with_output().unwrap().into();
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert_eq!(outcome.stderr, "");
    assert_eq!(tree.xtask(&["regen", "--offline", "--check"]).code, Some(0));
}
