//! The job of a submit whose answer was lost.

use std::time::{Duration, SystemTime};

use kling_api::platform::{Evidence, LostJob};
use kling_api::testing::{FakeFal, Fault, Operation};
use kling_api::{Client, Raw, Submission};
use kling_tests::harness::{chain, client, fake, input, settings};
use kling_tests::kling::v1::standard::image_to_video::{Duration as Length, Input};
use serde_json::json;

use super::asked;

/// Submits, and loses the answer after `fault`.
async fn lose(fake: &FakeFal, client: &Client, fault: Fault) -> SystemTime {
    let before = SystemTime::now();
    fake.fault(Operation::Submit, fault).times(1);
    let error = client.call(input()).submit().await.unwrap_err();
    assert_eq!(error.submission(), Submission::Unknown, "{error}");
    assert!(
        format!("{error:#}").contains("by find_lost_jobs, or in the list"),
        "{error}"
    );
    before
}

#[tokio::test]
async fn a_job_whose_answer_was_lost_is_found_and_followed() {
    let fake = fake().start().await.unwrap();
    let client = client(&fake);
    let before = lose(&fake, &client, Fault::ResetAfter).await;
    let mut found = client.find_lost_jobs(&input(), before).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].evidence(), Evidence::SameInput);
    assert_eq!(found[0].ended_at(), None);
    assert!(found[0].sent_at().is_some());
    let job = found.remove(0).into_job();
    assert_eq!(job.request_id(), fake.jobs()[0].request_id);
    let video = client.follow(&job).await.unwrap();
    assert_eq!(video.request_id(), job.request_id());
    assert_eq!(fake.submits(), 1);

    let done = client.find_lost_jobs(&input(), before).await.unwrap();
    assert_eq!(done[0].status_code(), Some(200));
    assert!(done[0].ended_at() >= done[0].sent_at());
}

#[tokio::test]
async fn however_the_answer_was_lost_exactly_what_was_bought_is_found() {
    for (fault, bought) in [
        (Fault::ResetAfter, 1),
        (Fault::Garbage, 1),
        (Fault::Hang, 1),
        (Fault::EndlessBody, 1),
        (Fault::ResetBefore, 0),
        (Fault::ProxyHtml(502), 0),
    ] {
        let fake = fake().start().await.unwrap();
        let limit = Duration::from_millis(500);
        let client = settings(&fake)
            .submit_timeout(limit)
            .body_limit(200_000)
            .build()
            .unwrap();
        let before = lose(&fake, &client, fault.clone()).await;
        assert_eq!(fake.submits(), bought, "{fault:?}");
        let found = client.find_lost_jobs(&input(), before).await.unwrap();
        let found: Vec<&str> = found.iter().map(LostJob::request_id).collect();
        let jobs = fake.jobs();
        let there: Vec<&str> = jobs.iter().map(|job| &*job.request_id).collect();
        assert_eq!(found, there, "{fault:?}");
    }
}

#[tokio::test]
async fn nothing_is_found_where_nothing_was_bought() {
    let fake = fake().start().await.unwrap();
    let client = client(&fake);
    let before = lose(&fake, &client, Fault::ResetBefore).await;
    assert_eq!(fake.submits(), 0);
    assert!(
        client
            .find_lost_jobs(&input(), before)
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn two_calls_with_the_same_input_are_both_found() {
    let fake = fake().start().await.unwrap();
    fake.set_page_size(1);
    let client = client(&fake);
    let before = lose(&fake, &client, Fault::ResetAfter).await;
    client.call(input()).submit().await.unwrap();
    client
        .call(input().duration(Length::Ten))
        .submit()
        .await
        .unwrap();
    client
        .call(Input::new("a tree", "https://example.com/tree.webp"))
        .submit()
        .await
        .unwrap();
    let found = client.find_lost_jobs(&input(), before).await.unwrap();
    let ids: Vec<&str> = found.iter().map(LostJob::request_id).collect();
    let bought: Vec<String> = fake.jobs().into_iter().map(|job| job.request_id).collect();
    let mut same = ids[..2].to_vec();
    same.sort_unstable();
    let mut first_two: Vec<&str> = bought[..2].iter().map(String::as_str).collect();
    first_two.sort_unstable();
    assert_eq!(same, first_two);
    // What may be ours with defaults filled in comes after what is ours.
    assert_eq!(ids[2..], [&bought[2]]);
    let evidence: Vec<_> = found.iter().map(LostJob::evidence).collect();
    let expected = [
        Evidence::SameInput,
        Evidence::SameInput,
        Evidence::SameInputAndMore,
    ];
    assert_eq!(evidence, expected);
}

#[tokio::test]
async fn without_stored_inputs_time_is_what_speaks_for_a_job() {
    let fake = fake().start().await.unwrap();
    let client = client(&fake);
    client.call(input()).store_io(false).submit().await.unwrap();
    let now = SystemTime::now();
    let found = client.find_lost_jobs(&input(), now).await.unwrap();
    assert_eq!(found[0].evidence(), Evidence::InputNotStored);
    // An hour later it is too old, unless the clocks are as far apart.
    let later = now + Duration::from_secs(3600);
    assert!(
        client
            .find_lost_jobs(&input(), later)
            .await
            .unwrap()
            .is_empty()
    );
    let slack = Duration::from_secs(2 * 3600);
    let found = client
        .find_lost_jobs(&input(), later)
        .slack(slack)
        .await
        .unwrap();
    assert_eq!(found.len(), 1);
}

#[tokio::test]
async fn a_search_further_back_than_a_day_says_so() {
    let fake = fake().start().await.unwrap();
    let client = client(&fake);
    let now = SystemTime::now();
    client.find_lost_jobs(&input(), now).await.unwrap();
    client
        .find_lost_jobs(&input(), now - Duration::from_secs(3 * 24 * 3600))
        .await
        .unwrap();
    // Each search asks for the list by endpoint, and for the history.
    let [recent, _, older, _] = &asked(&fake)[..] else {
        panic!()
    };
    assert_eq!(recent.query_value("start"), None);
    assert_eq!(recent.query_value("expand").as_deref(), Some("payloads"));
    assert_eq!(recent.query_value("limit").as_deref(), Some("100"));
    assert!(older.query_value("start").unwrap().ends_with('Z'));
}

#[tokio::test]
async fn pages_that_are_too_large_are_asked_for_in_smaller_ones() {
    let fake = fake().start().await.unwrap();
    let client = settings(&fake).body_limit(40_000).build().unwrap();
    for number in 0..60 {
        let long = Input::new(
            format!("{number} {}", "robin ".repeat(100)),
            "https://example.com/a.webp",
        );
        client.call(long).submit().await.unwrap();
    }
    let found = client
        .find_lost_jobs(&input(), SystemTime::now())
        .await
        .unwrap();
    assert!(found.is_empty());
    let last = asked(&fake).pop().unwrap();
    assert_eq!(last.query_value("limit").as_deref(), Some("25"));
}

#[tokio::test]
async fn endpoints_that_the_crate_does_not_know_are_searched_too() {
    let document = json!({
        "openapi": "3.0.4",
        "paths": {
            "/acme/film/new": {"post": {"requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}}}},
            "/acme/film/new/requests/{request_id}": {"get": {"responses": {"200": {"content": {"application/json": {"schema": {"type": "object"}}}}}}},
        },
    });
    let fake = fake()
        .document("acme/film/new", document)
        .start()
        .await
        .unwrap();
    let client = client(&fake);
    let before = SystemTime::now();
    fake.fault(Operation::Submit, Fault::Garbage).times(1);
    let raw = Raw::new("acme/film/new", json!({"prompt": "a nest", "size": 5}));
    client.call(raw.clone()).submit().await.unwrap_err();
    let found = client.find_lost_jobs(&raw, before).await.unwrap();
    assert_eq!(found[0].job().endpoint(), "acme/film/new");
    client.follow(found[0].job()).await.unwrap();
}

#[tokio::test]
async fn a_search_that_fails_leaves_the_job_as_unknown_as_it_was() {
    let fake = fake().start().await.unwrap();
    let client = client(&fake);
    let before = lose(&fake, &client, Fault::ResetAfter).await;
    fake.fault(Operation::Platform, Fault::status(503));
    let error = client.find_lost_jobs(&input(), before).await.unwrap_err();
    assert_eq!(error.submission(), Submission::Unknown);
    assert!(!error.may_submit_again() && !error.is_retryable());
    assert_eq!(error.attempts(), 3);
    let text = format!("{error:#}");
    assert!(
        text.contains("Whether there is a job is still unknown"),
        "{text}"
    );
    assert!(
        text.contains("by-endpoint?endpoint_id=fal-ai/kling-video/v1/"),
        "{text}"
    );
    for text in chain(&error) {
        assert!(!text.contains(fake.key()), "{text}");
    }
}

#[test]
fn a_program_without_async_can_look_too() {
    use kling_api::blocking::Wait;

    let fake = fake().start_blocking().unwrap();
    let client = client(&fake);
    client.call(input()).submit().wait().unwrap();
    let found = client
        .find_lost_jobs(&input(), SystemTime::now())
        .wait()
        .unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(
        client.platform().models().wait().unwrap().len(),
        fake.endpoints().count()
    );
    assert_eq!(client.live_price::<Input>().wait().unwrap(), None);
}
