//! Time limits: of the caller, and what is done about the job when they pass.

use std::time::Duration;

use kling_api::testing::{FakeFal, Fault, JobState, Operation};
use kling_api::{CancelOutcome, Error, Submission};
use kling_tests::harness::{client, fake, input, submitted};

const SOON: Duration = Duration::from_millis(300);

/// Enough for a few round trips on a machine that has other things to do.
const LATER: Duration = Duration::from_secs(2);

/// Follows a job that does not end, with a limit.
async fn cut_short(fake: &FakeFal, cancel: bool) -> Error {
    let client = client(fake);
    let job = submitted(&client).await;
    let error = client
        .follow(&job)
        .timeout(SOON)
        .cancel_on_timeout(cancel)
        .await
        .unwrap_err();
    assert!(error.is_timeout() && !error.is_job_failure(), "{error}");
    assert_eq!(
        error.submission(),
        Submission::Submitted(job.request_id().to_owned())
    );
    assert!(
        format!("{error:#}").contains("the timeout of the call has passed"),
        "{error}"
    );
    error
}

#[tokio::test]
async fn a_timeout_ends_the_follow_and_not_the_job() {
    let fake = fake().hold().start().await.unwrap();
    let error = cut_short(&fake, false).await;
    assert!(error.cancel_outcome().is_none() && error.is_retryable());
    assert_eq!(fake.count(Operation::Cancel), 0);
    let id = error.request_id().unwrap();
    assert_eq!(fake.job(id).state(), JobState::InQueue);
    assert!(
        format!("{error:#}").contains(&format!("follow request {id} again")),
        "{error}"
    );
}

#[tokio::test]
async fn a_timeout_that_cancels_says_what_that_achieved() {
    let fake = fake().hold().start().await.unwrap();
    let error = cut_short(&fake, true).await;
    assert_eq!(
        error.cancel_outcome().unwrap().unwrap(),
        CancelOutcome::Removed
    );
    assert!(
        format!("{error:#}").contains("taken out of the queue"),
        "{error}"
    );
    assert_eq!(
        fake.job(error.request_id().unwrap()).state(),
        JobState::Completed
    );
    assert_eq!(fake.count(Operation::Cancel), 1);
}

#[tokio::test]
async fn each_outcome_of_the_cancellation_is_in_the_error() {
    for (answer, outcome, words) in [
        (
            Fault::status(202).json(&serde_json::json!({"status": "CANCELLATION_REQUESTED"})),
            CancelOutcome::Requested,
            "may still finish and be billed",
        ),
        (
            Fault::status(400).json(&serde_json::json!({"status": "ALREADY_COMPLETED"})),
            CancelOutcome::TooLate,
            "too late to cancel",
        ),
        (
            Fault::status(404).json(&serde_json::json!({"status": "NOT_FOUND"})),
            CancelOutcome::UnknownJob,
            "does not know the job",
        ),
    ] {
        let fake = fake().hold().start().await.unwrap();
        fake.fault(Operation::Cancel, answer);
        let error = cut_short(&fake, true).await;
        assert_eq!(error.cancel_outcome().unwrap().unwrap(), outcome);
        assert!(format!("{error:#}").contains(words), "{error}");
    }
}

#[tokio::test]
async fn a_cancellation_that_fails_leaves_both_errors() {
    let fake = fake().hold().start().await.unwrap();
    fake.fault(Operation::Cancel, Fault::status(403));
    let error = cut_short(&fake, true).await;
    let failed = error.cancel_outcome().unwrap().unwrap_err();
    assert!(failed.is_authentication(), "{failed}");
    assert_eq!(failed.request_id(), error.request_id());
    assert!(
        format!("{error:#}").contains("cancelling the job failed too"),
        "{error}"
    );
    assert_eq!(
        fake.job(error.request_id().unwrap()).state(),
        JobState::InQueue
    );
}

#[tokio::test]
async fn the_timeout_of_a_call_covers_all_of_it() {
    let fake = fake().hold().start().await.unwrap();
    let error = client(&fake)
        .call(input())
        .timeout(LATER)
        .cancel_on_timeout(true)
        .await
        .unwrap_err();
    assert!(error.is_timeout(), "{error}");
    assert_eq!(error.request_id(), Some(&*fake.jobs()[0].request_id));
    assert_eq!(
        error.cancel_outcome().unwrap().unwrap(),
        CancelOutcome::Removed
    );
}

#[tokio::test]
async fn a_timeout_during_the_submit_leaves_the_job_unknown() {
    let fake = fake().start().await.unwrap();
    fake.fault(Operation::Submit, Fault::Hang);
    let error = client(&fake)
        .call(input())
        .timeout(LATER)
        .cancel_on_timeout(true)
        .await
        .unwrap_err();
    assert!(error.is_timeout() && !error.is_retryable(), "{error}");
    assert_eq!(error.submission(), Submission::Unknown);
    assert!(
        format!("{error:#}").contains("https://api.fal.ai/v1/models/requests/by-endpoint"),
        "{error}"
    );
    assert_eq!(
        (
            fake.submits(),
            fake.count(Operation::Submit),
            fake.count(Operation::Cancel)
        ),
        (1, 1, 0)
    );
}

#[tokio::test]
async fn a_deadline_lifts_the_bound_on_attempts_and_keeps_their_cause() {
    let fake = fake().start().await.unwrap();
    let client = kling_tests::harness::settings(&fake)
        .retry(
            kling_api::Retry::default()
                .first_delay(Duration::from_millis(1))
                .max_delay(Duration::from_millis(2)),
        )
        .build()
        .unwrap();
    let job = submitted(&client).await;
    let faults = fake
        .fault(Operation::Status, Fault::ProxyHtml(502))
        .times(25);
    let status = client.status(&job).timeout(Duration::from_secs(60)).await;
    assert!(
        status.is_ok(),
        "more than the 16 attempts that are made without a deadline"
    );
    assert_eq!(faults.struck(), 25);

    fake.fault(Operation::Status, Fault::ProxyHtml(502));
    let error = client.status(&job).timeout(LATER).await.unwrap_err();
    assert!(error.is_timeout(), "{error}");
    let cause = std::error::Error::source(&error).unwrap();
    assert!(cause.to_string().contains("502"), "{cause}");
    assert_eq!(error.request_id(), Some(job.request_id()));
}
