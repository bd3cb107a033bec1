//! Telling a file from what a server sends in its place, such as a page of HTML.

use http::{HeaderMap, header};

use crate::error::Error;
use crate::files::download::partial::refused;
use crate::files::upload::content_type::family;

/// Refuses a response whose headers say that it is not the file.
pub(super) fn check_headers(expected: Option<&str>, headers: &HeaderMap) -> Result<(), Error> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(encoding) = text(header::CONTENT_ENCODING)
        && !encoding.trim().eq_ignore_ascii_case("identity")
    {
        return Err(refused(
            format!("its server sent it compressed ({encoding}), which was not requested"),
            "Download it with another program, or report it to fal",
        ));
    }
    check(expected, text(header::CONTENT_TYPE))
}

/// Refuses a file whose first bytes are those of another kind of file.
pub(super) fn check_start(expected: Option<&str>, start: &[u8]) -> Result<(), Error> {
    check(expected, infer::get(start).map(|found| found.mime_type()))
}

fn check(expected: Option<&str>, found: Option<&str>) -> Result<(), Error> {
    let (Some(expected), Some(found)) = (expected, found) else {
        return Ok(());
    };
    let is_other = match (family(expected), family(found)) {
        (Some(expected), Some(found)) => expected != found,
        (Some(_), None) => is_text(found),
        (None, _) => false,
    };
    if !is_other {
        return Ok(());
    }
    Err(refused(
        format!("its record says {expected}, and the server sent {found}"),
        "Fetch the result again, and download what it names then",
    ))
}

/// Whether it is what servers write pages and errors in. Any other type may be one that a server did not know better.
fn is_text(content_type: &str) -> bool {
    let content_type = content_type.trim_start().to_ascii_lowercase();
    [
        "text/",
        "application/json",
        "application/xml",
        "application/xhtml",
    ]
    .iter()
    .any(|text| content_type.starts_with(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_kind_of_file_is_refused_and_an_unknown_one_is_not() {
        for (expected, found, is_fine) in [
            ("video/mp4", "video/mp4", true),
            ("video/mp4", "video/quicktime", true),
            ("video/mp4", "application/octet-stream", true),
            ("application/octet-stream", "text/html", true),
            ("video/mp4", "text/html; charset=utf-8", false),
            ("image/png", "Application/JSON", false),
            ("video/mp4", "image/png", false),
        ] {
            assert_eq!(
                check(Some(expected), Some(found)).is_ok(),
                is_fine,
                "{expected} {found}"
            );
        }
        assert!(check_start(Some("video/mp4"), b"<!DOCTYPE html><html>").is_err());
        assert!(check_start(Some("video/mp4"), b"\0\0\0\x18ftypisom\0\0\x02\0").is_ok());
        assert!(check_start(Some("video/mp4"), b"what is this").is_ok());
    }
}
