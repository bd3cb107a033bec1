//! Each log line once: over streams that break, whatever they send.

use std::time::Duration;

use kling_api::Update;
use kling_api::testing::{FakeFal, Fault, LogLine, Operation, Script, StreamLogs};
use kling_tests::harness::{client, submitted};

use crate::queue::{all, hurried, messages, texts};

const LINES: [&str; 6] = ["load", "step", "step", "step", "write", "step"];

/// Equal in every field: only their number tells them apart.
fn line(message: &str) -> LogLine {
    LogLine::new(message).timestamp("2026-02-17T10:30:01Z")
}

#[tokio::test]
async fn a_stream_that_breaks_anywhere_loses_and_repeats_nothing() {
    for mode in [
        StreamLogs::Full,
        StreamLogs::Increments,
        StreamLogs::SinceConnect,
    ] {
        for after in 0..=4 {
            for fault in [
                Fault::StreamDrop { after },
                Fault::StreamEnd { after },
                Fault::StreamStall { after },
                Fault::StreamGarbage { after },
            ] {
                let script = Script::new()
                    .queue_positions([0])
                    .in_progress(3)
                    .logs(LINES)
                    .stream_logs(mode);
                let fake = FakeFal::builder().script(script).start().await.unwrap();
                fake.fault(Operation::Stream, fault.clone());
                let client = client(&fake);
                let job = submitted(&client).await;
                let follow = hurried(client.follow(&job))
                    .logs(true)
                    .stall_timeout(Duration::from_millis(50));
                let updates = all(follow.updates()).await;

                let Some(Ok(Update::Completed(video))) = updates.last() else {
                    panic!("{mode:?} {fault:?}: {updates:?}")
                };
                assert_eq!(texts(video.logs()), LINES, "{mode:?} {fault:?}");
                let mut shown = messages(&updates);
                shown.sort_unstable();
                let mut logged = LINES;
                logged.sort_unstable();
                assert_eq!(shown, logged, "{mode:?} {fault:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_stream_that_broke_is_opened_again_and_goes_on() {
    for mode in [
        StreamLogs::Full,
        StreamLogs::Increments,
        StreamLogs::SinceConnect,
    ] {
        let fake = FakeFal::builder()
            .script(Script::new().stream_logs(mode))
            .hold()
            .start()
            .await
            .unwrap();
        fake.fault(Operation::Stream, Fault::StreamDrop { after: 3 })
            .times(1);
        let client = client(&fake);
        let job = submitted(&client).await;
        let hand = fake.job(job.request_id());
        let following = tokio::spawn(all(hurried(client.follow(&job)).logs(true).updates()));

        fake.wait_for(Operation::Stream, 1).await;
        hand.start().log(line("a")).log(line("b"));
        // While no stream is open.
        fake.wait_for(Operation::Status, 1).await;
        hand.log(line("b"));
        fake.wait_for(Operation::Stream, 2).await;
        let polls = fake.count(Operation::Status);
        hand.log(line("c")).log(line("c")).log(line("d")).complete();

        let updates = following.await.unwrap();
        let Some(Ok(Update::Completed(video))) = updates.last() else {
            panic!("{updates:?}")
        };
        assert_eq!(
            texts(video.logs()),
            ["a", "b", "b", "c", "c", "d"],
            "{mode:?}"
        );
        let mut shown = messages(&updates);
        shown.sort_unstable();
        assert_eq!(shown, ["a", "b", "b", "c", "c", "d"], "{mode:?}");
        // One for what was logged before the new stream, one for the complete log at the end, and one that may have
        // been under way.
        assert!(
            fake.count(Operation::Status) <= polls + 3,
            "with a stream there is no need to ask"
        );
    }
}

#[tokio::test]
async fn logs_come_only_where_they_are_asked_for() {
    let fake = FakeFal::start().await.unwrap();
    let client = client(&fake);
    let job = submitted(&client).await;
    let updates = all(client.follow(&job).updates()).await;
    assert!(messages(&updates).is_empty());
    assert!(
        fake.requests()
            .iter()
            .all(|request| request.query_value("logs").is_none())
    );

    let status = client.status(&job).logs(true).await.unwrap();
    assert_eq!(status.logs().len(), 4);
}
