//! The queue's promises, path by path: a client of the generated crate against `FakeFal`.
//!
//! Jobs that are held move by hand, so that no test depends on how fast anything is.

mod bounds;
mod cancel;
mod deadline;
mod ended;
mod follow;
mod kept;
mod logs;
mod refused;
mod submit;

use std::time::Duration;

use kling_api::v1::standard::image_to_video::{Input, Output};
use kling_api::{Error, Follow, LogLine, Update, Updates};

/// Asks often enough that nobody waits for a test.
fn hurried(follow: Follow<Input>) -> Follow<Input> {
    follow.poll_interval(Duration::from_millis(1), Duration::from_millis(5))
}

/// All updates up to the end.
async fn all(mut updates: Updates<Output>) -> Vec<Result<Update<Output>, Error>> {
    let mut all = Vec::new();
    while let Some(update) = updates.next().await {
        all.push(update);
    }
    all
}

/// The messages of all log lines, in the order in which they were shown.
fn messages(updates: &[Result<Update<Output>, Error>]) -> Vec<String> {
    let mut messages = Vec::new();
    for update in updates.iter().flatten() {
        if let Update::Logs(lines) = update {
            messages.extend(texts(lines));
        }
    }
    messages
}

fn texts(lines: &[LogLine]) -> Vec<String> {
    lines.iter().map(|line| line.message.clone()).collect()
}
