//! Jobs that are kept, and found again.

use kling_api::testing::Operation;
use kling_api::{Job, Raw};
use kling_tests::harness::{client, fake, submitted};
use kling_tests::kling::v1::standard::image_to_video::Input;
use kling_tests::kling::v2_1;
use serde_json::{Value, json};

#[tokio::test]
async fn a_job_survives_its_process() {
    let fake = fake().start().await.unwrap();
    let job = submitted(&client(&fake)).await;
    let saved = serde_json::to_string(&job).unwrap();
    let id = job.request_id().to_owned();
    drop(job);

    let job: Job<Input> = serde_json::from_str(&saved).unwrap();
    assert_eq!(serde_json::to_string(&job).unwrap(), saved);
    let other = client(&fake);
    assert!(other.status(&job).await.is_ok());
    assert_eq!(other.follow(&job).await.unwrap().request_id(), id);
    assert_eq!(
        other.result(&job).await.unwrap().request_id(),
        id,
        "as often as one likes"
    );

    let raw: Job<Raw> = serde_json::from_str(&saved).unwrap();
    assert!(other.result(&raw).await.unwrap()["video"]["url"].is_string());
    assert_eq!((fake.submits(), fake.count(Operation::Submit)), (1, 1));
}

#[tokio::test]
async fn the_id_alone_is_enough() {
    let fake = fake().start().await.unwrap();
    let id = submitted(&client(&fake)).await.request_id().to_owned();
    let job = Job::<Input>::from_request_id(&id);
    let other = client(&fake);
    assert_eq!(other.follow(&job).await.unwrap().request_id(), id);

    let raw = Job::raw("fal-ai/kling-video/v1/standard/image-to-video", &id);
    assert_eq!(other.follow(&raw).await.unwrap().request_id(), id);
}

#[test]
fn a_job_is_not_taken_for_that_of_another_endpoint() {
    let job = Job::<Input>::from_request_id("6f1c0e9a");
    let saved = serde_json::to_string(&job).unwrap();
    let error =
        serde_json::from_str::<Job<v2_1::master::image_to_video::Input>>(&saved).unwrap_err();
    let text = format!("{error:#}");
    assert!(
        text.contains("6f1c0e9a") && text.contains("v1/standard") && text.contains("v2.1/master"),
        "{text}"
    );
}

#[test]
fn what_was_saved_once_is_read_for_ever() {
    let job: Job<Input> = serde_json::from_value(json!({
        "endpoint": "fal-ai/kling-video/v1/standard/image-to-video",
        "request_id": "6f1c0e9a",
        "status_url": "https://queue.fal.run/fal-ai/kling-video/requests/6f1c0e9a/status",
        "response_url": "https://queue.fal.run/fal-ai/kling-video/requests/6f1c0e9a",
        "cancel_url": "https://queue.fal.run/fal-ai/kling-video/requests/6f1c0e9a/cancel",
        "a field of a later version": true,
    }))
    .unwrap();
    assert_eq!(job.request_id(), "6f1c0e9a");
    let least: Value = serde_json::to_value(Job::<Input>::from_request_id("6f1c0e9a")).unwrap();
    assert_eq!(
        least,
        json!({"endpoint": "fal-ai/kling-video/v1/standard/image-to-video", "request_id": "6f1c0e9a"})
    );
}
