//! The documents of a folder. What cannot be read is named, and hides nothing else.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use kling_codegen::{Document, Settings};

use crate::schemas::manifest::Manifest;
use crate::schemas::snapshot::{id_of, json_files};

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
                let id = id_of(&text, folder, &file);
                found.documents.push((name, Document { id, text }));
            }
            Err(error) => found
                .unreadable
                .push((name, format!("the file cannot be read: {error}"))),
        }
    }
    Ok(found)
}
