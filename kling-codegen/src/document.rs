//! A document as it comes in, and the check of the id that it came under.

use crate::error::Error;
use crate::ir::names::EndpointId;

/// One OpenAPI document of fal, and the endpoint id under which it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// The endpoint id, such as `fal-ai/kling-video/v2.1/master/image-to-video`.
    pub id: String,
    /// The JSON text.
    pub text: String,
}

impl EndpointId {
    /// Checks an endpoint id: two or more segments of letters, digits, `.`, `_` and `-`, none of which starts
    /// with a dot.
    ///
    /// Such an id is safe as a path below a folder and in a URL.
    ///
    /// # Errors
    ///
    /// When the text is no such id.
    pub fn new(text: &str) -> Result<Self, Error> {
        let segments: Vec<&str> = text.split('/').collect();
        let good = segments.len() >= 2
            && text.len() <= 200
            && segments.iter().all(|segment| is_segment(segment));
        if good {
            Ok(Self::unchecked(text))
        } else {
            Err(Error::new(
                crate::error::shortened(text),
                "",
                "this is no endpoint id",
                "Write owner/app or owner/app/path, with letters, digits, `.`, `_` and `-` in each part",
            ))
        }
    }

    /// The segments between the slashes.
    pub fn segments(&self) -> impl Iterator<Item = &str> {
        self.as_str().split('/')
    }
}

fn is_segment(segment: &str) -> bool {
    // Names that some file systems give to devices would not come back as the file that was written.
    const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];
    let stem = segment
        .split('.')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    let numbered_device = stem.len() == 4
        && (stem.starts_with("com") || stem.starts_with("lpt"))
        && stem.ends_with(|last: char| last.is_ascii_digit());
    !segment.is_empty()
        && !segment.starts_with('.')
        && !segment.ends_with('.')
        && segment
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
        && !DEVICES.contains(&stem.as_str())
        && !numbered_device
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_fal_are_taken() {
        for id in [
            "fal-ai/kling-video/v2.5-turbo/standard/image-to-video",
            "xai/grok-imagine-image",
            "workflows/a/b/x",
        ] {
            assert_eq!(EndpointId::new(id).unwrap().as_str(), id);
        }
    }

    #[test]
    fn paths_out_of_the_folder_are_refused() {
        for id in [
            "",
            "app",
            "/a/b",
            "a/b/",
            "a//b",
            "../../x",
            "a/../b",
            "a/.git",
            "C:\\a/b",
            "a/nul",
            "a/COM1.json",
            "a/b c",
            "a/é",
            "a/b\0",
            "a/b.",
        ] {
            assert!(EndpointId::new(id).is_err(), "{id:?}");
        }
    }
}
