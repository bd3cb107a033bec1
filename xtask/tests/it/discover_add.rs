//! The whole family in one command, with its titles and prices.

use serde_json::{Value, json};

use crate::server::{Reply, Server};
use crate::tree::{Outcome, Tree, V1, V21_MASTER, committed_document};

const TEXT: &str = "fal-ai/kling-video/v2.1/master/text-to-video";
const EFFECT: &str = "fal-ai/kling-video/v2.1/effect";
const OLD: &str = "fal-ai/kling-video/v1/tts";
const KEY: &str = "an-id:a-secret";

fn model(id: &str, status: &str) -> Value {
    json!({ "endpoint_id": id, "metadata": {
        "display_name": format!("Name of {id}"), "description": "Makes \"films\".\nFast.", "status": status,
    } })
}

fn unit(id: &str, price: f64, unit: &str) -> Value {
    json!({ "endpoint_id": id, "unit_price": price, "unit": unit, "currency": "USD" })
}

/// A document whose description is the one that fal writes for all.
fn document(id: &str) -> String {
    let mut document: Value = serde_json::from_str(&committed_document(V21_MASTER)).unwrap();
    document["info"]["description"] = format!("The OpenAPI schema for the {id} queue.").into();
    document.to_string().replace(V21_MASTER, id)
}

/// fal, with two endpoints that the fixture lacks; `broken` has no document.
fn fal(broken: Option<&'static str>) -> Server {
    Server::start(move |target, _| {
        let (path, query) = target.split_once('?').unwrap();
        let reply = match path {
            "/v1/models" => json!({ "models": [
                model(V1, "active"), model(TEXT, "active"), model(EFFECT, "active"), model(OLD, "deprecated"),
            ] }),
            "/v1/models/pricing" => json!({ "prices": [
                unit(V1, 0.5, "seconds"), unit(TEXT, 0.14, "seconds"), unit(EFFECT, 3.0, "credits"),
            ] }),
            _ => {
                let id = query.strip_prefix("endpoint_id=").unwrap();
                if Some(id) == broken {
                    return Reply::Status(404, "text/plain", String::new());
                }
                return Reply::Json(document(id));
            }
        };
        Reply::Json(reply.to_string())
    })
}

fn run(tree: &Tree, server: &Server, key: Option<&str>, arguments: &[&str]) -> Outcome {
    let mut command = tree.command(arguments);
    command.args(["--base-url", server.url()]);
    for variable in ["FAL_KEY", "FAL_KEY_ID", "FAL_KEY_SECRET"] {
        command.env_remove(variable);
    }
    if let Some(key) = key {
        command.env("FAL_KEY", key);
    }
    command.output().unwrap().into()
}

#[test]
fn everything_that_is_missing_comes_with_its_words_and_prices() {
    let tree = Tree::committed();
    let before = tree.files();
    let outcome = run(&tree, &fal(None), Some(KEY), &["discover", "--add"]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    let manifest = tree.read("schemas/manifest.toml");
    let (_, added) = manifest.split_once(&format!("id = \"{EFFECT}\"")).unwrap();
    assert!(
        added.contains(&format!("title = 'Name of {EFFECT}'"))
            || added.contains(&format!("title = \"Name of {EFFECT}\"")),
        "{added}"
    );
    assert!(
        added.contains("price = { per_second = \"0.14\" }"),
        "{added}"
    );
    assert_eq!(added.matches("price = ").count(), 1, "{added}");
    assert!(!manifest.contains(OLD), "{manifest}");
    let module = tree.read("kling-api/src/generated/v2_1/effect.rs");
    assert!(module.contains("Makes \"films\". Fast."), "{module}");
    assert!(!module.contains("OpenAPI schema"), "{module}");
    assert!(
        outcome
            .stdout
            .contains("which does not say what a call costs"),
        "{outcome:?}"
    );
    assert!(
        outcome.stdout.contains(&format!("fal bills {V1} at 0.5 USD per seconds today, and schemas/manifest.toml says {{ per_second = \"0.045\" }}.")),
        "a price written by hand stays, and the difference is told: {outcome:?}"
    );
    assert!(!format!("{outcome:?}").contains("a-secret"), "{outcome:?}");
    assert_eq!(tree.xtask(&["regen", "--offline", "--check"]).code, Some(0));

    let outcome = tree.xtask(&["remove", TEXT, EFFECT]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert!(tree.files() == before, "nothing of it may stay");
}

#[test]
fn without_a_key_no_price_is_asked_for() {
    let tree = Tree::generated();
    let server = fal(None);
    let outcome = run(&tree, &server, None, &["add", TEXT]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert!(
        outcome.stdout.contains("no prices are written"),
        "{outcome:?}"
    );
    assert_eq!(
        server.count(&format!(
            "/v1/models/pricing?endpoint_id={}",
            TEXT.replace('/', "%2F")
        )),
        0
    );
    assert!(
        tree.read("schemas/manifest.toml")
            .contains(&format!("Name of {TEXT}"))
    );
}

#[test]
fn what_cannot_be_fetched_whole_changes_nothing_and_claims_nothing() {
    let tree = Tree::generated();
    let before = tree.files();
    let outcome = run(&tree, &fal(Some(EFFECT)), Some(KEY), &["discover", "--add"]);
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert!(outcome.stderr.contains("Nothing was added"), "{outcome:?}");
    assert!(!outcome.stdout.contains("changed"), "{outcome:?}");
    assert!(tree.files() == before);
}

#[test]
fn the_endpoint_of_the_examples_stays() {
    let tree = Tree::generated();
    let before = tree.files();
    let outcome = tree.xtask(&["remove", V21_MASTER]);
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert!(outcome.stderr.contains("`example`"), "{outcome:?}");
    assert!(tree.files() == before);
}
