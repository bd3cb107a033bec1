//! What a model takes in one field.

/// What a model takes in one field, as its document says. Generated code builds it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct MediaLimits {
    pub(crate) max_file_size: Option<u64>,
    pub(crate) family: Option<Family>,
}

/// The first part of a content type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    Image,
    Video,
    Audio,
}

impl MediaLimits {
    /// No limits.
    pub const fn new() -> Self {
        Self {
            max_file_size: None,
            family: None,
        }
    }

    /// Sets the size of the largest file, in bytes.
    pub const fn max_file_size(mut self, bytes: u64) -> Self {
        self.max_file_size = Some(bytes);
        self
    }

    /// The field takes an image.
    pub const fn image(mut self) -> Self {
        self.family = Some(Family::Image);
        self
    }

    /// The field takes a video. An animated image counts as one.
    pub const fn video(mut self) -> Self {
        self.family = Some(Family::Video);
        self
    }

    /// The field takes a sound. A video counts as one, for its sound.
    pub const fn audio(mut self) -> Self {
        self.family = Some(Family::Audio);
        self
    }
}
