//! How often fal itself repeats a job.

use serde::Serialize;

/// How many further attempts fal makes at a job, by what ended the one before; fal makes up to nine by default.
///
/// fal obeys it for the caller's own applications and ignores it for public models.
/// [`no_retry`](crate::Call::no_retry) wins over it.
///
/// ```
/// use kling_api::ServerRetries;
///
/// let retries = ServerRetries::new().server_error(3).timeout(0);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[must_use]
pub struct ServerRetries {
    #[serde(skip_serializing_if = "Option::is_none")]
    server_error: Option<Retries>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timeout: Option<Retries>,
    #[serde(skip_serializing_if = "Option::is_none")]
    connection_error: Option<Retries>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
struct Retries {
    retries: u32,
}

impl ServerRetries {
    /// Nothing set: fal's defaults apply.
    pub fn new() -> Self {
        Self::default()
    }

    /// After the application answered 503 or 504, or its answer broke off.
    pub fn server_error(mut self, retries: u32) -> Self {
        self.server_error = Some(Retries { retries });
        self
    }

    /// After the application took longer than it may.
    pub fn timeout(mut self, retries: u32) -> Self {
        self.timeout = Some(Retries { retries });
        self
    }

    /// After no connection to the application could be made.
    pub fn connection_error(mut self, retries: u32) -> Self {
        self.connection_error = Some(Retries { retries });
        self
    }

    /// The value of the header, which fal ignores silently where it is no JSON.
    pub(crate) fn written(self) -> Result<String, serde_json::Error> {
        serde_json::to_string(&self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_set_is_written() {
        assert_eq!(ServerRetries::new().written().unwrap(), "{}");
        assert_eq!(
            ServerRetries::new()
                .server_error(3)
                .timeout(0)
                .connection_error(1)
                .written()
                .unwrap(),
            r#"{"server_error":{"retries":3},"timeout":{"retries":0},"connection_error":{"retries":1}}"#
        );
    }
}
