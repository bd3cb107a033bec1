//! The faults and outcomes that every program must handle, as this crate's client reports them.

use kling_api::testing::{FakeFal, Fault, Operation, Outcome, Script};
use kling_api::v2_1::master::image_to_video::Input;
use kling_api::{Error, Retry, Submission};

async fn fail(set: impl FnOnce(&FakeFal)) -> (FakeFal, Error) {
    let fake = FakeFal::start().await.unwrap();
    set(&fake);
    let client = fake
        .client()
        .retry(Retry::default().attempts(1))
        .build()
        .unwrap();
    let error = client.call(Input::example()).await.unwrap_err();
    (fake, error)
}

#[tokio::test]
async fn a_balance_is_exhausted() {
    let (fake, error) = fail(|fake| {
        fake.fault(Operation::Submit, Fault::balance_exhausted());
    })
    .await;
    assert!(error.is_billing_lock(), "{error:?}");
    assert_eq!(error.submission(), Submission::NotSubmitted);
    assert_eq!(fake.submits(), 0);
}

#[tokio::test]
async fn there_are_too_many_requests_at_once() {
    let (fake, error) = fail(|fake| {
        fake.fault(Operation::Submit, Fault::rate_limited());
    })
    .await;
    assert!(
        error.is_rate_limit() && error.may_submit_again(),
        "{error:?}"
    );
    assert_eq!(fake.submits(), 0);
}

#[tokio::test]
async fn the_model_refuses_the_prompt() {
    let (fake, error) = fail(|fake| {
        fake.set_script(Script::new().outcome(Outcome::content_policy_violation()));
    })
    .await;
    assert!(
        error.is_content_policy() && error.is_job_failure(),
        "{error:?}"
    );
    assert_eq!(fake.submits(), 1);
}

#[tokio::test]
async fn the_model_fails() {
    let (fake, error) = fail(|fake| {
        fake.set_script(Script::new().outcome(Outcome::model_failure()));
    })
    .await;
    assert!(error.is_server() && error.is_job_failure(), "{error:?}");
    assert_eq!(error.request_id(), Some(&*fake.jobs()[0].request_id));
}
