//! Asking for the status: repeated until it comes, and never a word about the job itself.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use kling_api::{Error, Job, State, Status, Submission};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::json;

use crate::wire::endpoint::{Input, REQUEST, status_of};
use crate::wire::server::{Reply, Server, fast};

/// A fault by its name.
type Fault = (&'static str, fn() -> Reply);

async fn status(server: &Server) -> Result<Status, Error> {
    server
        .client()
        .status(&Job::<Input>::from_request_id(REQUEST))
        .await
}

#[tokio::test]
async fn what_may_pass_is_asked_again() {
    let cases: [Fault; 12] = [
        ("reset", Reply::reset),
        ("truncated", || {
            Reply::json(200, &status_of("COMPLETED")).truncated(9)
        }),
        ("garbage", || Reply::text(200, &[], "{")),
        ("html", || Reply::html(200)),
        ("no status", || Reply::json(200, &json!({}))),
        ("408", || Reply::json(408, &json!({}))),
        ("409", || Reply::json(409, &json!({}))),
        ("429", || {
            Reply::json_with(429, &[("retry-after", "0")], &json!({}))
        }),
        ("500", || Reply::json(500, &json!({}))),
        ("502", || Reply::html(502)),
        ("503", || {
            Reply::json_with(503, &[("x-fal-needs-retry", "true")], &json!({}))
        }),
        ("hang", Reply::hang),
    ];
    for (name, fault) in cases {
        let server = Server::start(move |request, _| match request.before {
            0..2 => fault(),
            _ => Reply::json(202, &status_of("IN_PROGRESS")),
        })
        .await;
        let client = server
            .builder()
            .request_timeout(Duration::from_millis(200))
            .build()
            .unwrap();
        let found = client.status(&Job::<Input>::from_request_id(REQUEST)).await;
        assert_eq!(found.unwrap().state(), &State::InProgress, "{name}");
        assert_eq!(server.count("GET"), 3, "{name}");

        let server = Server::start(move |_, _| fault()).await;
        let client = server
            .builder()
            .request_timeout(Duration::from_millis(100))
            .build()
            .unwrap();
        let error = client
            .status(&Job::<Input>::from_request_id(REQUEST))
            .await
            .unwrap_err();
        assert_eq!((server.count("GET"), error.attempts()), (4, 4), "{name}");
        assert_eq!(
            error.submission(),
            Submission::Submitted(REQUEST.to_owned()),
            "{name}"
        );
        assert!(error.is_retryable(), "{name}");
        assert!(
            format!("{error:#}").contains("do not submit it again"),
            "{name}: {error}"
        );
    }
}

#[tokio::test]
async fn what_says_nothing_about_the_job_keeps_its_id() {
    for (status_code, headers) in [
        (401, vec![]),
        (403, vec![]),
        (404, vec![]),
        (405, vec![]),
        (301, vec![("location", "http://127.0.0.1:1/")]),
        (503, vec![("x-fal-retryable", "false")]),
    ] {
        let sent = headers.clone();
        let server =
            Server::start(move |_, _| Reply::json_with(status_code, &sent, &json!({}))).await;
        let error = status(&server).await.unwrap_err();
        assert_eq!(
            (server.count("GET"), error.status()),
            (1, Some(status_code))
        );
        assert_eq!(
            error.submission(),
            Submission::Submitted(REQUEST.to_owned())
        );
        assert_eq!(error.request_id(), Some(REQUEST));
    }
}

#[tokio::test]
async fn a_deadline_bounds_the_attempts_and_lifts_their_number() {
    let server = Server::start(|request, _| match request.before {
        0..15 => Reply::json(500, &json!({})),
        _ => Reply::json(200, &status_of("IN_QUEUE")),
    })
    .await;
    let retry = kling_api::Retry::default()
        .first_delay(Duration::from_millis(1))
        .max_delay(Duration::from_millis(2));
    let client = server.builder().retry(retry).build().unwrap();
    let job = Job::<Input>::from_request_id(REQUEST);
    client
        .status(&job)
        .timeout(Duration::from_secs(60))
        .await
        .unwrap();
    assert_eq!(server.count("GET"), 16);

    let server = Server::start(|_, _| Reply::json(500, &json!({}))).await;
    let client = server
        .builder()
        .retry(fast().attempts(1_000_000))
        .build()
        .unwrap();
    let error = client
        .status(&job)
        .timeout(Duration::from_secs(1))
        .await
        .unwrap_err();
    assert!(error.is_timeout());
    assert_eq!(error.request_id(), Some(REQUEST));
    let cause = std::error::Error::source(&error)
        .unwrap()
        .downcast_ref::<Error>()
        .unwrap();
    assert_eq!(cause.status(), Some(500));
}

#[tokio::test]
async fn a_body_without_end_is_cut_off() {
    let server = Server::start(|_, _| Reply::endless(200)).await;
    let client = server.builder().body_limit(50_000).build().unwrap();
    let error = client
        .status(&Job::<Input>::from_request_id(REQUEST))
        .await
        .unwrap_err();
    assert!(error.is_unreadable());
    assert_eq!((error.attempts(), error.request_id()), (1, Some(REQUEST)));
    assert!(error.body().unwrap().len() <= 50_000);
}

#[tokio::test]
async fn logs_are_asked_for_by_query() {
    let server = Server::start(|_, _| {
        Reply::json(
            200,
            &json!({"status": "IN_PROGRESS", "logs": [{"message": "step 1"}]}),
        )
    })
    .await;
    let job = Job::<Input>::from_request_id(REQUEST);
    let status = server.client().status(&job).logs(true).await.unwrap();
    assert_eq!(status.logs()[0].message, "step 1");
    let expected = format!("/fal-ai/kling-video/requests/{REQUEST}/status?logs=1");
    assert_eq!(server.received()[0].path, expected);
}

#[tokio::test]
async fn an_id_that_is_none_is_refused_before_anything_is_sent() {
    let server = Server::start(|_, _| Reply::hang()).await;
    for job in [Job::raw("fal-ai/x", ""), Job::raw("not an endpoint", "6f")] {
        assert!(
            server
                .client()
                .status(&job)
                .await
                .unwrap_err()
                .is_configuration()
        );
    }
    assert_eq!(server.connections(), 0);
}

/// Any bytes as a body end as an error or a value, for each kind of request.
#[test]
fn any_bytes_as_a_body_are_survived() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let reply = Arc::new(Mutex::new(Reply::hang()));
    let current = reply.clone();
    let server = runtime.block_on(Server::start(move |_, _| current.lock().unwrap().clone()));
    let client = server.builder().retry(fast().attempts(1)).build().unwrap();
    let job = Job::<Input>::from_request_id(REQUEST);
    let codes = prop_oneof![Just(200), Just(202), Just(400), Just(422), Just(500)];
    let bodies = proptest::collection::vec(any::<u8>(), 0..200);
    let mut runner = TestRunner::new(ProptestConfig::with_cases(300));
    let outcome = runner.run(&(codes, bodies), |(code, body)| {
        *reply.lock().unwrap() = Reply::bytes(code, &[], &body);
        runtime.block_on(async {
            if let Err(error) = client.call(Input::new("a")).submit().await {
                prop_assert!(!error.to_string().is_empty());
            }
            if let Err(error) = client.status(&job).await {
                prop_assert_eq!(error.request_id(), Some(REQUEST));
            }
            let error = client.result(&job).await.unwrap_err();
            prop_assert_eq!(error.request_id(), Some(REQUEST));
            if let Err(error) = client.cancel(&job).await {
                prop_assert_eq!(error.request_id(), Some(REQUEST));
            }
            Ok(())
        })
    });
    outcome.unwrap();
}
