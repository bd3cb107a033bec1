//! Servers that send more than anybody can hold.

use kling_api::testing::{Fault, Operation, Outcome, Script};
use kling_api::{Raw, Submission};
use kling_tests::harness::{client, fake, input, settings, submitted};
use serde_json::json;

const BOUND: usize = 100_000;

#[tokio::test]
async fn a_result_beyond_the_bound_is_not_lost() {
    let long = json!({"video": {"url": "x".repeat(BOUND)}});
    let fake = fake()
        .script(Script::new().outcome(Outcome::Output(long)))
        .start()
        .await
        .unwrap();
    let error = settings(&fake)
        .body_limit(BOUND)
        .build()
        .unwrap()
        .call(input())
        .await
        .unwrap_err();
    assert!(error.is_unreadable() && !error.is_retryable(), "{error}");
    assert!(format!("{error:#}").contains("Raise body_limit"), "{error}");
    assert!(error.body().unwrap().len() <= 64 * 1024);
    let id = error.request_id().unwrap();
    assert_eq!(error.submission(), Submission::Submitted(id.to_owned()));

    let job =
        kling_api::Job::<kling_tests::kling::v1::standard::image_to_video::Input>::from_request_id(
            id,
        );
    let video = client(&fake).result(&job).await.unwrap();
    assert_eq!(video.video.url.len(), BOUND);
    assert_eq!(fake.submits(), 1);
}

#[tokio::test]
async fn a_body_without_end_ends_every_operation() {
    let fake = fake().start().await.unwrap();
    let client = settings(&fake).body_limit(BOUND).build().unwrap();
    let job = submitted(&client).await;
    for operation in [
        Operation::Submit,
        Operation::Status,
        Operation::Result,
        Operation::Cancel,
        Operation::Stream,
    ] {
        fake.fault(operation, Fault::EndlessBody);
    }
    let errors = [
        client.call(input()).submit().await.unwrap_err(),
        client.status(&job).await.unwrap_err(),
        client.result(&job).await.unwrap_err(),
        client.cancel(&job).await.unwrap_err(),
        client.follow(&job).await.unwrap_err(),
    ];
    for error in &errors {
        assert!(error.is_unreadable(), "{error}");
    }
    assert_eq!(errors[0].submission(), Submission::Unknown);
    assert!(
        errors[1..]
            .iter()
            .all(|error| error.request_id() == Some(job.request_id()))
    );
}

#[tokio::test]
async fn an_event_beyond_the_bound_is_not_waited_for() {
    let fake = fake().start().await.unwrap();
    fake.fault(Operation::Stream, Fault::EndlessBody);
    let client = settings(&fake).body_limit(BOUND).build().unwrap();
    let video = client.call(input()).await.unwrap();
    assert_eq!(video.request_id(), fake.jobs()[0].request_id);
    assert!(fake.count(Operation::Status) > 0);
}

#[tokio::test]
async fn a_result_of_another_shape_is_kept_and_can_be_read_as_json() {
    let odd = json!({"clip": {"href": "https://example.com/a.mp4"}});
    let fake = fake()
        .script(Script::new().outcome(Outcome::Output(odd.clone())))
        .start()
        .await
        .unwrap();
    let client = client(&fake);
    let error = client.call(input()).await.unwrap_err();
    assert!(error.is_unreadable() && !error.is_retryable(), "{error}");
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(error.body().unwrap()).unwrap(),
        odd
    );
    assert_eq!(fake.count(Operation::Result), 1, "it will not change");
    let job = kling_api::Job::<Raw>::raw(error.endpoint().unwrap(), error.request_id().unwrap());
    assert_eq!(*client.result(&job).await.unwrap(), odd);
}
