//! A finished job's output, with its metadata.

use std::ops::Deref;
use std::time::Duration;

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use crate::values::endpoint::Endpoint;
use crate::values::job::{Job, Urls};
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
    /// The endpoint of the job; `None` for a synchronous call, which left no job.
    pub(crate) endpoint: Option<String>,
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

    /// The job, where there was one and `E` is its endpoint: to keep it, or to get its result again. As
    /// [`Raw`](crate::Raw), it is the job of any endpoint. A synchronous call leaves none.
    #[must_use]
    pub fn job<E: Endpoint>(&self) -> Option<Job<E>> {
        let endpoint = self.endpoint.as_deref()?;
        (E::INFO.id.is_empty() || E::INFO.id == endpoint)
            .then(|| Job::new(endpoint, self.request_id.clone(), Urls::default()))
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

/// The output under `output`, the metadata beside it, and the inference time in seconds.
impl<O: Serialize> Serialize for Completed<O> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_struct("Completed", 5)?;
        map.serialize_field("request_id", &self.request_id)?;
        map.serialize_field("output", &self.output)?;
        let seconds = self.inference_time.map(|time| time.as_secs_f64());
        map.serialize_field("inference_time", &seconds)?;
        map.serialize_field("billable_units", &self.billable_units)?;
        map.serialize_field("logs", &self.logs)?;
        map.end()
    }
}

impl<O> Deref for Completed<O> {
    type Target = O;

    fn deref(&self) -> &O {
        &self.output
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::endpoint::Raw;

    #[test]
    fn it_is_written_with_its_metadata() {
        let completed = Completed {
            output: serde_json::json!({"url": "x"}),
            endpoint: Some("a/b".to_owned()),
            request_id: "6f".to_owned(),
            inference_time: Some(Duration::from_millis(2_500)),
            billable_units: None,
            logs: Vec::new(),
        };
        assert_eq!(
            serde_json::to_string(&completed).unwrap(),
            r#"{"request_id":"6f","output":{"url":"x"},"inference_time":2.5,"billable_units":null,"logs":[]}"#
        );
        let job = completed.job::<Raw>().unwrap();
        assert_eq!(job, Job::raw("a/b", "6f"));
        let ran = Completed {
            endpoint: None,
            ..completed
        };
        assert_eq!(ran.job::<Raw>(), None);
    }
}
