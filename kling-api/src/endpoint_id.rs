//! The grammar of fal's endpoint ids, and the two paths that follow from one.

use crate::Error;

/// Namespaces that stand before the owner.
const NAMESPACES: [&str; 2] = ["workflows", "comfy"];

/// `[namespace/]owner/alias[/path…]`, taken apart.
///
/// A job is submitted to the whole id; status, result and cancel know only the application, which
/// is the id without its path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EndpointId {
    segments: Vec<String>,
    application: usize,
}

impl EndpointId {
    pub(crate) fn parse(id: &str) -> Result<Self, Error> {
        if id.is_empty() {
            return Err(Error::configuration(
                "the endpoint id is missing; give the id from the page of the model, and for a job of \
                 plain JSON use Job::raw, which takes it",
            ));
        }
        let segments: Vec<String> = match numbered(id) {
            Some((number, rest)) => vec![number.to_owned(), rest.to_owned()],
            None => id.split('/').map(str::to_owned).collect(),
        };
        let namespaced = segments
            .first()
            .is_some_and(|first| NAMESPACES.contains(&first.as_str()));
        let application = if namespaced { 3 } else { 2 };
        if segments.len() < application || !segments.iter().all(|segment| is_segment(segment)) {
            return Err(Error::configuration(format!(
                "the endpoint id {id:?} is not of the form owner/name or owner/name/path; copy it \
                 from the page of the model, for example fal-ai/kling-video/v2.1/master/image-to-video"
            )));
        }
        Ok(Self {
            segments,
            application,
        })
    }

    /// Where a job is submitted.
    pub(crate) fn submit_path(&self) -> &[String] {
        &self.segments
    }

    /// Where the requests of the application are.
    pub(crate) fn application_path(&self) -> &[String] {
        &self.segments[..self.application]
    }
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

/// Letters, digits and the marks that a path carries as they are; never a step up the path.
fn is_segment(segment: &str) -> bool {
    !segment.is_empty()
        && segment != "."
        && segment != ".."
        && segment
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(id: &str) -> (String, String) {
        let id = EndpointId::parse(id).unwrap();
        (id.submit_path().join("/"), id.application_path().join("/"))
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
        ] {
            assert!(EndpointId::parse(id).is_err(), "{id}");
        }
        let missing = EndpointId::parse("").unwrap_err().to_string();
        assert!(missing.contains("use Job::raw"), "{missing}");
    }
}
