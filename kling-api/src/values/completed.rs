//! A finished job's output, with its metadata.

use std::ops::Deref;
use std::time::Duration;

use crate::values::status::LogLine;

/// The output of a finished job. Reads like the output itself.
///
/// ```no_run
/// # use kling_api::{Client, Error};
/// # async fn example(client: Client) -> Result<(), Error> {
/// let input = serde_json::json!({"prompt": "two robins", "image_url": "https://example.com/a.webp"});
/// let video = client.call_raw("fal-ai/kling-video/v2.1/master/image-to-video", input).await?;
/// let url = video["video"]["url"].as_str().unwrap_or("no URL");
/// println!("{url} (request {})", video.request_id());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Completed<O> {
    pub(crate) output: O,
    pub(crate) request_id: String,
    pub(crate) inference_time: Option<Duration>,
    pub(crate) billable_units: Option<f64>,
    pub(crate) logs: Vec<LogLine>,
}

impl<O> Completed<O> {
    /// The request id of the job.
    #[must_use]
    pub fn request_id(&self) -> &str {
        &self.request_id
    }

    /// How long the model ran. Known where the job was followed, and not for every model.
    #[must_use]
    pub fn inference_time(&self) -> Option<Duration> {
        self.inference_time
    }

    /// What fal bills, in the endpoint's unit, from the header `X-Fal-Billable-Units`. Can be 0.
    #[must_use]
    pub fn billable_units(&self) -> Option<f64> {
        self.billable_units
    }

    /// What the model logged, each line once. Empty unless the job was followed with `logs(true)`.
    #[must_use]
    pub fn logs(&self) -> &[LogLine] {
        &self.logs
    }

    /// The output alone.
    #[must_use]
    pub fn into_output(self) -> O {
        self.output
    }
}

impl<O> Deref for Completed<O> {
    type Target = O;

    fn deref(&self) -> &O {
        &self.output
    }
}
