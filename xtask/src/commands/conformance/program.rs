//! The crate that the documents become, and the program in it that reads and writes values through their types.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use kling_codegen::ir::{Endpoint, Identifier, Note, NoteKind};
use kling_codegen::{Document, Settings, Target, generate, read};
use serde_json::{Value, json};
use tempfile::{TempDir, TempPath};

use crate::commands::conformance::compiler::Compiled;
use crate::commands::conformance::outcome::Outcome;
use crate::commands::conformance::values::{Probe, probes, same};
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
    executable: TempPath,
    notes: Vec<Note>,
}

/// What the compiler says about one place.
pub(super) struct Complaint {
    /// The endpoint in whose module the place is.
    pub(super) endpoint: Option<String>,
    pub(super) text: String,
}

impl Program {
    pub(super) fn new(repository: &Repository, settings: Settings) -> Result<Self> {
        let metadata = cargo()
            .current_dir(repository.root())
            .args(["metadata", "--no-deps", "--format-version", "1"])
            .stderr(Stdio::inherit())
            .output()
            .context("cargo cannot be started. Is it on the PATH?")?;
        let metadata: Value = serde_json::from_slice(&metadata.stdout)
            .context("`cargo metadata` does not describe the workspace.")?;
        let target = metadata["target_directory"]
            .as_str()
            .context("`cargo metadata` names no target folder.")?;
        let folder = tempfile::tempdir().context("There is no temporary folder.")?;
        fs::create_dir(folder.path().join("src"))?;
        fs::write(folder.path().join("Cargo.toml"), manifest(repository)?)?;
        // The versions of the workspace, so that nothing is fetched or built a second time.
        fs::copy(
            repository.path("Cargo.lock"),
            folder.path().join("Cargo.lock"),
        )
        .context("Cargo.lock cannot be read.")?;
        fs::write(folder.path().join("src/lib.rs"), LIBRARY)?;
        Ok(Self {
            folder,
            target: target.into(),
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
    pub(super) fn build(
        &self,
        documents: &[(String, Document)],
    ) -> Result<Result<Built, Vec<Complaint>>> {
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
            let built = messages
                .iter()
                .find_map(|message| message["executable"].as_str())
                .context("cargo built no program.")?;
            // The next set of documents becomes a program of the same name.
            let executable = tempfile::Builder::new()
                .prefix("program-")
                .tempfile_in(self.folder.path())?
                .into_temp_path();
            fs::copy(built, &executable)?;
            return Ok(Ok(Built {
                executable,
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
        Ok(Err(complaints))
    }

    /// Sends every example and default through the types, and counts the documents of which all came through.
    pub(super) fn round_trip(&self, set: &Compiled, outcome: &mut Outcome) -> Result<()> {
        let mut all: Vec<(usize, Probe)> = Vec::new();
        for (index, (_, document)) in set.documents.iter().enumerate() {
            let value = serde_json::from_str(&document.text)?;
            all.extend(
                probes(&document.id, &value)
                    .into_iter()
                    .map(|probe| (index, probe)),
            );
        }
        let answers = ask(&set.built.executable, self.folder.path(), &all)?;
        for (index, (file, document)) in set.documents.iter().enumerate() {
            let mut lost = false;
            for ((_, probe), answer) in all.iter().zip(&answers).filter(|pair| pair.0.0 == index) {
                match fault(probe, answer) {
                    None => outcome.values += 1,
                    // A value that contradicts its own schema is none to be kept, once the report says so.
                    Some(_) if is_reported(&set.built.notes, &document.id, probe) => {}
                    Some(problem) => {
                        lost = true;
                        outcome.fail(file, "round-trip", problem);
                    }
                }
            }
            outcome.round_tripped += usize::from(!lost);
        }
        Ok(())
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

const LIBRARY: &str = "//! Generated endpoints.\ninclude!(\"endpoints.rs\");\n";

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

fn manifest(repository: &Repository) -> Result<String> {
    let workspace: toml::Table = fs::read_to_string(repository.path("Cargo.toml"))
        .context("Cargo.toml cannot be read.")?
        .parse()
        .context("Cargo.toml cannot be read.")?;
    let edition = workspace
        .get("workspace")
        .and_then(|workspace| workspace.get("package")?.get("edition")?.as_str())
        .context("Cargo.toml names no edition.")?;
    let runtime = toml::Value::from(repository.path("kling-api").display().to_string());
    let package = package();
    let mut manifest: toml::Table = toml::from_str(&format!(
        "package = {{ name = {package:?}, version = \"0.0.0\", edition = {edition:?}, publish = false }}\n\
         lib = {{ name = \"endpoints\", doctest = false }}\n\
         lints.rust = {{ warnings = \"deny\", missing_docs = \"deny\", unreachable_pub = \"deny\" }}\n\
         [dependencies]\n\
         kling-api = {{ path = {runtime} }}\n\
         serde = {{ version = \"1\", features = [\"derive\"] }}\n\
         serde_json = \"1\"\n\
         [workspace]\n"
    ))?;
    if let Some(profile) = workspace.get("profile") {
        manifest.insert("profile".into(), profile.clone());
    }
    Ok(manifest.to_string())
}

/// A program that answers each line, `[endpoint, side, value]`, with `{"Ok": text}` or `{"Err": text}`.
fn main(endpoints: &[Endpoint]) -> String {
    let mut table = String::new();
    for endpoint in endpoints {
        let module: Vec<&str> = endpoint.module.iter().map(Identifier::as_str).collect();
        let module = module.join("::");
        let _ = writeln!(
            table,
            "    [through::<endpoints::{module}::Output>, through::<endpoints::{module}::Input>],"
        );
    }
    format!(
        "//! Reads and writes values through the types of the endpoints.\n\
         #![allow(deprecated)]\n\
         type Through = fn(&str) -> Result<String, String>;\n\
         static TYPES: &[[Through; 2]] = &[\n{table}];\n\
         fn through<T: serde::Serialize + serde::de::DeserializeOwned>(text: &str) -> Result<String, String> {{\n\
             let value: T = serde_json::from_str(text).map_err(|error| error.to_string())?;\n\
             serde_json::to_string(&value).map_err(|error| error.to_string())\n\
         }}\n\
         fn main() {{\n\
             for line in std::io::stdin().lines() {{\n\
                 let line = line.expect(\"the values are text\");\n\
                 let (endpoint, sent, value): (usize, bool, String) = serde_json::from_str(&line).expect(\"each line is a value\");\n\
                 println!(\"{{}}\", serde_json::to_string(&TYPES[endpoint][usize::from(sent)](&value)).expect(\"a text is JSON\"));\n\
             }}\n\
         }}\n"
    )
}

/// Runs the program over all values; a value after which it no longer answers is the one that it fell over.
fn ask(
    executable: &Path,
    folder: &Path,
    probes: &[(usize, Probe)],
) -> Result<Vec<Result<String, String>>> {
    let questions = folder.join("values.txt");
    let mut file = fs::File::create(&questions)?;
    for (index, probe) in probes {
        writeln!(
            file,
            "{}",
            json!([index, probe.sent, probe.whole.to_string()])
        )?;
    }
    drop(file);
    let output = Command::new(executable)
        .stdin(fs::File::open(&questions)?)
        .stderr(Stdio::inherit())
        .output()
        .context("The program of the documents cannot be started.")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let mut answers: Vec<Result<String, String>> = text
        .lines()
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()
        .context("The program of the documents does not answer in JSON.")?;
    answers.resize(
        probes.len(),
        Err(format!("the program ended with {}", output.status)),
    );
    Ok(answers)
}

/// What is wrong with a value that went through the types.
fn fault(probe: &Probe, answer: &Result<String, String>) -> Option<String> {
    let side = if probe.sent { "input" } else { "output" };
    let place = format!(
        "the {side} {} with the {} of {}",
        probe.whole, probe.what, probe.pointer
    );
    match answer {
        Err(error) => Some(format!("{place} is not read: {error}")),
        Ok(_) if !probe.sent => None,
        Ok(back) => match serde_json::from_str(back) {
            Ok(back) if same(&probe.whole, &back) => None,
            _ => Some(format!("{place} comes back as {back}")),
        },
    }
}

/// Whether the generator said that it dropped this value, since it contradicts its own schema.
fn is_reported(notes: &[Note], id: &str, probe: &Probe) -> bool {
    let start: String = probe.value.to_string().chars().take(100).collect();
    let words = format!("the {} {}", probe.what, start.escape_debug());
    notes.iter().any(|note| {
        note.kind == NoteKind::Dropped
            && note.endpoint.as_str() == id
            && note.message.starts_with(&words)
    })
}

/// The path of modules around each line of generated code.
fn modules_by_line(code: &str) -> Vec<String> {
    let mut open: Vec<(usize, &str)> = Vec::new();
    let mut modules = Vec::new();
    for line in code.lines() {
        let body = line.trim_start();
        let indent = line.len() - body.len();
        if let Some(name) = body
            .strip_prefix("pub mod ")
            .and_then(|rest| rest.strip_suffix(" {"))
        {
            open.push((indent, name));
        }
        let path: Vec<&str> = open.iter().map(|(_, name)| *name).collect();
        modules.push(path.join("::"));
        if body == "}" && open.last().is_some_and(|(outer, _)| *outer == indent) {
            open.pop();
        }
    }
    modules
}

fn complaint(message: &Value, modules: &[String], endpoints: &[Endpoint]) -> Complaint {
    let spans = message["spans"].as_array().into_iter().flatten();
    let module = spans
        .filter(|span| {
            span["is_primary"] == true
                && span["file_name"]
                    .as_str()
                    .is_some_and(|file| file.ends_with("endpoints.rs"))
        })
        .find_map(|span| {
            let line = usize::try_from(span["line_start"].as_u64()?).ok()?;
            modules.get(line.checked_sub(1)?)
        });
    let endpoint = module.and_then(|module| {
        endpoints.iter().find(|endpoint| {
            let path: Vec<&str> = endpoint.module.iter().map(Identifier::as_str).collect();
            path.join("::") == *module
        })
    });
    Complaint {
        endpoint: endpoint.map(|endpoint| endpoint.id.to_string()),
        text: message["rendered"].as_str().unwrap_or_default().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::modules_by_line;

    #[test]
    fn a_line_belongs_to_the_innermost_module() {
        let code = "fn a() {\n}\npub mod b {\n    pub mod r#type {\n        struct C {\n        }\n    }\n    fn d() {}\n}\nfn e() {}\n";
        assert_eq!(
            modules_by_line(code),
            [
                "",
                "",
                "b",
                "b::r#type",
                "b::r#type",
                "b::r#type",
                "b::r#type",
                "b",
                "b",
                ""
            ]
        );
    }
}
