//! Where requests go: on which connection, to which host, and from a stored job.

use kling_api::{Job, Raw, Submission};
use serde_json::json;

use crate::wire::endpoint::{ID, Input, REQUEST, accepted, output, status_of};
use crate::wire::server::{Reply, Server};
use crate::wire::submit::{refused, submit};

/// hyper's pool repeats a request that a reused connection dropped. So no submit reuses one.
#[tokio::test]
async fn every_submit_has_a_connection_of_its_own() {
    let server = Server::start(|_, base| Reply::json(200, &accepted(base))).await;
    let client = server.client();
    for _ in 0..3 {
        client.call(Input::new("a")).submit().await.unwrap();
    }
    let connections: Vec<_> = server.received().iter().map(|it| it.connection).collect();
    assert_eq!(connections, [0, 1, 2]);

    // While everything that may be repeated does reuse them.
    let server = Server::start(|_, _| Reply::json(200, &status_of("IN_QUEUE"))).await;
    let (client, job) = (server.client(), Job::<Input>::from_request_id(REQUEST));
    for _ in 0..3 {
        client.status(&job).await.unwrap();
    }
    assert_eq!((server.count("GET"), server.connections()), (3, 1));
}

/// The transport has rules of its own; what it says is kept.
#[cfg(feature = "unstable-configure-http")]
#[tokio::test]
async fn what_the_transport_cannot_send_says_why() {
    let server = Server::start(|_, base| Reply::json(200, &accepted(base))).await;
    let builder = server.builder().configure_http(|it| it.https_only(true));
    let client = builder.build().unwrap();
    let error = client.call(Input::new("a")).submit().await.unwrap_err();
    assert!(
        error.is_configuration() && !error.may_submit_again(),
        "{error}"
    );
    assert_eq!(error.submission(), Submission::NotSubmitted);
    assert!(std::error::Error::source(&error).is_some(), "{error}");
    assert!(format!("{error:#}").contains("base URLs"), "{error}");
    assert!(server.received().is_empty());
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_the_key_stays() {
    let other = Server::start(|_, base| Reply::json(200, &accepted(base))).await;
    let target = other.base();
    for status in [301, 302, 303, 307, 308] {
        let target = target.clone();
        let (error, submits) =
            refused(move |_, _| Reply::text(status, &[("location", target.as_str())], "")).await;
        assert_eq!((submits, error.status()), (1, Some(status)));
        assert_eq!(error.submission(), Submission::Unknown);
    }
    assert_eq!(other.connections(), 0);
}

#[tokio::test]
async fn urls_on_another_host_are_not_used() {
    let other = Server::start(|_, _| Reply::json(200, &output())).await;
    let foreign = other.base();
    let server = Server::start(move |request, _| match request.method.as_str() {
        "POST" => Reply::json(200, &accepted(&foreign)),
        "PUT" => Reply::json(202, &json!({"status": "CANCELLATION_REQUESTED"})),
        _ if request.path.ends_with("/status") => Reply::json(200, &status_of("COMPLETED")),
        _ => Reply::json(200, &output()),
    })
    .await;
    let client = server.client();
    let job = submit(&server).await.unwrap();
    client.status(&job).await.unwrap();
    client.result(&job).await.unwrap();
    client.cancel(&job).await.unwrap();
    client.follow(&job).await.unwrap();
    assert_eq!(other.connections(), 0);
    assert!(server.count("GET") >= 3);
}

#[tokio::test]
async fn a_stored_job_is_the_same_job() {
    let server = Server::start(|_, base| Reply::json(200, &accepted(base))).await;
    let job = submit(&server).await.unwrap();
    let saved = serde_json::to_string(&job).unwrap();
    assert_eq!(serde_json::from_str::<Job<Input>>(&saved).unwrap(), job);
    let wrong = saved.replace(ID, "fal-ai/other/x");
    let error = serde_json::from_str::<Job<Input>>(&wrong)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("belongs to endpoint fal-ai/other/x"),
        "{error}"
    );
    let raw: Job<Raw> = serde_json::from_str(&wrong).unwrap();
    assert_eq!(raw.endpoint(), "fal-ai/other/x");
}
