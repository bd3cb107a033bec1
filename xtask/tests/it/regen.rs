//! Documents in, crate out.

use std::fs;

use serde_json::{Value, json};

use crate::server::{Reply, Server};
use crate::tree::{
    Tree, V1, V21_MASTER, committed_document, document_path, input, respelled, with_seed,
};

#[test]
fn twice_in_a_row_gives_the_same_bytes() {
    let (one, other) = (Tree::generated(), Tree::generated());
    assert!(one.files() == other.files());
    let before = one.files();
    let outcome = one.xtask(&["regen", "--offline"]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert!(outcome.stdout.contains("Read 5 documents"), "{outcome:?}");
    assert!(
        outcome.stdout.contains("all were up to date"),
        "{outcome:?}"
    );
    assert!(one.files() == before);
}

#[test]
fn a_lock_that_is_up_to_date_stays_as_it_is() {
    let tree = Tree::of_documents();
    let before = tree.files();
    tree.xtask(&["regen", "--offline"]);
    assert!(
        before
            .iter()
            .all(|(path, content)| tree.files().get(path) == Some(content))
    );
}

#[test]
fn check_finds_nothing_on_a_clean_tree() {
    let tree = Tree::generated();
    let outcome = tree.xtask(&["regen", "--offline", "--check"]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
}

/// Runs `--check` after a change of the tree; it must name the file and the command, and write nothing.
fn check_finds(change: impl FnOnce(&Tree), line: &str) {
    let tree = Tree::generated();
    change(&tree);
    let before = tree.files();
    let outcome = tree.xtask(&["regen", "--offline", "--check"]);
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert!(
        outcome.stderr.contains("Run `cargo xtask regen --offline`"),
        "{outcome:?}"
    );
    assert!(outcome.stderr.contains(line), "{outcome:?}");
    assert!(tree.files() == before, "--check must not write");

    let outcome = tree.xtask(&["regen", "--offline"]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert_eq!(
        tree.xtask(&["regen", "--offline", "--check"]).code,
        Some(0),
        "the command that is named must help"
    );
}

const PLATFORM_CLIENT: &str = "kling-api/src/generated/platform.rs";

#[test]
fn check_finds_a_client_that_the_platforms_document_does_not_give() {
    check_finds(
        |tree| {
            let document = tree.read("schemas/platform.json");
            tree.write(
                "schemas/platform.json",
                &document.replace("get_meta", "get_facts"),
            );
        },
        PLATFORM_CLIENT,
    );
    check_finds(
        |tree| fs::remove_file(tree.path().join("schemas/platform.json")).unwrap(),
        PLATFORM_CLIENT,
    );
}

#[test]
fn a_changed_platform_document_keeps_saying_where_it_is_from() {
    let tree = Tree::generated();
    let pin = tree.pin("platform");
    assert_eq!(pin["source"], "docs");
    let document = tree.read("schemas/platform.json");
    tree.write("schemas/platform.json", &document.replace("\n      ", "\n"));
    tree.xtask(&["regen", "--offline"]);
    assert_eq!(tree.pin("platform"), pin, "layout says nothing");
    tree.write(
        "schemas/platform.json",
        &document.replace("get_meta", "get_facts"),
    );
    let outcome = tree.xtask(&["regen", "--offline"]);
    assert!(
        outcome
            .stdout
            .contains(&format!("changed {PLATFORM_CLIENT}")),
        "{outcome:?}"
    );
    assert_ne!(tree.pin("platform")["normal_sha256"], pin["normal_sha256"]);
    assert_eq!(tree.pin("platform")["source"], "docs");
}

#[test]
fn a_platform_document_that_gives_no_client_gets_a_sentence_and_nothing_is_written() {
    let tree = Tree::generated();
    for (text, words) in [
        ("{", "schemas/platform.json is no OpenAPI document"),
        (
            r#"{"openapi": "3.1.0", "info": {"title": "x", "version": "1"}, "paths": {}}"#,
            "progenitor can make no client of schemas/platform.json",
        ),
    ] {
        tree.write("schemas/platform.json", text);
        let before = tree.files();
        let outcome = tree.xtask(&["regen", "--offline"]);
        assert_eq!(outcome.code, Some(1), "{outcome:?}");
        assert!(outcome.stderr.contains(words), "{outcome:?}");
        assert!(tree.files() == before);
    }
}

#[test]
fn check_finds_a_stale_file() {
    check_finds(
        |tree| {
            let file = "kling-api/src/generated/v2_1/master/image_to_video.rs";
            tree.write(file, &tree.read(file).replace("2500", "9999"));
        },
        "changed kling-api/src/generated/v2_1/master/image_to_video.rs",
    );
}

#[test]
fn check_finds_a_missing_file() {
    check_finds(
        |tree| fs::remove_file(tree.path().join("kling-api/src/generated/types.rs")).unwrap(),
        "new kling-api/src/generated/types.rs",
    );
}

#[test]
fn check_finds_an_orphan() {
    check_finds(
        |tree| tree.write("kling-api/src/generated/v9/lost.rs", "pub struct Lost;\n"),
        "removed kling-api/src/generated/v9/lost.rs",
    );
}

#[test]
fn check_finds_a_document_that_the_lock_does_not_pin() {
    check_finds(
        |tree| tree.write(&document_path(V1), &with_seed(V1)),
        "changed schemas/lock.json",
    );
}

#[test]
fn an_orphans_folder_goes_with_it() {
    let tree = Tree::generated();
    tree.write("kling-api/src/generated/v9/lost.rs", "pub struct Lost;\n");
    assert_eq!(tree.xtask(&["regen", "--offline"]).code, Some(0));
    assert!(!tree.path().join("kling-api/src/generated/v9").exists());
}

#[test]
fn one_added_field_changes_what_follows_from_it_and_nothing_else() {
    let tree = Tree::committed();
    let server = Server::of_documents(|id, _| match id {
        V21_MASTER => Reply::Json(with_seed(id)),
        _ => Reply::Json(committed_document(id)),
    });
    let arguments = ["regen", "--base-url", server.url()];
    let outcome = tree.xtask(&arguments);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert!(
        outcome.stdout.contains("+ Input::seed: Option<i64>"),
        "{outcome:?}"
    );
    assert!(outcome.stdout.contains("minor"), "{outcome:?}");
    assert!(outcome.stdout.contains("seed"), "{outcome:?}");
    let changed = tree.git(&["diff", "--name-only"]);
    assert_eq!(
        changed.lines().collect::<Vec<_>>(),
        [
            "CHANGELOG.md",
            "kling-api/src/generated/documents.json",
            "kling-api/src/generated/v2_1/master/image_to_video.rs",
            "schemas/fal-ai/kling-video/v2.1/master/image-to-video.json",
            "schemas/lock.json",
        ]
    );
    assert_eq!(tree.git(&["ls-files", "--others"]), "");
    let lock = tree.git(&["diff", "--numstat", "schemas/lock.json"]);
    assert_eq!(
        lock.trim(),
        "1\t1\tschemas/lock.json",
        "the document has one line in the lock"
    );
    let changelog = tree.read("CHANGELOG.md");
    assert!(
        changelog.starts_with(
            "# Changelog\n\n## Unreleased\n\n### Fixed\n\n- By hand.\n\n### Endpoints\n\n- "
        ),
        "{changelog}"
    );
    assert!(changelog.contains("seed"), "{changelog}");

    let before = tree.files();
    assert_eq!(tree.xtask(&arguments).code, Some(0));
    assert!(tree.files() == before, "a second run must change nothing");
    tree.commit();
    let outcome = tree.xtask(&arguments);
    assert!(
        outcome
            .stdout
            .contains("Changes since the last commit: none."),
        "{outcome:?}"
    );
    assert!(
        tree.files() == before,
        "the changelog keeps what is committed"
    );
}

#[test]
fn a_change_that_is_taken_back_leaves_no_trace() {
    let tree = Tree::committed();
    let before = tree.files();
    tree.write(&document_path(V1), &with_seed(V1));
    assert_eq!(tree.xtask(&["regen", "--offline"]).code, Some(0));
    assert!(tree.read("CHANGELOG.md").contains("seed"));
    tree.git(&["checkout", "--quiet", "schemas"]);
    assert_eq!(tree.xtask(&["regen", "--offline"]).code, Some(0));
    assert!(tree.files() == before);
}

#[test]
fn another_spelling_generates_the_same_bytes_and_an_empty_report() {
    let tree = Tree::committed();
    let generated = |tree: &Tree| {
        let mut files = tree.files();
        files.retain(|path, _| !path.starts_with("schemas/"));
        files
    };
    let before = generated(&tree);
    for id in [V1, V21_MASTER] {
        tree.write(&document_path(id), &respelled(id));
    }
    let outcome = tree.xtask(&["regen", "--offline"]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert!(
        outcome
            .stdout
            .contains("Changes since the last commit: none."),
        "{outcome:?}"
    );
    assert!(generated(&tree) == before);
    assert_eq!(tree.git(&["diff", "--name-only", "schemas/lock.json"]), "");
}

#[test]
fn a_document_without_meaning_changes_nothing() {
    let tree = Tree::generated();
    let mut document: Value = serde_json::from_str(&with_seed(V1)).unwrap();
    input(&mut document)["properties"]["seed"] = json!({ "type": "wavelength" });
    tree.write(&document_path(V1), &document.to_string());
    tree.write(&document_path(V21_MASTER), &with_seed(V21_MASTER));
    let before = tree.files();
    let outcome = tree.xtask(&["regen", "--offline"]);
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert!(
        outcome.stderr.contains(V1) && outcome.stderr.contains("seed"),
        "{outcome:?}"
    );
    assert!(tree.files() == before, "all or nothing");
}

#[test]
fn a_missing_document_is_named_with_the_command_to_run() {
    let tree = Tree::generated();
    fs::remove_file(tree.path().join(document_path(V1))).unwrap();
    let outcome = tree.xtask(&["regen", "--offline"]);
    assert_eq!(outcome.code, Some(1));
    assert!(
        outcome.stderr.contains(&format!("cargo xtask fetch {V1}")),
        "{outcome:?}"
    );
}

#[test]
fn a_failed_download_is_an_error_but_the_rest_is_generated() {
    let tree = Tree::committed();
    let server = Server::of_documents(|id, _| match id {
        V1 => Reply::Status(404, "text/plain", String::new()),
        _ => Reply::Json(with_seed(id)),
    });
    let outcome = tree.xtask(&["regen", "--base-url", server.url()]);
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert!(
        outcome.stderr.contains(&format!("{V1} was not fetched")),
        "{outcome:?}"
    );
    assert!(
        outcome.stderr.contains("Code was generated all the same")
            && !outcome.stderr.contains("--offline"),
        "{outcome:?}"
    );
    assert!(
        tree.read("kling-api/src/generated/v2_1/master/image_to_video.rs")
            .contains("seed")
    );
    assert!(
        tree.path()
            .join("kling-api/src/generated/v1/standard/image_to_video.rs")
            .exists()
    );
}

#[test]
fn without_one_document_the_others_are_updated_but_no_code_is_generated() {
    for corrupt in [None, Some("{")] {
        let tree = Tree::committed();
        match corrupt {
            None => fs::remove_file(tree.path().join(document_path(V1))).unwrap(),
            Some(text) => tree.write(&document_path(V1), text),
        }
        let before = tree.files();
        let server = Server::of_documents(|id, _| match id {
            V1 => Reply::Status(404, "text/plain", String::new()),
            _ => Reply::Json(with_seed(id)),
        });
        let check = tree.xtask(&["regen", "--check", "--base-url", server.url()]);
        assert_eq!(check.code, Some(1), "{check:?}");
        assert!(tree.files() == before, "--check writes nothing");

        let outcome = tree.xtask(&["regen", "--base-url", server.url()]);
        assert_eq!(outcome.code, Some(1), "{outcome:?}");
        assert!(outcome.stdout.contains("4 changed"), "{outcome:?}");
        assert!(outcome.stderr.contains(V1), "{outcome:?}");
        let (mut after, mut written) = (tree.files(), 0);
        for (path, old) in &before {
            if path.starts_with("schemas/") && after[path] != *old {
                after.insert(path.clone(), old.clone());
                written += 1;
            }
        }
        assert!(
            outcome
                .stdout
                .contains("Wrote 5 files below schemas/, but no code."),
            "{outcome:?}"
        );
        assert_eq!(written, 5, "four documents and the lock");
        assert!(after == before, "no code is generated");
        assert!(!outcome.stderr.contains("generated all the same"));
    }
}

#[test]
fn a_lost_lock_is_noted_for_each_document() {
    let tree = Tree::committed();
    let lock = tree.read("schemas/lock.json");
    fs::remove_file(tree.path().join("schemas/lock.json")).unwrap();
    let outcome = tree.xtask(&["regen", "--offline"]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    let notes = outcome
        .stdout
        .lines()
        .filter(|line| {
            line.starts_with("  note: schemas/lock.json does not say where schemas/")
                && line.ends_with("git checkout -- schemas/lock.json")
        })
        .count();
    assert_eq!(notes, 6, "{outcome:?}");
    assert_eq!(tree.pin(V1)["source"], "edited");

    tree.write("schemas/lock.json", "{");
    let outcome = tree.xtask(&["regen", "--offline"]);
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert!(
        outcome.stderr.starts_with("error: schemas/lock.json cannot be read. Restore it with `git checkout -- schemas/lock.json`.\n"),
        "{outcome:?}"
    );
    tree.git(&["checkout", "--", "schemas/lock.json"]);
    assert_eq!(tree.read("schemas/lock.json"), lock);
    let outcome = tree.xtask(&["regen", "--offline"]);
    assert!(!outcome.stdout.contains("does not say"), "{outcome:?}");
}

#[test]
fn without_git_there_is_no_report_and_the_reason_is_given() {
    let tree = Tree::of_documents();
    let outcome = tree.xtask(&["regen", "--offline"]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert!(
        outcome
            .stdout
            .contains("there is nothing to compare with.\n  because: HEAD is no git revision in /")
            && outcome.stdout.contains(".\n  because: git says: "),
        "{outcome:?}"
    );
    assert!(!outcome.stdout.contains(".:"), "{outcome:?}");
}

#[test]
fn the_patch_is_the_difference_of_the_code() {
    let tree = Tree::committed();
    tree.write(&document_path(V1), &with_seed(V1));
    let outcome = tree.xtask(&["regen", "--offline", "--patch"]);
    assert!(
        outcome
            .stdout
            .contains("+++ b/kling-api/src/generated/v1/standard/image_to_video.rs"),
        "{outcome:?}"
    );
    assert!(
        outcome.stdout.contains("+    pub seed: Option<i64>,"),
        "{outcome:?}"
    );
}

#[test]
fn the_methods_of_a_version_stand_together_on_the_clients_page() {
    let tree = Tree::generated();
    let module = tree.read("kling-api/src/generated/v2_1/mod.rs");
    let (_, block) = module
        .split_once("/// The endpoints of `fal-ai/kling-video/v2.1`.\n")
        .unwrap();
    for tier in ["standard", "pro", "master"] {
        let method = format!("    pub fn v2_1_{tier}_image_to_video(");
        assert!(block.contains(&method), "{module}");
    }
    assert_eq!(module.matches("impl ::kling_api::Client").count(), 1);
    let leaf = tree.read("kling-api/src/generated/v2_1/pro/image_to_video.rs");
    assert!(!leaf.contains("::kling_api::Client"), "{leaf}");
}
