//! A webhook and a followed job say the same.

use std::time::Duration;

use kling_api::testing::{FakeFal, JobState, Operation, Outcome, Script};
use kling_api::v2_1::master::image_to_video::Input;
use kling_api::webhook::{Event, Keys, Verifier};
use kling_api::{Client, Completed, Endpoint, Error};
use serde_json::json;

/// Nobody listens there, which the fake's notes do not need.
const NOWHERE: &str = "http://127.0.0.1:9/hook?job=1";

async fn start(script: Script) -> (FakeFal, Client) {
    let fake = FakeFal::builder().script(script).start().await.unwrap();
    let client = fake.client().build().unwrap();
    (fake, client)
}

/// What the first delivery of the one job says, verified.
async fn delivered<E: Endpoint>(fake: &FakeFal) -> Event<E> {
    fake.wait_for(Operation::Webhook, 1).await;
    let delivery = fake.deliveries().remove(0);
    let verifier = Verifier::new(Keys::from_jwks(fake.webhook_keys()).unwrap());
    verifier.verify(&delivery.headers, &delivery.body).unwrap()
}

type Outcomes<O> = [Result<Completed<O>, Error>; 2];

async fn both(script: Script) -> Outcomes<<Input as Endpoint>::Output> {
    let (fake, client) = start(script).await;
    let call = client.call(Input::example()).webhook(NOWHERE);
    let job = call.submit().await.unwrap();
    let event = delivered::<Input>(&fake).await;
    assert_eq!(event.request_id(), job.request_id());
    [event.into_result(), client.follow(&job).await]
}

#[tokio::test]
async fn an_output_is_the_same() {
    let [event, followed] = both(Script::new()).await;
    let (event, followed) = (event.unwrap(), followed.unwrap());
    assert_eq!(*event, *followed);
    assert_eq!(event.request_id(), followed.request_id());
}

#[tokio::test]
async fn an_error_is_the_same() {
    let outcomes = [
        Outcome::model_error("content_policy_violation", "prompt", "not allowed"),
        Outcome::model_error("image_too_small", "image_url", "Image too small"),
        Outcome::model_error("internal_server_error", "prompt", "it broke"),
        Outcome::model_error("downstream_service_error", "prompt", "it broke elsewhere"),
        Outcome::model_error("brand_new", "prompt", "not yet known"),
        Outcome::runner_died(),
        Outcome::platform_error("request_timeout"),
        Outcome::platform_error("runner_incomplete_response"),
        Outcome::platform_error("internal_error"),
        Outcome::platform_error("client_cancelled"),
        Outcome::platform_error("bad_request"),
        Outcome::Output(json!({"movie": 1})),
        Outcome::Output(json!(null)),
    ];
    for outcome in outcomes {
        let what = format!("{outcome:?}");
        let [event, followed] = both(Script::at_once().outcome(outcome)).await;
        let (event, followed) = (event.unwrap_err(), followed.unwrap_err());
        let parts = |error: &Error| {
            (
                (
                    error.status(),
                    error.error_type().cloned(),
                    error.field_errors().to_vec(),
                ),
                (
                    error.message().map(str::to_owned),
                    error.body().map(str::to_owned),
                ),
                (
                    error.submission(),
                    error.request_id().map(str::to_owned),
                    error.endpoint().map(str::to_owned),
                ),
                (
                    error.is_job_failure(),
                    error.is_retryable(),
                    error.may_submit_again(),
                    error.is_unreadable(),
                ),
                (
                    error.is_validation(),
                    error.is_content_policy(),
                    error.is_cancelled(),
                    error.is_timeout(),
                ),
            )
        };
        assert_eq!(parts(&event), parts(&followed), "{what}");
        if event.is_job_failure() {
            assert_eq!(event.to_string(), followed.to_string(), "{what}");
        }
    }
}

#[tokio::test]
async fn a_result_that_did_not_come_along_can_be_fetched() {
    let (fake, client) =
        start(Script::new().payload_error("Response payload is too strange")).await;
    let call = client.call(Input::example()).webhook(NOWHERE);
    call.submit().await.unwrap();
    let event = delivered::<Input>(&fake).await;
    let job = event.job();
    let error = event.into_result().unwrap_err();
    assert!(error.is_undelivered(), "{error}");
    assert_eq!(error.message(), Some("Response payload is too strange"));
    assert!(!client.result(&job).await.unwrap().video.url.is_empty());
}

/// The start timeout is the one fact that fal puts into a header of the result, and into no event.
#[tokio::test]
async fn cancelled_and_late_jobs_are_delivered_too() {
    let (fake, client) = start(Script::new()).await;
    fake.hold();
    let call = client.call(Input::example()).webhook(NOWHERE);
    let job = call.submit().await.unwrap();
    client.cancel(&job).await.unwrap();
    let error = delivered::<Input>(&fake).await.into_result().unwrap_err();
    assert!(error.is_job_failure() && error.is_cancelled(), "{error}");

    let (fake, client) = start(Script::new()).await;
    fake.hold();
    let call = client.call(Input::example()).webhook(NOWHERE);
    let job = call
        .start_timeout(Duration::from_millis(101))
        .submit()
        .await
        .unwrap();
    let error = delivered::<Input>(&fake).await.into_result().unwrap_err();
    assert!(error.is_job_failure() && error.is_timeout(), "{error}");
    assert_eq!(fake.job(job.request_id()).state(), JobState::Completed);
}
