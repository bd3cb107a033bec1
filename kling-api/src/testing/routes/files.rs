//! The files below `/files/`: those that outputs name, those that a test has put there, and those that were uploaded.

use std::ops::Range;

use bytes::Bytes;

use crate::testing::documents::sample_file::SampleFile;
use crate::testing::recorder::RecordedRequest;
use crate::testing::state::Shared;
use crate::testing::state::files::{ServedFile, etag};
use crate::testing::wire::response::{Response, not_found};

pub(crate) fn serve(shared: &Shared, name: &str, record: &mut RecordedRequest) -> Response {
    record.took_effect = true;
    let sample = || {
        let file = SampleFile::by_name(name)?;
        Some(ServedFile {
            content_type: file.content_type.to_owned(),
            bytes: Bytes::from_static(file.bytes),
        })
    };
    let file = shared.files.get(name);
    let file = file.or_else(|| shared.storage.file(name)).or_else(sample);
    match file {
        Some(file) => response(&file, record),
        None => not_found(),
    }
}

/// The file, or the range of it that the request names.
fn response(file: &ServedFile, record: &RecordedRequest) -> Response {
    let etag = etag(&file.bytes);
    let length = file.bytes.len();
    // A range is for the file as the client knows it; of another one it gets the whole.
    let is_known = record.header("if-range").is_none_or(|known| known == etag);
    let range = record.header("range").filter(|_| is_known);
    let response = match range.map(|text| read_range(text, length)) {
        None | Some(Requested::Unknown) => {
            Response::new(200, &file.content_type, file.bytes.clone())
        }
        Some(Requested::Outside) => Response::new(416, "text/plain", "")
            .header("content-range", format!("bytes */{length}")),
        Some(Requested::Range(Range { start, end })) => {
            let range = format!("bytes {start}-{}/{length}", end - 1);
            Response::new(206, &file.content_type, file.bytes.slice(start..end))
                .header("content-range", range)
        }
    };
    response
        .header("etag", etag)
        .header("accept-ranges", "bytes")
}

enum Requested {
    Range(Range<usize>),
    Outside,
    /// Not in the one form that is understood, and so ignored, as HTTP allows.
    Unknown,
}

/// `bytes=start-` or `bytes=start-last`.
fn read_range(text: &str, length: usize) -> Requested {
    let Some((start, last)) = text
        .strip_prefix("bytes=")
        .and_then(|range| range.split_once('-'))
    else {
        return Requested::Unknown;
    };
    let last = if last.is_empty() {
        Ok(usize::MAX - 1)
    } else {
        last.parse()
    };
    match (start.parse::<usize>(), last) {
        (Ok(start), Ok(_)) if start >= length => Requested::Outside,
        (Ok(start), Ok(last)) if last >= start => {
            Requested::Range(start..length.min(last.saturating_add(1)))
        }
        _ => Requested::Unknown,
    }
}
