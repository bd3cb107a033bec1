//! Jobs that a test moves by hand.

use std::sync::{Arc, Mutex};

use kling_api::testing::{FakeFal, JobState, Operation, Outcome, Script};
use serde_json::json;

use crate::fake_fal::support::{
    ENDPOINT, document, get, job_path, messages, start, start_with, status, submit,
};

#[tokio::test]
async fn a_held_job_stays_until_it_is_moved() {
    let fake = start_with(
        Script::new()
            .queue_positions([5, 4])
            .in_progress(1)
            .logs(["a"]),
    )
    .await;
    fake.hold();
    let id = submit(&fake).await;
    for _ in 0..3 {
        assert_eq!(status(&fake, &id).await.body["queue_position"], 5);
    }
    fake.job(&id).advance();
    assert_eq!(status(&fake, &id).await.body["queue_position"], 4);
    fake.job(&id).queue_position(9);
    assert_eq!(status(&fake, &id).await.body["queue_position"], 9);
    fake.job(&id).advance();
    assert_eq!(fake.job(&id).state(), JobState::InProgress);
    fake.job(&id).log("b");
    assert_eq!(messages(&status(&fake, &id).await.body), ["a", "b"]);
    fake.job(&id).advance();
    assert_eq!(fake.job(&id).state(), JobState::Completed);
    fake.job(&id)
        .log("too late")
        .start()
        .queue_position(1)
        .fail(Outcome::runner_died());
    assert_eq!(messages(&status(&fake, &id).await.body), ["a", "b"]);
    assert_eq!(get(&fake, &job_path(&id, "")).await.code, 200);
    assert_eq!(fake.job(&id).request_id(), id);
}

#[tokio::test]
async fn holding_concerns_jobs_that_run_already() {
    let fake = start_with(Script::new().queue_positions([1, 0])).await;
    let id = submit(&fake).await;
    assert_eq!(status(&fake, &id).await.body["queue_position"], 1);
    fake.hold();
    assert_eq!(status(&fake, &id).await.body["queue_position"], 1);
    assert_eq!(status(&fake, &id).await.body["queue_position"], 1);
    fake.release();
    assert_eq!(status(&fake, &id).await.body["queue_position"], 0);
}

#[tokio::test]
async fn a_fake_may_start_with_held_jobs() {
    let fake = FakeFal::builder()
        .document(ENDPOINT, document())
        .hold()
        .start()
        .await
        .unwrap();
    let id = submit(&fake).await;
    for _ in 0..7 {
        assert_eq!(status(&fake, &id).await.code, 202);
    }
}

#[tokio::test]
async fn a_job_can_be_failed_and_forgotten() {
    let fake = start().await;
    let id = submit(&fake).await;
    fake.job(&id).fail(Outcome::runner_died());
    assert_eq!(get(&fake, &job_path(&id, "")).await.code, 503);
    fake.job(&id).forget();
    let gone = get(&fake, &job_path(&id, "")).await;
    assert_eq!(
        (gone.code, gone.body),
        (404, json!({"status": "NOT_FOUND"}))
    );
    assert_eq!(fake.submits(), 1, "it was bought all the same");
}

#[tokio::test]
#[should_panic(expected = "no job nobody was bought")]
async fn an_unknown_job_cannot_be_moved() {
    start().await.job("nobody").advance();
}

#[tokio::test]
async fn a_test_can_wait_for_requests() {
    let fake = Arc::new(start().await);
    let waiting = tokio::spawn({
        let fake = Arc::clone(&fake);
        async move {
            fake.wait_for(Operation::Submit, 2).await;
        }
    });
    submit(&fake).await;
    tokio::task::yield_now().await;
    assert!(!waiting.is_finished());
    submit(&fake).await;
    waiting.await.unwrap();
    fake.wait_for(Operation::Submit, 1).await;
    assert_eq!(
        (fake.count(Operation::Submit), fake.count(Operation::Status)),
        (2, 0)
    );
}

#[tokio::test]
async fn requests_can_be_printed_and_need_not_be_kept() {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let print = {
        let lines = Arc::clone(&lines);
        move |request: &kling_api::testing::RecordedRequest| {
            lines.lock().unwrap().push(request.to_string());
        }
    };
    let builder = FakeFal::builder()
        .document(ENDPOINT, document())
        .record(false)
        .on_request(print);
    let fake = builder.start().await.unwrap();
    let id = submit(&fake).await;
    status(&fake, &id).await;
    assert_eq!(
        *lines.lock().unwrap(),
        [
            format!("POST /{ENDPOINT} -> 200 (request {id})"),
            format!("GET /acme/film/requests/{id}/status?logs=1 -> 202"),
        ]
    );
    assert_eq!(fake.requests(), []);
    assert_eq!(fake.count(Operation::Status), 1);
}
