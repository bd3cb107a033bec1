//! Streams that break in the middle.

use std::time::Duration;

use kling_api::testing::{Fault, Operation, Script};

use crate::fake_fal::support::{Events, is_reset, start, start_with, submit};

#[tokio::test]
async fn a_dropped_stream_is_reset_after_its_events() {
    for after in [0, 1, 3] {
        let fake = start().await;
        fake.fault(Operation::Stream, Fault::StreamDrop { after })
            .times(1);
        let id = submit(&fake).await;
        let mut events = Events::open(&fake, &id).await;
        for _ in 0..after {
            assert!(events.event().await.is_some());
        }
        let error = events.block().await.unwrap_err();
        assert!(is_reset(&error), "{error:?}");
        let again = Events::open(&fake, &id).await.rest().await;
        assert_eq!(again.last().unwrap()["status"], "COMPLETED");
    }
}

#[tokio::test]
async fn an_ended_stream_ends_properly_before_the_job() {
    let fake = start().await;
    fake.fault(Operation::Stream, Fault::StreamEnd { after: 2 });
    let id = submit(&fake).await;
    let events = Events::open(&fake, &id).await.rest().await;
    assert_eq!(events.len(), 2);
    assert_eq!(events[1]["status"], "IN_QUEUE");
}

#[tokio::test]
async fn a_stalled_stream_sends_not_even_comments() {
    let fake = start_with(Script::new().keep_alive(Duration::from_millis(1))).await;
    fake.fault(Operation::Stream, Fault::StreamStall { after: 1 });
    let id = submit(&fake).await;
    let mut events = Events::open(&fake, &id).await;
    assert!(events.event().await.is_some());
    let silence = tokio::time::timeout(Duration::from_millis(100), events.block()).await;
    assert!(silence.is_err(), "{silence:?}");
}

#[tokio::test]
async fn a_garbled_event_stands_between_the_others() {
    let fake = start().await;
    fake.fault(Operation::Stream, Fault::StreamGarbage { after: 1 });
    let id = submit(&fake).await;
    let mut events = Events::open(&fake, &id).await;
    let mut readable = Vec::new();
    while let Some(block) = events.block().await.unwrap() {
        readable.push(
            serde_json::from_str::<serde_json::Value>(block.strip_prefix("data: ").unwrap())
                .is_ok(),
        );
    }
    assert_eq!(readable, [true, false, true, true, true, true]);
}
