//! Every fault of one request, on every operation.

use std::time::Duration;

use kling_api::testing::{FakeFal, Fault, Operation, Script};
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::fake_fal::support::{
    ENDPOINT, JsonResponse, get, is_reset, job_path, request, start, start_with, submit,
    submit_request,
};

const OPERATIONS: [Operation; 5] = [
    Operation::Submit,
    Operation::Status,
    Operation::Stream,
    Operation::Result,
    Operation::Cancel,
];

/// Sends one request for the operation, about a job that is held in the queue.
async fn send(fake: &FakeFal, operation: Operation) -> Result<Response, reqwest::Error> {
    let id = fake.jobs()[0].request_id.clone();
    let (method, path) = match operation {
        Operation::Status => (Method::GET, job_path(&id, "/status")),
        Operation::Stream => (Method::GET, job_path(&id, "/status/stream")),
        Operation::Result => (Method::GET, job_path(&id, "")),
        Operation::Cancel => (Method::PUT, job_path(&id, "/cancel")),
        _ => return submit_request(fake).send().await,
    };
    request(fake, method, &path).send().await
}

/// A fake with one held job and a fault, and what a request then leads to.
async fn faulted(
    operation: Operation,
    fault: Fault,
) -> (FakeFal, Result<Response, reqwest::Error>) {
    let fake = start().await;
    fake.hold();
    submit(&fake).await;
    let rule = fake.fault(operation, fault).times(1);
    let outcome = send(&fake, operation).await;
    assert_eq!(rule.struck(), 1);
    assert!(fake.requests()[1].faulted);
    (fake, outcome)
}

fn took_effect(fake: &FakeFal, operation: Operation) -> bool {
    if operation == Operation::Submit {
        assert_eq!(fake.submits() == 2, fake.requests()[1].took_effect);
    }
    fake.requests()[1].took_effect
}

#[tokio::test]
async fn a_status_in_place_of_the_response() {
    for operation in OPERATIONS {
        let fault = Fault::status(429)
            .header("retry-after", "2")
            .json(&json!({"detail": "slow down"}));
        let (fake, outcome) = faulted(operation, fault).await;
        let response = JsonResponse::read(outcome.unwrap()).await;
        assert_eq!(
            (response.code, response.header("retry-after")),
            (429, Some("2")),
            "{operation}"
        );
        assert_eq!(response.body, json!({"detail": "slow down"}));
        assert_eq!(response.header("x-fal-request-id"), None);
        assert!(!took_effect(&fake, operation));
        assert_eq!(fake.requests()[1].status, Some(429));
        assert!(
            send(&fake, operation).await.unwrap().status().as_u16() <= 400,
            "applied once only"
        );
    }
}

#[tokio::test]
async fn a_body_byte_for_byte() {
    let (_fake, outcome) = faulted(Operation::Result, Fault::status(500).body(*b"\x00\xff")).await;
    assert_eq!(&outcome.unwrap().bytes().await.unwrap()[..], b"\x00\xff");
    let (_fake, outcome) = faulted(Operation::Result, Fault::still_in_progress()).await;
    let response = JsonResponse::read(outcome.unwrap()).await;
    assert_eq!(
        (response.code, response.body),
        (400, json!({"detail": "Request is still in progress"}))
    );
}

#[tokio::test]
async fn a_reset_before_and_a_reset_after() {
    for operation in OPERATIONS {
        for (fault, effect) in [(Fault::ResetBefore, false), (Fault::ResetAfter, true)] {
            let (fake, outcome) = faulted(operation, fault.clone()).await;
            let error = outcome.unwrap_err();
            assert!(is_reset(&error), "{operation} {fault:?}: {error:?}");
            assert_eq!(
                took_effect(&fake, operation),
                effect,
                "{operation} {fault:?}"
            );
            assert_eq!(fake.requests()[1].status, None);
            assert_eq!(
                fake.requests()[1].body.is_empty(),
                !effect || operation != Operation::Submit
            );
        }
    }
}

#[tokio::test]
async fn a_reset_that_kept_the_job_leaves_it_usable() {
    let (fake, outcome) = faulted(Operation::Submit, Fault::ResetAfter).await;
    outcome.unwrap_err();
    let id = fake.requests()[1].request_id.clone().unwrap();
    assert_eq!(id, fake.jobs()[1].request_id);
    assert_eq!(get(&fake, &job_path(&id, "/status")).await.code, 202);
}

#[tokio::test]
async fn a_truncated_body_promises_more_than_it_sends() {
    for operation in OPERATIONS {
        let (fake, outcome) = faulted(operation, Fault::TruncatedBody).await;
        let mut response = outcome.unwrap();
        let promised = response.content_length().unwrap();
        let mut received = 0;
        let error = loop {
            match response.chunk().await {
                Ok(Some(chunk)) => received += chunk.len() as u64,
                Ok(None) => panic!("{operation}: the body came whole"),
                Err(error) => break error,
            }
        };
        assert!(
            received > 0 && received < promised,
            "{operation}: {received} of {promised}"
        );
        assert!(!is_reset(&error), "{operation}: closed in order, not reset");
        assert!(took_effect(&fake, operation));
    }
}

#[tokio::test]
async fn garbage_is_200_and_no_json() {
    for operation in OPERATIONS {
        let (fake, outcome) = faulted(operation, Fault::Garbage).await;
        let response = outcome.unwrap();
        assert_eq!(response.status(), 200);
        let stream = response.headers()["content-type"]
            .to_str()
            .unwrap()
            .starts_with("text/event-stream");
        assert_eq!(stream, operation == Operation::Stream);
        let bytes = response.bytes().await.unwrap();
        assert!(!bytes.is_empty());
        assert!(
            std::str::from_utf8(&bytes).is_err()
                && serde_json::from_slice::<Value>(&bytes).is_err()
        );
        assert!(took_effect(&fake, operation));
    }
}

#[tokio::test]
async fn a_proxys_page_is_html_without_fals_headers() {
    for operation in OPERATIONS {
        let (fake, outcome) = faulted(operation, Fault::ProxyHtml(502)).await;
        let response = outcome.unwrap();
        assert_eq!(response.status(), 502);
        assert_eq!(response.headers()["content-type"], "text/html");
        assert!(!response.headers().contains_key("x-fal-request-id"));
        assert!(
            response
                .text()
                .await
                .unwrap()
                .contains("<center>nginx</center>")
        );
        assert!(!took_effect(&fake, operation));
    }
}

#[tokio::test]
async fn a_gateway_error_may_hide_a_job() {
    let fake = start().await;
    fake.fault(Operation::Submit, Fault::ProxyHtml(502))
        .times(1)
        .takes_effect(true);
    fake.fault(Operation::Submit, Fault::ResetAfter)
        .times(1)
        .takes_effect(false);
    assert_eq!(submit_request(&fake).send().await.unwrap().status(), 502);
    assert_eq!(fake.submits(), 1);
    assert!(is_reset(&submit_request(&fake).send().await.unwrap_err()));
    assert_eq!(fake.submits(), 1);
}

#[tokio::test]
async fn a_delayed_response_is_carried_out_at_once() {
    for operation in OPERATIONS {
        let fake = start().await;
        fake.hold();
        submit(&fake).await;
        fake.fault(operation, Fault::Delay(Duration::from_secs(3600)))
            .times(1);
        let hurried =
            tokio::time::timeout(Duration::from_millis(100), send(&fake, operation)).await;
        assert!(hurried.is_err(), "{operation}");
        assert!(took_effect(&fake, operation));
    }
    let (_fake, outcome) = faulted(Operation::Status, Fault::Delay(Duration::from_millis(1))).await;
    assert_eq!(outcome.unwrap().status(), 202);
}

#[tokio::test]
async fn a_hanging_request_is_carried_out_and_gets_no_response() {
    for operation in OPERATIONS {
        let fake = start().await;
        fake.hold();
        submit(&fake).await;
        fake.fault(operation, Fault::Hang);
        let hung = tokio::time::timeout(Duration::from_millis(100), send(&fake, operation)).await;
        assert!(hung.is_err(), "{operation}");
        assert!(took_effect(&fake, operation));
    }
}

#[tokio::test]
async fn an_endless_body_does_not_end() {
    for operation in OPERATIONS {
        for (fault, code) in [(Fault::EndlessBody, 200), (Fault::EndlessError(503), 503)] {
            let (_fake, outcome) = faulted(operation, fault).await;
            let mut response = outcome.unwrap();
            assert_eq!(
                (response.status().as_u16(), response.content_length()),
                (code, None)
            );
            let mut received = 0;
            while received < 8 << 20 {
                received += response.chunk().await.unwrap().unwrap().len();
            }
        }
    }
}

#[tokio::test]
async fn a_trickling_response_comes_byte_by_byte() {
    for operation in OPERATIONS {
        let (_fake, outcome) = faulted(operation, Fault::Trickle(Duration::from_micros(10))).await;
        let mut response = outcome.unwrap();
        assert_eq!(response.chunk().await.unwrap().unwrap().len(), 1);
        let mut text = String::new();
        while let Some(chunk) = response.chunk().await.unwrap() {
            text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
        assert!(text.trim_end().ends_with('}'), "{operation}: {text}");
    }
}

#[tokio::test]
async fn a_trickling_response_takes_its_time() {
    let (_fake, outcome) =
        faulted(Operation::Result, Fault::Trickle(Duration::from_secs(3600))).await;
    let mut response = outcome.unwrap();
    let first = tokio::time::timeout(Duration::from_millis(100), response.chunk()).await;
    assert!(first.is_err(), "{first:?}");
}

#[tokio::test]
async fn a_redirect_names_another_place() {
    for operation in OPERATIONS {
        let to = "http://203.0.113.7/elsewhere".to_owned();
        let (fake, outcome) = faulted(operation, Fault::Redirect { to: to.clone() }).await;
        let response = outcome.unwrap();
        assert_eq!(
            (
                response.status().as_u16(),
                response.headers()["location"].to_str().unwrap()
            ),
            (307, to.as_str())
        );
        assert!(!took_effect(&fake, operation));
    }
}

#[tokio::test]
async fn a_submit_may_name_foreign_urls() {
    let fake = start().await;
    fake.fault(
        Operation::Submit,
        Fault::ForeignUrls {
            base: "http://203.0.113.7/".to_owned(),
        },
    );
    let response = JsonResponse::read(submit_request(&fake).send().await.unwrap()).await;
    let id = response.body["request_id"].as_str().unwrap();
    for (field, rest) in [
        ("response_url", ""),
        ("status_url", "/status"),
        ("cancel_url", "/cancel"),
    ] {
        assert_eq!(
            response.body[field],
            format!("http://203.0.113.7/acme/film/requests/{id}{rest}")
        );
    }
    assert_eq!(
        get(&fake, &job_path(id, "/status")).await.code,
        202,
        "the job itself is here"
    );
}

#[tokio::test]
async fn rules_are_for_the_nth_request_one_endpoint_or_one_job() {
    let fake = start_with(Script::at_once()).await;
    let (first, second) = (submit(&fake).await, submit(&fake).await);
    fake.fault(Operation::Status, Fault::status(500))
        .nth(2)
        .for_request(&first);
    fake.fault(Operation::Status, Fault::status(501))
        .for_endpoint("another/app");
    let mut codes = Vec::new();
    for id in [&first, &second, &first, &first] {
        let path = job_path(id, "/status");
        codes.push(
            request(&fake, Method::GET, &path)
                .send()
                .await
                .unwrap()
                .status()
                .as_u16(),
        );
    }
    assert_eq!(codes, [200, 200, 500, 200]);
    fake.fault(Operation::Status, Fault::status(502))
        .for_endpoint(ENDPOINT);
    assert_eq!(
        request(&fake, Method::GET, &job_path(&first, "/status"))
            .send()
            .await
            .unwrap()
            .status(),
        502
    );
    fake.clear_faults();
    assert_eq!(get(&fake, &job_path(&first, "/status")).await.code, 200);
}

#[tokio::test]
async fn a_fault_comes_before_the_key_is_checked() {
    let fake = start().await;
    fake.fault(Operation::Submit, Fault::status(503));
    let url = format!("{}/{ENDPOINT}", fake.url());
    assert_eq!(
        crate::fake_fal::support::client()
            .post(url)
            .send()
            .await
            .unwrap()
            .status(),
        503
    );
}

#[tokio::test]
#[should_panic(expected = "a fault of [Stream, RunStream]")]
async fn a_stream_fault_is_for_streams() {
    start()
        .await
        .fault(Operation::Submit, Fault::StreamDrop { after: 1 });
}
