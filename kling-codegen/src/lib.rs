//! Turns fal.ai's OpenAPI documents into typed Rust for `kling-api`.

pub mod diff;
mod document;
mod emit;
mod error;
pub mod ir;
mod lower;
mod names;
mod normalize;
mod pointer;
mod pretty;
pub mod report;
pub mod settings;
mod share;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

pub use diff::diff;
pub use document::Document;
pub use emit::Target;
pub use error::Error;
pub use lower::{Lowered, lower};
pub use normalize::{NormalDocument, normalize};
pub use settings::Settings;
pub use share::share;

/// The generated code, and the IR that it was made from.
#[derive(Clone, Debug, PartialEq)]
pub struct Generated {
    /// What the documents say.
    pub api: ir::Api,
    /// Path below the generated root, and text. For [`Target::Elsewhere`] there is one file, `endpoints.rs`.
    pub files: BTreeMap<String, String>,
}

/// Reads documents into IR: normalises, lowers and shares.
///
/// # Errors
///
/// The first document that cannot be read, with the place and the reason.
pub fn read(documents: &[Document], settings: &Settings) -> Result<ir::Api, Error> {
    let normal: Vec<NormalDocument> = documents.iter().map(normalize).collect::<Result<_, _>>()?;
    read_normal(&normal, settings)
}

fn read_normal(documents: &[NormalDocument], settings: &Settings) -> Result<ir::Api, Error> {
    let lowered = documents
        .iter()
        .map(|document| lower(document, settings))
        .collect::<Result<_, _>>()?;
    share(lowered)
}

/// Generates the code for documents.
///
/// # Errors
///
/// The first document that cannot be read, with the place and the reason.
pub fn generate(
    documents: &[Document],
    settings: &Settings,
    target: Target,
) -> Result<Generated, Error> {
    let normal: Vec<NormalDocument> = documents.iter().map(normalize).collect::<Result<_, _>>()?;
    let api = read_normal(&normal, settings)?;
    let root = emit::emit(&api, target);
    let files = match target {
        Target::Elsewhere => {
            BTreeMap::from([("endpoints.rs".to_owned(), pretty::one_text(&root)?)])
        }
        Target::Runtime => {
            let mut files = pretty::files(&root)?;
            let all: Map<String, Value> = normal
                .iter()
                .map(|document| (document.id().to_string(), document.value().clone()))
                .collect();
            files.insert(
                "documents.json".to_owned(),
                format!("{:#}\n", Value::Object(all)),
            );
            files
        }
    };
    Ok(Generated { api, files })
}
