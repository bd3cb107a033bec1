//! A small repository in a temporary folder, with documents that fal cannot change.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};
use tempfile::TempDir;

pub(crate) const V1: &str = "fal-ai/kling-video/v1/standard/image-to-video";
pub(crate) const V21_STANDARD: &str = "fal-ai/kling-video/v2.1/standard/image-to-video";
pub(crate) const V21_PRO: &str = "fal-ai/kling-video/v2.1/pro/image-to-video";
pub(crate) const V21_MASTER: &str = "fal-ai/kling-video/v2.1/master/image-to-video";
pub(crate) const V25_TURBO: &str = "fal-ai/kling-video/v2.5-turbo/standard/image-to-video";

/// Every file of a tree, by path.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

pub(crate) struct Tree {
    folder: TempDir,
}

/// What a command said and how it ended.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Tree {
    /// The documents of the fixture, and the code that they give.
    pub(crate) fn generated() -> Self {
        let tree = Self::of_documents();
        let outcome = tree.xtask(&["regen", "--offline"]);
        assert_eq!(outcome.code, Some(0), "{outcome:?}");
        tree
    }

    /// The documents of the fixture, and nothing else.
    pub(crate) fn of_documents() -> Self {
        let folder = tempfile::tempdir().unwrap();
        copy(&fixture(), &folder.path().join("schemas"));
        Self { folder }
    }

    /// The whole tree in a git repository, committed.
    pub(crate) fn committed() -> Self {
        let tree = Self::generated();
        tree.write(
            "CHANGELOG.md",
            "# Changelog\n\n## Unreleased\n\n### Fixed\n\n- By hand.\n",
        );
        tree.git(&["init", "--quiet"]);
        tree.commit();
        tree
    }

    pub(crate) fn commit(&self) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", "State"]);
    }

    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        let settings = [
            "user.name=Test",
            "user.email=test@example.invalid",
            "commit.gpgsign=false",
            "core.hooksPath=/",
        ];
        let mut command = Command::new("git");
        for setting in settings {
            command.args(["-c", setting]);
        }
        let output = command
            .args(arguments)
            .current_dir(self.path())
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The program, ready to run in the tree.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        // What git exports while it runs a hook would point the tests at the real repository.
        for variable in ["GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"] {
            command.env_remove(variable);
        }
        command.args(arguments).current_dir(self.path());
        command
    }

    pub(crate) fn xtask(&self, arguments: &[&str]) -> Outcome {
        self.command(arguments).output().unwrap().into()
    }

    pub(crate) fn read(&self, file: &str) -> String {
        fs::read_to_string(self.path().join(file)).unwrap()
    }

    pub(crate) fn write(&self, file: &str, text: &str) {
        let path = self.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn document(&self, id: &str) -> String {
        self.read(&document_path(id))
    }

    pub(crate) fn lock(&self) -> Value {
        serde_json::from_str(&self.read("schemas/lock.json")).unwrap()
    }

    /// The lock's entry for an endpoint.
    pub(crate) fn pin(&self, id: &str) -> Value {
        self.lock()["files"][format!("{id}.json")].clone()
    }

    /// Every file outside of git's own folder.
    pub(crate) fn files(&self) -> Files {
        let mut files = Files::new();
        collect(self.path(), self.path(), &mut files);
        files
    }
}

impl From<Output> for Outcome {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

pub(crate) fn document_path(id: &str) -> String {
    format!("schemas/{id}.json")
}

/// The document of the fixture.
pub(crate) fn committed_document(id: &str) -> String {
    fs::read_to_string(fixture().join(format!("{id}.json"))).unwrap()
}

/// The document with one optional field more in its input.
pub(crate) fn with_seed(id: &str) -> String {
    let mut document: Value = serde_json::from_str(&committed_document(id)).unwrap();
    let input = input(&mut document);
    input["properties"]["seed"] =
        json!({ "type": "integer", "title": "Seed", "description": "The seed." });
    input["x-fal-order-properties"]
        .as_array_mut()
        .unwrap()
        .push(json!("seed"));
    document.to_string()
}

/// The document's facts in other words: without layout, and with nullable optional fields spelled as plain ones.
pub(crate) fn respelled(id: &str) -> String {
    let mut document: Value = serde_json::from_str(&committed_document(id)).unwrap();
    for (_, field) in input(&mut document)["properties"].as_object_mut().unwrap() {
        if field.get("anyOf").is_some() {
            let Some(Value::Array(forms)) = field.as_object_mut().unwrap().shift_remove("anyOf")
            else {
                panic!()
            };
            for (keyword, value) in forms[0].as_object().unwrap() {
                field[keyword] = value.clone();
            }
        }
        field.as_object_mut().unwrap().shift_remove("title");
    }
    document.to_string()
}

/// The record that the endpoint takes.
pub(crate) fn input(document: &mut Value) -> &mut Value {
    let schemas = document["components"]["schemas"].as_object_mut().unwrap();
    schemas
        .iter_mut()
        .find(|(name, _)| name.ends_with("Input"))
        .unwrap()
        .1
}

pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A copy of `schemas/` as it once was.
fn fixture() -> PathBuf {
    repository().join("tests/fixtures/kling")
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

fn collect(root: &Path, folder: &Path, files: &mut Files) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if path.file_name().unwrap() != ".git" {
                collect(root, &path, files);
            }
        } else {
            let name = path
                .strip_prefix(root)
                .unwrap()
                .to_str()
                .unwrap()
                .replace('\\', "/");
            files.insert(name, fs::read(&path).unwrap());
        }
    }
}
