//! The example `full_circle` against a fake that breaks at each step: one job is bought, and its video arrives.

use std::time::Duration;

use kling_api::testing::{FakeFal, Fault, Operation, Outcome, Script};
use kling_tests::harness::settings;
use serde_json::json;
use tempfile::TempDir;

#[path = "../../kling-api/examples/full_circle.rs"]
#[expect(dead_code, reason = "its own `main` is not run here")]
mod example;

use example::{Made, Order, Receiver, make, sample_image};

/// Goes the whole way once, with this going wrong, and says what came of it.
async fn circle(fake: &FakeFal, folder: &TempDir) -> Result<Made, Box<dyn std::error::Error>> {
    let client = settings(fake).build().unwrap();
    let mut receiver = Receiver::listen(&client, 0).await.unwrap();
    let order = Order {
        prompt: "two robins build a nest".to_owned(),
        image: sample_image(folder.path()).unwrap(),
        video: folder.path().join("video.mp4"),
        patience: Duration::from_secs(2),
    };
    make(&client, &order, &mut receiver).await
}

fn arrived(folder: &TempDir) -> Vec<u8> {
    std::fs::read(folder.path().join("video.mp4")).unwrap()
}

#[tokio::test]
async fn an_image_becomes_a_video_and_each_step_is_made_once() {
    let fake = FakeFal::start().await.unwrap();
    let folder = TempDir::new().unwrap();
    let made = circle(&fake, &folder).await.unwrap();
    assert_eq!(made.size, arrived(&folder).len() as u64);
    assert_eq!(made.units, Some(1.0));
    assert_eq!(made.published.unwrap().to_string(), "$1.40");
    assert_eq!(fake.submits(), 1);
    let uploads = fake.uploads();
    assert_eq!(uploads.len(), 1);
    let sent = fake.jobs()[0].input.clone();
    assert_eq!(sent["image_url"], json!(uploads[0].url));
    assert_eq!(fake.deliveries().len(), 1);
    assert_eq!(fake.count(Operation::Status), 0, "the webhook is enough");
}

#[tokio::test]
async fn what_breaks_once_is_made_up_for_at_each_step() {
    let faults = [
        Fault::ResetBefore,
        Fault::ResetAfter,
        Fault::TruncatedBody,
        Fault::status(503),
        Fault::ProxyHtml(502),
        Fault::status(429),
    ];
    let steps = [
        Operation::InitiateUpload,
        Operation::Upload,
        Operation::WebhookKeys,
        Operation::Result,
        Operation::File,
    ];
    for step in steps {
        for fault in &faults {
            let fake = FakeFal::start().await.unwrap();
            let folder = TempDir::new().unwrap();
            fake.fault(step, fault.clone()).times(1);
            let made = circle(&fake, &folder).await;
            let made = made.unwrap_or_else(|error| panic!("{step} × {fault:?}: {error}"));
            assert_eq!(
                made.size,
                arrived(&folder).len() as u64,
                "{step} × {fault:?}"
            );
            assert_eq!(fake.submits(), 1, "{step} × {fault:?}");
        }
    }
}

#[tokio::test]
async fn a_submit_of_unknown_outcome_is_found_again_and_not_repeated() {
    for fault in [Fault::ResetAfter, Fault::TruncatedBody, Fault::Garbage] {
        let fake = FakeFal::start().await.unwrap();
        let folder = TempDir::new().unwrap();
        fake.fault(Operation::Submit, fault.clone()).times(1);
        let made = circle(&fake, &folder).await;
        let made = made.unwrap_or_else(|error| panic!("{fault:?}: {error}"));
        assert_eq!(made.size, arrived(&folder).len() as u64, "{fault:?}");
        assert_eq!(fake.submits(), 1, "{fault:?}");
        assert_eq!(fake.count(Operation::Submit), 1, "{fault:?}");
    }
}

#[tokio::test]
async fn a_submit_that_never_arrived_ends_the_way_without_a_purchase() {
    let fake = FakeFal::start().await.unwrap();
    let folder = TempDir::new().unwrap();
    fake.fault(Operation::Submit, Fault::ResetBefore).times(1);
    let error = circle(&fake, &folder).await.err().unwrap();
    assert!(
        format!("{error:#}").contains("fal may have taken it"),
        "{error}"
    );
    assert_eq!((fake.submits(), fake.count(Operation::Submit)), (0, 1));
}

#[tokio::test]
async fn a_webhook_that_is_forged_or_never_comes_is_replaced_by_following() {
    for fault in [
        Fault::WrongSignature,
        Fault::ChangedBody,
        Fault::SignedEarlier(Duration::from_secs(301)),
    ] {
        let fake = FakeFal::start().await.unwrap();
        let folder = TempDir::new().unwrap();
        fake.fault(Operation::Webhook, fault.clone());
        let made = circle(&fake, &folder).await;
        let made = made.unwrap_or_else(|error| panic!("{fault:?}: {error}"));
        assert_eq!(made.size, arrived(&folder).len() as u64, "{fault:?}");
        assert_eq!(fake.submits(), 1, "{fault:?}");
        assert!(
            fake.count(Operation::Status) + fake.count(Operation::Stream) > 0,
            "{fault:?}: the job was not followed"
        );
    }
}

#[tokio::test]
async fn a_webhook_that_comes_twice_or_without_the_output_is_enough() {
    let fake = FakeFal::builder()
        .script(Script::new().payload_error("Response payload is not JSON serializable"))
        .start()
        .await
        .unwrap();
    let folder = TempDir::new().unwrap();
    fake.fault(Operation::Webhook, Fault::DeliveredTwice);
    let made = circle(&fake, &folder).await.unwrap();
    assert_eq!(made.size, arrived(&folder).len() as u64);
    assert_eq!(fake.submits(), 1);
}

#[tokio::test]
async fn a_job_that_failed_is_told_as_it_is() {
    let outcome = Outcome::model_error("content_policy_violation", "prompt", "not that");
    let fake = FakeFal::builder()
        .script(Script::new().outcome(outcome))
        .start()
        .await
        .unwrap();
    let folder = TempDir::new().unwrap();
    let error = circle(&fake, &folder).await.err().unwrap();
    let error: &kling_api::Error = error.downcast_ref().unwrap();
    assert!(
        error.is_job_failure() && error.is_content_policy(),
        "{error}"
    );
    assert!(!folder.path().join("video.mp4").exists());
}

#[tokio::test]
async fn a_file_that_is_there_is_found_before_anything_is_bought() {
    let fake = FakeFal::start().await.unwrap();
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("video.mp4"), "mine").unwrap();
    let error = circle(&fake, &folder).await.err().unwrap();
    assert!(
        format!("{error:#}").contains("nothing was bought"),
        "{error}"
    );
    assert_eq!(arrived(&folder), b"mine");
    assert!(fake.requests().is_empty());
}
