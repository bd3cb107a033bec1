//! Refusals that must not be repeated, and settings that must not lose a job.

use std::time::Duration;

use kling_api::testing::{FakeFal, Fault, Operation};
use kling_api::v1::standard::image_to_video::Input;
use kling_api::{Client, Retry, Submission};

/// A gateway that asks for a repetition, and in the same breath names the job that it has made.
#[tokio::test]
async fn a_retryable_refusal_that_names_a_job_is_not_repeated() {
    let fake = FakeFal::start().await.unwrap();
    let refusal = Fault::status(503)
        .header("x-fal-needs-retry", "1")
        .json(&serde_json::json!({ "detail": "try again", "request_id": "6f-known" }));
    fake.fault(Operation::Submit, refusal)
        .takes_effect(true)
        .always();
    let client = Client::builder()
        .key(fake.key())
        .queue_url(fake.url())
        .build()
        .unwrap();
    let error = client.call(Input::example()).submit().await.unwrap_err();
    assert_eq!(fake.submits(), 1);
    assert_eq!(error.submission(), Submission::Unknown);
    assert_eq!(error.request_id(), Some("6f-known"));
}

/// Who limits the queue wants to know at once that it is full.
#[tokio::test]
async fn a_full_queue_ends_a_call_that_asked_to_be_told() {
    let fake = FakeFal::start().await.unwrap();
    fake.fault(Operation::Submit, Fault::status(429)).always();
    let retry = Retry::default()
        .first_delay(Duration::from_millis(1))
        .attempts(3);
    let client = Client::builder()
        .key(fake.key())
        .queue_url(fake.url())
        .retry(retry)
        .build()
        .unwrap();
    let error = client
        .call(Input::example())
        .max_queue_length(5)
        .submit()
        .await
        .unwrap_err();
    assert!(error.is_rate_limit());
    assert_eq!(fake.count(Operation::Submit), 1);
    client.call(Input::example()).submit().await.unwrap_err();
    assert_eq!(fake.count(Operation::Submit), 4);
}

/// A duration that no clock can count is a long time, and no reason to lose a job that was bought.
#[tokio::test]
async fn the_longest_durations_are_taken() {
    let fake = FakeFal::start().await.unwrap();
    let retry = Retry::default()
        .max_retry_after(Duration::MAX)
        .max_delay(Duration::MAX);
    let client = Client::builder()
        .key(fake.key())
        .queue_url(fake.url())
        .connect_timeout(Duration::MAX)
        .submit_timeout(Duration::MAX)
        .request_timeout(Duration::MAX)
        .retry(retry)
        .build()
        .unwrap();
    let job = client
        .call(Input::example())
        .timeout(Duration::MAX)
        .submit()
        .await
        .unwrap();
    let follow = client
        .follow(&job)
        .timeout(Duration::MAX)
        .stall_timeout(Duration::MAX);
    let video = follow.await.unwrap();
    assert_eq!(video.request_id(), job.request_id());
    let job = client.call(Input::example()).submit().await.unwrap();
    let follow = client
        .follow(&job)
        .streaming(false)
        .poll_interval(Duration::ZERO, Duration::from_millis(5));
    follow.await.unwrap();
    client.cancel(&job).await.unwrap();
}
