//! A set of documents with its settings, from a folder, a file or a git revision.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use kling_codegen::ir::Api;
use kling_codegen::{Document, Settings};
use serde_json::Value;

use crate::repository::{
    LOCK, MANIFEST, OTHER_DOCUMENTS, Repository, document_file, document_path, git,
};
use crate::schemas::manifest::Manifest;

/// What the generator reads.
#[derive(Clone, Debug, Default)]
pub(crate) struct Snapshot {
    /// The content of the manifest.
    pub(crate) settings: Settings,
    /// The documents in the order of the manifest, or else of their paths.
    pub(crate) documents: Vec<Document>,
    /// The file of each document, in the same order.
    pub(crate) files: Vec<String>,
}

/// Where the documents lie is no part of what they say.
impl PartialEq for Snapshot {
    fn eq(&self, other: &Self) -> bool {
        (&self.settings, &self.documents) == (&other.settings, &other.documents)
    }
}

impl Snapshot {
    /// Reads the state with the generator.
    pub(crate) fn api(&self) -> Result<Api> {
        Ok(kling_codegen::read(&self.documents, &self.settings)?)
    }

    /// The state of `schemas/` in a git revision. A revision without a manifest has no endpoints.
    pub(crate) fn of_revision(repository: &Repository, name: &str) -> Result<Self> {
        let revision = git::revision(repository, name)?;
        let Some(text) = revision.files(&[MANIFEST.to_owned()])?.pop().flatten() else {
            return Ok(Self::default());
        };
        let manifest = Manifest::parse(text, &format!("{name}:{MANIFEST}"))?;
        let paths: Vec<String> = manifest.ids().map(document_path).collect();
        let mut documents = Vec::new();
        for ((id, path), text) in manifest.ids().zip(&paths).zip(revision.files(&paths)?) {
            let text = text.with_context(|| {
                format!("{name}:{path} is missing, but the manifest there lists it.")
            })?;
            documents.push(Document {
                id: id.to_owned(),
                text,
            });
        }
        Ok(Self {
            settings: manifest.settings().clone(),
            documents,
            files: paths,
        })
    }

    /// The state in a folder or a file.
    ///
    /// With a `manifest.toml` in it, the documents that it lists; without one, every JSON document below, under `settings`.
    /// Its endpoint is the one in the metadata, else the one of the operation that submits, else the path of the file.
    pub(crate) fn of_path(path: &Path, settings: &Settings) -> Result<Self> {
        if path.is_file() {
            let folder = path.parent().unwrap_or(path);
            return Ok(Self {
                settings: settings.clone(),
                documents: vec![document(folder, path)?],
                files: vec![path.display().to_string()],
            });
        }
        let manifest = path.join("manifest.toml");
        if !manifest.is_file() {
            let mut files = Vec::new();
            json_files(path, &mut files)?;
            files.sort();
            let documents = files
                .iter()
                .map(|file| document(path, file))
                .collect::<Result<_>>()?;
            return Ok(Self {
                settings: settings.clone(),
                documents,
                files: files
                    .iter()
                    .map(|file| file.display().to_string())
                    .collect(),
            });
        }
        let manifest = Manifest::parse(read(&manifest)?, &manifest.display().to_string())?;
        let files: Vec<PathBuf> = manifest
            .ids()
            .map(|id| path.join(document_file(id)))
            .collect();
        let documents = manifest
            .ids()
            .zip(&files)
            .map(|(id, file)| {
                Ok(Document {
                    id: id.to_owned(),
                    text: read(file)?,
                })
            })
            .collect::<Result<_>>()?;
        Ok(Self {
            settings: manifest.settings().clone(),
            documents,
            files: files
                .iter()
                .map(|file| file.display().to_string())
                .collect(),
        })
    }
}

/// The endpoint id that a document says it is for.
pub(crate) fn endpoint_id(document: &Value) -> Option<&str> {
    document
        .pointer("/info/x-fal-metadata/endpointId")?
        .as_str()
}

/// The endpoint id of a document: the one in its metadata, else the one of the operation that submits a job, else the
/// path of its file below a folder, where `fetch` would have put it.
pub(crate) fn id_of(text: &str, folder: &Path, file: &Path) -> String {
    // The generator says what is wrong with a text that is no JSON.
    let document: Value = serde_json::from_str(text).unwrap_or_default();
    let submits = || {
        let mut paths = document.get("paths")?.as_object()?.iter();
        let (path, _) = paths.find(|(_, operations)| operations.get("post").is_some())?;
        path.strip_prefix('/')
    };
    if let Some(id) = endpoint_id(&document).or_else(submits) {
        return id.to_owned();
    }
    let below = file.strip_prefix(folder).unwrap_or(file).with_extension("");
    let parts: Vec<&str> = below.iter().filter_map(OsStr::to_str).collect();
    parts.join("/")
}

fn document(folder: &Path, path: &Path) -> Result<Document> {
    let text = read(path)?;
    let id = id_of(&text, folder, path);
    Ok(Document { id, text })
}

/// Finds every document below a folder.
pub(crate) fn json_files(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    let unreadable = || format!("{} cannot be read.", folder.display());
    for entry in fs::read_dir(folder).with_context(unreadable)? {
        let path = entry.with_context(unreadable)?.path();
        let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
        if path.is_dir() {
            json_files(&path, found)?;
        } else if path.extension() == Some(OsStr::new("json"))
            && path.file_name() != Path::new(LOCK).file_name()
            && !OTHER_DOCUMENTS.contains(&name)
        {
            found.push(path);
        }
    }
    Ok(())
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("{} cannot be read.", path.display()))
}
