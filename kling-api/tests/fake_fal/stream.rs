//! The status stream.

use std::time::Duration;

use kling_api::testing::{Operation, Outcome, Pace, Script, StreamLogs};
use reqwest::Method;
use serde_json::{Value, json};

use crate::fake_fal::support::{Events, job_path, messages, request, start, start_with, submit};

#[tokio::test]
async fn a_stream_sends_each_status_and_ends() {
    let fake = start_with(
        Script::new()
            .queue_positions([1, 0])
            .in_progress(2)
            .logs(["a", "b", "c"]),
    )
    .await;
    let id = submit(&fake).await;
    let events = Events::open(&fake, &id).await.rest().await;
    let states: Vec<&Value> = events.iter().map(|event| &event["status"]).collect();
    assert_eq!(
        states,
        [
            "IN_QUEUE",
            "IN_QUEUE",
            "IN_PROGRESS",
            "IN_PROGRESS",
            "COMPLETED"
        ]
    );
    assert_eq!(
        (&events[0]["queue_position"], &events[1]["queue_position"]),
        (&json!(1), &json!(0))
    );
    let lines: Vec<Vec<&str>> = events.iter().map(messages).collect();
    assert_eq!(lines, [vec![], vec![], vec!["a"], vec!["b", "c"], vec![]]);
    assert_eq!(events[4]["metrics"], json!({"inference_time": 3.42}));
    assert_eq!(events[4]["request_id"], json!(id));
    assert!(events[4]["response_url"].is_string());
}

#[tokio::test]
async fn a_stream_may_send_full_logs() {
    let script = Script::new()
        .queue_positions([])
        .in_progress(2)
        .logs(["a", "b"])
        .stream_logs(StreamLogs::Full);
    let fake = start_with(script).await;
    let id = submit(&fake).await;
    let events = Events::open(&fake, &id).await.rest().await;
    let lines: Vec<Vec<&str>> = events.iter().map(messages).collect();
    assert_eq!(lines, [vec!["a"], vec!["a", "b"], vec!["a", "b"]]);
}

#[tokio::test]
async fn a_stream_without_logs_has_none() {
    let fake = start().await;
    let id = submit(&fake).await;
    let response = request(&fake, Method::GET, &job_path(&id, "/status/stream"))
        .send()
        .await
        .unwrap();
    assert_eq!(response.headers()["x-fal-request-id"].to_str().unwrap(), id);
    let text = response.text().await.unwrap();
    assert_eq!(text.matches("\"logs\":null").count(), 5, "{text}");
}

#[tokio::test]
async fn a_failure_is_in_the_last_event() {
    let fake = start_with(Script::at_once().outcome(Outcome::runner_died())).await;
    let id = submit(&fake).await;
    let events = Events::open(&fake, &id).await.rest().await;
    assert_eq!(events.len(), 1);
    assert_eq!(
        (&events[0]["status"], &events[0]["error_type"]),
        (&json!("COMPLETED"), &json!("runner_disconnected"))
    );
}

#[tokio::test]
async fn changes_by_hand_reach_every_open_stream() {
    let fake = start().await;
    fake.hold();
    let id = submit(&fake).await;
    let (mut first, mut second) = (
        Events::open(&fake, &id).await,
        Events::open(&fake, &id).await,
    );
    for events in [&mut first, &mut second] {
        assert_eq!(events.event().await.unwrap()["status"], "IN_QUEUE");
    }
    fake.job(&id).start();
    for events in [&mut first, &mut second] {
        // At once, and not only when the silence is broken by a comment.
        let block = events.block().await.unwrap().unwrap();
        assert!(
            block.starts_with("data: ") && block.contains("IN_PROGRESS"),
            "{block}"
        );
    }
    fake.job(&id).log("by hand");
    for events in [&mut first, &mut second] {
        assert_eq!(messages(&events.event().await.unwrap()), ["by hand"]);
    }
    fake.job(&id).complete();
    for events in [&mut first, &mut second] {
        assert_eq!(events.rest().await.len(), 1);
    }
}

#[tokio::test]
async fn a_silent_stream_sends_comments() {
    let fake = start_with(Script::new().keep_alive(Duration::from_millis(5))).await;
    fake.hold();
    let id = submit(&fake).await;
    let mut events = Events::open(&fake, &id).await;
    assert!(events.block().await.unwrap().unwrap().starts_with("data: "));
    for _ in 0..3 {
        assert_eq!(events.block().await.unwrap().as_deref(), Some(": ping"));
    }
    fake.job(&id).complete();
    assert_eq!(events.rest().await.len(), 1);
}

#[tokio::test]
async fn a_timed_job_streams_by_the_clock() {
    let fake = start_with(Script::new().pace(Pace::Timed(Duration::from_millis(5)))).await;
    let id = submit(&fake).await;
    let events = Events::open(&fake, &id).await.rest().await;
    assert_eq!(events.last().unwrap()["status"], "COMPLETED");
    assert_eq!(fake.count(Operation::Stream), 1);
}

#[tokio::test]
async fn the_start_timeout_wakes_a_stream() {
    let fake = start().await;
    fake.hold();
    let submit = crate::fake_fal::support::submit_request(&fake)
        .header("x-fal-request-start-timeout", "0.02")
        .send();
    let response: Value = submit.await.unwrap().json().await.unwrap();
    let events = Events::open(&fake, response["request_id"].as_str().unwrap())
        .await
        .rest()
        .await;
    assert_eq!(events.last().unwrap()["error_type"], "request_timeout");
}

#[tokio::test]
async fn a_released_job_runs_on() {
    let fake = start().await;
    fake.hold();
    let id = submit(&fake).await;
    let mut events = Events::open(&fake, &id).await;
    assert!(events.event().await.is_some());
    fake.release();
    assert_eq!(events.rest().await.last().unwrap()["status"], "COMPLETED");
}
