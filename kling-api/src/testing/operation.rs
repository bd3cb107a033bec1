//! What a request asks for.

use std::fmt;

/// What a request asks of the fake, as far as its method and path say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// `POST /{endpoint id}`: buys a job.
    Submit,
    /// `GET …/requests/{id}/status`.
    Status,
    /// `GET …/requests/{id}/status/stream`.
    Stream,
    /// `GET …/requests/{id}`.
    Result,
    /// `PUT …/requests/{id}/cancel`.
    Cancel,
    /// `GET /files/…`: a file that an output names.
    File,
    /// `POST /-/run/{endpoint id}`: buys a job and waits for its output.
    Run,
    /// `POST /-/run/{endpoint id}/stream`: the same, with the outputs before the last one.
    RunStream,
    /// `POST /-/rest/storage/upload/initiate` and `initiate-multipart`: asks for URLs for a file.
    InitiateUpload,
    /// `PUT /-/storage/…`: a whole file.
    Upload,
    /// `PUT /-/storage/…/{number}`: a part of a file.
    UploadPart,
    /// `POST /-/storage/…/complete`: joins the parts of a file.
    CompleteUpload,
    /// `GET /-/rest/.well-known/jwks.json`: the keys that webhooks are signed with.
    WebhookKeys,
    /// What the fake itself sends: `POST` to the webhook of a job that has ended.
    Webhook,
    /// `/-/platform/v1/…`: models, prices and past requests.
    Platform,
    /// Anything else.
    Other,
}

impl Operation {
    pub(crate) const COUNT: usize = 16;

    pub(crate) const fn index(self) -> usize {
        self as usize
    }

    /// Whether a good response is a stream of events.
    pub(crate) fn is_streamed(self) -> bool {
        matches!(self, Self::Stream | Self::RunStream)
    }

    /// The content type of a good response.
    pub(crate) fn content_type(self) -> &'static str {
        match self {
            _ if self.is_streamed() => "text/event-stream; charset=utf-8",
            Self::File => "video/mp4",
            _ => "application/json",
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Submit => "submit",
            Self::Status => "status",
            Self::Stream => "stream",
            Self::Result => "result",
            Self::Cancel => "cancel",
            Self::File => "file",
            Self::Run => "run",
            Self::RunStream => "run stream",
            Self::InitiateUpload => "initiate upload",
            Self::Upload => "upload",
            Self::UploadPart => "upload part",
            Self::CompleteUpload => "complete upload",
            Self::WebhookKeys => "webhook keys",
            Self::Webhook => "webhook",
            Self::Platform => "platform",
            Self::Other => "other",
        })
    }
}
