//! The documents that FakeFal answers from.

use kling_codegen::NormalDocument;
use serde_json::{Map, Value};

/// Where they stand below the generated root.
pub(crate) const FILE: &str = "documents.json";

/// One object with the normal form of each document, by endpoint id.
pub(crate) fn text(documents: &[NormalDocument]) -> String {
    let all: Map<String, Value> = documents
        .iter()
        .map(|document| (document.id().to_string(), document.value().clone()))
        .collect();
    format!("{:#}\n", Value::Object(all))
}
