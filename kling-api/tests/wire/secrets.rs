//! The key is in no text that leaves this crate, whatever fails and whatever a server sends back.

use std::error::Error as _;
use std::time::Duration;

use kling_api::{Client, Error, Job, Submission, Update};
use serde_json::json;

use crate::wire::endpoint::{Input, REQUEST, accepted};
use crate::wire::server::{KEY, Received, Reply, Server, event};

const SECRET: &str = "very-secret-part";

fn assert_clean(error: &Error) {
    let mut texts = vec![
        format!("{error} {error:?} {error:#?}"),
        error.body().unwrap_or_default().to_owned(),
        error.message().unwrap_or_default().to_owned(),
        format!("{:?}", error.field_errors()),
    ];
    let mut cause = error.source();
    while let Some(error) = cause {
        texts.push(format!("{error} {error:?}"));
        cause = error.source();
    }
    for text in texts {
        assert!(!text.contains(SECRET), "{text}");
    }
}

/// What a server, or a proxy on the way, might say that has seen the key.
fn echo(request: &Received) -> String {
    request.header("authorization").unwrap().to_owned()
}

#[tokio::test]
async fn no_error_holds_the_key() {
    type Fault = fn(&Received) -> Reply;
    let faults: [Fault; 12] = [
        |_| Reply::reset(),
        |_| Reply::hang(),
        |_| Reply::endless(200),
        |_| Reply::html(502),
        |it| Reply::text(200, &[], &echo(it)),
        |it| Reply::text(500, &[], &echo(it)),
        |it| Reply::json(401, &json!({"detail": format!("bad key {}", echo(it))})),
        |it| {
            Reply::json(
                422,
                &json!({"detail": [
                    {"loc": ["header", echo(it)], "msg": echo(it), "type": echo(it), "input": echo(it),
                     "ctx": {"key": echo(it)}, "url": echo(it)}
                ]}),
            )
        },
        |it| Reply::json(400, &json!({"error": echo(it), "error_type": echo(it)})),
        |it| Reply::json(200, &json!({"status": echo(it), "video": echo(it)})),
        |it| Reply::json_with(400, &[("x-fal-error-type", &echo(it))], &json!({})),
        |it| Reply::json(200, &json!({"x": echo(it)})).truncated(40),
    ];
    for fault in faults {
        let server = Server::start(move |request, _| fault(request)).await;
        let client = server
            .builder()
            .submit_timeout(Duration::from_millis(100))
            .request_timeout(Duration::from_millis(100))
            .body_limit(100_000)
            .build()
            .unwrap();
        let job = Job::<Input>::from_request_id(REQUEST);
        let errors = [
            client.call(Input::new("a")).submit().await.err(),
            client.status(&job).await.err(),
            client.result(&job).await.err(),
            client.cancel(&job).await.err(),
        ];
        assert!(errors[0].is_some() && errors[2].is_some());
        errors.iter().flatten().for_each(assert_clean);
    }
}

/// A status of a failed job, with the key wherever fal puts words.
fn echoing_status(key: &str) -> serde_json::Value {
    json!({
        "status": "COMPLETED", "error": format!("bad key {key}"), "error_type": key,
        "logs": [{"message": key, "level": key, "source": key, "timestamp": key}],
    })
}

#[tokio::test]
async fn a_status_that_echoes_the_key_shows_it_nowhere() {
    for streaming in [false, true] {
        let server = Server::start(move |request, _| {
            let status = echoing_status(&echo(request));
            if request.path.contains("/stream") {
                Reply::events(&[(0, event(&status))])
            } else if request.path.contains("/status") {
                Reply::json(200, &status)
            } else {
                Reply::html(502)
            }
        })
        .await;
        let client = server.client();
        let job = Job::<Input>::from_request_id(REQUEST);
        let status = client.status(&job).logs(true).await.unwrap();
        assert!(status.is_failed() && status.logs().len() == 1);
        assert!(!format!("{status:?}").contains(SECRET), "{status:?}");

        let mut updates = client
            .follow(&job)
            .streaming(streaming)
            .logs(true)
            .updates();
        let mut lines = 0;
        let error = loop {
            match updates.next().await.unwrap() {
                Ok(Update::Logs(new)) => {
                    assert!(!format!("{new:?}").contains(SECRET), "{new:?}");
                    lines += new.len();
                }
                Ok(_) => {}
                Err(error) => break error,
            }
        };
        assert!(lines > 0, "the log is shown");
        assert!(error.is_job_failure(), "{error}");
        assert!(error.message().unwrap().starts_with("bad key"), "{error}");
        assert_eq!(error.logs().len(), lines, "the log is kept");
        assert_clean(&error);
        assert!(!format!("{:?} {:?}", error.error_type(), error.logs()).contains(SECRET));
    }
}

#[tokio::test]
async fn a_submit_that_echoes_the_key_makes_no_job_that_holds_it() {
    let server = Server::start(|request, base| {
        let mut answer = accepted(base);
        for url in ["status_url", "response_url", "cancel_url"] {
            answer[url] = format!("{base}/{SECRET}").into();
        }
        if request.json()["prompt"] == "id" {
            answer["request_id"] = SECRET.into();
        }
        Reply::json_with(200, &[("x-fal-request-id", SECRET)], &answer)
    })
    .await;
    let client = server.client();
    let job = client.call(Input::new("a")).submit().await.unwrap();
    assert_eq!(job.request_id(), REQUEST);
    let text = format!("{job:?} {}", serde_json::to_string(&job).unwrap());
    assert!(!text.contains(SECRET), "{text}");

    let error = client.call(Input::new("id")).submit().await.unwrap_err();
    assert_eq!(error.submission(), Submission::Unknown);
    assert_eq!(error.request_id(), None);
    assert_clean(&error);
}

#[tokio::test]
async fn no_value_holds_the_key() {
    let server = Server::start(|_, base| Reply::json(200, &accepted(base))).await;
    let (builder, client) = (server.builder().key(KEY), server.client());
    let call = client.call(Input::new("a"));
    let text = format!("{builder:?} {client:?} {call:?}");
    assert!(!text.contains(SECRET), "{text}");
    let job = call.submit().await.unwrap();
    let text = format!(
        "{job:?} {} {:?}",
        serde_json::to_string(&job).unwrap(),
        client.follow(&job)
    );
    assert!(!text.contains(SECRET), "{text}");
}

#[test]
fn a_key_that_cannot_be_sent_is_refused_when_the_client_is_made() {
    for key in [
        "id:very-secret-part\n",
        "id:very-secret-p\u{e4}rt",
        "id:very-secret-part ",
        "",
    ] {
        let error = Client::builder().key(key).build().unwrap_err();
        assert!(error.is_configuration());
        assert_clean(&error);
        assert!(!format!("{error:?}").contains("very-secret"), "{error:?}");
    }
    assert!(
        Client::builder()
            .key(KEY)
            .header("authorization", "x")
            .build()
            .is_err()
    );
    assert!(
        Client::builder()
            .key(KEY)
            .header("x", "a\nb")
            .build()
            .is_err()
    );
    assert!(Client::builder().key(KEY).proxy("::").build().is_err());
    assert!(
        Client::builder()
            .key(KEY)
            .user_agent_suffix("a\r\nb")
            .build()
            .is_err()
    );
}
