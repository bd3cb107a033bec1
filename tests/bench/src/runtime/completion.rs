//! From the moment at which the server has completed a job to the caller's result.

use std::time::{Duration, Instant};

use kling_api::Update;
use kling_api::testing::FakeFal;

use super::{input, settings, two_threads};
use crate::row;
use crate::table::{self, median, milliseconds};

pub(super) fn measure() {
    let mut rows = vec![row!["", "median", "slowest of ten"]];
    let mut medians = Vec::new();
    for (described, streaming, jobs) in [
        ("status stream", true, 300),
        ("polling, first after 250 ms", false, 30),
    ] {
        eprintln!("completion by {described}");
        let times = two_threads().block_on(times(streaming, jobs));
        let mut sorted = times.clone();
        sorted.sort_by(f64::total_cmp);
        rows.push(row![
            described,
            format!("{:.2} ms", median(times.clone())),
            format!("{:.2} ms", sorted[sorted.len() * 9 / 10])
        ]);
        medians.push(median(times));
    }
    table::print("From completion to the result", &rows);
    table::print(
        "Completion, targets",
        &table::verdicts([table::verdict(
            "completion noticed by the stream, median",
            "under 5 ms",
            &format!("{:.2} ms", medians[0]),
            medians[0] < 5.0,
        )]),
    );
}

async fn times(streaming: bool, jobs: usize) -> Vec<f64> {
    let fake = FakeFal::builder()
        .record(false)
        .hold()
        .start_blocking()
        .expect("a server");
    let client = settings(fake.url())
        .key(fake.key())
        .build()
        .expect("a client");
    let mut times = Vec::new();
    for number in 0..jobs {
        let job = client.call(input()).submit().await.expect("a job");
        let mut updates = client.follow(&job).streaming(streaming).updates();
        updates.next().await.expect("an update").expect("a status");
        // The job ends at any time of the follow: with polling, anywhere between two questions.
        tokio::time::sleep(Duration::from_millis(20 + 37 * number as u64 % 400)).await;
        let start = Instant::now();
        fake.job(job.request_id()).complete();
        while let Some(update) = updates.next().await {
            if let Update::Completed(_) = update.expect("an update") {
                times.push(milliseconds(start.elapsed()));
            }
        }
    }
    assert_eq!(times.len(), jobs, "every job ends with its result");
    times
}
