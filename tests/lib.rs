//! What the tests that cross crates have in common: the fixtures, compiled, and a terse way to write documents.

pub mod harness;
pub mod hostile;
pub mod markup;
mod terse;

use std::path::{Path, PathBuf};

use kling_api::{Validate, Violations};
use kling_codegen::Document;
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use crate::terse::documents;

include!(concat!(env!("OUT_DIR"), "/fixtures.rs"));

/// The types of one endpoint of a fixture, as functions from JSON text through the type to JSON text.
#[derive(Debug)]
pub struct Case {
    /// The folder below `fixtures/shapes`.
    pub fixture: &'static str,
    /// The endpoint.
    pub endpoint: &'static str,
    /// Decodes and encodes an input.
    pub input: fn(&str) -> Result<String, String>,
    /// Decodes and encodes an output.
    pub output: fn(&str) -> Result<String, String>,
}

/// The types of one endpoint of an evolve fixture.
#[derive(Debug)]
pub struct Change {
    /// The folder below `fixtures/evolve`.
    pub fixture: &'static str,
    /// The endpoint.
    pub endpoint: &'static str,
    /// The types of a crate that is already published; `None` where the endpoint is new.
    pub before: Option<Types>,
    /// The types of the regenerated crate; `None` where the endpoint is gone.
    pub after: Option<Types>,
}

/// The two types of an endpoint, as functions from JSON text through the type to JSON text.
#[derive(Debug)]
pub struct Types {
    /// Decodes, checks and encodes an input.
    pub input: fn(&str) -> Result<String, String>,
    /// Decodes and encodes an output.
    pub output: fn(&str) -> Result<String, String>,
}

/// Decodes a text as an input, checks the published bounds as a call does, and encodes it again.
///
/// # Errors
///
/// When the text is no value of the type, or breaks a bound.
pub fn checked<T: Serialize + DeserializeOwned + Validate>(text: &str) -> Result<String, String> {
    let value: T = serde_json::from_str(text).map_err(|error| error.to_string())?;
    Violations::of(&value).map_err(|error| error.to_string())?;
    serde_json::to_string(&value).map_err(|error| error.to_string())
}

/// Decodes a text as a type and encodes it again.
///
/// # Errors
///
/// When the text is no value of the type.
pub fn through<T: Serialize + DeserializeOwned>(text: &str) -> Result<String, String> {
    let value: T = serde_json::from_str(text).map_err(|error| error.to_string())?;
    serde_json::to_string(&value).map_err(|error| error.to_string())
}

/// The folder with all fixtures.
#[must_use]
pub fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// The documents of `fixtures/catalogue`, in the order of their ids: whole documents in fal's dialect, as varied as the
/// real catalogue.
///
/// # Panics
///
/// When the folder cannot be read.
#[must_use]
pub fn catalogue() -> Vec<Document> {
    let mut documents = Vec::new();
    let mut folders = vec![(fixtures().join("catalogue"), String::new())];
    while let Some((folder, prefix)) = folders.pop() {
        let entries = std::fs::read_dir(&folder)
            .unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = entry.path();
            if path.is_dir() {
                folders.push((path, format!("{prefix}{name}/")));
            } else if let Some(stem) = name.strip_suffix(".json") {
                let text = std::fs::read_to_string(&path)
                    .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
                documents.push(Document {
                    id: format!("{prefix}{stem}"),
                    text,
                });
            }
        }
    }
    assert!(documents.len() >= 60, "the catalogue is not complete");
    documents.sort_by(|left, right| left.id.cmp(&right.id));
    documents
}

/// The README's code, which must compile as printed.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
