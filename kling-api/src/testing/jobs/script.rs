//! How a job runs, as a test sets it before a submit.

use std::time::Duration;

use serde_json::Value;

use crate::testing::jobs::outcome::Outcome;

/// How a job runs, from the queue to its end.
///
/// By default a job shows two statuses in the queue and two in progress with four log lines, and then ends well, with
/// the output that its endpoint's document gives as an example. Each status that is read moves it on by one step.
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

    /// A job whose first status says that it is completed.
    pub fn at_once() -> Self {
        Self::new()
            .queue_positions([])
            .in_progress(0)
            .logs(Vec::<String>::new())
    }

    /// The positions that the job has in the queue, one for each status. Without one it starts at once.
    pub fn queue_positions(mut self, positions: impl IntoIterator<Item = u32>) -> Self {
        self.queue_positions = positions.into_iter().collect();
        self
    }

    /// How many statuses say that the job is in progress.
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

    /// The outputs that a streamed synchronous call sends before its last one. By default, none.
    pub fn partial_outputs(mut self, outputs: impl IntoIterator<Item = Value>) -> Self {
        self.partial_outputs = outputs.into_iter().collect();
        self
    }

    /// The webhook of the job comes without its payload, for this reason. The result can still be fetched.
    pub fn payload_error(mut self, reason: impl Into<String>) -> Self {
        self.payload_error = Some(reason.into());
        self
    }

    /// The job ends well although its cancellation was accepted. fal says that this may happen.
    pub fn ignores_cancel(mut self) -> Self {
        self.obeys_cancel = false;
        self
    }
}

/// What moves a job from one step to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Pace {
    /// Each status that is requested or streamed. No time passes: a stream runs to the end at once.
    Observed,
    /// The clock: each step lasts this long.
    Timed(Duration),
}

/// Which log lines an event of the status stream carries. fal does not say which, so a client must handle all three.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StreamLogs {
    /// All lines so far, in every event, like a polled status.
    Full,
    /// The lines that this stream has not sent yet; the first event carries all so far.
    Increments,
    /// Only lines written after this stream was opened.
    SinceConnect,
}
