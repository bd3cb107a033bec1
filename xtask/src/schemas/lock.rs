//! `schemas/lock.json`: which document was taken from where, and what it said.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::repository::LOCK;

/// The whole lock.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Lock {
    version: u32,
    /// The pins, by path below `schemas/`.
    pub(crate) files: BTreeMap<String, Pin>,
}

/// What is known about one document.
///
/// Date, URL and ETag are those of the download that last changed the document's meaning. A download that only spells
/// it differently changes `bytes_sha256` and nothing else.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pin {
    /// Hash of the document's normal form, which is the same for every spelling of the same facts.
    pub(crate) normal_sha256: String,
    /// Hash of the bytes as they were served, or written by hand, in the layout of this repository: how a server indents
    /// says nothing.
    pub(crate) bytes_sha256: String,
    /// Where the document is from.
    pub(crate) source: Source,
    /// The day on which it was taken, in UTC.
    pub(crate) date: String,
    /// What it was taken from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) url: Option<String>,
    /// The server's name for these bytes, where it gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) etag: Option<String>,
}

/// Where a document is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Source {
    /// Written from fal's published page.
    Docs,
    /// Edited in the repository after it was served, or put there by hand.
    Edited,
    /// Served by another server than fal's, which `--base-url` named and the URL tells.
    Elsewhere,
    /// Served by fal.
    Fal,
}

const VERSION: u32 = 1;

impl Default for Lock {
    fn default() -> Self {
        Self {
            version: VERSION,
            files: BTreeMap::new(),
        }
    }
}

impl Lock {
    /// Reads the lock's text.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let lock: Self = serde_json::from_str(text).with_context(|| {
            // Without it, nothing says where the documents are from.
            format!("{LOCK} cannot be read. Restore it with `git checkout -- {LOCK}`.")
        })?;
        if lock.version != VERSION {
            bail!(
                "{LOCK} has version {}, but this xtask knows only version {VERSION}. Update the repository.",
                lock.version
            );
        }
        Ok(lock)
    }

    /// The lock's text: one line for each file, so that a changed document changes one line.
    pub(crate) fn to_text(&self) -> Result<String> {
        let mut text = format!("{{\n  \"version\": {},\n  \"files\": {{", self.version);
        let mut separator = "\n";
        for (file, pin) in &self.files {
            let (file, pin) = (serde_json::to_string(file)?, serde_json::to_string(pin)?);
            write!(text, "{separator}    {file}: {pin}")?;
            separator = ",\n";
        }
        text.push_str(if self.files.is_empty() {
            "}\n}\n"
        } else {
            "\n  }\n}\n"
        });
        Ok(text)
    }

    /// Pins a document that lies in the repository, unless its pin says the same already.
    ///
    /// Whether there was a pin that tells where the document is from.
    pub(crate) fn pin_local(&mut self, file: &str, normal_form: &str, text: &str) -> bool {
        let normal_sha256 = sha256(normal_form.as_bytes());
        let known = self.files.get(file);
        if known.is_some_and(|pin| pin.normal_sha256 == normal_sha256) {
            return true;
        }
        let had_pin = known.is_some();
        let (source, url) = match known {
            Some(pin) if pin.source == Source::Docs => (Source::Docs, pin.url.clone()),
            Some(pin) => (Source::Edited, pin.url.clone()),
            None => (Source::Edited, None),
        };
        let bytes_sha256 = sha256(text.as_bytes());
        let pin = Pin {
            normal_sha256,
            bytes_sha256,
            source,
            date: today(),
            url,
            etag: None,
        };
        self.files.insert(file.to_owned(), pin);
        had_pin
    }
}

/// The hash of some bytes, in hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

/// The current day in UTC.
pub(crate) fn today() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%d").to_string()
}
