//! Where the repository's files lie.

pub(crate) mod file_changes;
pub(crate) mod git;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// The folder that holds `schemas/` and the crates.
#[derive(Clone, Debug)]
pub(crate) struct Repository {
    root: PathBuf,
}

/// The folder of documents, from the root.
pub(crate) const SCHEMAS: &str = "schemas";
/// The list of endpoints, from the root.
pub(crate) const MANIFEST: &str = "schemas/manifest.toml";
/// The pins of the documents, from the root.
pub(crate) const LOCK: &str = "schemas/lock.json";
/// Documents below `schemas/` that are no endpoint's.
pub(crate) const OTHER_DOCUMENTS: [&str; 1] = ["platform.json"];
/// The document of fal's platform API, from the root.
pub(crate) const PLATFORM_DOCUMENT: &str = "schemas/platform.json";
/// The folder of generated code, from the root.
pub(crate) const GENERATED: &str = "kling-api/src/generated";
/// The page with the table of endpoints, from the root.
pub(crate) const README: &str = "README.md";
/// What changed for callers, from the root.
pub(crate) const CHANGELOG: &str = "CHANGELOG.md";

impl Repository {
    /// Finds the repository around the current folder.
    pub(crate) fn find() -> Result<Self> {
        let start = std::env::current_dir().context("The current folder cannot be read.")?;
        match start
            .ancestors()
            .find(|folder| folder.join(MANIFEST).is_file())
        {
            Some(root) => Ok(Self {
                root: root.to_owned(),
            }),
            None => bail!(
                "Neither {} nor a folder above it holds {MANIFEST}. Run this inside the repository.",
                start.display()
            ),
        }
    }

    /// A repository in a folder of a test.
    #[cfg(test)]
    pub(crate) fn at(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
        }
    }

    /// The repository's own folder.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The full path of a file that is named from the root.
    pub(crate) fn path(&self, from_root: &str) -> PathBuf {
        self.root.join(from_root)
    }
}

/// Where an endpoint's document lies below `schemas/`.
pub(crate) fn document_file(id: &str) -> String {
    format!("{id}.json")
}

/// Where an endpoint's document lies, from the root.
pub(crate) fn document_path(id: &str) -> String {
    format!("{SCHEMAS}/{}", document_file(id))
}
