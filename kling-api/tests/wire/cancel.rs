//! Cancelling.

use kling_api::{CancelOutcome, Error, Job, Submission};
use serde_json::json;

use crate::wire::endpoint::{Input, REQUEST};
use crate::wire::server::{Reply, Server};

async fn cancel(server: &Server) -> Result<CancelOutcome, Error> {
    server
        .client()
        .cancel(&Job::<Input>::from_request_id(REQUEST))
        .await
}

#[tokio::test]
async fn the_four_outcomes_are_told_apart() {
    for (status, word, outcome) in [
        (200, "OK", CancelOutcome::Removed),
        (202, "CANCELLATION_REQUESTED", CancelOutcome::Requested),
        (400, "ALREADY_COMPLETED", CancelOutcome::TooLate),
        (404, "NOT_FOUND", CancelOutcome::UnknownJob),
    ] {
        let server = Server::start(move |_, _| Reply::json(status, &json!({"status": word}))).await;
        assert_eq!(cancel(&server).await.unwrap(), outcome);
        let request = &server.received()[0];
        assert_eq!(request.method, "PUT");
        assert_eq!(
            request.path,
            format!("/fal-ai/kling-video/requests/{REQUEST}/cancel")
        );
    }
}

#[tokio::test]
async fn it_is_repeated_until_an_answer_comes() {
    let server = Server::start(|request, _| match request.before {
        0 => Reply::reset(),
        1 => Reply::html(502),
        _ => Reply::json(202, &json!({"status": "CANCELLATION_REQUESTED"})),
    })
    .await;
    assert_eq!(cancel(&server).await.unwrap(), CancelOutcome::Requested);
    assert_eq!(server.count("PUT"), 3);

    let server = Server::start(|_, _| Reply::json(500, &json!({}))).await;
    let error = cancel(&server).await.unwrap_err();
    assert_eq!((server.count("PUT"), error.attempts()), (4, 4));
    assert_eq!(
        error.submission(),
        Submission::Submitted(REQUEST.to_owned())
    );
}

#[tokio::test]
async fn a_cancellation_whose_answer_was_lost_is_no_failure() {
    for (error_type, code, word, outcome) in [
        (
            "client_cancelled",
            400,
            "ALREADY_COMPLETED",
            CancelOutcome::Requested,
        ),
        (
            "client_cancelled",
            404,
            "NOT_FOUND",
            CancelOutcome::Requested,
        ),
        (
            "runner_disconnected",
            400,
            "ALREADY_COMPLETED",
            CancelOutcome::TooLate,
        ),
    ] {
        let server = Server::start(move |request, _| match request.method.as_str() {
            "PUT" if request.before == 0 => Reply::reset(),
            "PUT" => Reply::json(code, &json!({"status": word})),
            _ => Reply::json(
                200,
                &json!({"status": "COMPLETED", "error": "x", "error_type": error_type}),
            ),
        })
        .await;
        assert_eq!(cancel(&server).await.unwrap(), outcome);
    }
}

#[tokio::test]
async fn a_path_that_is_not_there_is_no_unknown_job() {
    let server = Server::start(|_, _| Reply::json(404, &json!({"detail": "Path not found"}))).await;
    assert!(cancel(&server).await.unwrap_err().is_not_found());
}
