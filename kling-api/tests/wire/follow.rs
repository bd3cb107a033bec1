//! Following on the wire: streams that break, are refused or fall silent.

use std::time::Duration;

use kling_api::{CancelOutcome, Job, Submission, Update};
use serde_json::{Value, json};

use crate::wire::endpoint::{Input, Output, REQUEST, accepted, output, status_of};
use crate::wire::server::{Received, Reply, Server, event};

fn job() -> Job<Input> {
    Job::from_request_id(REQUEST)
}

fn logged(state: &str, messages: &str) -> Value {
    let logs: Vec<_> = messages
        .chars()
        .map(|it| json!({"message": it.to_string()}))
        .collect();
    json!({"status": state, "logs": logs})
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Part {
    Stream,
    Status,
    Result,
    Cancel,
}

fn part(request: &Received) -> Part {
    let path = request.path.split('?').next().unwrap();
    match path.rsplit('/').next().unwrap() {
        "stream" => Part::Stream,
        "status" => Part::Status,
        "cancel" => Part::Cancel,
        _ => Part::Result,
    }
}

fn parts(server: &Server) -> Vec<Part> {
    server.received().iter().map(part).collect()
}

async fn updates(server: &Server) -> Vec<Update<Output>> {
    let follow = server
        .client()
        .follow(&job())
        .logs(true)
        .poll_interval(Duration::from_millis(1), Duration::from_millis(5))
        .stall_timeout(Duration::from_millis(150));
    let mut updates = follow.updates();
    let mut all = Vec::new();
    while let Some(update) = updates.next().await {
        all.push(update.unwrap());
    }
    all
}

/// The log as it was shown, and as it was kept.
fn log(updates: &[Update<Output>]) -> (String, String) {
    let text = |lines: &[kling_api::LogLine]| -> String {
        lines.iter().map(|line| line.message.as_str()).collect()
    };
    let shown = updates
        .iter()
        .map(|update| {
            if let Update::Logs(lines) = update {
                text(lines)
            } else {
                String::new()
            }
        })
        .collect();
    let Some(Update::Completed(completed)) = updates.last() else {
        panic!("{updates:?}")
    };
    (shown, text(completed.logs()))
}

#[tokio::test]
async fn every_step_is_shown_once() {
    let server = Server::start(|request, _| match part(request) {
        Part::Stream => Reply::events(&[
            (
                0,
                event(&json!({"status": "IN_QUEUE", "queue_position": 2})),
            ),
            (
                0,
                event(&json!({"status": "IN_QUEUE", "queue_position": 2})),
            ),
            (
                0,
                event(&json!({"status": "IN_QUEUE", "queue_position": 1})),
            ),
            (0, event(&logged("IN_PROGRESS", "ab"))),
            (0, event(&logged("IN_PROGRESS", "c"))),
            (0, event(&logged("COMPLETED", ""))),
        ]),
        Part::Status => Reply::json(200, &logged("COMPLETED", "abc")),
        _ => Reply::json(200, &output()),
    })
    .await;
    let updates = updates(&server).await;
    assert_eq!(
        updates[..3],
        [
            Update::Queued { position: Some(2) },
            Update::Queued { position: Some(1) },
            Update::InProgress
        ]
    );
    assert_eq!(log(&updates), ("abc".to_owned(), "abc".to_owned()));
    assert_eq!(parts(&server), [Part::Stream, Part::Status, Part::Result]);
    let paths: Vec<_> = server
        .received()
        .into_iter()
        .map(|request| request.path)
        .collect();
    assert!(paths[0].ends_with("/status/stream?logs=1"), "{paths:?}");
}

#[tokio::test]
async fn a_stream_that_breaks_is_resumed_without_a_gap() {
    for full in [true, false] {
        let server = Server::start(move |request, _| match (part(request), request.before) {
            (Part::Stream, 0) => Reply::events(&[(0, event(&logged("IN_PROGRESS", "ab")))]),
            (Part::Stream, 1) => Reply::reset(),
            (Part::Stream, _) => {
                let logs = if full { "abbcde" } else { "e" };
                Reply::events(&[
                    (0, event(&logged("IN_PROGRESS", logs))),
                    (0, event(&status_of("COMPLETED"))),
                ])
            }
            (Part::Status, 0) => Reply::json(202, &logged("IN_PROGRESS", "ab")),
            (Part::Status, 1) => Reply::json(202, &logged("IN_PROGRESS", "abbc")),
            (Part::Status, _) if request.before < 500 => {
                Reply::json(202, &logged("IN_PROGRESS", "abbcd"))
            }
            (Part::Status, _) => Reply::json(200, &logged("COMPLETED", "abbcde")),
            _ => Reply::json(200, &output()),
        })
        .await;
        let updates = updates(&server).await;
        let (mut shown, kept) = log(&updates);
        assert_eq!(
            updates
                .iter()
                .filter(|it| **it == Update::InProgress)
                .count(),
            1
        );
        assert!(kept.len() >= 5, "{kept}");
        let mut sorted: Vec<_> = shown.drain(..).collect();
        sorted.sort_unstable();
        assert_eq!(sorted, kept.chars().collect::<Vec<_>>());
        assert!(
            parts(&server)
                .iter()
                .filter(|it| **it == Part::Stream)
                .count()
                >= 3
        );
    }
}

#[tokio::test]
async fn without_a_stream_the_status_is_asked_for() {
    let refusals: [fn() -> Reply; 4] = [
        || Reply::json(405, &json!({})),
        || Reply::json(404, &json!({})),
        || Reply::html(200),
        || Reply::endless(200),
    ];
    for refusal in refusals {
        let server = Server::start(move |request, _| match (part(request), request.before) {
            (Part::Stream, _) => refusal(),
            (Part::Status, 0) => Reply::json(202, &status_of("IN_QUEUE")),
            (Part::Status, 1) => Reply::json(202, &logged("IN_PROGRESS", "a")),
            (Part::Status, _) => Reply::json(200, &logged("COMPLETED", "ab")),
            _ => Reply::json(200, &output()),
        })
        .await;
        let updates = updates(&server).await;
        assert_eq!(log(&updates), ("ab".to_owned(), "ab".to_owned()));
        assert_eq!(
            parts(&server),
            [
                Part::Stream,
                Part::Status,
                Part::Status,
                Part::Status,
                Part::Result
            ]
        );
    }
}

#[tokio::test]
async fn silence_is_noticed_and_comments_are_not_silence() {
    let server = Server::start(|request, _| match (part(request), request.before) {
        (Part::Stream, 0) => {
            let ping = (50, ": ping\n\n".to_owned());
            let mut pieces = vec![(0, event(&status_of("IN_QUEUE")))];
            pieces.extend(vec![ping; 6]);
            Reply::events(&pieces).then_hang()
        }
        (Part::Stream, _) => Reply::events(&[(0, event(&status_of("COMPLETED")))]),
        (Part::Status, 0) => Reply::json(202, &status_of("IN_PROGRESS")),
        (Part::Status, _) => Reply::json(200, &status_of("COMPLETED")),
        _ => Reply::json(200, &output()),
    })
    .await;
    let updates = updates(&server).await;
    assert!(matches!(updates[0], Update::Queued { .. }));
    assert_eq!(updates[1], Update::InProgress);
    assert_eq!(parts(&server)[..2], [Part::Stream, Part::Status]);
}

#[tokio::test]
async fn more_jobs_than_streams_are_followed_all_the_same() {
    let server = Server::start(|request, _| match part(request) {
        Part::Stream => panic!("no stream may be opened"),
        Part::Status => Reply::json(200, &status_of("COMPLETED")),
        _ => Reply::json(200, &output()),
    })
    .await;
    let client = server.builder().max_streams(0).build().unwrap();
    client.follow(&job()).await.unwrap();
    assert_eq!(parts(&server), [Part::Status, Part::Result]);
}

#[tokio::test]
async fn a_refused_key_ends_the_follow_and_keeps_the_job() {
    let server = Server::start(|_, _| Reply::json(401, &json!({"detail": "no"}))).await;
    let error = server.client().follow(&job()).await.unwrap_err();
    assert!(error.is_authentication());
    assert_eq!(
        error.submission(),
        Submission::Submitted(REQUEST.to_owned())
    );
}

#[tokio::test]
async fn a_failed_job_ends_with_its_error() {
    let server = Server::start(|request, _| match part(request) {
        Part::Stream => Reply::events(&[(
            0,
            event(
                &json!({"status": "COMPLETED", "error": "bad", "error_type": "client_cancelled"}),
            ),
        )]),
        _ => Reply::json(
            499,
            &json!({"detail": "bad", "error_type": "client_cancelled"}),
        ),
    })
    .await;
    let mut updates = server.client().follow(&job()).updates();
    let error = updates.next().await.unwrap().unwrap_err();
    assert!(error.is_cancelled() && error.is_job_failure());
    assert!(updates.next().await.is_none());
    assert_eq!(parts(&server), [Part::Stream, Part::Result]);
}

#[tokio::test]
async fn a_timeout_cancels_where_that_was_asked_for() {
    for (status, word, outcome, text) in [
        (200, "OK", CancelOutcome::Removed, "taken out of the queue"),
        (
            202,
            "CANCELLATION_REQUESTED",
            CancelOutcome::Requested,
            "may still finish and be billed",
        ),
        (
            400,
            "ALREADY_COMPLETED",
            CancelOutcome::TooLate,
            "too late to cancel",
        ),
    ] {
        let server = Server::start(move |request, _| match part(request) {
            Part::Stream => Reply::events(&[(0, event(&status_of("IN_QUEUE")))]).then_hang(),
            Part::Cancel => Reply::json(status, &json!({"status": word})),
            _ => Reply::json(202, &status_of("IN_QUEUE")),
        })
        .await;
        let follow = server
            .client()
            .follow(&job())
            .timeout(Duration::from_millis(100));
        let error = follow.cancel_on_timeout(true).await.unwrap_err();
        assert!(error.is_timeout());
        assert_eq!(error.cancel_outcome().unwrap().unwrap(), outcome);
        assert!(format!("{error:#}").contains(text), "{error}");
        assert_eq!(error.request_id(), Some(REQUEST));
        assert_eq!(parts(&server).last(), Some(&Part::Cancel));
    }
}

#[tokio::test]
async fn a_call_has_one_timeout_from_submit_to_result() {
    let server = Server::start(|request, base| match request.method.as_str() {
        "POST" => Reply::json(200, &accepted(base)),
        "PUT" => Reply::json(200, &json!({"status": "OK"})),
        _ => Reply::json(202, &status_of("IN_QUEUE")),
    })
    .await;
    let call = server
        .client()
        .call(Input::new("a"))
        .timeout(Duration::from_millis(200));
    let error = call.cancel_on_timeout(true).await.unwrap_err();
    assert!(error.is_timeout());
    assert_eq!(
        error.cancel_outcome().unwrap().unwrap(),
        CancelOutcome::Removed
    );
    assert_eq!(
        error.submission(),
        Submission::Submitted(REQUEST.to_owned())
    );
    assert_eq!((server.count("POST"), server.count("PUT")), (1, 1));
}

#[tokio::test]
async fn a_timeout_alone_and_a_dropped_future_cancel_nothing() {
    let server = Server::start(|request, _| match part(request) {
        Part::Stream => Reply::events(&[(0, event(&status_of("IN_QUEUE")))]).then_hang(),
        _ => Reply::json(202, &status_of("IN_QUEUE")),
    })
    .await;
    let client = server.client();
    let error = client
        .follow(&job())
        .timeout(Duration::from_millis(50))
        .await
        .unwrap_err();
    assert!(error.is_timeout() && error.cancel_outcome().is_none());
    let mut dropped = client.follow(&job()).updates();
    dropped.next().await.unwrap().unwrap();
    drop(dropped);
    // The last thing that the server sees is this, and no cancellation before it.
    client.status(&job()).await.unwrap();
    assert_eq!(server.count("PUT"), 0);
}
