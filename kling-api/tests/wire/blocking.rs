//! The same API without async.

use kling_api::blocking::{Wait, Writer};
use kling_api::{Submission, Update};
use serde_json::json;

use crate::wire::endpoint::{Input, REQUEST, accepted, output, status_of};
use crate::wire::server::{Reply, Server, event};

/// A server on a runtime of its own, as it would be elsewhere.
fn server(
    answer: impl Fn(&crate::wire::server::Received, &str) -> Reply + Send + Sync + 'static,
) -> (tokio::runtime::Runtime, Server) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let server = runtime.block_on(Server::start(answer));
    (runtime, server)
}

#[test]
fn a_job_goes_its_way_without_async() {
    let (_runtime, server) = server(|request, base| match request.method.as_str() {
        "POST" => Reply::json(200, &accepted(base)),
        "PUT" => Reply::json(400, &json!({"status": "ALREADY_COMPLETED"})),
        _ if request.path.contains("/stream") => Reply::events(&[
            (0, event(&status_of("IN_QUEUE"))),
            (0, event(&status_of("COMPLETED"))),
        ]),
        _ if request.path.ends_with("/status") => Reply::json(200, &status_of("COMPLETED")),
        _ => Reply::json(200, &output()),
    });
    let client = server.client();
    let job = client.call(Input::new("a")).submit().wait().unwrap();
    assert!(client.status(&job).wait().unwrap().is_completed());
    assert_eq!(
        client.result(&job).wait().unwrap().video.url,
        "https://v3.fal.media/files/a.mp4"
    );
    assert_eq!(
        client.cancel(&job).wait().unwrap(),
        kling_api::CancelOutcome::TooLate
    );
    let updates: Vec<_> = client
        .follow(&job)
        .updates()
        .into_iter()
        .map(Result::unwrap)
        .collect();
    assert!(matches!(updates[0], Update::Queued { .. }));
    assert!(matches!(updates[1], Update::Completed(_)));
    let video = client.call(Input::new("a")).wait().unwrap();
    assert_eq!(video.request_id(), REQUEST);
}

#[test]
fn a_writer_of_the_standard_library_takes_a_download_and_may_be_borrowed() {
    let (_runtime, server) = server(|_, _| Reply::json(200, &json!("a film")));
    let mut bytes = Vec::new();
    let url = format!("{}/film.bin", server.base());
    let length = server
        .client()
        .download_to(&url, Writer::new(&mut bytes))
        .wait()
        .unwrap();
    assert_eq!(bytes, b"\"a film\"");
    assert_eq!(length, 8);
}

#[cfg(all(feature = "webhook", feature = "testing"))]
#[test]
fn the_check_of_a_webhook_waits_for_the_keys() {
    use kling_api::testing::FakeFal;
    use kling_api::webhook::FetchingVerifier;

    let fake = FakeFal::start_blocking().unwrap();
    let client = fake.client().build().unwrap();
    let verifier = FetchingVerifier::new(&client);
    let body = br#"{"request_id": "6f", "status": "OK", "payload": {}}"#;
    let headers = fake.sign_webhook("6f", body, std::time::SystemTime::now());
    let event = verifier
        .verify::<kling_api::Raw>(&headers, body)
        .wait()
        .unwrap();
    assert_eq!(event.request_id(), "6f");
    let error = verifier
        .verify::<kling_api::Raw>(&headers, b"{}")
        .wait()
        .unwrap_err();
    assert_eq!(error.status_code(), 401);
}

#[test]
fn errors_say_the_same() {
    let (_runtime, server) = server(|_, _| Reply::reset());
    let error = server.client().call(Input::new("a")).wait().unwrap_err();
    assert_eq!(error.submission(), Submission::Unknown);
    assert_eq!(server.count("POST"), 1);
}

#[test]
fn outputs_are_read_without_async() {
    let (_runtime, server) = server(|_, _| {
        let output = output().to_string();
        Reply::events(&[
            (0, format!("data: {output}\n\n")),
            (0, format!("data: {output}\n\n")),
        ])
    });
    let client = server.builder().run_url(server.base()).build().unwrap();
    let outputs = client.call(Input::new("a")).stream().wait().unwrap();
    let urls: Vec<String> = outputs
        .into_iter()
        .map(|output| output.unwrap().video.url)
        .collect();
    assert_eq!(urls, ["https://v3.fal.media/files/a.mp4"; 2]);
}
