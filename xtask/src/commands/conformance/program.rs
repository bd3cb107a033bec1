//! The crate that the documents become, and the program in it that reads and writes values through their types.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use kling_codegen::ir::Note;
use kling_codegen::{Document, Settings, Target, generate, read};
use serde_json::Value;
use tempfile::{TempDir, TempPath};

use crate::commands::conformance::complaint::{Complaint, complaint, modules_by_line};
use crate::commands::conformance::outcome::Outcome;
use crate::commands::conformance::template::{LIBRARY, main, manifest};
use crate::repository::Repository;

/// The name of the package, which no other run has: each clears away what it built, in a folder that all share.
fn package() -> String {
    format!("kling-conformance-{}", std::process::id())
}
const CODE: &str = "src/endpoints.rs";

/// A crate in a temporary folder, with the dependencies and the target folder of the workspace.
pub(super) struct Program {
    folder: TempDir,
    target: PathBuf,
    settings: Settings,
}

/// The program of a set of documents.
pub(super) struct Built {
    pub(super) executable: TempPath,
    /// What the generator noticed about them.
    pub(super) notes: Vec<Note>,
}

/// What the compiler makes of a set of documents.
pub(super) enum Build {
    Compiled(Built),
    Refused(Vec<Complaint>),
}

impl Program {
    pub(super) fn new(repository: &Repository, settings: Settings) -> Result<Self> {
        let folder = tempfile::tempdir().context("There is no temporary folder.")?;
        fs::create_dir(folder.path().join("src"))?;
        fs::write(
            folder.path().join("Cargo.toml"),
            manifest(repository, &package())?,
        )?;
        // The versions of the workspace, so that nothing is fetched or built a second time.
        fs::copy(
            repository.path("Cargo.lock"),
            folder.path().join("Cargo.lock"),
        )
        .context("Cargo.lock cannot be read.")?;
        fs::write(folder.path().join("src/lib.rs"), LIBRARY)?;
        Ok(Self {
            folder,
            target: target_folder(repository)?,
            settings,
        })
    }

    /// The documents without those that the generator refuses beside the others, since the names would be the same.
    pub(super) fn without_collisions(
        &self,
        mut documents: Vec<(String, Document)>,
        outcome: &mut Outcome,
    ) -> Vec<(String, Document)> {
        while let Err(error) = read(&plain(&documents), &self.settings) {
            let refused = documents
                .iter()
                .rposition(|(_, document)| document.id == error.endpoint());
            let (file, _) = match refused {
                Some(position) => documents.remove(position),
                None => match documents.pop() {
                    Some(last) => last,
                    None => break,
                },
            };
            outcome.fail(&file, "generate", error.to_string());
        }
        documents
    }

    /// What the generator notices about the documents.
    pub(super) fn notes(&self, documents: &[(String, Document)]) -> Result<Vec<Note>> {
        let mut notes = read(&plain(documents), &self.settings)?.notes;
        notes.sort();
        Ok(notes)
    }

    /// Compiles a set of documents as one crate.
    pub(super) fn build(&self, documents: &[(String, Document)]) -> Result<Build> {
        let generated = generate(&plain(documents), &self.settings, Target::Elsewhere)?;
        let code = generated.files.values().next().cloned().unwrap_or_default();
        let endpoints = &generated.api.endpoints;
        fs::write(self.folder.path().join(CODE), &code)?;
        fs::write(self.folder.path().join("src/main.rs"), main(endpoints))?;
        let output = cargo()
            .current_dir(self.folder.path())
            .args(["build", "--offline", "--message-format", "json", "--quiet"])
            .arg("--target-dir")
            .arg(&self.target)
            .stderr(Stdio::inherit())
            .output()
            .context("cargo cannot be started. Is it on the PATH?")?;
        let messages: Vec<Value> = String::from_utf8_lossy(&output.stdout)
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect();
        if output.status.success() {
            return Ok(Build::Compiled(Built {
                executable: self.keep_executable(&messages)?,
                notes: generated.api.notes,
            }));
        }
        let modules = modules_by_line(&code);
        let complaints: Vec<Complaint> = messages
            .iter()
            .filter(|message| message["message"]["level"] == "error")
            .map(|message| complaint(&message["message"], &modules, endpoints))
            .collect();
        if complaints.is_empty() {
            bail!("cargo cannot build the crate of the documents; its words are above.");
        }
        Ok(Build::Refused(complaints))
    }

    /// Copies the program: that of the next set of documents has the same name.
    fn keep_executable(&self, messages: &[Value]) -> Result<TempPath> {
        let built = messages
            .iter()
            .find_map(|message| message["executable"].as_str())
            .context("cargo built no program.")?;
        let kept = tempfile::Builder::new()
            .prefix("program-")
            .tempfile_in(self.folder.path())?
            .into_temp_path();
        fs::copy(built, &kept)?;
        Ok(kept)
    }

    /// Takes what was built of the documents out of the workspace's target folder.
    pub(super) fn clean(&self) {
        let _ = cargo()
            .current_dir(self.folder.path())
            .args(["clean", "--offline", "--quiet", "--package", &package()])
            .arg("--target-dir")
            .arg(&self.target)
            .status();
    }
}

/// The target folder of the workspace, where the dependencies are built already.
fn target_folder(repository: &Repository) -> Result<PathBuf> {
    let metadata = cargo()
        .current_dir(repository.root())
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .stderr(Stdio::inherit())
        .output()
        .context("cargo cannot be started. Is it on the PATH?")?;
    let metadata: Value = serde_json::from_slice(&metadata.stdout)
        .context("`cargo metadata` does not describe the workspace.")?;
    let target = metadata["target_directory"].as_str();
    Ok(target
        .context("`cargo metadata` names no target folder.")?
        .into())
}

fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // The surroundings of xtask's own package are not those of this one.
    command.env_remove("CARGO_MANIFEST_DIR");
    command
}

fn plain(documents: &[(String, Document)]) -> Vec<Document> {
    documents
        .iter()
        .map(|(_, document)| document.clone())
        .collect()
}
