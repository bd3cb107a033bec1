//! The grammar of fal's endpoint ids, and the two paths that follow from one.

use std::borrow::Cow;

use crate::error::Error;

/// Namespaces that stand before the owner.
const NAMESPACES: [&str; 2] = ["workflows", "comfy"];

/// `[namespace/]owner/alias[/path…]`.
///
/// A job is submitted to the whole id; status, result and cancel know only the application, which
/// is the id without its path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EndpointId<'a> {
    path: Cow<'a, str>,
    /// The length of the application's part.
    application: usize,
}

impl<'a> EndpointId<'a> {
    pub(crate) fn parse(id: &'a str) -> Result<Self, Error> {
        if id.is_empty() {
            return Err(Error::configuration(
                "the endpoint id is missing; give the id from the page of the model, and for a job of \
                 plain JSON use Job::raw, which takes it",
            ));
        }
        let path = match numbered(id) {
            Some((number, rest)) => Cow::Owned(format!("{number}/{rest}")),
            None => Cow::Borrowed(id),
        };
        let Some(application) = application(&path) else {
            return Err(Error::configuration(format!(
                "the endpoint id {id:?} is not of the form owner/name or owner/name/path; copy it \
                 from the page of the model, for example fal-ai/kling-video/v2.1/master/image-to-video"
            )));
        };
        Ok(Self { path, application })
    }

    /// Where a job is submitted.
    pub(crate) fn submit_path(&self) -> impl Iterator<Item = &str> {
        // As a list of letters, which is not searched for with the effort that pays in long texts.
        self.path.split(['/'])
    }

    /// Where the requests of the application are.
    pub(crate) fn application_path(&self) -> &str {
        &self.path[..self.application]
    }
}

/// The length of the application's part; `None` where the path is none.
fn application(path: &str) -> Option<usize> {
    let is_namespaced = NAMESPACES.iter().any(|namespace| {
        path.strip_prefix(namespace)
            .is_some_and(|rest| rest.starts_with('/'))
    });
    let (needed, mut seen, mut start, mut end) = (if is_namespaced { 3 } else { 2 }, 0, 0, 0);
    // Byte by byte: each request about a job parses an id, and a search for the slashes costs
    // more in parts this short.
    for (place, byte) in path.bytes().chain([b'/']).enumerate() {
        if byte == b'/' {
            if matches!(&path[start..place], "" | "." | "..") {
                return None;
            }
            (seen, start) = (seen + 1, place + 1);
            if seen == needed {
                end = place;
            }
        } else if !is_allowed(byte) {
            return None;
        }
    }
    (seen >= needed).then_some(end)
}

/// Old ids have no slash: `110602490-fast-sdxl` means `110602490/fast-sdxl`.
fn numbered(id: &str) -> Option<(&str, &str)> {
    let (number, rest) = id.split_once('-')?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let is_name = !rest.is_empty()
        && rest
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    (is_number && is_name).then_some((number, rest))
}

/// Letters, digits and the marks that a path carries as they are.
fn is_allowed(byte: u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(id: &str) -> (String, String) {
        let id = EndpointId::parse(id).unwrap();
        let submit: Vec<&str> = id.submit_path().collect();
        (submit.join("/"), id.application_path().to_owned())
    }

    #[test]
    fn the_application_is_the_id_without_its_path() {
        for (id, submit, application) in [
            (
                "fal-ai/kling-video/v2.1/master/image-to-video",
                "fal-ai/kling-video/v2.1/master/image-to-video",
                "fal-ai/kling-video",
            ),
            ("xai/grok-imagine", "xai/grok-imagine", "xai/grok-imagine"),
            ("workflows/a/b/x", "workflows/a/b/x", "workflows/a/b"),
            ("comfy/a/b", "comfy/a/b", "comfy/a/b"),
            (
                "110602490-fast-sdxl",
                "110602490/fast-sdxl",
                "110602490/fast-sdxl",
            ),
        ] {
            assert_eq!(
                paths(id),
                (submit.to_owned(), application.to_owned()),
                "{id}"
            );
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for id in [
            "",
            "/",
            "kling",
            "workflows/a",
            "a//b",
            "/a/b",
            "a/b/",
            "a/../b",
            "a/b?c",
            "a/b#c",
            "a/b c",
            "https://x/y",
            "-x",
            "12-",
            "12-a_b",
            "a/%2e%2e",
            "a/b/..",
            "a/b/\u{e9}",
        ] {
            assert!(EndpointId::parse(id).is_err(), "{id}");
        }
        let missing = format!("{:#}", EndpointId::parse("").unwrap_err());
        assert!(missing.contains("use Job::raw"), "{missing}");
    }
}
