//! Whatever a server sends as a body, the client answers with a value: never with a panic, and never with a second job.

use std::time::Duration;

use kling_api::testing::{FakeFal, Fault, Operation};
use kling_api::{Client, Submission};
use kling_tests::harness::{brief, input, settings, submitted};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

/// Bytes without any meaning, texts that come close to an answer, JSON of every shape, and answers with a wound.
fn bodies() -> impl Strategy<Value = Vec<u8>> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        prop::sample::select(vec!["COMPLETED", "IN_QUEUE", "OK", "NOT_FOUND"])
            .prop_map(Value::from),
    ];
    let names = prop::sample::select(vec![
        "status",
        "request_id",
        "queue_position",
        "logs",
        "message",
        "metrics",
        "inference_time",
        "detail",
        "loc",
        "msg",
        "type",
        "error",
        "error_type",
        "status_url",
        "response_url",
        "cancel_url",
        "video",
        "url",
        "ctx",
    ]);
    let json = leaf.prop_recursive(4, 24, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(names.clone().prop_map(str::to_owned), inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    });
    let answer = json!({
        "status": "COMPLETED", "request_id": "6f1c0e9a", "queue_position": 3, "metrics": {"inference_time": 3.5},
        "logs": [{"message": "a", "timestamp": "2026-02-17T10:30:01.123Z"}], "video": {"url": "https://example.com/a.mp4"},
    });
    let wounded = (any::<prop::sample::Index>(), any::<u8>(), any::<bool>()).prop_map(
        move |(place, byte, cut)| {
            let mut bytes = answer.to_string().into_bytes();
            let place = place.index(bytes.len());
            if cut {
                bytes.truncate(place);
            } else {
                bytes[place] = byte;
            }
            bytes
        },
    );
    prop_oneof![
        2 => prop::collection::vec(any::<u8>(), 0..200),
        3 => json.prop_map(|value| value.to_string().into_bytes()),
        3 => wounded,
    ]
}

/// Runs a property in a runtime of its own, with a fake and a client that all its cases share.
#[expect(
    clippy::needless_pass_by_value,
    reason = "a closure written at the call reads better than a reference to one"
)]
fn check(property: impl AsyncFn(&FakeFal, &Client, u16, Vec<u8>) -> Result<(), TestCaseError>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let (fake, client) = runtime.block_on(async {
        let fake = FakeFal::builder().record(false).start().await.unwrap();
        let client = settings(&fake).retry(brief().attempts(1)).build().unwrap();
        (fake, client)
    });
    let codes = prop::sample::select(vec![
        200_u16, 202, 204, 400, 403, 404, 422, 429, 500, 503, 504,
    ]);
    TestRunner::new(Config {
        cases: 300,
        failure_persistence: None,
        ..Config::default()
    })
    .run(&(codes, bodies()), |(code, body)| {
        runtime.block_on(async {
            let outcome = property(&fake, &client, code, body).await;
            fake.clear_faults();
            outcome
        })
    })
    .unwrap();
}

#[test]
fn a_submit_is_sent_once_and_its_error_denies_no_job() {
    check(async |fake, client, code, body| {
        let before = fake.count(Operation::Submit);
        fake.fault(
            Operation::Submit,
            Fault::status(code).json(&json!(null)).body(body.clone()),
        );
        let result = client.call(input()).submit().await;
        prop_assert_eq!(fake.count(Operation::Submit) - before, 1);
        match result {
            Ok(job) => prop_assert!(code < 300 && !job.request_id().is_empty()),
            Err(error) => {
                prop_assert!(!error.to_string().is_empty() && error.to_string().len() < 2000);
                if code < 300 || (code >= 500 && code != 504) {
                    prop_assert_eq!(error.submission(), Submission::Unknown);
                }
            }
        }
        Ok(())
    });
}

#[test]
fn a_question_about_a_job_ends_and_keeps_the_id() {
    check(async |fake, client, code, body| {
        let job = submitted(client).await;
        let answer = Fault::status(code).json(&json!(null)).body(body.clone());
        for operation in [Operation::Status, Operation::Result, Operation::Cancel] {
            fake.fault(operation, answer.clone());
        }
        let errors = [
            client.status(&job).await.err(),
            client.result(&job).await.err(),
            client.cancel(&job).await.err(),
        ];
        for error in errors.iter().flatten() {
            prop_assert_eq!(error.request_id(), Some(job.request_id()));
            prop_assert_eq!(
                error.submission(),
                Submission::Submitted(job.request_id().to_owned())
            );
        }
        Ok(())
    });
}

#[test]
fn a_status_stream_of_any_bytes_does_not_keep_a_job_from_its_end() {
    check(async |fake, client, _, body| {
        let job = submitted(client).await;
        let claims_the_end = String::from_utf8_lossy(&body).contains("COMPLETED");
        let mut events = b"data: ".to_vec();
        events.extend_from_slice(&body);
        events.extend_from_slice(b"\n\n");
        fake.fault(
            Operation::Stream,
            Fault::status(200)
                .header("content-type", "text/event-stream")
                .body(events),
        );
        let follow = client
            .follow(&job)
            .logs(true)
            .poll_interval(Duration::from_millis(1), Duration::from_millis(1));
        match follow.await {
            Ok(video) => prop_assert_eq!(video.request_id(), job.request_id()),
            // A stream that says that the job has ended is believed, and then the result is not there.
            Err(error) => {
                prop_assert!(claims_the_end && error.is_in_progress(), "{}", error);
                prop_assert_eq!(error.request_id(), Some(job.request_id()));
            }
        }
        Ok(())
    });
}
