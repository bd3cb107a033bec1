//! fal's names of errors.

macro_rules! error_types {
    ($($(#[doc = $doc:literal])+ $variant:ident = $text:literal,)+) => {
        /// A type of error, by fal's own name for it. Open: fal adds names without notice.
        ///
        /// Platform errors say that fal could not run the job; model errors say what the model did
        /// not accept or could not do.
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorType {
            $($(#[doc = $doc])+ $variant,)+
            /// A name that this version does not know.
            Other(String),
        }

        impl ErrorType {
            /// Every name that this version knows.
            pub const KNOWN: &'static [Self] = &[$(Self::$variant,)+];

            /// fal's name.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Other(name) => name,
                }
            }
        }

        impl From<String> for ErrorType {
            fn from(name: String) -> Self {
                match name.as_str() {
                    $($text => Self::$variant,)+
                    _ => Self::Other(name),
                }
            }
        }
    };
}

crate::open_enum!(ErrorType);

error_types! {
    /// Platform, 504: the time limit of the request has passed.
    RequestTimeout = "request_timeout",
    /// Platform, 504: the runner did not start in time.
    StartupTimeout = "startup_timeout",
    /// Platform, 503: no runner could be found.
    RunnerSchedulingFailure = "runner_scheduling_failure",
    /// Platform, 503: the runner did not respond in time.
    RunnerConnectionTimeout = "runner_connection_timeout",
    /// Platform, 503: the runner went away.
    RunnerDisconnected = "runner_disconnected",
    /// Platform, 503: the runner accepted no connection.
    RunnerConnectionRefused = "runner_connection_refused",
    /// Platform, 503: the connection to the runner failed.
    RunnerConnectionError = "runner_connection_error",
    /// Platform, 502: the response of the runner was incomplete.
    RunnerIncompleteResponse = "runner_incomplete_response",
    /// Platform, 500: the runner failed.
    RunnerServerError = "runner_server_error",
    /// Platform, 500: fal failed.
    InternalError = "internal_error",
    /// Platform, 499: the client closed the connection of a direct call.
    ClientDisconnected = "client_disconnected",
    /// Platform, 499: the job was cancelled.
    ClientCancelled = "client_cancelled",
    /// Platform, 400: fal could not read the request.
    BadRequest = "bad_request",
    /// Platform, 429: the account already runs as many requests as it may.
    ConcurrentRequestsLimit = "concurrent_requests_limit",

    /// Model, 500: the model failed.
    InternalServerError = "internal_server_error",
    /// Model, 504: the model took too long.
    GenerationTimeout = "generation_timeout",
    /// Model, 500: a service that the model needs is not there.
    DownstreamServiceUnavailable = "downstream_service_unavailable",
    /// Model, 400 or 500: a service that the model needs failed.
    DownstreamServiceError = "downstream_service_error",
    /// Model, 422: the content is against the rules of the model's owner.
    ContentPolicyViolation = "content_policy_violation",
    /// Model, 422: the model made nothing of this input.
    NoMediaGenerated = "no_media_generated",
    /// Model, 422: an image cannot be read.
    ImageLoadError = "image_load_error",
    /// Model, 422: a file cannot be downloaded.
    FileDownloadError = "file_download_error",
    /// Model, 422: no face was found.
    FaceDetectionError = "face_detection_error",
    /// Model, 422: the model cannot do this.
    FeatureNotSupported = "feature_not_supported",
    /// Model, 422: an image is smaller than `min_height` by `min_width` pixels.
    ImageTooSmall = "image_too_small",
    /// Model, 422: an image is larger than `max_height` by `max_width` pixels.
    ImageTooLarge = "image_too_large",
    /// Model, 422: a file is larger than `max_size` bytes.
    FileTooLarge = "file_too_large",
    /// Model, 422: a number must be greater than `gt`.
    GreaterThan = "greater_than",
    /// Model, 422: a number must be `ge` or more.
    GreaterThanEqual = "greater_than_equal",
    /// Model, 422: a number must be less than `lt`.
    LessThan = "less_than",
    /// Model, 422: a number must be `le` or less.
    LessThanEqual = "less_than_equal",
    /// Model, 422: a number must be a multiple of `multiple_of`.
    MultipleOf = "multiple_of",
    /// Model, 422: a list or text is shorter than `min_length`.
    SequenceTooShort = "sequence_too_short",
    /// Model, 422: a list or text is longer than `max_length`.
    SequenceTooLong = "sequence_too_long",
    /// Model, 422: a value is none of `expected`.
    OneOf = "one_of",
    /// Model, 422: an archive is of a kind that is not in `supported_extensions`.
    InvalidArchive = "invalid_archive",
    /// Model, 422: an archive has fewer files than `min_count`.
    ArchiveFileCountBelowMinimum = "archive_file_count_below_minimum",
    /// Model, 422: an archive has more files than `max_count`.
    ArchiveFileCountExceedsMaximum = "archive_file_count_exceeds_maximum",
    /// Model, 422: a sound is longer than `max_duration` seconds.
    AudioDurationTooLong = "audio_duration_too_long",
    /// Model, 422: a sound is shorter than `min_duration` seconds.
    AudioDurationTooShort = "audio_duration_too_short",
    /// Model, 422: a video is longer than `max_duration` seconds.
    VideoDurationTooLong = "video_duration_too_long",
    /// Model, 422: a video is shorter than `min_duration` seconds.
    VideoDurationTooShort = "video_duration_too_short",
    /// Model, 422: a sound is in none of `supported_formats`.
    UnsupportedAudioFormat = "unsupported_audio_format",
    /// Model, 422: an image is in none of `supported_formats`.
    UnsupportedImageFormat = "unsupported_image_format",
    /// Model, 422: a video is in none of `supported_formats`.
    UnsupportedVideoFormat = "unsupported_video_format",
}

#[cfg(test)]
mod tests {
    use super::ErrorType;

    #[test]
    fn every_known_name_comes_back() {
        for known in ErrorType::KNOWN {
            assert_eq!(&ErrorType::from(known.as_str()), known);
        }
        assert_eq!(
            ErrorType::from("brand_new"),
            ErrorType::Other("brand_new".into())
        );
        assert_eq!(ErrorType::KNOWN.len(), 45);
    }
}
