//! The tables of endpoints: in the README between two markers, and on the page of the crate.

use crate::tree::{Tree, V1, V21_MASTER, V21_PRO};

const README: &str = "# Title\n\nBy hand.\n\n\
    <!-- The table is written by `cargo xtask regen`. -->\n\
    <!-- The end of the table. -->\n\n\
    By hand, too.\n";

const PAGE: &str = "kling-api/src/generated/endpoints.md";

fn tree() -> Tree {
    let tree = Tree::of_documents();
    tree.write("README.md", README);
    let outcome = tree.xtask(&["regen", "--offline"]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    tree
}

#[track_caller]
fn check_names(tree: &Tree, path: &str) {
    let outcome = tree.xtask(&["regen", "--offline", "--check"]);
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert!(outcome.stderr.contains(path), "{outcome:?}");
    assert!(
        outcome
            .stderr
            .contains("Run `cargo xtask regen --offline` and commit"),
        "{outcome:?}"
    );
}

#[test]
fn the_readme_has_a_row_for_each_endpoint_and_stays_as_it_is_around_them() {
    let tree = tree();
    let readme = tree.read("README.md");
    assert!(
        readme.starts_with("# Title\n\nBy hand.\n\n<!-- "),
        "{readme}"
    );
    assert!(readme.ends_with(" -->\n\nBy hand, too.\n"), "{readme}");
    for row in [
        format!("| `{V1}` | `v1::standard::image_to_video` | $0.045 per second |\n"),
        format!(
            "| `{V21_MASTER}` | `v2_1::master::image_to_video` | $1.40 for 5 s, $0.28 for each further second |\n"
        ),
        format!("| `{V21_PRO}` | `v2_1::pro::image_to_video` | unknown |\n"),
    ] {
        assert!(readme.contains(&row), "{row}{readme}");
    }
    let outcome = tree.xtask(&["remove", V1]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert!(!tree.read("README.md").contains(V1));
    assert_eq!(tree.xtask(&["regen", "--offline", "--check"]).code, Some(0));
}

#[test]
fn a_table_that_was_edited_by_hand_fails_the_check_and_is_written_anew() {
    for path in ["README.md", PAGE] {
        let tree = tree();
        let written = tree.read(path);
        tree.write(path, &written.replace("$0.045", "$0.01"));
        check_names(&tree, path);
        assert!(tree.read(path).contains("$0.01"), "a check writes nothing");
        assert_eq!(tree.xtask(&["regen", "--offline"]).code, Some(0));
        assert_eq!(tree.read(path), written);
    }
}

#[test]
fn a_readme_without_markers_is_an_error_that_names_them() {
    let tree = Tree::of_documents();
    tree.write("README.md", "# Title\n");
    let outcome = tree.xtask(&["regen", "--offline"]);
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert!(
        outcome
            .stderr
            .contains("README.md has no line <!-- The table is written"),
        "{outcome:?}"
    );
    assert!(!tree.path().join(PAGE).exists(), "nothing is written");
}

#[test]
fn the_crate_page_has_module_method_category_and_price() {
    let page = tree().read(PAGE);
    assert!(
        page.starts_with("| module | method | category | price |\n"),
        "{page}"
    );
    for row in [
        "| [`v1::standard::image_to_video`] | `v1_standard_image_to_video` | image-to-video | $0.045 per second |\n",
        "| [`v2_1::pro::image_to_video`] | `v2_1_pro_image_to_video` | image-to-video | unknown |\n",
    ] {
        assert!(page.contains(row), "{row}{page}");
    }
}
