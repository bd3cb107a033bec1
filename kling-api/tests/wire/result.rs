//! Fetching the result: a paid result is never given up for a fault on the way.

use std::time::Duration;

use kling_api::{Completed, Error, ErrorType, Job, Submission};
use serde_json::json;

use crate::wire::endpoint::{Input, Output, REQUEST, output, status_of};
use crate::wire::server::{Received, Reply, Server};

/// A fault by its name.
type Fault = (&'static str, fn() -> Reply);

async fn result(server: &Server) -> Result<Completed<Output>, Error> {
    let client = server
        .builder()
        .request_timeout(Duration::from_millis(200))
        .build()
        .unwrap();
    client.result(&Job::<Input>::from_request_id(REQUEST)).await
}

fn is_status(request: &Received) -> bool {
    request.path.ends_with("/status")
}

/// A server whose job is in this state, and whose result is answered by `answer`.
async fn server(
    status: serde_json::Value,
    answer: impl Fn(&Received) -> Reply + Send + Sync + 'static,
) -> Server {
    Server::start(move |request, _| {
        if is_status(request) {
            Reply::json(200, &status)
        } else {
            answer(request)
        }
    })
    .await
}

fn fetches(server: &Server) -> usize {
    server
        .received()
        .iter()
        .filter(|request| !is_status(request))
        .count()
}

#[tokio::test]
async fn a_fetch_that_failed_is_made_again() {
    let cases: [Fault; 9] = [
        ("reset", Reply::reset),
        ("hang", Reply::hang),
        ("truncated", || Reply::json(200, &output()).truncated(20)),
        ("garbage", || Reply::text(200, &[], "{\"video\":")),
        ("html", || Reply::html(200)),
        ("429", || Reply::json(429, &json!({}))),
        ("502", || Reply::html(502)),
        ("500", || {
            Reply::json(500, &json!({"detail": "x", "error_type": "internal_error"}))
        }),
        ("late", || {
            Reply::json(400, &json!({"detail": "Request is still in progress"}))
        }),
    ];
    for (name, fault) in cases {
        let server = server(status_of("COMPLETED"), move |request| {
            match request.before {
                0..2 => fault(),
                _ => Reply::json(200, &output()),
            }
        })
        .await;
        let video = result(&server)
            .await
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(video.video.url, "https://v3.fal.media/files/a.mp4");
        assert_eq!(fetches(&server), 3, "{name}");
    }
}

#[tokio::test]
async fn a_job_that_still_runs_is_an_error_at_once() {
    let server = server(status_of("IN_PROGRESS"), |_| {
        Reply::json(400, &json!({"detail": "Request is still in progress"}))
    })
    .await;
    let error = result(&server).await.unwrap_err();
    assert!(error.is_in_progress() && error.is_retryable());
    assert_eq!((fetches(&server), error.request_id()), (1, Some(REQUEST)));
}

#[tokio::test]
async fn what_the_model_refused_is_final() {
    let server = server(status_of("COMPLETED"), |_| {
        Reply::json(422, &json!({"detail": [
            {"loc": ["body", "prompt"], "msg": "not allowed", "type": "content_policy_violation"}
        ]}))
    })
    .await;
    let error = result(&server).await.unwrap_err();
    assert!(error.is_job_failure() && error.is_content_policy() && !error.is_retryable());
    assert!(!error.is_validation());
    assert_eq!(
        error.field_errors()[0].error_type,
        ErrorType::ContentPolicyViolation
    );
    assert_eq!((fetches(&server), error.request_id()), (1, Some(REQUEST)));
    assert_eq!(
        format!("{error:#}"),
        format!(
            "job {REQUEST} failed: not allowed (prompt). Change the prompt or the images; the \
             same input will be refused again"
        )
    );
}

#[tokio::test]
async fn a_job_whose_status_names_an_error_has_failed() {
    let failed = json!({
        "status": "COMPLETED", "error": "Runner disconnected", "error_type": "runner_disconnected"
    });
    let replayed = |_: &Received| {
        Reply::json(
            503,
            &json!({"detail": "Runner disconnected", "error_type": "runner_disconnected"}),
        )
    };
    let server_ = server(failed.clone(), replayed).await;
    let error = result(&server_).await.unwrap_err();
    assert!(error.is_job_failure() && error.is_server() && error.is_retryable());
    assert_eq!(error.error_type(), Some(&ErrorType::RunnerDisconnected));
    assert_eq!(fetches(&server_), 1);

    // Even where the result cannot be fetched, the failure of the job is what is reported.
    let server_ = server(failed, |_| Reply::html(502)).await;
    let error = result(&server_).await.unwrap_err();
    assert!(error.is_job_failure());
    assert_eq!(error.message(), Some("Runner disconnected"));
    assert_eq!((fetches(&server_), error.request_id()), (4, Some(REQUEST)));
}

#[tokio::test]
async fn a_cancelled_job_is_told_from_a_failed_one() {
    let server = server(status_of("COMPLETED"), |_| {
        Reply::json(
            499,
            &json!({"detail": "cancelled", "error_type": "client_cancelled"}),
        )
    })
    .await;
    let error = result(&server).await.unwrap_err();
    assert!(error.is_cancelled() && error.is_job_failure() && !error.is_retryable());
    assert!(format!("{error:#}").contains("was cancelled"), "{error}");
}

#[tokio::test]
async fn a_result_of_another_shape_is_kept() {
    let server = server(status_of("COMPLETED"), |_| {
        Reply::json(
            200,
            &json!({"videos": [{"url": "https://v3.fal.media/files/b.mp4"}]}),
        )
    })
    .await;
    let error = result(&server).await.unwrap_err();
    assert!(error.is_unreadable() && !error.is_retryable());
    assert!(
        error
            .body()
            .unwrap()
            .contains("https://v3.fal.media/files/b.mp4")
    );
    assert_eq!(fetches(&server), 1);
    assert_eq!(
        error.submission(),
        Submission::Submitted(REQUEST.to_owned())
    );
}

/// Answers of success that are about the queue. Nothing is claimed to be done or paid.
#[tokio::test]
async fn a_success_that_is_about_the_queue_is_no_result() {
    type Answer = (u16, serde_json::Value);
    let answers: [Answer; 3] = [
        (202, json!({})),
        (202, status_of("IN_PROGRESS")),
        (200, status_of("IN_QUEUE")),
    ];
    for (code, body) in answers {
        let server = server(status_of("IN_PROGRESS"), move |_| Reply::json(code, &body)).await;
        let error = result(&server).await.unwrap_err();
        assert!(error.is_in_progress() && error.is_retryable(), "{error}");
        assert!(!format!("{error:#}").contains("paid"), "{error}");
        assert_eq!(fetches(&server), 1);
        // Plain JSON would take anything for an output.
        let job = Job::raw("fal-ai/kling-video/v1/standard/image-to-video", REQUEST);
        let error = server.client().result(&job).await.unwrap_err();
        assert!(error.is_in_progress(), "{error}");
    }
}

#[tokio::test]
async fn a_queue_that_lags_behind_the_status_is_waited_for() {
    let server = server(status_of("COMPLETED"), |request| match request.before {
        0 => Reply::json(202, &status_of("IN_PROGRESS")),
        1 => Reply::json(200, &status_of("IN_PROGRESS")),
        // A model may answer 202 itself, and the result replays it.
        _ => Reply::json(202, &output()),
    })
    .await;
    result(&server).await.unwrap();
    assert_eq!(fetches(&server), 3);
}

#[tokio::test]
async fn a_success_of_another_kind_and_shape_is_not_said_to_be_paid() {
    let server = server(status_of("IN_PROGRESS"), |_| {
        Reply::json(203, &json!({"cached": true}))
    })
    .await;
    let error = result(&server).await.unwrap_err();
    assert!(error.is_unreadable(), "{error}");
    assert!(!format!("{error:#}").contains("paid"), "{error}");
}

#[tokio::test]
async fn an_account_lock_on_a_result_says_nothing_about_the_job() {
    let server = server(status_of("COMPLETED"), |_| {
        Reply::json(
            403,
            &json!({"detail": "User is locked. Reason: Exhausted balance."}),
        )
    })
    .await;
    let error = result(&server).await.unwrap_err();
    assert!(error.is_billing_lock() && !error.is_job_failure());
    assert_eq!(error.request_id(), Some(REQUEST));
}
