//! Every operation under every fault: what passes is waited for, what does not is an error of ours, and the key stays.

use std::time::{Duration, SystemTime};

use kling_api::testing::{Fault, KeySent, Operation};
use kling_api::{Client, Error, Submission};
use kling_tests::harness::{Spy, chain, client, fake, input, settings};
use kling_tests::kling::v1::standard::image_to_video::Input;
use serde_json::json;

use super::{ENDPOINT, asked};

/// The operations, by the path that each leads to.
const OPERATIONS: [&str; 6] = [
    "models",
    "pricing",
    "live price",
    "estimate",
    "by-endpoint",
    "meta",
];

async fn ask(client: &Client, operation: &str) -> Result<(), Error> {
    let platform = client.platform();
    match operation {
        "models" => platform.models().await.map(drop),
        "pricing" => platform.prices([ENDPOINT]).await.map(drop),
        "live price" => client.live_price::<Input>().await.map(drop),
        "estimate" => platform.estimate_calls([(ENDPOINT, 3)]).await.map(drop),
        "by-endpoint" => client
            .find_lost_jobs(&input(), SystemTime::now())
            .await
            .map(drop),
        _ => platform.meta().await.map(drop),
    }
}

#[tokio::test]
async fn what_may_pass_is_asked_again() {
    let fake = fake().start().await.unwrap();
    let client = settings(&fake)
        .request_timeout(Duration::from_millis(400))
        .build()
        .unwrap();
    for fault in [
        Fault::status(429).header("retry-after", "0"),
        Fault::status(500),
        Fault::status(503).json(&json!({"error": {"type": "server_error", "message": "Later"}})),
        Fault::ProxyHtml(502),
        Fault::ResetBefore,
        Fault::ResetAfter,
        Fault::TruncatedBody,
        Fault::Garbage,
        Fault::Hang,
    ] {
        for operation in OPERATIONS {
            fake.clear_faults();
            fake.fault(Operation::Platform, fault.clone()).times(1);
            let before = fake.count(Operation::Platform);
            ask(&client, operation)
                .await
                .unwrap_or_else(|error| panic!("{operation} {fault:?}: {error}"));
            // On a busy machine an attempt may run out of time that is meant for the fault.
            assert!(
                fake.count(Operation::Platform) - before >= 2,
                "{operation} {fault:?}"
            );
        }
    }
}

#[tokio::test]
async fn what_will_not_pass_is_asked_once() {
    let fake = fake().start().await.unwrap();
    let client = client(&fake);
    let refused = |code, error_type: &str| {
        Fault::status(code).json(&json!({"error": {"type": error_type, "message": "No, and why."}}))
    };
    for fault in [
        refused(400, "validation_error"),
        refused(401, "authorization_error"),
        refused(403, "authorization_error"),
        refused(404, "not_found"),
        Fault::ProxyHtml(403),
        Fault::status(200)
            .json(&json!({"models": 1, "prices": 1, "items": 1, "webhook_ip_ranges": 1})),
        Fault::status(200).json(&json!([1])),
        Fault::status(429).header("retry-after", "100000"),
    ] {
        for operation in OPERATIONS {
            fake.clear_faults();
            fake.fault(Operation::Platform, fault.clone());
            let before = fake.count(Operation::Platform);
            let error = ask(&client, operation).await.unwrap_err();
            assert_eq!(
                fake.count(Operation::Platform) - before,
                1,
                "{operation} {fault:?}"
            );
            let text = format!("{error:#}");
            assert!(
                text.starts_with("the request to fal's platform API failed: "),
                "{text}"
            );
            let of_a_search = operation == "by-endpoint";
            assert_eq!(
                error.submission() == Submission::Unknown,
                of_a_search,
                "{operation}"
            );
            if let Fault::Status {
                code: 400..=404, ..
            } = fault
            {
                assert_eq!(error.message(), Some("No, and why."));
                assert!(error.error_type().is_some());
            }
        }
    }
    let error = ask(&client, "models").await.unwrap_err();
    assert!(
        format!("{error:#}").ends_with("Send the request again in 100000 s"),
        "{error}"
    );
    fake.clear_faults();
    fake.fault(Operation::Platform, refused(401, "authorization_error"));
    let error = ask(&client, "pricing").await.unwrap_err();
    assert!(error.is_authentication());
    let text = format!("{error:#}");
    assert!(
        text.ends_with("Check the API key and its scope, then send the request again"),
        "{text}"
    );
}

#[tokio::test]
async fn a_body_without_end_and_a_server_without_words_are_bounded() {
    let fake = fake().start().await.unwrap();
    let client = settings(&fake)
        .request_timeout(Duration::from_millis(300))
        .body_limit(50_000)
        .build()
        .unwrap();
    for operation in OPERATIONS {
        fake.clear_faults();
        fake.fault(Operation::Platform, Fault::EndlessBody);
        let error = ask(&client, operation).await.unwrap_err();
        assert!(
            error.is_unreadable() || error.is_timeout(),
            "{operation}: {error}"
        );
        fake.clear_faults();
        fake.fault(Operation::Platform, Fault::Hang);
        let error = ask(&client, operation).await.unwrap_err();
        assert!(error.is_timeout(), "{operation}: {error}");
        assert_eq!(error.attempts(), 3, "{operation}: {error}");
    }
    let limit = Duration::from_millis(50);
    let error = client.platform().models().timeout(limit).await.unwrap_err();
    assert!(error.is_timeout(), "{error}");
}

#[tokio::test]
async fn no_redirect_is_followed_and_no_cursor_leads_elsewhere() {
    let spy = Spy::start().await;
    let fake = fake().start().await.unwrap();
    let client = client(&fake);
    for operation in OPERATIONS {
        fake.clear_faults();
        fake.fault(
            Operation::Platform,
            Fault::Redirect {
                to: format!("{}/x", spy.url()),
            },
        );
        let error = ask(&client, operation).await.unwrap_err();
        assert_eq!(error.status(), Some(307), "{operation}");
    }
    fake.clear_faults();
    let page = json!({"models": [], "items": [], "prices": [], "next_cursor": format!("{}/y?a=b#c", spy.url()), "has_more": true});
    fake.fault(Operation::Platform, Fault::status(200).json(&page))
        .times(1);
    // The cursor is a value in the query, whatever it looks like.
    let error = client.platform().models().await.unwrap_err();
    assert_eq!(error.message(), Some("cursor is none of ours"));
    assert!(
        asked(&fake)
            .iter()
            .all(|request| request.path.starts_with("/-/platform/v1/"))
    );
    assert_eq!(spy.connections(), 0);
}

#[tokio::test]
async fn a_list_without_end_ends() {
    let fake = fake().start().await.unwrap();
    let client = client(&fake);
    let page = |cursor: &str| {
        Fault::status(200).json(&json!({
            "models": [], "items": [], "prices": [], "next_cursor": cursor, "has_more": true,
        }))
    };
    for operation in ["models", "pricing", "live price", "by-endpoint"] {
        fake.clear_faults();
        fake.fault(Operation::Platform, page("round"));
        let before = fake.count(Operation::Platform);
        let error = ask(&client, operation).await.unwrap_err();
        assert!(error.is_unreadable(), "{operation}: {error}");
        assert!(
            chain(&error)
                .iter()
                .any(|text| text.contains("leads back to its page \"round\""))
        );
        assert_eq!(fake.count(Operation::Platform) - before, 2, "{operation}");
    }
    let mut models = client.platform().models().stream();
    fake.clear_faults();
    fake.fault(Operation::Platform, Fault::status(404));
    assert!(models.next().await.unwrap().is_err());
    assert!(models.next().await.is_none());
}

#[tokio::test]
async fn a_server_that_ends_pages_only_by_has_more_is_understood() {
    let fake = fake().start().await.unwrap();
    let page =
        json!({"models": [{"endpoint_id": "a/b"}], "next_cursor": "again", "has_more": false});
    fake.fault(Operation::Platform, Fault::status(200).json(&page));
    let models = client(&fake).platform().models().await.unwrap();
    assert_eq!(models.len(), 1);
    assert_eq!(fake.count(Operation::Platform), 1);
}

#[tokio::test]
async fn the_key_is_sent_to_the_platform_and_shown_nowhere() {
    const KEY: &str = "test-key-id:test-key-secret";
    const SECRET: &str = "test-key-secret";
    let fake = fake().key(KEY).start().await.unwrap();
    let client = client(&fake);
    let mut texts = vec![format!(
        "{:?} {:#?}",
        client.platform(),
        client.platform().models()
    )];
    let escaped = SECRET.replace('s', "\\u0073");
    for fault in [
        Fault::status(200).json(&json!({"models": KEY, "prices": KEY, "items": KEY, "total_cost": KEY, "webhook_ip_ranges": KEY})),
        Fault::status(200).body(format!("{{\"models\": [], \"prices\": [{{\"unit\": \"{escaped}\"}}], \"items\": 3 {SECRET}")),
        Fault::status(400).json(&json!({"error": {"type": KEY, "message": format!("bad key {KEY}"), "docs_url": KEY, "request_id": KEY}})),
        Fault::status(500).body(format!("{{\"error\": {{\"type\": \"x\", \"message\": \"{escaped}\"}}}}")),
    ] {
        fake.clear_faults();
        fake.fault(Operation::Platform, fault);
        for operation in OPERATIONS {
            let error = ask(&client, operation).await.unwrap_err();
            texts.extend(chain(&error));
            texts.push(format!("{:?} {:?} {:?}", error.body(), error.message(), error.error_type()));
        }
    }
    // What is no failure to the eye.
    fake.clear_faults();
    let echo = format!(
        r#"{{"models": [{{"endpoint_id": "{escaped}", "metadata": {{"display_name": "{KEY}", "tags": ["{escaped}"]}}, "openapi": {{"{escaped}": "{SECRET}"}}}}]}}"#
    );
    fake.fault(Operation::Platform, Fault::status(200).body(echo));
    texts.push(format!("{:?}", client.platform().models().await.unwrap()));
    for text in texts {
        assert!(!text.contains(SECRET), "{text}");
    }
    assert!(
        asked(&fake)
            .iter()
            .all(|request| request.key == KeySent::Right)
    );
}

#[tokio::test]
async fn a_client_that_knows_no_platform_asks_nobody() {
    let fake = fake().start().await.unwrap();
    let client = Client::builder()
        .key(fake.key())
        .queue_url(fake.url())
        .build()
        .unwrap();
    let error = client.platform().meta().await.unwrap_err();
    assert!(
        format!("{error:#}").contains("call platform_url too"),
        "{error}"
    );
    assert!(fake.requests().is_empty());
}
