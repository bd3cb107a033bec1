//! The files below `/files/` that a test has put there.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;

/// The files, by name.
#[derive(Default)]
pub(crate) struct Files(Mutex<BTreeMap<String, ServedFile>>);

/// A file with its type.
#[derive(Clone)]
pub(crate) struct ServedFile {
    pub(crate) content_type: String,
    pub(crate) bytes: Bytes,
}

impl Files {
    pub(crate) fn put(&self, name: String, file: ServedFile) {
        let mut files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        files.insert(name, file);
    }

    pub(crate) fn get(&self, name: &str) -> Option<ServedFile> {
        let files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        files.get(name).cloned()
    }
}

/// The same for equal bytes, and different for others.
pub(crate) fn etag(bytes: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    format!("\"{:016x}\"", hasher.finish())
}
