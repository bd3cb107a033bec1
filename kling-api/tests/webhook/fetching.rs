//! Keys that are fetched: when, how often, and what happens where they cannot be.

use std::error::Error as _;
use std::time::{Duration, SystemTime};

use kling_api::testing::{FakeFal, Fault, KeySent, Operation};
use kling_api::webhook::{Event, FetchingVerifier, Keys, Verifier, WebhookError};
use kling_api::{Client, Raw, Retry};
use serde_json::json;

const BODY: &[u8] = br#"{"request_id": "6f1c0e9a", "status": "OK", "payload": {}}"#;

async fn start() -> (FakeFal, FetchingVerifier) {
    let fake = FakeFal::start().await.unwrap();
    let retry = Retry::default().first_delay(Duration::from_millis(1));
    let client = fake.client().retry(retry).build().unwrap();
    (fake, FetchingVerifier::new(&client))
}

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_780_000_000 + seconds)
}

/// A delivery that is signed with the fake's present key and arrives at once.
async fn deliver(
    fake: &FakeFal,
    verifier: &FetchingVerifier,
    seconds: u64,
) -> Result<Event<Raw>, WebhookError> {
    let headers = fake.sign_webhook("6f1c0e9a", BODY, at(seconds));
    verifier.verify_at(&headers, BODY, at(seconds)).await
}

/// One that nobody at fal has signed.
async fn forge(
    fake: &FakeFal,
    verifier: &FetchingVerifier,
    seconds: u64,
) -> Result<Event<Raw>, WebhookError> {
    let headers = fake.sign_webhook("6f1c0e9a", b"another body", at(seconds));
    verifier.verify_at(&headers, BODY, at(seconds)).await
}

fn fetches(fake: &FakeFal) -> usize {
    fake.count(Operation::WebhookKeys)
}

#[tokio::test]
async fn the_keys_are_fetched_once_a_day_and_without_the_api_key() {
    let (fake, verifier) = start().await;
    assert_eq!(fetches(&fake), 0);
    for seconds in [0, 1, 3600, 24 * 3600 - 1] {
        let event = deliver(&fake, &verifier, seconds).await.unwrap();
        assert_eq!(event.request_id(), "6f1c0e9a");
    }
    assert_eq!(fetches(&fake), 1);
    deliver(&fake, &verifier.clone(), 24 * 3600).await.unwrap();
    assert_eq!(fetches(&fake), 2);
    for request in fake.requests() {
        assert_eq!(request.key, KeySent::None);
        assert!(request.header("authorization").is_none());
        assert!(!format!("{request:?}").contains("test-key-secret"));
    }
}

#[tokio::test]
async fn the_system_clock_is_used_where_no_other_is_given() {
    let (fake, verifier) = start().await;
    let headers = fake.sign_webhook("6f1c0e9a", BODY, SystemTime::now());
    assert!(verifier.verify::<Raw>(&headers, BODY).await.is_ok());
    let headers = fake.sign_webhook("6f1c0e9a", BODY, at(0));
    let error = verifier.verify::<Raw>(&headers, BODY).await.unwrap_err();
    assert!(error.is_out_of_time());
}

#[tokio::test]
async fn what_is_plainly_wrong_costs_no_fetch() {
    let (fake, verifier) = start().await;
    let mut headers = fake.sign_webhook("6f1c0e9a", BODY, at(0));
    let late = verifier.verify_at::<Raw>(&headers, BODY, at(301)).await;
    assert!(late.unwrap_err().is_out_of_time());
    headers.pop();
    let bare = verifier.verify_at::<Raw>(&headers, BODY, at(0)).await;
    assert!(bare.unwrap_err().is_malformed());
    assert_eq!(fetches(&fake), 0);
}

#[tokio::test]
async fn a_body_is_taken_last_and_within_its_limit() {
    let (fake, verifier) = start().await;
    let verifier = verifier.max_body(BODY.len() - 1);
    let mut headers = fake.sign_webhook("6f1c0e9a", BODY, at(0));
    let error = verifier
        .verify_at::<Raw>(&headers, BODY, at(0))
        .await
        .unwrap_err();
    assert!(
        error.is_too_large() && error.status_code() == 413,
        "{error}"
    );
    assert!(format!("{error:#}").contains("max_body()"), "{error}");
    // What the headers say counts before the body does.
    let late = verifier.verify_at::<Raw>(&headers, BODY, at(301)).await;
    assert!(late.unwrap_err().is_out_of_time());
    headers.pop();
    let bare = verifier.verify_at::<Raw>(&headers, BODY, at(0)).await;
    assert!(bare.unwrap_err().is_malformed());
    assert_eq!(fetches(&fake), 0);

    let keys = Keys::from_jwks(fake.webhook_keys()).unwrap();
    let headers = fake.sign_webhook("6f1c0e9a", BODY, at(0));
    let large = vec![b' '; 10 * 1024 * 1024 + 1];
    for (verifier, body, is_too_large) in [
        (Verifier::new(keys.clone()), large.as_slice(), true),
        (
            Verifier::new(keys.clone()).max_body(usize::MAX),
            large.as_slice(),
            false,
        ),
        (Verifier::new(keys).max_body(BODY.len()), BODY, false),
    ] {
        let event = verifier.verify_at::<Raw>(&headers, body, at(0));
        assert_eq!(event.is_err_and(|error| error.is_too_large()), is_too_large);
    }
}

#[tokio::test]
async fn a_new_key_is_found_by_the_first_delivery_that_it_signs() {
    let (fake, verifier) = start().await;
    deliver(&fake, &verifier, 0).await.unwrap();
    fake.rotate_webhook_keys();
    deliver(&fake, &verifier, 60).await.unwrap();
    assert_eq!(fetches(&fake), 2);
    deliver(&fake, &verifier, 61).await.unwrap();
    assert_eq!(fetches(&fake), 2);
}

#[tokio::test]
async fn forged_deliveries_cause_one_fetch_a_minute_at_most() {
    let (fake, verifier) = start().await;
    for seconds in 0..180 {
        let error = forge(&fake, &verifier, seconds).await.unwrap_err();
        assert!(error.is_signature(), "{error}");
        assert_eq!(error.status_code(), 401);
    }
    assert_eq!(fetches(&fake), 3);
}

#[tokio::test]
async fn deliveries_that_arrive_together_share_one_fetch() {
    let (fake, verifier) = start().await;
    let slow = fake.fault(
        Operation::WebhookKeys,
        Fault::Delay(Duration::from_millis(50)),
    );
    let together = (0..20).map(|_| deliver(&fake, &verifier, 0));
    for event in futures_util::future::join_all(together).await {
        event.unwrap();
    }
    assert_eq!(fetches(&fake), 1);
    slow.remove();

    fake.rotate_webhook_keys();
    let together = (0..20).map(|_| deliver(&fake, &verifier, 100));
    for event in futures_util::future::join_all(together).await {
        event.unwrap();
    }
    assert_eq!(fetches(&fake), 2);
}

/// Whoever hangs up in the midst of a fetch does not take it away from the others.
#[tokio::test]
async fn a_fetch_goes_on_when_its_delivery_is_gone() {
    let (fake, verifier) = start().await;
    fake.fault(
        Operation::WebhookKeys,
        Fault::Delay(Duration::from_millis(50)),
    );
    {
        let first = deliver(&fake, &verifier, 0);
        let arrived = fake.wait_for(Operation::WebhookKeys, 1);
        tokio::select! {
            _ = first => panic!("the fetch is slow"),
            () = arrived => {}
        }
    }
    deliver(&fake, &verifier, 0).await.unwrap();
    assert_eq!(fetches(&fake), 1);
}

#[tokio::test]
async fn without_keys_nothing_is_known_of_a_delivery() {
    let empty = json!({"keys": []});
    let faults = [
        (Fault::status(500), "could not be fetched"),
        (Fault::status(404), "could not be fetched"),
        (Fault::ResetBefore, "could not be fetched"),
        (Fault::TruncatedBody, "could not be fetched"),
        (Fault::EndlessBody, "could not be fetched"),
        (
            Fault::Redirect {
                to: "http://127.0.0.1:9/".to_owned(),
            },
            "could not be fetched",
        ),
        (Fault::Garbage, "the text is no JSON"),
        (Fault::ProxyHtml(200), "the text is no JSON"),
        (Fault::status(200), "the text is no JSON"),
        (Fault::status(200).json(&empty), "the list `keys` is empty"),
        (
            Fault::status(200).json(&json!([])),
            "there is no list `keys`",
        ),
    ];
    for (fault, expected) in faults {
        let (fake, verifier) = start().await;
        let rule = fake.fault(Operation::WebhookKeys, fault);
        for seconds in [0, 1, 4] {
            let error = deliver(&fake, &verifier, seconds).await.unwrap_err();
            assert!(error.is_key_unavailable() && !error.is_signature());
            assert_eq!(error.status_code(), 503);
            assert!(format!("{error:#}").contains(expected), "{error}");
        }
        // The retries of one fetch, and no fetch for the deliveries within its pause.
        assert!(fetches(&fake) <= 3, "{} fetches", fetches(&fake));
        rule.remove();
        deliver(&fake, &verifier, 5).await.unwrap();
    }
}

#[tokio::test]
async fn a_passing_failure_is_overcome_within_one_delivery() {
    let (fake, verifier) = start().await;
    fake.fault(Operation::WebhookKeys, Fault::status(503))
        .times(2);
    deliver(&fake, &verifier, 0).await.unwrap();
    assert_eq!(fetches(&fake), 3);
}

#[tokio::test]
async fn the_error_of_a_fetch_says_what_to_do() {
    let (fake, verifier) = start().await;
    fake.fault(Operation::WebhookKeys, Fault::status(404));
    let error = deliver(&fake, &verifier, 0).await.unwrap_err();
    assert_eq!(
        format!("{error:#}"),
        "the keys of webhooks could not be fetched, so that the delivery could not be checked. Answer \
         503, and fal delivers it again"
    );
    assert_eq!(
        format!("{:#}", error.source().unwrap()),
        "fetching the keys of webhooks failed: the server answered 404 Not Found. Answer the delivery \
         with 503, and fal delivers it again; if this continues, check the network and rest_url"
    );
}

#[tokio::test]
async fn a_client_of_other_servers_alone_has_no_place_to_fetch_from() {
    let client = Client::builder()
        .key("id:part")
        .queue_url("http://127.0.0.1:9");
    let verifier = FetchingVerifier::new(&client.build().unwrap());
    let fake = FakeFal::start().await.unwrap();
    let error = deliver(&fake, &verifier, 0).await.unwrap_err();
    assert!(error.is_key_unavailable());
    let source = format!("{:#}", error.source().unwrap());
    assert!(source.contains("call rest_url too"), "{source}");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_never_answers_is_given_up_before_fal_gives_us_up() {
    let fake = FakeFal::start_blocking().unwrap();
    let verifier = FetchingVerifier::new(&fake.client().build().unwrap());
    fake.fault(Operation::WebhookKeys, Fault::Hang);
    let start = tokio::time::Instant::now();
    let error = deliver(&fake, &verifier, 0).await.unwrap_err();
    assert!(error.is_key_unavailable(), "{error}");
    assert!(
        start.elapsed() < Duration::from_secs(15),
        "{:?}",
        start.elapsed()
    );
}

#[tokio::test]
async fn a_failed_fetch_keeps_the_keys_that_are_there() {
    let (fake, verifier) = start().await;
    deliver(&fake, &verifier, 0).await.unwrap();
    fake.fault(Operation::WebhookKeys, Fault::status(500));
    // The signature fits no key, and whether there is a newer key cannot be found out.
    let error = forge(&fake, &verifier, 100).await.unwrap_err();
    assert!(error.is_key_unavailable(), "{error}");
    for seconds in [101, 3600, 24 * 3600 - 1] {
        deliver(&fake, &verifier, seconds).await.unwrap();
    }
    // Now they are too old.
    let error = deliver(&fake, &verifier, 24 * 3600).await.unwrap_err();
    assert!(error.is_key_unavailable(), "{error}");
}

#[tokio::test]
async fn a_server_may_ask_for_its_keys_to_be_fetched_sooner() {
    let (fake, verifier) = start().await;
    let keys = serde_json::from_str(&fake.webhook_keys()).unwrap();
    let answer = Fault::status(200)
        .json(&keys)
        .header("cache-control", "public, max-age=600");
    fake.fault(Operation::WebhookKeys, answer);
    for seconds in [0, 599] {
        deliver(&fake, &verifier, seconds).await.unwrap();
    }
    assert_eq!(fetches(&fake), 1);
    deliver(&fake, &verifier, 600).await.unwrap();
    assert_eq!(fetches(&fake), 2);
}
