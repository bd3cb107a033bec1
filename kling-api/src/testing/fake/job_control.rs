//! One job, in the hands of a test.

use std::fmt;
use std::sync::Arc;

use crate::testing::jobs::Jobs;
use crate::testing::jobs::job::Job;
use crate::testing::jobs::logs::LogLine;
use crate::testing::jobs::outcome::Outcome;
use crate::testing::jobs::state::{Ending, JobState};

/// One job of a fake, to move by hand. Most useful while [`FakeFal::hold`](super::FakeFal::hold) keeps the jobs from
/// moving by themselves; each change reaches the open streams at once.
#[derive(Clone)]
pub struct JobControl<'a> {
    pub(crate) jobs: &'a Jobs,
    pub(crate) job: Arc<Job>,
}

impl fmt::Debug for JobControl<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JobControl")
            .field("request_id", &self.request_id())
            .field("state", &self.state())
            .finish()
    }
}

#[expect(
    clippy::must_use_candidate,
    reason = "each change has its effect at once; what it returns is for chaining"
)]
impl JobControl<'_> {
    /// The job's id.
    #[must_use]
    pub fn request_id(&self) -> &str {
        &self.job.request_id
    }

    /// Where the job stands.
    #[must_use]
    pub fn state(&self) -> JobState {
        self.job.peek().state
    }

    /// Moves the job one step further in its script: to the next position, the next status in progress, or the end.
    pub fn advance(&self) -> &Self {
        self.job.advance();
        self
    }

    /// Sets the position in the queue. Has no effect once the job has left the queue.
    pub fn queue_position(&self, position: u32) -> &Self {
        self.job.set_queue_position(position);
        self
    }

    /// Starts the job, without a log line. Has no effect once the job has left the queue.
    pub fn start(&self) -> &Self {
        self.job.start();
        self
    }

    /// Writes a log line. Has no effect once the job has ended.
    pub fn log(&self, line: impl Into<LogLine>) -> &Self {
        self.job.log(line.into());
        self
    }

    /// Ends the job as its script says.
    pub fn complete(&self) -> &Self {
        self.fail(self.job.submit.script.outcome.clone())
    }

    /// Ends the job in this way. Has no effect once it has ended.
    pub fn fail(&self, outcome: Outcome) -> &Self {
        self.job.finish(Ending::of(outcome));
        self
    }

    /// Ends the job as if its start timeout had passed in the queue.
    pub fn miss_start_timeout(&self) -> &Self {
        self.job.finish(Ending::missed_start());
        self
    }

    /// Forgets the job, as fal does some time after its end: from now on its id is unknown.
    pub fn forget(&self) {
        self.jobs.forget(&self.job.request_id);
    }
}
