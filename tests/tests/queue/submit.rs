//! From an input to a job.

use kling_api::testing::{Fault, KeySent, Operation, Validation};
use kling_api::{Submission, Usd};
use kling_tests::harness::{PROMPT, client, fake, input, settings};
use kling_tests::kling::Endpoints;
use kling_tests::kling::v1::standard::image_to_video::Duration;
use serde_json::json;

#[tokio::test]
async fn a_call_goes_from_input_to_video() {
    let fake = fake().start().await.unwrap();
    let (client, input) = (client(&fake), input().duration(Duration::Ten));
    let video = Endpoints::v1_standard_image_to_video(&client, input)
        .await
        .unwrap();

    let jobs = fake.jobs();
    assert_eq!(jobs.len(), 1);
    assert_eq!(
        jobs[0].endpoint,
        "fal-ai/kling-video/v1/standard/image-to-video"
    );
    assert_eq!(
        jobs[0].input,
        json!({"prompt": PROMPT, "image_url": "https://example.com/robins.webp", "duration": "10"})
    );
    assert_eq!(video.request_id(), jobs[0].request_id);
    assert_eq!(video.video.url.rsplit('.').next(), Some("mp4"));
    assert_eq!(
        video.inference_time(),
        Some(std::time::Duration::from_millis(3420))
    );
    assert_eq!(video.billable_units(), Some(1.0));
    assert!(video.logs().is_empty(), "none were asked for");
    let requests = fake.requests();
    assert!(requests.iter().all(|request| request.key == KeySent::Right));
    let counts = [
        Operation::Submit,
        Operation::Stream,
        Operation::Status,
        Operation::Result,
    ]
    .map(|operation| fake.count(operation));
    assert_eq!(
        counts,
        [1, 1, 0, 1],
        "one stream tells it all: {requests:#?}"
    );
}

#[tokio::test]
async fn the_same_call_goes_by_input_alone_and_by_name_of_the_endpoint() {
    let fake = fake().start().await.unwrap();
    let client = client(&fake);
    let by_input = client.call(input()).await.unwrap();
    let raw = json!({"prompt": "a nest", "image_url": "https://example.com/robins.webp"});
    let by_name = client
        .call_raw("fal-ai/kling-video/v1/standard/image-to-video", raw.clone())
        .await
        .unwrap();
    assert_eq!(by_name["video"]["url"], json!(by_input.video.url));
    assert_eq!(fake.jobs()[1].input, raw);

    let error = client
        .call_raw("kling/v9/not-there", raw)
        .submit()
        .await
        .unwrap_err();
    assert!(error.is_not_found(), "{error}");
    assert_eq!(error.submission(), Submission::NotSubmitted);
    assert_eq!(error.endpoint(), Some("kling/v9/not-there"));
    assert_eq!(fake.submits(), 2);
}

#[tokio::test]
async fn an_input_beyond_its_bounds_is_not_sent_unless_on_purpose() {
    let fake = fake().start().await.unwrap();
    let client = client(&fake);
    let wrong = input().cfg_scale(2.0).negative_prompt("x".repeat(2501));

    let error = client.call(wrong.clone()).submit().await.unwrap_err();
    assert!(error.is_validation(), "{error}");
    let paths: Vec<&str> = error
        .violations()
        .unwrap()
        .violations()
        .iter()
        .map(kling_api::Violation::path)
        .collect();
    assert_eq!(
        paths,
        ["negative_prompt", "cfg_scale"],
        "all of them at once, in fal's order"
    );
    assert_eq!(
        (error.attempts(), error.submission()),
        (0, Submission::NotSubmitted)
    );
    assert!(fake.requests().is_empty());

    let error = client
        .call(wrong)
        .skip_validation()
        .submit()
        .await
        .unwrap_err();
    assert!(
        error.is_validation() && error.violations().is_none(),
        "{error}"
    );
    assert_eq!(error.status(), Some(422));
    let found: Vec<String> = error
        .field_errors()
        .iter()
        .map(kling_api::FieldError::path)
        .collect();
    assert!(found.contains(&"cfg_scale".to_owned()), "{found:?}");
    assert_eq!((fake.count(Operation::Submit), fake.submits()), (1, 0));
}

#[tokio::test]
async fn bounds_that_fal_has_loosened_are_no_obstacle() {
    let fake = fake().validation(Validation::Off).start().await.unwrap();
    let call = client(&fake).call(input().cfg_scale(2.0)).skip_validation();
    let video = call.await.unwrap();
    assert_eq!(fake.jobs()[0].input["cfg_scale"], json!(2.0));
    assert_eq!(video.request_id(), fake.jobs()[0].request_id);
}

#[tokio::test]
async fn a_response_that_comes_too_slowly_still_names_its_job() {
    let fake = fake().start().await.unwrap();
    fake.fault(
        Operation::Submit,
        Fault::Trickle(std::time::Duration::from_millis(250)),
    );
    let client = settings(&fake)
        .submit_timeout(std::time::Duration::from_secs(2))
        .build()
        .unwrap();
    let job = client.call(input()).submit().await.unwrap();
    let id = &fake.jobs()[0].request_id;
    assert_eq!(job.request_id(), id, "it stood in the head of the response");
}

#[test]
fn what_it_will_cost_is_known_without_asking_anybody() {
    assert_eq!(
        input().estimated_cost(),
        Some(Usd::from_micros(225_000)),
        "fal's default of 5 s"
    );
    let ten = input().duration(Duration::Ten);
    assert_eq!(ten.estimated_cost(), Some(Usd::from_micros(450_000)));
    let unknown = input().duration("as long as it takes");
    assert_eq!(unknown.estimated_cost(), None);
}
