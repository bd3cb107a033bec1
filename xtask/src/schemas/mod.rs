//! The folder `schemas/` in memory: commands change it here, and it reaches the disk with everything else at the end.

pub(crate) mod catalogue;
pub(crate) mod download;
pub(crate) mod http;
pub(crate) mod lock;
pub(crate) mod manifest;
pub(crate) mod price;
pub(crate) mod reindent;
pub(crate) mod snapshot;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::Path;

use anyhow::{Context, Result, bail};
use kling_codegen::{Document, NormalDocument};
use serde_json::Value;

use crate::repository::file_changes::{FileChanges, files_below, is_leftover, read};
use crate::repository::{
    LOCK, MANIFEST, OTHER_DOCUMENTS, PLATFORM_DOCUMENT, Repository, SCHEMAS, document_file,
    document_path,
};
use crate::schemas::lock::Lock;
use crate::schemas::manifest::Manifest;
use crate::schemas::snapshot::Snapshot;
use crate::terminal::sentences;

/// Manifest, lock and documents.
#[derive(Clone, Debug)]
pub(crate) struct Schemas {
    /// The list of endpoints.
    pub(crate) manifest: Manifest,
    /// The pins of the documents.
    pub(crate) lock: Lock,
    /// The documents that the manifest lists and the folder holds, by endpoint id.
    pub(crate) documents: BTreeMap<String, String>,
    /// The document of the platform API, where the folder holds it.
    pub(crate) platform: Option<String>,
    /// Why a document that the folder does hold is no text, by endpoint id.
    unreadable: BTreeMap<String, String>,
    removed: Vec<String>,
}

impl Schemas {
    /// Reads the folder.
    pub(crate) fn load(repository: &Repository) -> Result<Self> {
        let manifest =
            text(repository, MANIFEST)?.with_context(|| format!("{MANIFEST} is missing."))?;
        let manifest = Manifest::parse(manifest, MANIFEST)?;
        let lock = text(repository, LOCK)?
            .map_or_else(|| Ok(Lock::default()), |text| Lock::parse(&text))?;
        let mut documents = BTreeMap::new();
        let mut unreadable = BTreeMap::new();
        for id in manifest.ids() {
            match text(repository, &document_path(id)) {
                Ok(Some(text)) => drop(documents.insert(id.to_owned(), text)),
                Ok(None) => {}
                // A download may replace it, and the others can be had all the same.
                Err(error) => drop(unreadable.insert(id.to_owned(), sentences(&error))),
            }
        }
        Ok(Self {
            manifest,
            lock,
            documents,
            platform: text(repository, PLATFORM_DOCUMENT)?,
            unreadable,
            removed: Vec::new(),
        })
    }

    /// Takes an endpoint out, its document and its pin included.
    pub(crate) fn remove(&mut self, id: &str) -> Result<()> {
        self.manifest = self.manifest.without(id)?;
        self.documents.remove(id);
        self.unreadable.remove(id);
        self.removed.push(id.to_owned());
        Ok(())
    }

    /// Whether the folder holds a file for an endpoint, readable or not.
    pub(crate) fn has_file(&self, id: &str) -> bool {
        self.documents.contains_key(id) || self.unreadable.contains_key(id)
    }

    /// Whether an endpoint's document says what the endpoint does.
    pub(crate) fn describes(&self, id: &str) -> bool {
        let text = self.documents.get(id).cloned().unwrap_or_default();
        let document = Document {
            id: id.to_owned(),
            text,
        };
        let api = kling_codegen::read(&[document], &self.manifest.settings_of(id));
        api.is_ok_and(|api| api.endpoints.iter().all(|it| it.description.is_some()))
    }

    /// Takes over an endpoint's document.
    pub(crate) fn replace(&mut self, id: &str, text: String) {
        self.unreadable.remove(id);
        self.documents.insert(id.to_owned(), text);
    }

    /// What the generator reads, in the order of the manifest.
    pub(crate) fn snapshot(&self) -> Result<Snapshot> {
        if let Some(reason) = self.unreadable.values().next() {
            bail!("{reason}");
        }
        let missing: Vec<&str> = self
            .manifest
            .ids()
            .filter(|id| !self.documents.contains_key(*id))
            .collect();
        if !missing.is_empty() {
            bail!(
                "{MANIFEST} lists endpoints without a document: {}. Run `cargo xtask fetch {}`.",
                missing.join(", "),
                missing.join(" ")
            );
        }
        let documents = self
            .manifest
            .ids()
            .filter_map(|id| {
                Some(Document {
                    id: id.to_owned(),
                    text: self.documents.get(id)?.clone(),
                })
            })
            .collect();
        Ok(Snapshot {
            settings: self.manifest.settings().clone(),
            documents,
            files: self.manifest.ids().map(document_path).collect(),
        })
    }

    /// Whether code can be generated from each of the documents, taken by itself.
    pub(crate) fn are_complete(&self) -> bool {
        self.manifest.ids().all(|id| {
            self.documents.get(id).is_some_and(|text| {
                let document = Document {
                    id: id.to_owned(),
                    text: text.clone(),
                };
                kling_codegen::read(&[document], &self.manifest.settings_of(id)).is_ok()
            })
        })
    }

    /// Brings the lock in line with the documents, and plans every file of the folder that is not yet as it should be.
    ///
    /// A document that cannot be read keeps its file and its pin. What is returned names each of them with the reason,
    /// and each document whose pin had to be made up. `known` are normal forms that the caller has already.
    pub(crate) fn plan(
        &mut self,
        repository: &Repository,
        known: &[NormalDocument],
        changes: &mut FileChanges,
    ) -> Result<Vec<String>> {
        let mut notes: Vec<String> = self.unreadable.values().cloned().collect();
        for (id, text) in &self.documents {
            let normal = match known.iter().find(|known| known.id().as_str() == id) {
                Some(known) => Ok(known.to_text()),
                None => normal_text(id, text),
            };
            let normal = match normal {
                Ok(normal) => normal,
                Err(error) => {
                    notes.push(format!("{} cannot be read: {error}", document_path(id)));
                    continue;
                }
            };
            let file = document_file(id);
            if !self.lock.pin_local(&file, &normal, text) {
                notes.push(format!(
                    "{LOCK} does not say where {} is from, so it is pinned as put there by hand. If the lock was lost: git checkout -- {LOCK}",
                    document_path(id)
                ));
            }
            changes.write(document_path(id), text.as_bytes())?;
        }
        if let Some(text) = self.platform.clone() {
            self.pin_platform(&text, &mut notes);
        }
        let manifest = &self.manifest;
        self.lock.files.retain(|file, _| {
            file.strip_suffix(".json")
                .is_some_and(|id| manifest.lists(id))
                || OTHER_DOCUMENTS.contains(&file.as_str())
        });
        for id in &self.removed {
            changes.remove(document_path(id))?;
        }
        for file in files_below(repository, SCHEMAS)?
            .into_iter()
            .filter(|file| is_leftover(file))
        {
            changes.remove(file)?;
        }
        changes.write(MANIFEST, self.manifest.text())?;
        changes.write(LOCK, self.lock.to_text()?)?;
        Ok(notes)
    }

    /// The platform's document has no fixups to undo: its normal form is its content without its layout.
    fn pin_platform(&mut self, text: &str, notes: &mut Vec<String>) {
        let Ok(value) = serde_json::from_str::<Value>(text) else {
            notes.push(format!("{PLATFORM_DOCUMENT} is no JSON."));
            return;
        };
        let [file] = OTHER_DOCUMENTS;
        if !self.lock.pin_local(file, &value.to_string(), text) {
            notes.push(format!(
                "{LOCK} does not say where {PLATFORM_DOCUMENT} is from, so it is pinned as put there by hand. If the lock was lost: git checkout -- {LOCK}"
            ));
        }
    }

    /// Documents in the folder that the manifest does not list.
    pub(crate) fn strangers(&self, repository: &Repository) -> Result<Vec<String>> {
        let known = |file: &str| {
            let below = file
                .strip_prefix(SCHEMAS)
                .unwrap_or(file)
                .trim_start_matches('/');
            let listed = below.strip_suffix(".json").is_some_and(|id| {
                self.manifest.lists(id) || self.removed.iter().any(|removed| removed == id)
            });
            listed
                || [MANIFEST, LOCK].contains(&file)
                || OTHER_DOCUMENTS.contains(&below)
                || is_leftover(file)
        };
        let files = files_below(repository, SCHEMAS)?;
        Ok(files
            .into_iter()
            .filter(|file| Path::new(file).extension() == Some(OsStr::new("json")) && !known(file))
            .collect())
    }
}

fn normal_text(id: &str, text: &str) -> Result<String, kling_codegen::Error> {
    let document = Document {
        id: id.to_owned(),
        text: text.to_owned(),
    };
    Ok(kling_codegen::normalize(&document)?.to_text())
}

/// A text file's content; `None` where there is no file.
pub(crate) fn text(repository: &Repository, from_root: &str) -> Result<Option<String>> {
    let Some(bytes) = read(&repository.path(from_root))? else {
        return Ok(None);
    };
    match String::from_utf8(bytes) {
        // A checkout on Windows may have turned the line ends.
        Ok(text) => Ok(Some(if text.contains('\r') {
            text.replace("\r\n", "\n")
        } else {
            text
        })),
        Err(_) => {
            bail!("{from_root} is no UTF-8 text. Restore it with `git checkout -- {from_root}`.")
        }
    }
}
