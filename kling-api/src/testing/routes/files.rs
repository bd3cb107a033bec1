//! The files below `/files/`: those that outputs name, those that a test has put there, and what was uploaded.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use hyper::header::{HeaderName, IF_RANGE, RANGE};
use hyper::http::request::Parts;

use crate::testing::state::Shared;
use crate::testing::wire::response::{Answer, not_found};

/// A small file that outputs name, so that a download has something to fetch.
pub(crate) struct SampleFile {
    pub(crate) name: &'static str,
    pub(crate) content_type: &'static str,
    pub(crate) bytes: &'static [u8],
}

impl SampleFile {
    pub(crate) fn url(&self, base_url: &str) -> String {
        format!("{base_url}/files/{}", self.name)
    }
}

/// An MP4 file with its type, a movie box without tracks, and no media.
const VIDEO: SampleFile = SampleFile {
    name: "output.mp4",
    content_type: "video/mp4",
    bytes: b"\0\0\0\x18ftypisom\0\0\x02\0isommp41\0\0\0\x08free\0\0\0\x08mdat",
};

/// A PNG file of one transparent pixel.
const IMAGE: SampleFile = SampleFile {
    name: "output.png",
    content_type: "image/png",
    bytes: b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\0\0\0\nIDATx\x9cc\0\x01\
             \0\0\x05\0\x01\r\n-\xb4\0\0\0\0IEND\xaeB`\x82",
};

/// A WAV file of no length.
const AUDIO: SampleFile = SampleFile {
    name: "output.wav",
    content_type: "audio/wav",
    bytes: b"RIFF$\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x44\xac\0\0\x88\x58\x01\0\x02\0\x10\0data\0\0\0\0",
};

/// The file for a field of this name.
pub(crate) fn for_field(name: &str) -> &'static SampleFile {
    if name.contains("image") {
        &IMAGE
    } else if name.contains("audio") {
        &AUDIO
    } else {
        &VIDEO
    }
}

/// A file with its type.
#[derive(Clone)]
pub(crate) struct ServedFile {
    pub(crate) content_type: String,
    pub(crate) bytes: Bytes,
}

/// The files that a test has put there, by name.
#[derive(Default)]
pub(crate) struct Files(Mutex<BTreeMap<String, ServedFile>>);

impl Files {
    pub(crate) fn put(&self, name: String, file: ServedFile) {
        let mut files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        files.insert(name, file);
    }

    fn get(&self, name: &str) -> Option<ServedFile> {
        let files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        files.get(name).cloned()
    }
}

pub(crate) fn serve(shared: &Shared, name: &str, head: &Parts) -> Answer {
    let samples = [&VIDEO, &IMAGE, &AUDIO];
    let sample = samples.into_iter().find(|file| file.name == name);
    let file = shared
        .files
        .get(name)
        .or_else(|| shared.storage.file(name))
        .or_else(|| {
            sample.map(|file| ServedFile {
                content_type: file.content_type.to_owned(),
                bytes: Bytes::from_static(file.bytes),
            })
        });
    match file {
        Some(file) => answer(&file, head),
        None => not_found(),
    }
}

/// The file, or the range of it that was asked for.
fn answer(file: &ServedFile, head: &Parts) -> Answer {
    let etag = etag(&file.bytes);
    let length = file.bytes.len();
    let header = |name: HeaderName| head.headers.get(name)?.to_str().ok();
    // A range is for the file as the client knows it; of another one it gets the whole.
    let is_known = header(IF_RANGE).is_none_or(|known| known == etag);
    let range = header(RANGE)
        .filter(|_| is_known)
        .map(|text| range(text, length));
    let answer = match range {
        None | Some(Asked::Unread) => Answer::new(200, &file.content_type, file.bytes.to_vec()),
        Some(Asked::Outside) => {
            Answer::new(416, "text/plain", "").header("content-range", format!("bytes */{length}"))
        }
        Some(Asked::Of(Range { start, end })) => Answer::new(
            206,
            &file.content_type,
            file.bytes.slice(start..end).to_vec(),
        )
        .header(
            "content-range",
            format!("bytes {start}-{}/{length}", end - 1),
        ),
    };
    answer.header("etag", etag).header("accept-ranges", "bytes")
}

enum Asked {
    Of(Range<usize>),
    Outside,
    /// Not in the one form that is understood, and so ignored, as HTTP allows.
    Unread,
}

/// `bytes=start-` or `bytes=start-last`.
fn range(text: &str, length: usize) -> Asked {
    let Some((start, last)) = text
        .strip_prefix("bytes=")
        .and_then(|range| range.split_once('-'))
    else {
        return Asked::Unread;
    };
    let last = if last.is_empty() {
        Ok(usize::MAX - 1)
    } else {
        last.parse()
    };
    match (start.parse::<usize>(), last) {
        (Ok(start), Ok(_)) if start >= length => Asked::Outside,
        (Ok(start), Ok(last)) if last >= start => {
            Asked::Of(start..length.min(last.saturating_add(1)))
        }
        _ => Asked::Unread,
    }
}

/// The same for equal bytes, and different for others.
pub(crate) fn etag(bytes: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    format!("\"{:016x}\"", hasher.finish())
}
