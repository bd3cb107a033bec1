//! The uploaded files: each has a place, which is named first and filled later, whole or in parts.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use form_urlencoded::byte_serialize;
use serde_json::Value;

use crate::testing::state::files::{ServedFile, etag};

/// A file that was uploaded to the fake.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct UploadRecord {
    /// The name that the client gave it.
    pub file_name: String,
    /// The type that the client gave it.
    pub content_type: String,
    /// What arrived.
    pub bytes: Bytes,
    /// The JSON of `X-Fal-Object-Lifecycle`, where it was sent.
    pub lifecycle: Option<Value>,
    /// In how many parts it came; 0 where it came whole.
    pub parts: usize,
    /// Where it is served.
    pub url: String,
}

/// All places, and what has arrived there.
#[derive(Default)]
pub(crate) struct Storage(Mutex<Vec<Place>>);

/// The place of one file.
pub(crate) struct Place {
    pub(crate) file_name: String,
    pub(crate) content_type: String,
    pub(crate) lifecycle: Option<Value>,
    pub(crate) is_multipart: bool,
    parts: BTreeMap<u32, Bytes>,
    /// The file, once all of it is there.
    whole: Option<Bytes>,
}

impl Storage {
    /// Names a new place, and returns its number.
    pub(crate) fn add(&self, place: Place) -> usize {
        let mut places = self.places();
        places.push(place);
        places.len() - 1
    }

    pub(crate) fn places(&self) -> MutexGuard<'_, Vec<Place>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The files that have arrived completely, in the order in which their places were named.
    pub(crate) fn uploads(&self, base_url: &str) -> Vec<UploadRecord> {
        let places = self.places();
        let whole = places.iter().enumerate().filter_map(|(number, place)| {
            Some(UploadRecord {
                file_name: place.file_name.clone(),
                content_type: place.content_type.clone(),
                bytes: place.whole.clone()?,
                lifecycle: place.lifecycle.clone(),
                parts: place.parts.len(),
                url: file_url(base_url, number, &place.file_name),
            })
        });
        whole.collect()
    }

    /// The file below `/files/` of this name, which starts with the number of its place.
    pub(crate) fn file(&self, name: &str) -> Option<ServedFile> {
        let (number, _) = name.split_once('/')?;
        let places = self.places();
        let place = places.get(number.parse::<usize>().ok()?)?;
        Some(ServedFile {
            content_type: place.content_type.clone(),
            bytes: place.whole.clone()?,
        })
    }
}

/// Where the file of a place is served.
pub(crate) fn file_url(base_url: &str, number: usize, file_name: &str) -> String {
    let name: String = byte_serialize(file_name.as_bytes()).collect();
    format!("{base_url}/files/{number}/{}", name.replace('+', "%20"))
}

impl Place {
    pub(crate) fn new(
        file_name: &str,
        content_type: &str,
        lifecycle: Option<Value>,
        is_multipart: bool,
    ) -> Self {
        Self {
            file_name: file_name.to_owned(),
            content_type: content_type.to_owned(),
            lifecycle,
            is_multipart,
            parts: BTreeMap::new(),
            whole: None,
        }
    }

    pub(crate) fn fill(&mut self, bytes: &Bytes) {
        self.whole = Some(bytes.clone());
    }

    pub(crate) fn add_part(&mut self, number: u32, bytes: &Bytes) {
        self.parts.insert(number, bytes.clone());
    }

    /// Joins the parts. Fails where they are not the ones that the client names.
    pub(crate) fn join(&mut self, named: &[Value]) -> bool {
        let is_named = |(named, (number, bytes)): (&Value, (&u32, &Bytes))| {
            named["partNumber"] == *number && named["etag"] == etag(bytes)
        };
        let is_right = !named.is_empty()
            && named.len() == self.parts.len()
            && named.iter().zip(&self.parts).all(is_named);
        if is_right {
            let parts: Vec<&[u8]> = self.parts.values().map(AsRef::as_ref).collect();
            self.whole = Some(parts.concat().into());
        }
        is_right
    }
}
