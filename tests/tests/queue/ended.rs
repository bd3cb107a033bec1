//! Jobs that end without a result.

use std::time::Duration;

use kling_api::testing::{Fault, JobState, Operation, Outcome, Script};
use kling_api::{CancelOutcome, Error, ErrorType, Location, Submission};
use kling_tests::harness::{client, fake, input, submitted};
use serde_json::json;

use crate::queue::hurried;

/// What becomes of a job with this outcome: followed by stream, followed by asking, and fetched.
async fn three_ways(outcome: Outcome) -> [Error; 3] {
    let fake = fake()
        .script(Script::new().outcome(outcome))
        .start()
        .await
        .unwrap();
    let client = client(&fake);
    let by_stream = client.call(input()).await.unwrap_err();
    let job = submitted(&client).await;
    let by_asking = hurried(client.follow(&job))
        .streaming(false)
        .await
        .unwrap_err();
    let fetched = client.result(&job).await.unwrap_err();
    for (error, job) in [(&by_stream, 0), (&by_asking, 1), (&fetched, 1)] {
        let id = &fake.jobs()[job].request_id;
        assert!(error.is_job_failure(), "{error}");
        assert_eq!(error.request_id(), Some(&**id));
        assert_eq!(error.submission(), Submission::Submitted(id.clone()));
        assert!(format!("{error:#}").contains(&**id), "{error}");
    }
    assert_eq!(
        fake.submits(),
        2,
        "a failed job is not submitted anew by itself"
    );
    [by_stream, by_asking, fetched]
}

#[tokio::test]
async fn what_the_model_refuses_is_named_field_by_field() {
    let detail = json!([
        {"loc": ["body", "image_url"], "msg": "Image too small", "type": "image_too_small",
         "url": "https://docs.fal.ai/errors/#image_too_small", "ctx": {"min_width": 300, "min_height": 300},
         "input": "https://example.com/robins.webp"},
        {"loc": ["body", "dynamic_masks", 0], "msg": "No mask", "type": "one_of", "ctx": {"expected": ["a"]}},
    ]);
    for error in three_ways(Outcome::ModelError { code: 422, detail }).await {
        assert!(error.is_validation() && !error.is_retryable(), "{error}");
        assert_eq!(error.status(), Some(422));
        assert_eq!(error.error_type(), Some(&ErrorType::ImageTooSmall));
        let [first, second] = error.field_errors() else {
            panic!("{error:?}")
        };
        assert_eq!(first.path(), "image_url");
        assert_eq!(first.msg, "Image too small");
        assert_eq!(
            first.ctx,
            Some(json!({"min_width": 300, "min_height": 300}))
        );
        assert_eq!(second.loc[2], Location::Index(0));
        assert_eq!(second.error_type, ErrorType::OneOf);
    }
}

#[tokio::test]
async fn content_that_is_against_the_rules_is_told_from_a_wrong_input() {
    let outcome = Outcome::model_error("content_policy_violation", "prompt", "Not allowed");
    for error in three_ways(outcome).await {
        assert!(
            error.is_content_policy() && !error.is_validation() && !error.is_retryable(),
            "{error}"
        );
        assert!(
            format!("{error:#}").contains("Change the prompt"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_runner_that_died_failed_the_job_and_may_be_tried_again() {
    for error in three_ways(Outcome::runner_died()).await {
        assert_eq!(error.error_type(), Some(&ErrorType::RunnerDisconnected));
        assert!(error.is_server() && error.is_retryable(), "{error}");
        assert!(
            format!("{error:#}").contains("a new submit is a new job"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_failed_job_is_told_from_a_failed_question() {
    let fake = fake()
        .script(Script::new().outcome(Outcome::runner_died()))
        .start()
        .await
        .unwrap();
    fake.fault(Operation::Result, Fault::ResetAfter);
    let error = client(&fake).call(input()).await.unwrap_err();
    assert!(error.is_job_failure(), "the status has said so: {error}");
    assert_eq!(error.error_type(), Some(&ErrorType::RunnerDisconnected));
    assert_eq!(
        fake.count(Operation::Result),
        3,
        "what exactly it was is asked for all the same"
    );
    assert!(
        std::error::Error::source(&error).is_some(),
        "why it cannot be said is in the chain"
    );
}

#[tokio::test]
async fn a_result_that_is_late_is_waited_for() {
    let fake = fake().start().await.unwrap();
    let late = fake
        .fault(Operation::Result, Fault::still_in_progress())
        .times(2);
    let video = client(&fake).call(input()).await.unwrap();
    assert_eq!(late.struck(), 2);
    assert_eq!(video.request_id(), fake.jobs()[0].request_id);
}

#[tokio::test]
async fn a_result_that_is_asked_for_too_early_says_so_at_once() {
    let fake = fake().hold().start().await.unwrap();
    let client = client(&fake);
    let job = submitted(&client).await;
    let error = client.result(&job).await.unwrap_err();
    assert!(
        error.is_in_progress() && error.is_retryable() && !error.is_job_failure(),
        "{error}"
    );
    assert_eq!(fake.count(Operation::Result), 1);
    fake.job(job.request_id()).complete();
    assert_eq!(
        client.result(&job).await.unwrap().request_id(),
        job.request_id()
    );
}

#[tokio::test]
async fn a_job_that_was_cancelled_ends_as_cancelled() {
    let fake = fake().hold().start().await.unwrap();
    let client = client(&fake);
    let job = submitted(&client).await;
    let following = tokio::spawn(client.follow(&job).into_future());
    fake.wait_for(Operation::Stream, 1).await;
    assert_eq!(client.cancel(&job).await.unwrap(), CancelOutcome::Removed);

    let error = following.await.unwrap().unwrap_err();
    assert!(
        error.is_cancelled() && error.is_job_failure() && !error.is_retryable(),
        "{error}"
    );
    assert_eq!(error.error_type(), Some(&ErrorType::ClientCancelled));
    assert_eq!(error.request_id(), Some(job.request_id()));
}

#[tokio::test]
async fn a_start_timeout_that_has_passed_is_final() {
    let fake = fake().hold().start().await.unwrap();
    let client = client(&fake);
    let job = client
        .call(input())
        .start_timeout(Duration::from_secs(90))
        .submit()
        .await
        .unwrap();
    assert_eq!(
        fake.requests()[0].header("x-fal-request-start-timeout"),
        Some("90")
    );
    let hand = fake.job(job.request_id());
    hand.miss_start_timeout();
    assert_eq!(hand.state(), JobState::Completed);

    let error = client.follow(&job).await.unwrap_err();
    assert!(
        error.is_timeout() && error.is_job_failure() && !error.is_retryable(),
        "{error}"
    );
    assert!(format!("{error:#}").contains("start timeout"), "{error}");
    assert_eq!(
        fake.count(Operation::Result),
        1,
        "asking again would not change it"
    );
}
