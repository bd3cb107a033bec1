//! What can go wrong beside the matrix of faults and operations: proxies, streams that repeat themselves, wrong files,
//! and what a killed process leaves behind. The promises stand in `tests/FAULTS.md`.
#![expect(
    clippy::unwrap_used,
    reason = "clippy sees that a test may unwrap, but not that these helpers are for tests"
)]

mod files;
mod network;
mod server;

use std::time::{Duration, Instant};

use kling_api::testing::{Fault, Operation, Script};
use kling_api::{Client, Job, RemoteFile, Submission};
use kling_tests::harness::{Spy, brief, fake, input, settings, submitted};
use kling_tests::kling::v1::standard::image_to_video::Input;
use serde_json::json;

use server::{Server, reply};

/// A client of such a server alone.
pub(crate) fn client(base: &str) -> Client {
    let builder = Client::builder().key("id:secret-part").queue_url(base);
    builder.retry(brief()).build().unwrap()
}

/// The record of a file.
pub(crate) struct Record {
    pub(crate) url: String,
    pub(crate) size: Option<u64>,
}

impl RemoteFile for Record {
    fn url(&self) -> &str {
        &self.url
    }

    fn size(&self) -> Option<u64> {
        self.size
    }

    fn content_type(&self) -> Option<&str> {
        Some("video/mp4")
    }
}

/// The environment of a process is set for a child of its own.
#[tokio::test]
async fn no_request_in_the_clear_takes_a_proxy() {
    let spy = Spy::start().await;
    let mut child = tokio::process::Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "behind_a_proxy", "--ignored"]);
    for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
        child.env(name, spy.url());
    }
    let output = child.output().await.unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{said}"
    );
    assert_eq!(spy.connections(), 0, "the proxy heard: {}", spy.heard());
}

#[tokio::test]
#[ignore = "the test before runs it with variables of its own"]
async fn behind_a_proxy() {
    let fake = fake().start().await.unwrap();
    // Not all servers are on this machine, so that a client for it alone has nothing to go by.
    let builder = fake.client().rest_url("https://rest.fal.ai").retry(brief());
    let job = submitted(&builder.build().unwrap()).await;
    assert_eq!(fake.jobs()[0].request_id, job.request_id());
}

/// A program that is not changed talks to the server that its environment names.
#[tokio::test]
async fn the_environment_leads_a_program_to_a_fake() {
    let fake = fake().start().await.unwrap();
    let mut child = tokio::process::Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "led_by_the_environment", "--ignored"]);
    let output = child.envs(fake.environment()).output().await.unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{said}"
    );
    // The synchronous call is listed as a job, too.
    assert_eq!((fake.jobs().len(), fake.uploads().len()), (2, 1));
    assert_eq!(fake.count(Operation::Run), 1);
    assert!(fake.count(Operation::Platform) > 0);
}

#[tokio::test]
#[ignore = "the test before runs it with variables of its own"]
async fn led_by_the_environment() {
    let client = Client::from_env().unwrap();
    client.call(input()).await.unwrap();
    client.call(input()).run().await.unwrap();
    client.upload("a nest", "image/png").await.unwrap();
    client.platform().meta().await.unwrap();
    let key = std::env::var("FAL_KEY").unwrap();
    let client = Client::new(key).unwrap();
    client
        .status(&Job::<Input>::from_request_id("6f"))
        .await
        .unwrap_err();
}

#[tokio::test]
async fn a_stream_that_hangs_delays_a_result_by_five_seconds() {
    let fake = fake().script(Script::at_once()).start().await.unwrap();
    fake.fault(Operation::Stream, Fault::Hang);
    let client = settings(&fake).build().unwrap();
    let job = submitted(&client).await;
    let start = Instant::now();
    client.follow(&job).await.unwrap();
    assert!(
        start.elapsed() < Duration::from_secs(8),
        "{:?}",
        start.elapsed()
    );
}

#[tokio::test]
async fn a_404_says_not_yet_of_a_job_that_fal_named_and_of_no_other() {
    let fake = fake().script(Script::at_once()).start().await.unwrap();
    let client = settings(&fake).build().unwrap();
    for operation in [Operation::Status, Operation::Stream, Operation::Result] {
        fake.clear_faults();
        fake.fault(operation, Fault::status(404)).times(2);
        let job = submitted(&client).await;
        let done = client
            .follow(&job)
            .streaming(operation == Operation::Stream)
            .await;
        assert_eq!(done.unwrap().request_id(), job.request_id(), "{operation}");
    }
    fake.clear_faults();
    fake.fault(Operation::Status, Fault::status(404));
    let before = fake.count(Operation::Status);
    let error = client
        .status(&Job::<Input>::from_request_id("6f"))
        .await
        .unwrap_err();
    assert_eq!(
        (error.attempts(), fake.count(Operation::Status)),
        (1, before + 1)
    );
    assert!(
        format!("{error:#}").contains("Check the endpoint id and the request id 6f"),
        "{error}"
    );

    let impatient = settings(&fake)
        .not_found_grace(Duration::ZERO)
        .build()
        .unwrap();
    let error = impatient
        .status(&submitted(&client).await)
        .await
        .unwrap_err();
    assert!(error.attempts() == 1 && error.is_not_found());
    assert!(
        format!("{error:#}").contains("fal named this job"),
        "{error}"
    );
}

/// Whatever cuts the response off, the job that it names is followed and not denied.
#[tokio::test]
async fn a_response_that_named_the_job_and_broke_off_is_a_job() {
    let fake = fake().script(Script::at_once()).start().await.unwrap();
    fake.fault(Operation::Submit, Fault::TruncatedBody).times(1);
    let done = settings(&fake)
        .build()
        .unwrap()
        .call(input())
        .await
        .unwrap();
    assert_eq!(
        (fake.submits(), fake.jobs()[0].request_id.as_str()),
        (1, done.request_id())
    );
}

#[tokio::test]
async fn a_refusal_that_may_name_a_job_is_not_repeated() {
    for (headers, body) in [
        (
            "x-fal-retryable: 1\r\nx-fal-request-id: 6f-header\r\n",
            json!({}),
        ),
        ("x-fal-retryable: 1\r\n", json!({"request_id": "6f-body"})),
    ] {
        let text = body.to_string();
        let respond = move |_: &str, _| reply("503 Service Unavailable", headers, text.as_bytes());
        let server = Server::start(respond).await;
        let error = client(&server.base)
            .call(input())
            .submit()
            .await
            .unwrap_err();
        assert_eq!(server.heads("POST").len(), 1);
        assert_eq!(error.submission(), Submission::Unknown);
        assert!(error.request_id().unwrap().starts_with("6f-"));
        assert!(
            format!("{error:#}").contains("A 404 for it proves nothing"),
            "{error}"
        );
    }
}

/// One body of an error as large as a body may be, and no more than its start is kept.
#[tokio::test]
async fn the_body_of_an_error_is_read_up_to_64_kib() {
    let item = json!({"loc": ["body", "image_url"], "msg": "too small", "type": "image_too_small"});
    let start = format!("{{\"detail\": [{item}, ");
    let body = [start.as_bytes(), &b"[1],".repeat(8 << 20)].concat();
    let server = Server::start(move |_, _| reply("422 Unprocessable Entity", "", &body)).await;
    let error = client(&server.base)
        .call(input())
        .submit()
        .await
        .unwrap_err();
    assert_eq!(error.field_errors()[0].path(), "image_url");
    assert_eq!(error.submission(), Submission::NotSubmitted);
    assert_eq!(error.body().unwrap().len(), 64 * 1024);
}

#[tokio::test]
async fn a_reader_that_does_not_read_keeps_no_submit_waiting() {
    let fake = fake()
        .file("film.mp4", "video/mp4", vec![7; 8 << 20])
        .start()
        .await
        .unwrap();
    let client = settings(&fake).max_connections(1).build().unwrap();
    // Nobody reads the other end.
    let (writer, _reader) = tokio::io::duplex(1024);
    let url = fake.file_url("film.mp4");
    let download = client.clone();
    let download = tokio::spawn(async move { download.download_to(&url, writer).await });
    fake.wait_for(Operation::File, 1).await;
    let call = client.call(input()).timeout(Duration::from_secs(5));
    call.submit().await.unwrap();
    download.abort();
}

/// Three refusals cost a job that is done in three seconds no twelve.
#[tokio::test]
async fn three_busy_servers_cost_less_than_the_job() {
    let fake = fake().script(Script::at_once()).start().await.unwrap();
    fake.fault(Operation::Submit, Fault::status(429)).times(3);
    let start = Instant::now();
    submitted(&fake.client().build().unwrap()).await;
    assert!(
        start.elapsed() < Duration::from_millis(2500),
        "{:?}",
        start.elapsed()
    );
    assert_eq!(fake.count(Operation::Submit), 4);
}
