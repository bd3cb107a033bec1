//! How a job ends.

use serde_json::{Value, json};

use crate::testing::documents::pydantic::documentation_url;

/// How a job ends.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Outcome {
    /// Well, with the output that the endpoint's document gives as an example.
    Example,
    /// Well, with this output.
    Output(Value),
    /// The model refuses: its status and fal's array of details, such as 422 and `content_policy_violation`.
    ModelError {
        /// The HTTP status of the result.
        code: u16,
        /// What stands under `detail`.
        detail: Value,
    },
    /// fal could not run the job: `detail` is a sentence, and `error_type` says which error it is.
    PlatformError {
        /// The HTTP status of the result.
        code: u16,
        /// fal's name for it, such as `runner_disconnected`.
        error_type: String,
        /// The sentence.
        message: String,
    },
    /// The result is exactly this response. The status reports no error.
    Answer {
        /// The HTTP status of the result.
        code: u16,
        /// Further headers of the result.
        headers: Vec<(String, String)>,
        /// The body, byte for byte.
        body: Vec<u8>,
    },
}

impl Outcome {
    /// A model error with one detail at `body.<field>`, and the status that fal's documentation gives its type.
    #[must_use]
    pub fn model_error(error_type: &str, field: &str, message: &str) -> Self {
        let code = match error_type {
            "internal_server_error" | "downstream_service_unavailable" => 500,
            "downstream_service_error" => 400,
            "generation_timeout" => 504,
            _ => 422,
        };
        Self::ModelError {
            code,
            detail: json!([{
                "loc": ["body", field],
                "msg": message,
                "type": error_type,
                "url": documentation_url(error_type),
            }]),
        }
    }

    /// A platform error with the status and the sentence that fal has for its type.
    #[must_use]
    pub fn platform_error(error_type: &str) -> Self {
        let (code, message) = match error_type {
            "request_timeout" => (504, "Request timed out"),
            "startup_timeout" => (504, "Runner did not start in time"),
            "runner_scheduling_failure" => (503, "Runner could not be scheduled"),
            "runner_connection_timeout" => (503, "Connection to the runner timed out"),
            "runner_disconnected" => (503, "Runner disconnected"),
            "runner_connection_refused" => (503, "Runner refused the connection"),
            "runner_connection_error" => (503, "Could not connect to the runner"),
            "runner_incomplete_response" => (502, "Runner sent an incomplete response"),
            "client_disconnected" => (499, "Client disconnected"),
            "client_cancelled" => (499, "Request was cancelled"),
            "bad_request" => (400, "Bad request"),
            _ => (500, "Internal error"),
        };
        Self::PlatformError {
            code,
            error_type: error_type.to_owned(),
            message: message.to_owned(),
        }
    }

    /// The runner died while it worked on the job.
    #[must_use]
    pub fn runner_died() -> Self {
        Self::platform_error("runner_disconnected")
    }

    /// The HTTP status of the result.
    pub(crate) fn code(&self) -> u16 {
        match self {
            Self::Example | Self::Output(_) => 200,
            Self::ModelError { code, .. }
            | Self::PlatformError { code, .. }
            | Self::Answer { code, .. } => *code,
        }
    }

    /// What a completed status says of a failure: the sentence, and fal's type where the platform failed.
    pub(crate) fn failure(&self) -> Option<(String, Option<&str>)> {
        match self {
            Self::Example | Self::Output(_) | Self::Answer { .. } => None,
            Self::ModelError { code, .. } => Some((format!("Invalid status code: {code}"), None)),
            Self::PlatformError {
                error_type,
                message,
                ..
            } => Some((message.clone(), Some(error_type))),
        }
    }
}
