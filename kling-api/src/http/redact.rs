//! Taking the key out of what a server sends, should it have sent the key back.

use std::ops::Deref;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};

use crate::http::key::Key;

/// What stands in the place of the key.
pub(crate) const REDACTED: &str = "[key]";

/// Something that a server sent, without the key. Only [`Key::clean`] and its siblings make one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Clean<T>(T);

impl<T> Deref for Clean<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl From<Clean<String>> for Clean<Bytes> {
    fn from(text: Clean<String>) -> Self {
        Self(text.0.into())
    }
}

impl Key {
    /// The bytes without the key. Nearly none hold it, and those are not copied.
    pub(crate) fn clean(&self, bytes: Bytes) -> Clean<Bytes> {
        Clean(match self.without(&bytes) {
            Some(clean) => clean.into(),
            None => bytes,
        })
    }

    /// The text without the key.
    pub(crate) fn clean_text(&self, text: String) -> Clean<String> {
        Clean(match self.without(text.as_bytes()) {
            Some(clean) => String::from_utf8_lossy(&clean).into_owned(),
            None => text,
        })
    }

    /// The headers, each that holds the key without its value.
    pub(crate) fn clean_headers(&self, mut headers: HeaderMap) -> Clean<HeaderMap> {
        for value in headers.values_mut() {
            if self.without(value.as_bytes()).is_some() {
                *value = HeaderValue::from_static(REDACTED);
            }
        }
        Clean(headers)
    }

    /// The text without the key, where it holds the key: as it is, or in any spelling that JSON has for it.
    fn without(&self, text: &[u8]) -> Option<Vec<u8>> {
        // Byte by byte: a body holds few bytes that a key or an escape starts with.
        let secrets: Vec<&[u8]> = self.secrets().collect();
        let starts = |byte: u8| byte == b'\\' || secrets.iter().any(|it| it.first() == Some(&byte));
        let mut clean = Vec::new();
        let (mut kept, mut at) = (0, 0);
        while let Some(&byte) = text.get(at) {
            let rest = &text[at..];
            let found =
                starts(byte).then(|| secrets.iter().find_map(|secret| spelled(rest, secret)));
            if let Some(length) = found.flatten() {
                clean.extend_from_slice(&text[kept..at]);
                clean.extend_from_slice(REDACTED.as_bytes());
                at += length;
                kept = at;
            } else {
                // The second half of an escaped backslash starts no escape.
                at += if rest.starts_with(b"\\\\") { 2 } else { 1 };
            }
        }
        (kept > 0).then(|| {
            clean.extend_from_slice(&text[kept..]);
            clean
        })
    }
}

/// How many bytes at the start of the text spell the secret, where they do.
fn spelled(text: &[u8], secret: &[u8]) -> Option<usize> {
    let mut length = 0;
    for wanted in secret {
        let (found, bytes) = character(text.get(length..)?)?;
        if found != u32::from(*wanted) {
            return None;
        }
        length += bytes;
    }
    Some(length)
}

/// The first character, as it is or as an escape of JSON, and the number of its bytes.
fn character(text: &[u8]) -> Option<(u32, usize)> {
    match text {
        [b'\\', b'u', digits @ ..] => {
            let digits = std::str::from_utf8(digits.get(..4)?).ok()?;
            Some((u32::from_str_radix(digits, 16).ok()?, 6))
        }
        [b'\\', byte @ (b'"' | b'/' | b'\\'), ..] => Some((u32::from(*byte), 2)),
        [byte, ..] => Some((u32::from(*byte), 1)),
        [] => None,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// What a server sent that knows no key.
    pub(crate) fn of_test(text: &str) -> Clean<Bytes> {
        Clean(Bytes::copy_from_slice(text.as_bytes()))
    }

    fn clean(key: &str, text: &str) -> String {
        let key = Key::new(key.to_owned().into()).unwrap();
        let clean = key.clean_text(text.to_owned()).to_string();
        let bytes = key.clean(Bytes::copy_from_slice(text.as_bytes()));
        assert_eq!(bytes.as_ref(), clean.as_bytes());
        clean
    }

    #[test]
    fn the_key_and_its_secret_part_are_taken_out() {
        assert_eq!(clean("id:part", "a id:part b part c"), "a [key] b part c");
        let key = "id:secret-part";
        assert_eq!(clean(key, "secret-par"), "secret-par");
        assert_eq!(
            clean(key, "a id:secret-part b secret-part c"),
            "a [key] b [key] c"
        );
        assert_eq!(clean(key, "\\secret-part\\"), "\\[key]\\");
    }

    #[test]
    fn no_spelling_of_the_key_in_json_is_kept() {
        for (text, expected) in [
            (
                r#"{"secret\u002Dpart":["\u0073ecre\u0074-part",1]}"#,
                r#"{"[key]":["[key]",1]}"#,
            ),
            (r#"{"a": "\nsecret-part"}"#, r#"{"a": "\n[key]"}"#),
            (r#"{"a": "\\secret-part"}"#, r#"{"a": "\\[key]"}"#),
            (
                r#"{"a": "\\u0073ecret-part"}"#,
                r#"{"a": "\\u0073ecret-part"}"#,
            ),
            (r#"{"a": "\u00"#, r#"{"a": "\u00"#),
        ] {
            assert_eq!(clean("id:secret-part", text), expected);
        }
        assert_eq!(clean("id:se/cr\"et-p", r#""se\/cr\"et-p""#), r#""[key]""#);
    }

    #[test]
    fn a_header_that_holds_the_key_says_nothing() {
        let key = Key::new("id:secret-part".to_owned().into()).unwrap();
        let mut headers = HeaderMap::new();
        headers.insert("x-a", HeaderValue::from_static("secret-part"));
        headers.insert("x-b", HeaderValue::from_static("b"));
        let headers = key.clean_headers(headers);
        assert_eq!(
            (&headers["x-a"], &headers["x-b"]),
            (
                &HeaderValue::from_static(REDACTED),
                &HeaderValue::from_static("b")
            )
        );
    }
}
