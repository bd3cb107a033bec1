//! Streams of events: one `data:` line for each status of a job, with a comment line after a silence, or for each
//! output of a model.

use std::future::pending;
use std::sync::Arc;
use std::vec;

use serde_json::Value;
use tokio::time::{Instant, sleep_until};

use crate::testing::fault::Interruption;
use crate::testing::jobs::job::{Cursor, Job, Next};
use crate::testing::server::connection::{Order, Orders};
use crate::testing::wire::response;

/// One open stream.
pub(crate) struct EventStream {
    source: Source,
    sent: usize,
    interruption: Option<(usize, Interruption)>,
    orders: Orders,
}

/// Where the events come from.
enum Source {
    Job {
        job: Arc<Job>,
        cursor: Cursor,
        with_logs: bool,
        base_url: String,
    },
    /// What a model puts out while the caller waits.
    Outputs(vec::IntoIter<Value>),
}

impl EventStream {
    /// The outputs of a model, one event each.
    pub(crate) fn of_outputs(outputs: Vec<Value>, orders: Orders) -> Self {
        Self {
            source: Source::Outputs(outputs.into_iter()),
            sent: 0,
            interruption: None,
            orders,
        }
    }

    /// The statuses of a job.
    pub(crate) fn open(job: Arc<Job>, with_logs: bool, base_url: &str, orders: Orders) -> Self {
        Self {
            source: Source::Job {
                cursor: job.cursor(),
                job,
                with_logs,
                base_url: base_url.to_owned(),
            },
            sent: 0,
            interruption: None,
            orders,
        }
    }

    pub(crate) fn interrupt(&mut self, interruption: Option<(usize, Interruption)>) {
        self.interruption = interruption;
    }

    /// The next bytes of the stream; none at its end.
    pub(crate) async fn next(&mut self) -> Option<Vec<u8>> {
        let silent_since = Instant::now();
        loop {
            if let Some((after, interruption)) = self.interruption
                && self.sent >= after
            {
                match interruption {
                    Interruption::End => return None,
                    Interruption::Stall => pending::<()>().await,
                    Interruption::Garbage => {
                        self.interruption = None;
                        return Some(b"data: {\"status\": \"IN_PRO\n\n".to_vec());
                    }
                    Interruption::Reset => {
                        // The connection looks for orders when hyper has sent what it holds, so no event is lost.
                        self.orders.give(Order::Reset);
                        pending::<()>().await;
                    }
                }
            }
            let (job, cursor, with_logs, base_url) = match &mut self.source {
                Source::Outputs(outputs) => {
                    let output = outputs.next()?;
                    self.sent += 1;
                    return Some(format!("data: {output}\n\n").into_bytes());
                }
                Source::Job {
                    job,
                    cursor,
                    with_logs,
                    base_url,
                } => (Arc::clone(job), cursor, *with_logs, base_url),
            };
            let mut changed = std::pin::pin!(job.changed.notified());
            changed.as_mut().enable();
            let wake_at = match job.next_event(cursor) {
                Next::End => return None,
                Next::Event(snapshot) => {
                    self.sent += 1;
                    let status = response::status(&job, &snapshot, with_logs, base_url);
                    return Some(format!("data: {status}\n\n").into_bytes());
                }
                Next::Wait(wake_at) => wake_at,
            };
            let comment_at = silent_since + job.script.keep_alive;
            tokio::select! {
                () = changed => {}
                () = sleep_until(wake_at.unwrap_or(comment_at)), if wake_at.is_some() => {}
                () = sleep_until(comment_at) => return Some(b": ping\n\n".to_vec()),
            }
        }
    }
}
