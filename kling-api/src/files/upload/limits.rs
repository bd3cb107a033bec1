//! Holding a file against the limits of the field that it is for.

use crate::error::Error;
use crate::files::upload::content_type::family;
use crate::files::upload::source::refused;
use crate::values::media::limits::{Family, MediaLimits};

/// Refuses a file that the model would refuse, as far as that shows without decoding it.
///
/// `no_media` is what the file is where that is none of the three families.
pub(super) fn check(
    limits: &MediaLimits,
    size: u64,
    content_type: &str,
    no_media: Option<&str>,
) -> Result<(), Error> {
    if let Some(most) = limits.max_file_size.filter(|most| size > *most) {
        return Err(refused(
            format!("it has {size} bytes, and the limit is {most}"),
            "give a smaller file",
        ));
    }
    let Some(wanted) = limits.family else {
        return Ok(());
    };
    // A type that is none of the three may be one that we only failed to recognise.
    let found = match (no_media, family(content_type)) {
        (Some(found), _) => found,
        (None, Some(found)) if !suits(wanted, found) => content_type,
        (None, _) => return Ok(()),
    };
    let wanted = match wanted {
        Family::Image => "an image",
        Family::Video => "a video",
        Family::Audio => "a sound",
    };
    Err(refused(
        format!("it is {found}, and the field takes {wanted}"),
        "give a file of that kind",
    ))
}

fn suits(wanted: Family, found: Family) -> bool {
    wanted == found
        || matches!(
            (wanted, found),
            (Family::Video, Family::Image) | (Family::Audio, Family::Video)
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_recognisably_no_media_is_refused_where_media_belong() {
        let refused = |limits: MediaLimits| {
            let checked = check(&limits, 1, "image/png", Some("text"));
            checked.map_err(|error| format!("{error:#}"))
        };
        let error = refused(MediaLimits::new().image()).unwrap_err();
        assert!(
            error.contains("it is text, and the field takes an image"),
            "{error}"
        );
        // Such a field may take anything, an archive for one.
        assert_eq!(refused(MediaLimits::new()), Ok(()));
    }

    #[test]
    fn size_and_family_are_checked_and_what_is_unknown_is_not() {
        let limits = MediaLimits::new().max_file_size(10).image();
        for (limits, size, content_type, problem) in [
            (limits, 10, "image/png", None),
            (limits, 10, "application/octet-stream", None),
            (
                limits,
                11,
                "image/png",
                Some("it has 11 bytes, and the limit is 10"),
            ),
            (
                limits,
                1,
                "video/mp4",
                Some("it is video/mp4, and the field takes an image"),
            ),
            (MediaLimits::new().video(), 1, "image/gif", None),
            (MediaLimits::new().audio(), 1, "video/mp4", None),
            (
                MediaLimits::new().audio(),
                1,
                "image/gif",
                Some("the field takes a sound"),
            ),
        ] {
            let error =
                check(&limits, size, content_type, None).map_err(|error| format!("{error:#}"));
            match (error, problem) {
                (Ok(()), None) => {}
                (Err(error), Some(problem)) => assert!(error.contains(problem), "{error}"),
                (error, _) => panic!("{size} {content_type}: {error:?}"),
            }
        }
    }
}
