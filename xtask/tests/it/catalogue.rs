//! Endpoints that come and go.

use serde_json::{Value, json};

use crate::server::{Reply, Server};
use crate::tree::{
    Tree, V1, V21_MASTER, V21_PRO, V21_STANDARD, V25_TURBO, committed_document, document_path,
};

const TEXT: &str = "fal-ai/kling-video/v2.1/master/text-to-video";

fn model(id: &str, name: &str, status: &str) -> Value {
    json!({ "endpoint_id": id, "metadata": { "display_name": name, "status": status, "category": "x" } })
}

/// fal's catalogue in two pages, the second behind a cursor that needs escaping.
fn catalogue() -> Server {
    Server::start(|target, _| {
        let page = match target {
            "/v1/models?limit=100" => json!({
                "models": [
                    model(V1, "Kling 1.0", "deprecated"),
                    model(V21_STANDARD, "Kling 2.1", "active"),
                    model("fal-ai/flux/dev", "FLUX", "active"),
                    model(TEXT, "Kling 2.1 Text", "active"),
                ],
                "next_cursor": "Mg==",
                "has_more": true,
            }),
            "/v1/models?limit=100&cursor=Mg%3D%3D" => json!({
                "models": [
                    model(V21_PRO, "Kling 2.1 Pro", "active"),
                    model(V21_MASTER, "Kling 2.1 Master", "active"),
                    model("fal-ai/kling-video/v1/tts", "Old speech", "deprecated"),
                    { "endpoint_id": "fal-ai/kling-video-2/odd" },
                ],
                "next_cursor": null,
                "has_more": false,
            }),
            other => return Reply::Status(404, "text/plain", other.to_owned()),
        };
        Reply::Json(page.to_string())
    })
}

#[test]
fn discover_tells_what_is_missing_deprecated_and_gone() {
    let tree = Tree::of_documents();
    let server = catalogue();
    let outcome = tree.xtask(&["discover", "--base-url", server.url()]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    let output = &outcome.stdout;
    assert!(
        output.contains(&format!("  {TEXT}  Kling 2.1 Text\n")),
        "{output}"
    );
    assert!(
        output.contains("  fal-ai/kling-video/v1/tts [deprecated]  Old speech\n"),
        "{output}"
    );
    let title = "\"Kling 2.1\", and schemas/manifest.toml \"Kling 2.1 (standard)\".";
    assert!(
        output.contains(&format!("fal calls {V21_STANDARD} {title}\n")),
        "{output}"
    );
    assert!(
        !output.contains(&format!("fal calls {V21_MASTER}")),
        "{output}"
    );
    assert!(
        output.contains(&format!("fal has deprecated {V1}")),
        "{output}"
    );
    assert!(
        output.contains(&format!("fal no longer lists {V25_TURBO}")),
        "{output}"
    );
    assert!(
        output.ends_with(&format!("  cargo xtask add {TEXT}\n")),
        "{output}"
    );
    assert!(
        !output.contains("flux") && !output.contains("kling-video-2"),
        "{output}"
    );
}

#[test]
fn discover_offers_no_id_to_paste_that_is_none() {
    let tree = Tree::of_documents();
    let server = Server::start(|_, _| {
        let models = [
            model("fal-ai/kling-video/x; rm -rf ~", "Shell", "active"),
            model("fal-ai/kling-video/\u{1b}[2Jy", "Escape", "active"),
            model(TEXT, "Kling 2.1 Text", "active"),
        ];
        Reply::Json(json!({ "models": models, "next_cursor": null }).to_string())
    });
    let outcome = tree.xtask(&["discover", "--base-url", server.url()]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    let output = &outcome.stdout;
    assert!(
        output.ends_with(&format!("  cargo xtask add {TEXT}\n")),
        "{output}"
    );
    for odd in [
        r"fal-ai/kling-video/x; rm -rf ~",
        r"fal-ai/kling-video/\u{1b}[2Jy",
    ] {
        assert!(
            output.contains(&format!("  left out: \"{odd}\"")),
            "{output}"
        );
    }
    assert!(!output.contains('\u{1b}'), "{output}");
    assert!(
        output.contains("; 1 of fal-ai/kling-video are not in"),
        "{output}"
    );
}

#[test]
fn discover_can_look_elsewhere() {
    let tree = Tree::of_documents();
    let outcome = tree.xtask(&[
        "discover",
        "--family",
        "fal-ai/flux",
        "--base-url",
        catalogue().url(),
    ]);
    assert!(
        outcome
            .stdout
            .ends_with("  cargo xtask add fal-ai/flux/dev\n"),
        "{outcome:?}"
    );
}

#[test]
fn discover_takes_small_pages_where_large_ones_are_refused() {
    let tree = Tree::of_documents();
    let server = Server::start(|target, _| {
        let page = match target {
            "/v1/models?" => json!({ "models": [model(V1, "", "active")], "next_cursor": "a" }),
            "/v1/models?&cursor=a" => {
                json!({ "models": [model(TEXT, "", "active")], "next_cursor": null })
            }
            _ => return Reply::Status(400, "application/json", "{}".to_owned()),
        };
        Reply::Json(page.to_string())
    });
    let outcome = tree.xtask(&["discover", "--base-url", server.url()]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert!(
        outcome.stdout.starts_with("fal offers 2 endpoints"),
        "{outcome:?}"
    );
    assert!(outcome.stdout.contains(TEXT), "{outcome:?}");
}

#[test]
fn a_catalogue_in_a_circle_is_an_error() {
    let tree = Tree::of_documents();
    let server = Server::start(|_, _| {
        Reply::Json(r#"{"models":[],"next_cursor":"x","has_more":true}"#.to_owned())
    });
    let outcome = tree.xtask(&["discover", "--base-url", server.url()]);
    assert_eq!(outcome.code, Some(1));
    assert!(outcome.stderr.contains("circle"), "{outcome:?}");
}

fn documents() -> Server {
    Server::of_documents(|id, _| match id {
        TEXT => Reply::Json(committed_document(V21_MASTER).replace(V21_MASTER, TEXT)),
        _ => Reply::Status(404, "text/plain", String::new()),
    })
}

#[test]
fn add_and_remove_are_each_others_opposite() {
    let tree = Tree::committed();
    let before = tree.files();
    let server = documents();
    let outcome = tree.xtask(&["add", TEXT, "--base-url", server.url()]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert!(
        tree.read("schemas/manifest.toml")
            .contains(&format!("\n[[endpoint]]\nid = \"{TEXT}\"\n"))
    );
    assert!(
        tree.read("kling-api/src/generated/v2_1/master/text_to_video.rs")
            .contains("pub struct Input")
    );
    assert!(tree.read("CHANGELOG.md").contains(TEXT));
    assert_eq!(tree.pin(TEXT)["source"], "elsewhere");
    assert_eq!(tree.xtask(&["regen", "--offline", "--check"]).code, Some(0));

    let outcome = tree.xtask(&["remove", TEXT]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert!(tree.files() == before, "nothing of it may stay");
    assert!(!tree.path().join(document_path(TEXT)).exists());
}

#[test]
fn add_is_all_or_nothing() {
    let tree = Tree::generated();
    let before = tree.files();
    let server = documents();
    let outcome = tree.xtask(&[
        "add",
        TEXT,
        "fal-ai/kling-video/v9/nothing",
        "--base-url",
        server.url(),
    ]);
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert!(
        outcome.stderr.contains("v9/nothing was not fetched: ")
            && !outcome.stderr.contains("stays as it is"),
        "there is no file: {outcome:?}"
    );
    assert!(tree.files() == before);
    let outcome = tree.xtask(&["add", "../../etc/passwd", "--base-url", server.url()]);
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    let outcome = tree.xtask(&["add", V1, "--base-url", server.url()]);
    assert!(
        outcome.stderr.contains(&format!("cargo xtask fetch {V1}")),
        "{outcome:?}"
    );
    assert!(tree.files() == before);
}

#[test]
fn removing_what_is_not_there_says_what_is() {
    let tree = Tree::generated();
    let outcome = tree.xtask(&["remove", "acme/app"]);
    assert_eq!(outcome.code, Some(1));
    assert!(outcome.stderr.contains(V25_TURBO), "{outcome:?}");
}

#[test]
fn a_removed_endpoint_leaves_no_file_behind() {
    let tree = Tree::generated();
    let outcome = tree.xtask(&["remove", V25_TURBO]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert!(
        tree.files()
            .keys()
            .all(|path| !path.contains("2.5-turbo") && !path.contains("v2_5_turbo"))
    );
    assert!(
        !tree
            .path()
            .join("schemas/fal-ai/kling-video/v2.5-turbo")
            .exists()
    );
    assert_eq!(tree.pin(V25_TURBO), Value::Null);
}
