//! The version that a release needs, and its heading in the changelog.

use crate::tree::{Tree, V1, document_path, with_seed};

/// A tree whose last release is 0.4.2.
fn released() -> Tree {
    let tree = Tree::committed();
    tree.write("Cargo.toml", "[workspace.package]\nversion = \"0.4.2\"\n");
    tree.write(
        "CHANGELOG.md",
        "# Changelog\n\n## Unreleased\n\n## 0.4.2\n\n- The start.\n",
    );
    tree.commit();
    tree.git(&["tag", "v0.4.2"]);
    tree
}

#[test]
fn the_version_follows_from_the_documents_and_the_changelog() {
    let tree = released();
    let nothing = tree.xtask(&["release"]);
    assert_eq!(nothing.code, Some(1), "{nothing:?}");
    assert!(
        nothing.stderr.contains("Nothing has changed since v0.4.2"),
        "{nothing:?}"
    );

    tree.write(&document_path(V1), &with_seed(V1));
    let outcome = tree.xtask(&["regen", "--offline"]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    let before = tree.files();
    let dry = tree.xtask(&["release", "--dry-run"]);
    assert_eq!((dry.code, dry.stdout.trim()), (Some(0), "0.4.3"), "{dry:?}");
    assert_eq!(tree.files(), before, "a dry run writes nothing");

    let changelog = tree.read("CHANGELOG.md");
    tree.write(
        "CHANGELOG.md",
        &changelog.replace(
            "## 0.4.2",
            "### Changed\n\n- **Breaking:** A method has another name.\n\n## 0.4.2",
        ),
    );
    let low = tree.xtask(&["release", "0.4.3"]);
    assert_eq!(low.code, Some(1), "{low:?}");
    assert!(
        low.stderr
            .contains("need a major version, so 0.5.0 or higher"),
        "{low:?}"
    );
    let outcome = tree.xtask(&["release"]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert!(
        outcome.stdout.contains("`release-plz set-version 0.5.0`"),
        "{outcome:?}"
    );
    let changelog = tree.read("CHANGELOG.md");
    let (unreleased, rest) = changelog.split_once("## 0.5.0 - ").unwrap();
    assert_eq!(unreleased, "# Changelog\n\n## Unreleased\n\n");
    assert!(
        rest.contains("seed") && rest.contains("another name"),
        "{changelog}"
    );
}

#[test]
fn a_first_release_has_nothing_to_compare_with() {
    let tree = released();
    tree.git(&["tag", "--delete", "v0.4.2"]);
    tree.write(
        "CHANGELOG.md",
        "# Changelog\n\n## Unreleased\n\n### Added\n\n- All.\n",
    );
    let outcome = tree.xtask(&["release"]);
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert!(outcome.stderr.contains("pass --first"), "{outcome:?}");
    let outcome = tree.xtask(&["release", "--first"]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert!(
        tree.read("CHANGELOG.md").contains("## 0.4.2 - "),
        "{outcome:?}"
    );
}
