//! How a job runs: what a test writes down before it submits.

use std::time::Duration;

use serde_json::{Value, json};

/// How a job runs, from the queue to its end.
///
/// By default a job is seen twice in the queue, twice in progress with four log lines, and then ends well, with the
/// output that its endpoint's document gives as an example. Each look at it moves it on by one step.
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub struct Script {
    pub(crate) queue_positions: Vec<u32>,
    pub(crate) in_progress: usize,
    pub(crate) logs: Vec<String>,
    pub(crate) inference_time: Option<f64>,
    pub(crate) billable_units: Option<f64>,
    pub(crate) outcome: Outcome,
    pub(crate) stream_logs: StreamLogs,
    pub(crate) keep_alive: Duration,
    pub(crate) pace: Pace,
    pub(crate) obeys_cancel: bool,
    pub(crate) partial_outputs: Vec<Value>,
    pub(crate) payload_error: Option<String>,
}

impl Default for Script {
    fn default() -> Self {
        let logs = [
            "Loading the model",
            "Reading the image",
            "Making frames",
            "Writing the video",
        ];
        Self {
            queue_positions: vec![1, 0],
            in_progress: 2,
            logs: logs.map(str::to_owned).to_vec(),
            inference_time: Some(3.42),
            billable_units: Some(1.0),
            outcome: Outcome::Example,
            stream_logs: StreamLogs::Increments,
            keep_alive: Duration::from_secs(15),
            pace: Pace::Observed,
            obeys_cancel: true,
            partial_outputs: Vec::new(),
            payload_error: None,
        }
    }
}

impl Script {
    /// The default.
    pub fn new() -> Self {
        Self::default()
    }

    /// A job that is finished when it is first looked at.
    pub fn at_once() -> Self {
        Self::new()
            .queue_positions([])
            .in_progress(0)
            .logs(Vec::<String>::new())
    }

    /// The positions that the job has in the queue, one status each. None: it starts at once.
    pub fn queue_positions(mut self, positions: impl IntoIterator<Item = u32>) -> Self {
        self.queue_positions = positions.into_iter().collect();
        self
    }

    /// In how many statuses the job is in progress.
    pub fn in_progress(mut self, statuses: usize) -> Self {
        self.in_progress = statuses;
        self
    }

    /// The log lines, spread evenly over the statuses in progress.
    pub fn logs<L: Into<String>>(mut self, lines: impl IntoIterator<Item = L>) -> Self {
        self.logs = lines.into_iter().map(Into::into).collect();
        self
    }

    /// The seconds that the last status reports as `metrics.inference_time`; `None` sends null.
    pub fn inference_time(mut self, seconds: impl Into<Option<f64>>) -> Self {
        self.inference_time = seconds.into();
        self
    }

    /// The units that the result reports as `x-fal-billable-units`; `None` leaves the header out.
    pub fn billable_units(mut self, units: impl Into<Option<f64>>) -> Self {
        self.billable_units = units.into();
        self
    }

    /// How the job ends.
    pub fn outcome(mut self, outcome: Outcome) -> Self {
        self.outcome = outcome;
        self
    }

    /// Which log lines an event of the status stream carries.
    pub fn stream_logs(mut self, logs: StreamLogs) -> Self {
        self.stream_logs = logs;
        self
    }

    /// After how much silence the status stream sends a comment line. fal: 15 seconds.
    pub fn keep_alive(mut self, interval: Duration) -> Self {
        self.keep_alive = interval;
        self
    }

    /// What moves the job on.
    pub fn pace(mut self, pace: Pace) -> Self {
        self.pace = pace;
        self
    }

    /// What a streamed synchronous call puts out before its last output. By default, nothing.
    pub fn partial_outputs(mut self, outputs: impl IntoIterator<Item = Value>) -> Self {
        self.partial_outputs = outputs.into_iter().collect();
        self
    }

    /// The webhook of the job comes without its payload, for this reason. The result can be fetched.
    pub fn payload_error(mut self, reason: impl Into<String>) -> Self {
        self.payload_error = Some(reason.into());
        self
    }

    /// The job ends well although its cancellation was accepted, as fal says may happen.
    pub fn ignores_cancel(mut self) -> Self {
        self.obeys_cancel = false;
        self
    }
}

/// What moves a job from one step to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Pace {
    /// Each status that is asked for or streamed. No time passes: a stream runs through to the end at once.
    Observed,
    /// The clock: each step lasts this long.
    Timed(Duration),
}

/// Which log lines an event of the status stream carries. What fal does is not published, so a client must stand all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StreamLogs {
    /// All lines so far, in every event, as a polled status has them.
    Full,
    /// The lines that this stream has not sent yet; the first event carries all so far.
    Increments,
    /// Only lines written after this stream was opened.
    SinceConnect,
}

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
    /// fal could not run the job: `detail` is a sentence, and `error_type` says which.
    PlatformError {
        /// The HTTP status of the result.
        code: u16,
        /// fal's name for it, such as `runner_disconnected`.
        error_type: String,
        /// The sentence.
        message: String,
    },
    /// The result is this, whatever it is. The status says nothing of an error.
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
                "url": crate::testing::documents::pydantic::documentation_url(error_type),
            }]),
        }
    }

    /// A platform error with the status and a sentence that go with its type.
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

    /// The runner died under the job.
    #[must_use]
    pub fn runner_died() -> Self {
        Self::platform_error("runner_disconnected")
    }
}
