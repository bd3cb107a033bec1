//! The name of a file in a folder: fal's own, made safe.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use percent_encoding::percent_decode_str;
use url::Url;

use crate::error::visible::is_invisible;
use crate::files::upload::content_type;

/// The longest name, in bytes. File systems take 255, and the name of the part that is being downloaded is longer.
const LONGEST: usize = 150;

/// Names that Windows has for devices, whatever the extension.
const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "conin$", "conout$"];

/// The name of the record, or the end of the URL, or one that fits the content type.
pub(super) fn file_name(name: Option<&str>, url: &str, content_type: Option<&str>) -> String {
    let of_url = || {
        let url = Url::parse(url).ok().filter(|url| url.scheme() != "data")?;
        let last = url.path_segments()?.next_back()?;
        // What is no UTF-8 stays as it is.
        let decoded = percent_decode_str(last).decode_utf8();
        Some(decoded.map_or_else(|_| last.to_owned(), Cow::into_owned))
    };
    let made_up = || content_type::file_name(content_type.unwrap_or_default());
    name.and_then(safe)
        .or_else(|| safe(&of_url()?))
        .unwrap_or_else(made_up)
}

/// The n-th path for a file of this name, from 1.
pub(super) fn numbered(path: &Path, number: u32) -> PathBuf {
    if number == 1 {
        return path.to_owned();
    }
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let name = match path.extension() {
        Some(extension) => format!("{stem}-{number}.{}", extension.to_string_lossy()),
        None => format!("{stem}-{number}"),
    };
    path.with_file_name(name)
}

/// What follows the last separator, without what steers a terminal, hides a file or means something to a file system.
fn safe(name: &str) -> Option<String> {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain = |char: char| {
        let is_special = is_invisible(char) || "<>:\"|?*".contains(char);
        if is_special { '_' } else { char }
    };
    let clean: String = last.chars().map(plain).collect();
    let clean = clean
        .trim_start_matches(|char: char| char == '.' || char.is_whitespace())
        .trim_end_matches(|char: char| char == '.' || char.is_whitespace());
    let (stem, extension) = match clean.rsplit_once('.') {
        Some((stem, extension)) if extension.len() <= 16 => (stem, Some(extension)),
        _ => (clean, None),
    };
    let room = LONGEST - extension.map_or(0, |it| it.len() + 1);
    let mut ends = (0..=stem.len().min(room)).rev();
    let end = ends.find(|end| stem.is_char_boundary(*end));
    let stem = &stem[..end.unwrap_or_default()];
    let first = stem.split('.').next().unwrap_or_default().to_lowercase();
    let is_port = |kind: &str| {
        let number = first.strip_prefix(kind);
        number.is_some_and(|it| it.chars().count() == 1)
    };
    let is_device = DEVICES.contains(&&*first) || is_port("com") || is_port("lpt");
    let start = if is_device { "_" } else { "" };
    match extension {
        _ if stem.is_empty() => None,
        Some(extension) => Some(format!("{start}{stem}.{extension}")),
        None => Some(format!("{start}{stem}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_made_safe() {
        for (name, expected) in [
            ("output.mp4", "output.mp4"),
            ("two robins.mp4", "two robins.mp4"),
            ("nést.mp4", "nést.mp4"),
            ("../../etc/passwd", "passwd"),
            ("..\\..\\a.mp4", "a.mp4"),
            ("C:\\a.mp4", "a.mp4"),
            ("c:a.mp4", "c_a.mp4"),
            (".bashrc", "bashrc"),
            ("...a.mp4", "a.mp4"),
            ("a\n\u{1b}[31m.mp4", "a__[31m.mp4"),
            ("a\u{202e}4pm.exe", "a_4pm.exe"),
            ("a.mp4. ", "a.mp4"),
            ("con.mp4", "_con.mp4"),
            ("COM1", "_COM1"),
            ("comet.mp4", "comet.mp4"),
            ("a.tar.gz", "a.tar.gz"),
        ] {
            assert_eq!(safe(name).as_deref(), Some(expected), "{name:?}");
        }
        for name in ["", ".", "..", "a/", "/", "\\", " . "] {
            assert_eq!(safe(name), None, "{name:?}");
        }
        let long = safe(&format!("{}.mp4", "é".repeat(300))).unwrap();
        assert!(long.len() <= LONGEST && long.ends_with("é.mp4"), "{long}");
    }

    #[test]
    fn there_is_always_a_name() {
        let url = "https://v3.fal.media/files/b/two%20robins.mp4?x=1";
        for (name, url, content_type, expected) in [
            (Some("a.mp4"), url, None, "a.mp4"),
            (Some(".."), url, None, "two robins.mp4"),
            (None, "https://v3.fal.media/%2e%2e%2fa", None, "a"),
            (None, "https://v3.fal.media/%ff", None, "%ff"),
            (None, "https://v3.fal.media/", Some("video/mp4"), "file.mp4"),
            (
                None,
                "data:video/mp4;base64,AAAA",
                Some("video/mp4"),
                "file.mp4",
            ),
            (None, "nonsense", None, "file.bin"),
        ] {
            assert_eq!(file_name(name, url, content_type), expected, "{url}");
        }
    }

    #[test]
    fn a_name_that_is_taken_gets_a_number() {
        let path = Path::new("videos/output.mp4");
        assert_eq!(numbered(path, 1), path);
        assert_eq!(numbered(path, 2), Path::new("videos/output-2.mp4"));
        assert_eq!(numbered(Path::new("a/nest"), 3), Path::new("a/nest-3"));
    }
}
