//! The suite does not depend on what fal publishes: in a copy of the repository with other documents it is as green.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::server::{Reply, Server};
use crate::tree::{Outcome, repository};

/// Always the same folder, so that a second run replaces what the first one has built.
const COPY: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/any-documents");

/// So many documents of the catalogue come in.
const ADDED: usize = 10;

/// What is compiled together with the code from `schemas/`. The other packages read fixtures alone.
const PACKAGES: &str =
    "--package kling-api --package kling-tests --package kling-bench --all-features";

/// What is run of them: neither the callers of the fixtures nor the matrix of faults, which have documents of their own
/// and take minutes.
const SUITE: [&str; 2] = [
    "--no-fail-fast --lib --bins --examples --test it --test journal --test last_cells --test load --test secrets --test storm --test tls --test traces -- --skip fault_matrix",
    "--doc -- kling-api/src/ Readme",
];

#[test]
#[ignore = "builds the crates a second time; `cargo xtask check` runs it"]
fn the_suite_is_green_whatever_fal_publishes() {
    copy_the_repository();
    let before = ids();
    for (number, id) in before.iter().enumerate() {
        let path = Path::new(COPY).join(format!("schemas/{id}.json"));
        let document = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        fs::write(path, format!("{:#}", changed(document, number))).unwrap();
    }
    xtask("regen --offline");
    let fal = fal();
    xtask(&format!(
        "discover --add --family acme --base-url {}",
        fal.url()
    ));
    assert_eq!(ids().len(), before.len() + ADDED);
    xtask(&format!("remove {}", before[0]));

    xtask("regen --offline --check");
    for part in SUITE {
        cargo(&format!("test {PACKAGES} {part}"));
    }
}

/// fal, which offers documents of the catalogue.
fn fal() -> Server {
    let catalogue = repository().join("tests/fixtures/catalogue");
    let mut offered = Vec::new();
    documents(&catalogue.join("acme"), &mut offered);
    offered.sort();
    let step = offered.len() / ADDED;
    let offered: Vec<(String, String)> = offered
        .into_iter()
        .step_by(step)
        .take(ADDED)
        .map(|path| {
            let id = path.strip_prefix(&catalogue).unwrap().with_extension("");
            (
                id.to_str().unwrap().replace('\\', "/"),
                fs::read_to_string(path).unwrap(),
            )
        })
        .collect();
    let models = offered.iter().map(|(id, _)| json!({ "endpoint_id": id, "metadata": { "display_name": format!("Name of {id}"), "status": "active" } }));
    let models = json!({ "models": models.collect::<Vec<_>>() }).to_string();
    Server::start(move |target, _| {
        if target.starts_with("/v1/models?") {
            return Reply::Json(models.clone());
        }
        let id = target.split_once("endpoint_id=").map(|(_, id)| id);
        match offered.iter().find(|(offered, _)| Some(&**offered) == id) {
            Some((_, document)) => Reply::Json(document.clone()),
            None => Reply::Status(404, "text/plain", target.to_owned()),
        }
    })
}

fn documents(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            documents(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// A document after a busy week at fal: other words, examples, bounds and order, a value and a field more.
///
/// What no caller of the README has to follow: what must be given stays in its order.
fn changed(mut document: Value, number: usize) -> Value {
    let schemas = document["components"]["schemas"].as_object_mut().unwrap();
    for (name, schema) in schemas {
        if name == "QueueStatus" {
            continue;
        }
        reword(schema, number);
        reverse_optional(schema);
        if name.ends_with("Input") {
            schema["properties"]["another"] = json!({ "type": "integer", "maximum": 7 });
            if let Some(order) = schema["x-fal-order-properties"].as_array_mut() {
                order.push("another".into());
            }
        }
    }
    document
}

/// Changes the annotations and the limits of a schema, everywhere in it.
fn reword(schema: &mut Value, number: usize) {
    match schema {
        Value::Object(keywords) => {
            for (keyword, value) in keywords.iter_mut() {
                match (keyword.as_str(), value) {
                    ("description", Value::String(text)) => text.push_str(" As of today."),
                    ("examples", examples) => another_example(examples),
                    ("maximum", value) => {
                        *value = json!(if number.is_multiple_of(2) { 1.5 } else { 0.9 });
                    }
                    ("maxLength", value) => *value = json!(2000 + number),
                    ("enum", Value::Array(values)) if values[0].is_string() => {
                        values.push("another".into());
                    }
                    ("default" | "const" | "required", _) => {}
                    (_, value) => reword(value, number),
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| reword(value, number)),
        _ => {}
    }
}

fn another_example(example: &mut Value) {
    match example {
        Value::String(text) if text.starts_with("https://") => {
            "https://v3.fal.media/files/another.webm".clone_into(text);
        }
        Value::String(text) if text.contains(' ') => text.insert_str(0, "Another: "),
        Value::Array(values) => values.iter_mut().for_each(another_example),
        Value::Object(fields) => fields.values_mut().for_each(another_example),
        _ => {}
    }
}

fn reverse_optional(schema: &mut Value) {
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    if let Some(order) = schema["x-fal-order-properties"].as_array_mut() {
        order.reverse();
        order.sort_by_key(|name| {
            required
                .iter()
                .position(|other| other == name)
                .unwrap_or(usize::MAX)
        });
    }
}

/// Copies the repository as it is on the disk, changes that are not committed included, without what is ignored.
fn copy_the_repository() {
    let root = repository().canonicalize().unwrap();
    let list = Command::new("git")
        .args([
            "ls-files",
            "--cached",
            "--others",
            "--exclude-standard",
            "-z",
        ])
        .current_dir(&root)
        .output()
        .unwrap();
    assert!(list.status.success(), "{list:?}");
    if Path::new(COPY).exists() {
        fs::remove_dir_all(COPY).unwrap();
    }
    let names = String::from_utf8(list.stdout).unwrap();
    for name in names.split_terminator('\0') {
        let (from, to) = (root.join(name), Path::new(COPY).join(name));
        // A file that is deleted and not committed is still in the list.
        if from.is_file() {
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::copy(from, to).unwrap();
        }
    }
    for arguments in [
        "init --quiet",
        "add --all",
        "-c user.name=Test -c user.email=test@example.invalid -c commit.gpgsign=false -c core.hooksPath=/ commit --quiet --message State",
    ] {
        run(Command::new("git").args(arguments.split(' ')));
    }
}

/// The endpoints of the copy, in the order of its manifest, but for the one of the examples, which comes last.
fn ids() -> Vec<String> {
    let manifest = fs::read_to_string(Path::new(COPY).join("schemas/manifest.toml")).unwrap();
    let manifest: toml::Table = manifest.parse().unwrap();
    let endpoints = manifest["endpoint"].as_array().unwrap();
    let ids = endpoints.iter().map(|it| it["id"].as_str().unwrap());
    let mut ids: Vec<String> = ids.map(str::to_owned).collect();
    ids.sort_by_key(|id| manifest["example"].as_str() == Some(id));
    ids
}

fn xtask(arguments: &str) {
    run(Command::new(env!("CARGO_BIN_EXE_xtask")).args(arguments.split(' ')));
}

/// Runs cargo in the target folder of the repository itself, so that no dependency is built twice.
fn cargo(arguments: &str) {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    run(Command::new(cargo)
        .args(arguments.split(' '))
        .env("CARGO_TARGET_DIR", target)
        .env("CARGO_INCREMENTAL", "0"));
}

/// Runs a command in the copy; it must succeed.
#[track_caller]
fn run(command: &mut Command) {
    for variable in [
        "GIT_DIR",
        "GIT_INDEX_FILE",
        "GIT_WORK_TREE",
        "FAL_KEY",
        "FAL_KEY_ID",
        "FAL_KEY_SECRET",
    ] {
        command.env_remove(variable);
    }
    let output = command.current_dir(COPY).output().unwrap();
    let outcome = Outcome::from(output);
    assert_eq!(
        outcome.code,
        Some(0),
        "{command:?}\n{}\n{}",
        outcome.stdout,
        outcome.stderr
    );
}
