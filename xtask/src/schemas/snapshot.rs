//! A set of documents with its settings, from a folder, a file or a git revision.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use kling_codegen::ir::Api;
use kling_codegen::{Document, Settings};
use serde_json::Value;

use crate::repository::{
    LOCK, MANIFEST, OTHER_DOCUMENTS, Repository, document_file, document_path, git,
};
use crate::schemas::manifest::Manifest;

/// What the generator reads.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Snapshot {
    /// The content of the manifest.
    pub(crate) settings: Settings,
    /// The documents in the order of the manifest, or else of their paths.
    pub(crate) documents: Vec<Document>,
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
        })
    }

    /// The state in a folder or a file.
    ///
    /// With a `manifest.toml` in it, the documents that it lists; without one, every JSON document below, named by the
    /// endpoint id that stands in it, under `settings`.
    pub(crate) fn of_path(path: &Path, settings: &Settings) -> Result<Self> {
        if path.is_file() {
            let documents = vec![document(path)?];
            return Ok(Self {
                settings: settings.clone(),
                documents,
            });
        }
        let manifest = path.join("manifest.toml");
        if !manifest.is_file() {
            let mut files = Vec::new();
            json_files(path, &mut files)?;
            files.sort();
            let documents = files
                .iter()
                .map(|file| document(file))
                .collect::<Result<_>>()?;
            return Ok(Self {
                settings: settings.clone(),
                documents,
            });
        }
        let manifest = Manifest::parse(read(&manifest)?, &manifest.display().to_string())?;
        let documents = manifest
            .ids()
            .map(|id| {
                Ok(Document {
                    id: id.to_owned(),
                    text: read(&path.join(document_file(id)))?,
                })
            })
            .collect::<Result<_>>()?;
        Ok(Self {
            settings: manifest.settings().clone(),
            documents,
        })
    }
}

/// The endpoint id that a document says it is for.
pub(crate) fn endpoint_id(document: &Value) -> Option<&str> {
    document
        .pointer("/info/x-fal-metadata/endpointId")?
        .as_str()
}

fn document(path: &Path) -> Result<Document> {
    let text = read(path)?;
    let value: Value = serde_json::from_str(&text)
        .with_context(|| format!("{} is no JSON document.", path.display()))?;
    match endpoint_id(&value) {
        Some(id) => Ok(Document {
            id: id.to_owned(),
            text,
        }),
        None => bail!(
            "{} names no endpoint: /info/x-fal-metadata/endpointId is missing.",
            path.display()
        ),
    }
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
