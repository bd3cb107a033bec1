//! What a model takes, as far as it can be checked without decoding anything.

#[cfg(feature = "client")]
use crate::error::Error;
use crate::error::kind::Phase;
#[cfg(feature = "client")]
use crate::files::upload::content_type::family;

/// What a model takes in one field, as its document says. Generated code builds it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct MediaLimits {
    max_file_size: Option<u64>,
    family: Option<&'static str>,
}

impl MediaLimits {
    /// Nothing is known.
    pub const fn new() -> Self {
        Self {
            max_file_size: None,
            family: None,
        }
    }

    /// The largest file, in bytes.
    pub const fn max_file_size(mut self, bytes: u64) -> Self {
        self.max_file_size = Some(bytes);
        self
    }

    /// An image is asked for.
    pub const fn image(mut self) -> Self {
        self.family = Some("image");
        self
    }

    /// A video is asked for. An animated image counts as one.
    pub const fn video(mut self) -> Self {
        self.family = Some("video");
        self
    }

    /// A sound is asked for. A video counts as one, for what is heard in it.
    pub const fn audio(mut self) -> Self {
        self.family = Some("audio");
        self
    }

    #[cfg(feature = "client")]
    /// Refuses a file that the model would refuse.
    pub(crate) fn check(&self, size: u64, content_type: &str) -> Result<(), Error> {
        let refuse = |problem, advice| Err(Error::file(Phase::Upload, problem, advice));
        if let Some(most) = self.max_file_size.filter(|most| size > *most) {
            return refuse(
                format!("it has {size} bytes, and at most {most} are taken"),
                "give a smaller file",
            );
        }
        // A type that is none of the three may be one that we only failed to recognise.
        if let (Some(wanted), Some(found)) = (self.family, family(content_type))
            && !suits(wanted, found)
        {
            return refuse(
                format!("it is {content_type}, and the field is for {wanted}"),
                "give a file of that kind",
            );
        }
        Ok(())
    }
}

#[cfg(feature = "client")]
fn suits(wanted: &str, found: &str) -> bool {
    wanted == found || matches!((wanted, found), ("video", "image") | ("audio", "video"))
}

#[cfg(all(test, feature = "client"))]
mod tests {
    use super::*;

    #[test]
    fn size_and_kind_are_checked_and_what_is_unknown_is_not() {
        let limits = MediaLimits::new().max_file_size(10).image();
        for (size, content_type, problem) in [
            (10, "image/png", None),
            (10, "application/octet-stream", None),
            (
                11,
                "image/png",
                Some("it has 11 bytes, and at most 10 are taken"),
            ),
            (
                1,
                "video/mp4",
                Some("it is video/mp4, and the field is for image"),
            ),
        ] {
            let error = limits
                .check(size, content_type)
                .err()
                .map(|error| error.to_string());
            match (error, problem) {
                (None, None) => {}
                (Some(error), Some(problem)) => assert!(error.contains(problem), "{error}"),
                (error, _) => panic!("{size} {content_type}: {error:?}"),
            }
        }
        assert!(MediaLimits::new().video().check(1, "image/gif").is_ok());
        assert!(MediaLimits::new().audio().check(1, "video/mp4").is_ok());
        assert!(MediaLimits::new().audio().check(1, "image/gif").is_err());
    }
}
