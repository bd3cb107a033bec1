//! What a cancellation achieves.

use kling_api::CancelOutcome;
use kling_api::testing::{Fault, JobState, Operation, Script};
use kling_tests::harness::{client, fake, submitted};

#[tokio::test]
async fn the_four_outcomes_are_told_apart() {
    let fake = fake().hold().start().await.unwrap();
    let client = client(&fake);
    let mut outcomes = Vec::new();
    for step in 0..4 {
        let job = submitted(&client).await;
        let hand = fake.job(job.request_id());
        match step {
            0 => {}
            1 => drop(hand.start()),
            2 => drop(hand.complete()),
            _ => hand.forget(),
        }
        outcomes.push(client.cancel(&job).await.unwrap());
    }
    assert_eq!(
        outcomes,
        [
            CancelOutcome::Removed,
            CancelOutcome::Requested,
            CancelOutcome::TooLate,
            CancelOutcome::UnknownJob
        ]
    );
    let texts: std::collections::HashSet<String> =
        outcomes.iter().map(ToString::to_string).collect();
    assert_eq!(texts.len(), 4);
    assert_eq!(fake.count(Operation::Cancel), 4);
}

#[tokio::test]
async fn a_job_may_finish_although_its_cancellation_was_taken() {
    let fake = fake()
        .script(Script::new().ignores_cancel())
        .hold()
        .start()
        .await
        .unwrap();
    let client = client(&fake);
    let job = submitted(&client).await;
    fake.job(job.request_id()).start();
    assert_eq!(client.cancel(&job).await.unwrap(), CancelOutcome::Requested);
    fake.release();
    let video = client.follow(&job).await.unwrap();
    assert_eq!(
        video.request_id(),
        job.request_id(),
        "it is paid for, so it is delivered"
    );
}

#[tokio::test]
async fn a_cancellation_whose_answer_was_lost_is_not_called_too_late() {
    let fake = fake().hold().start().await.unwrap();
    fake.fault(Operation::Cancel, Fault::ResetAfter).times(1);
    let client = client(&fake);
    let job = submitted(&client).await;
    let outcome = client.cancel(&job).await.unwrap();
    assert_eq!(outcome, CancelOutcome::Requested);
    assert_eq!(fake.job(job.request_id()).state(), JobState::Completed);
    assert_eq!(fake.count(Operation::Cancel), 2);
}
