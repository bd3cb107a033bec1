//! Submitting: at most one job, whatever happens.

use std::time::Duration;

#[cfg(feature = "unstable-configure-http")]
use kling_api::reqwest::dns::{Name, Resolve, Resolving};
use kling_api::{Error, Job, Priority, Raw, Submission};
use serde_json::json;

use crate::wire::endpoint::{ID, Input, REQUEST, accepted, output, status_of};
use crate::wire::server::{Received, Reply, Server, event, fast};

pub(crate) async fn submit(server: &Server) -> Result<Job<Input>, Error> {
    server
        .client()
        .call(Input::new("two robins"))
        .submit()
        .await
}

/// The error of a submit that is answered so each time, and how many submits arrived.
pub(crate) async fn refused(
    answer: impl Fn(&Received, &str) -> Reply + Send + Sync + 'static,
) -> (Error, usize) {
    let server = Server::start(answer).await;
    let error = submit(&server).await.unwrap_err();
    assert_eq!(error.endpoint(), Some(ID));
    (error, server.count("POST"))
}

#[tokio::test]
async fn a_job_goes_from_submit_to_result() {
    let server =
        Server::start(
            |request, base| match (request.method.as_str(), request.path.as_str()) {
                ("POST", _) => Reply::json(200, &accepted(base)),
                (_, path) if path.ends_with("/stream") => Reply::events(&[
                    (0, event(&status_of("IN_QUEUE"))),
                    (0, ": ping\n\n".to_owned()),
                    (0, event(&status_of("IN_PROGRESS"))),
                    (
                        0,
                        event(&json!({"status": "COMPLETED", "metrics": {"inference_time": 2.5}})),
                    ),
                ]),
                _ => Reply::json_with(200, &[("x-fal-billable-units", "5")], &output()),
            },
        )
        .await;
    let video = server
        .client()
        .call(Input::new("two robins"))
        .await
        .unwrap();
    assert_eq!(video.video.url, "https://v3.fal.media/files/a.mp4");
    assert_eq!(video.request_id(), REQUEST);
    assert_eq!(video.inference_time(), Some(Duration::from_millis(2500)));
    assert_eq!(video.billable_units(), Some(5.0));

    let received = server.received();
    let lines: Vec<_> = received
        .iter()
        .map(|it| format!("{} {}", it.method, it.path))
        .collect();
    let application = format!("/fal-ai/kling-video/requests/{REQUEST}");
    assert_eq!(
        lines,
        [
            format!("POST /{ID}"),
            format!("GET {application}/status/stream"),
            format!("GET {application}"),
        ]
    );
    assert_eq!(received[0].json(), json!({"prompt": "two robins"}));
    assert_eq!(received[0].header("content-type"), Some("application/json"));
    assert_eq!(received[1].header("accept"), Some("text/event-stream"));
    for request in received {
        assert_eq!(
            request.header("authorization"),
            Some("Key key-id:very-secret-part")
        );
        assert!(
            request
                .header("user-agent")
                .unwrap()
                .starts_with("kling-api/")
        );
    }
}

#[tokio::test]
async fn nothing_is_sent_before_a_call_is_awaited() {
    let server = Server::start(|_, base| Reply::json(200, &accepted(base))).await;
    drop(server.client().call(Input::new("a")));
    drop(server.client().call(Input::new("a")).submit());
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn options_and_raw_input_reach_the_server() {
    let server = Server::start(|_, base| Reply::json(200, &accepted(base))).await;
    let client = server
        .builder()
        .header("x-team", "a")
        .user_agent_suffix("studio/1")
        .build()
        .unwrap();
    let job: Job<Raw> = client
        .call_raw("kling/v4/x", json!({"prompt": null}))
        .priority(Priority::Low)
        .webhook("https://me.example/hook")
        .tag("Team", "birds")
        .submit()
        .await
        .unwrap();
    assert_eq!((job.endpoint(), job.request_id()), ("kling/v4/x", REQUEST));
    let request = &server.received()[0];
    assert_eq!(
        request.path,
        "/kling/v4/x?fal_webhook=https%3A%2F%2Fme.example%2Fhook"
    );
    assert_eq!(request.json(), json!({"prompt": null}));
    assert_eq!(request.header("x-fal-queue-priority"), Some("low"));
    assert_eq!(request.header("x-fal-tags"), Some("team=birds"));
    assert_eq!(request.header("x-team"), Some("a"));
    assert!(request.header("user-agent").unwrap().ends_with("studio/1"));
}

#[tokio::test]
async fn an_input_that_breaks_a_bound_is_not_sent() {
    let server = Server::start(|_, base| Reply::json(200, &accepted(base))).await;
    let long = Input {
        cfg_scale: Some(2.0),
        ..Input::new("x".repeat(21))
    };
    let error = server
        .client()
        .call(long.clone())
        .submit()
        .await
        .unwrap_err();
    assert!(error.is_validation());
    assert_eq!(error.submission(), Submission::NotSubmitted);
    assert_eq!(error.violations().unwrap().violations().len(), 2);
    assert_eq!(server.connections(), 0);
    server
        .client()
        .call(long)
        .skip_validation()
        .submit()
        .await
        .unwrap();
    assert_eq!(server.count("POST"), 1);
}

#[tokio::test]
async fn what_may_have_arrived_is_never_sent_again() {
    type Case = (
        &'static str,
        fn(&Received, &str) -> Reply,
        Option<&'static str>,
    );
    let cases: [Case; 14] = [
        ("reset", |_, _| Reply::reset(), None),
        (
            "closed",
            |_, _| Reply::json(200, &json!({})).truncated(0),
            None,
        ),
        (
            "truncated",
            |_, base| Reply::json(200, &accepted(base)).truncated(20),
            None,
        ),
        ("garbage", |_, _| Reply::text(200, &[], "\u{1f99c}"), None),
        (
            "no id",
            |_, _| Reply::json(200, &json!({"status": "IN_QUEUE"})),
            None,
        ),
        (
            "id in a header",
            |_, _| Reply::text(200, &[("x-fal-request-id", "ab")], "x"),
            Some("ab"),
        ),
        ("hang", |_, _| Reply::hang(), None),
        ("endless", |_, _| Reply::endless(200), None),
        ("proxy html", |_, _| Reply::html(502), None),
        (
            "500",
            |_, _| Reply::json(500, &json!({"detail": "x"})),
            None,
        ),
        (
            "503",
            |_, _| Reply::json(503, &json!({"detail": "x"})),
            None,
        ),
        (
            "503 marked final",
            |_, _| Reply::json_with(503, &[("x-fal-retryable", "0")], &json!({})),
            None,
        ),
        (
            "504",
            |_, _| Reply::json(504, &json!({"detail": "x"})),
            None,
        ),
        (
            "409",
            |_, _| Reply::json(409, &json!({"detail": "x"})),
            None,
        ),
    ];
    for (name, answer, id) in cases {
        let server = Server::start(answer).await;
        let client = server
            .builder()
            .submit_timeout(Duration::from_millis(300))
            .body_limit(100_000)
            .build()
            .unwrap();
        let error = client
            .call(Input::new("two robins"))
            .submit()
            .await
            .unwrap_err();
        assert_eq!(server.count("POST"), 1, "{name}");
        assert_eq!(error.submission(), Submission::Unknown, "{name}");
        assert_eq!(error.request_id(), id, "{name}");
        assert_eq!(error.attempts(), 1, "{name}");
        assert!(!error.is_retryable(), "{name}");
        let text = format!("{error:#}");
        match id {
            Some(id) => assert!(
                text.contains(&format!("as job {id}: get the status")),
                "{text}"
            ),
            None => assert!(
                text.contains(&format!("by-endpoint?endpoint_id={ID}")),
                "{text}"
            ),
        }
    }
}

#[tokio::test]
async fn a_response_that_breaks_off_after_the_id_is_a_job() {
    let server = Server::start(|_, base| Reply::json(200, &accepted(base)).truncated(250)).await;
    let call = server.client().call(Input::new("two robins"));
    let job = call.submit().await.unwrap();
    assert_eq!(job.request_id(), REQUEST);
    assert_eq!(server.count("POST"), 1);
}

#[tokio::test]
async fn what_was_refused_for_good_is_not_sent_again() {
    let locked = json!({"detail": "User is locked. Reason: Exhausted balance. Top up."});
    let field = json!({"detail": [{"loc": ["body", "prompt"], "msg": "too long", "type":
        "sequence_too_long", "ctx": {"max_length": 5}}]});
    for (status, body) in [
        (400, json!({"detail": "no", "error_type": "bad_request"})),
        (401, json!({"detail": "invalid key credentials"})),
        (403, locked),
        (
            404,
            json!({"error": "Error", "message": "Path /foo not found"}),
        ),
        (405, json!({})),
        (422, field),
    ] {
        let sent = body.clone();
        let (error, submits) = refused(move |_, _| Reply::json(status, &sent)).await;
        assert_eq!((submits, error.status()), (1, Some(status)));
        assert_eq!(error.submission(), Submission::NotSubmitted);
        assert_eq!(error.is_authentication(), status == 401);
        assert_eq!(error.is_billing_lock(), status == 403);
        assert_eq!(error.is_not_found(), status == 404);
        assert_eq!(error.is_validation(), status == 422);
        assert!(!error.is_retryable());
        if status == 422 {
            let field = &error.field_errors()[0];
            assert_eq!(
                (field.path().as_str(), field.msg.as_str()),
                ("prompt", "too long")
            );
            assert_eq!(field.ctx, Some(json!({"max_length": 5})));
        }
    }
}

#[tokio::test]
async fn only_what_provably_bought_nothing_is_sent_again() {
    let headers: [(u16, &[(&str, &str)]); 4] = [
        (429, &[]),
        (429, &[("retry-after", "0")]),
        (503, &[("x-fal-needs-retry", "1")]),
        (500, &[("x-fal-retryable", "true")]),
    ];
    for (status, headers) in headers {
        let server = Server::start(move |request, base| match request.before {
            0..2 => Reply::json_with(status, headers, &json!({"detail": "busy"})),
            _ => Reply::json(200, &accepted(base)),
        })
        .await;
        assert_eq!(submit(&server).await.unwrap().request_id(), REQUEST);
        assert_eq!(server.count("POST"), 3);
        let (error, submits) =
            refused(move |_, _| Reply::json_with(status, headers, &json!({"detail": "busy"})))
                .await;
        assert_eq!((submits, error.attempts()), (4, 4));
        assert_eq!(error.submission(), Submission::NotSubmitted);
        assert_eq!(error.is_rate_limit(), status == 429);
        assert!(error.is_retryable());
    }
}

#[tokio::test]
async fn a_start_timeout_that_has_passed_is_final() {
    let headers = [
        ("x-fal-request-timeout-type", "user"),
        ("x-fal-needs-retry", "1"),
    ];
    let (error, submits) = refused(move |_, _| Reply::json_with(504, &headers, &json!({}))).await;
    assert_eq!(submits, 1);
    assert!(error.is_timeout() && !error.is_retryable());
}

#[tokio::test]
async fn a_server_that_asks_for_too_long_a_pause_ends_the_attempts() {
    let (error, submits) =
        refused(|_, _| Reply::json_with(429, &[("retry-after", "3600")], &json!({}))).await;
    assert_eq!(submits, 1);
    assert_eq!(error.retry_after(), Some(Duration::from_secs(3600)));
    assert!(
        format!("{error:#}").ends_with("submit again in 3600 s"),
        "{error}"
    );

    let server =
        Server::start(|_, _| Reply::json_with(429, &[("retry-after", "60")], &json!({}))).await;
    let call = server
        .client()
        .call(Input::new("a"))
        .timeout(Duration::from_secs(5));
    let error = call.submit().await.unwrap_err();
    assert_eq!((server.count("POST"), error.is_rate_limit()), (1, true));
}

#[tokio::test]
async fn without_a_connection_nothing_was_bought_and_it_is_tried_again() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let client = kling_api::Client::builder()
        .key("a:b")
        .queue_url(base)
        .retry(fast())
        .build()
        .unwrap();
    let error = client.call(Input::new("a")).submit().await.unwrap_err();
    assert!(error.is_connect() && error.is_retryable());
    assert_eq!(
        (error.submission(), error.attempts()),
        (Submission::NotSubmitted, 4)
    );
}

/// A name server that never answers: connecting goes on for as long as it may.
#[cfg(feature = "unstable-configure-http")]
struct NoNames;

#[cfg(feature = "unstable-configure-http")]
impl Resolve for NoNames {
    fn resolve(&self, _: Name) -> Resolving {
        Box::pin(std::future::pending())
    }
}

#[cfg(feature = "unstable-configure-http")]
#[tokio::test]
async fn a_timeout_while_connecting_bought_nothing() {
    let builder = || {
        kling_api::Client::builder()
            .key("a:b")
            .queue_url("http://queue.example")
            .allow_plain_http(true)
            .retry(fast())
            .configure_http(|transport| transport.no_proxy().dns_resolver(NoNames))
    };
    let client = builder()
        .connect_timeout(Duration::from_millis(20))
        .build()
        .unwrap();
    let error = client.call(Input::new("a")).submit().await.unwrap_err();
    assert!(error.is_connect());
    assert_eq!(
        (error.submission(), error.attempts()),
        (Submission::NotSubmitted, 4)
    );

    let call = builder().build().unwrap().call(Input::new("a"));
    let error = call
        .timeout(Duration::from_millis(50))
        .submit()
        .await
        .unwrap_err();
    assert!(error.is_timeout());
    assert_eq!(error.submission(), Submission::NotSubmitted);
}

#[tokio::test]
async fn a_timeout_before_anything_left_bought_nothing() {
    let server = Server::start(|_, _| Reply::hang()).await;
    let client = server.builder().max_connections(1).build().unwrap();
    let busy = client.clone();
    let first = tokio::spawn(async move { busy.call(Input::new("first")).submit().await });
    while server.count("POST") == 0 {
        tokio::task::yield_now().await;
    }
    let second = client
        .call(Input::new("second"))
        .timeout(Duration::from_millis(50));
    let error = second.submit().await.unwrap_err();
    assert!(error.is_timeout());
    assert_eq!(error.submission(), Submission::NotSubmitted);
    assert_eq!(server.count("POST"), 1);
    first.abort();
}

#[tokio::test]
async fn a_timeout_after_it_left_leaves_the_job_unknown() {
    let server = Server::start(|_, _| Reply::hang()).await;
    let call = server
        .client()
        .call(Input::new("a"))
        .timeout(Duration::from_millis(200));
    let error = call.submit().await.unwrap_err();
    assert!(error.is_timeout());
    assert_eq!(
        (server.count("POST"), error.submission()),
        (1, Submission::Unknown)
    );
}
