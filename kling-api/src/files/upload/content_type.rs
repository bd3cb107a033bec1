//! The content type of a file: by its first bytes, and where those say nothing, by its name.

use std::path::Path;

use crate::values::media::limits::Family;

/// How much of a file is looked at; the signatures that are known stand within it.
pub(crate) const HEAD: usize = 8 * 1024;

/// For a type that is not known.
const UNKNOWN: &str = "application/octet-stream";

/// The content type of a file that starts so and has this name.
///
/// The content wins, since a file is often renamed and hardly ever rewritten. Text is the exception: it has no
/// signature, and what looks like one, such as that of XML, says less than the name.
pub(crate) fn content_type(head: &[u8], name: Option<&str>) -> String {
    let found = infer::get(head).filter(|found| found.matcher_type() != infer::MatcherType::Text);
    let by_name = || {
        let extension = Path::new(name?).extension()?.to_str()?;
        mime_guess::from_ext(extension).first_raw()
    };
    match found.map(|found| found.mime_type()) {
        Some(found) => usual(found).to_owned(),
        None => by_name().unwrap_or(UNKNOWN).to_owned(),
    }
}

/// What a file is that starts so, where that is recognisably no image, video or sound.
pub(crate) fn no_media(head: &[u8]) -> Option<&'static str> {
    if head.windows(4).any(|word| word == b"<svg") || is_text_of_netpbm(head) {
        return None;
    }
    match infer::get(head) {
        Some(found) => match found.matcher_type() {
            infer::MatcherType::Image
            | infer::MatcherType::Video
            | infer::MatcherType::Audio
            | infer::MatcherType::Custom => None,
            infer::MatcherType::App
            | infer::MatcherType::Archive
            | infer::MatcherType::Book
            | infer::MatcherType::Doc
            | infer::MatcherType::Font
            | infer::MatcherType::Text => Some(found.mime_type()),
        },
        None => is_text(head).then_some("text"),
    }
}

/// Images written in digits, which start with their kind.
fn is_text_of_netpbm(head: &[u8]) -> bool {
    matches!(head, [b'P', b'1'..=b'3', white, ..] if white.is_ascii_whitespace())
}

/// Text has no signature: it is what reads as text. The last character may be cut off.
fn is_text(head: &[u8]) -> bool {
    let text = match str::from_utf8(head) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    let is_written =
        |letter: char| !letter.is_control() || matches!(letter, '\n' | '\r' | '\t' | '\u{c}');
    !text.is_empty() && text.chars().all(is_written)
}

/// A name for bytes that have none.
pub(crate) fn file_name(content_type: &str) -> String {
    let extension = match essence(content_type) {
        "image/jpeg" => "jpg",
        "image/svg+xml" => "svg",
        "audio/mpeg" => "mp3",
        "video/quicktime" => "mov",
        "text/plain" => "txt",
        other => {
            let last = other.rsplit_once('/').map_or("", |(_, last)| last);
            let is_plain = !last.is_empty()
                && last.len() <= 4
                && last.bytes().all(|byte| byte.is_ascii_alphanumeric());
            if is_plain { last } else { "bin" }
        }
    };
    format!("file.{extension}")
}

/// The family of a content type, where it is one of the three.
pub(crate) fn family(content_type: &str) -> Option<Family> {
    let (family, _) = content_type.split_once('/')?;
    match family.trim().to_ascii_lowercase().as_str() {
        "image" => Some(Family::Image),
        "video" => Some(Family::Video),
        "audio" => Some(Family::Audio),
        _ => None,
    }
}

/// The type without its parameters.
fn essence(content_type: &str) -> &str {
    content_type.split(';').next().unwrap_or_default().trim()
}

/// The registered name, or the one that all use, in the place of an older one.
fn usual(content_type: &str) -> &str {
    match content_type {
        "audio/x-wav" => "audio/wav",
        "audio/x-flac" => "audio/flac",
        "audio/x-aiff" => "audio/aiff",
        "audio/m4a" => "audio/mp4",
        "video/x-m4v" => "video/mp4",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_wins_over_the_name_and_the_name_over_nothing() {
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
        let webp = b"RIFF\x24\0\0\0WEBPVP8 ";
        let wav = b"RIFF\x24\0\0\0WAVEfmt ";
        let mp4 = b"\0\0\0\x18ftypisom\0\0\x02\0isommp41";
        for (head, name, expected) in [
            (&png[..], None, "image/png"),
            (png, Some("robins.jpg"), "image/png"),
            (webp, Some("robins"), "image/webp"),
            (wav, Some("a.wav"), "audio/wav"),
            (mp4, None, "video/mp4"),
            (
                b"<?xml version=\"1.0\"?><svg/>",
                Some("a.svg"),
                "image/svg+xml",
            ),
            (b"{}", Some("a.json"), "application/json"),
            (b"??", Some("a.MP4"), "video/mp4"),
            (b"??", Some("a.unheard-of"), UNKNOWN),
            (b"??", None, UNKNOWN),
            (b"", None, UNKNOWN),
        ] {
            assert_eq!(content_type(head, name), expected, "{name:?}");
        }
    }

    #[test]
    fn text_and_archives_are_recognisably_no_media() {
        let cut = &"n\u{e9}e".as_bytes()[..2];
        for (head, expected) in [
            (&b"[package]\nname = \"nest\"\n"[..], Some("text")),
            (cut, Some("text")),
            (b"<!DOCTYPE html><html></html>", Some("text/html")),
            (b"<?xml version=\"1.0\"?><rss/>", Some("text/xml")),
            (b"PK\x03\x04\x14\0", Some("application/zip")),
            (b"%PDF-1.7", Some("application/pdf")),
            (b"<?xml version=\"1.0\"?>\n<svg/>", None),
            (b"P3\n1 1\n255\n0 0 0\n", None),
            (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", None),
            (b"ID3\x03\0\0", None),
            (b"\0\0\0\x18ftypisom\0\0\x02\0isommp41", None),
            (b"\x07\x07\x07\x07", None),
            (b"caf\xe9 au lait", None),
            (b"", None),
        ] {
            assert_eq!(
                no_media(head),
                expected,
                "{:?}",
                head.escape_ascii().to_string()
            );
        }
    }

    #[test]
    fn bytes_get_a_name_that_fits_their_type() {
        for (content_type, expected) in [
            ("image/png", "file.png"),
            ("image/jpeg", "file.jpg"),
            ("IMAGE; charset=x", "file.bin"),
            ("video/quicktime", "file.mov"),
            ("application/octet-stream", "file.bin"),
            ("image/webp; q=1", "file.webp"),
        ] {
            assert_eq!(file_name(content_type), expected);
        }
        assert_eq!(family("Image/png"), Some(Family::Image));
        assert_eq!(family("application/pdf"), None);
    }
}
