//! What is said about a place beside its type.

use std::collections::BTreeMap;

use serde_json::Value;

/// What fal says about the values in a place, beside what they may be.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// fal's words about them.
    pub description: Option<String>,
    /// fal's examples.
    pub examples: Vec<Value>,
    /// Whether fal marks them as deprecated.
    pub deprecated: bool,
    /// fal's limits for the file behind a URL (`max_file_size`, `min_width`, …), by keyword.
    pub file_limits: BTreeMap<String, Value>,
}
