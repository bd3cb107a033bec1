//! The documents of a folder. What cannot be read is named, and hides nothing else.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use kling_codegen::{Document, Settings};
use serde_json::Value;

use crate::schemas::manifest::Manifest;
use crate::schemas::snapshot::{endpoint_id, json_files};

/// What a folder holds.
pub(super) struct Found {
    /// Each document with its file.
    pub(super) documents: Vec<(String, Document)>,
    /// Files that are none, and why.
    pub(super) unreadable: Vec<(String, String)>,
    pub(super) settings: Settings,
}

/// Finds every document below a folder, in the order of the files' names.
pub(super) fn below(folder: &Path) -> Result<Found> {
    if !folder.is_dir() {
        bail!(
            "{} is no folder. Name a folder of documents.",
            folder.display()
        );
    }
    let manifest = folder.join("manifest.toml");
    let settings = if manifest.is_file() {
        let text = fs::read_to_string(&manifest)
            .with_context(|| format!("{} cannot be read.", manifest.display()))?;
        Manifest::parse(text, &manifest.display().to_string())?
            .settings()
            .clone()
    } else {
        Settings::default()
    };
    let mut files = Vec::new();
    json_files(folder, &mut files)?;
    files.sort();
    if files.is_empty() {
        bail!(
            "{} holds no JSON document. Name a folder of documents.",
            folder.display()
        );
    }
    let mut found = Found {
        documents: Vec::new(),
        unreadable: Vec::new(),
        settings,
    };
    for file in files {
        let name = file.display().to_string();
        match fs::read_to_string(&file) {
            Ok(text) => {
                let id = id_of(&text).unwrap_or_else(|| id_of_path(folder, &file));
                found.documents.push((name, Document { id, text }));
            }
            Err(error) => found
                .unreadable
                .push((name, format!("the file cannot be read: {error}"))),
        }
    }
    Ok(found)
}

/// The endpoint that a document says it is for; the generator says what is wrong with a text that is no JSON.
fn id_of(text: &str) -> Option<String> {
    let document: Value = serde_json::from_str(text).ok()?;
    endpoint_id(&document).map(str::to_owned)
}

/// A document that names no endpoint lies where `fetch` would have put it.
fn id_of_path(folder: &Path, file: &Path) -> String {
    let below = file.strip_prefix(folder).unwrap_or(file).with_extension("");
    let parts: Vec<&str> = below.iter().filter_map(OsStr::to_str).collect();
    parts.join("/")
}
