//! A network that is not there, or not for a while, and what a caller hears of it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use kling_api::reqwest::dns::{Name, Resolve, Resolving};
use kling_api::testing::{Fault, Operation, Pace, Script};
use kling_api::{Client, ClientBuilder, Error, Job, Media, Retry, Submission, Update, Updates};
use kling_tests::harness::{Gate, fake, input, settings};
use kling_tests::kling::v1::standard::image_to_video::Input;

/// Nobody listens there.
const REFUSED: &str = "http://127.0.0.1:9";

struct NoNames;

impl Resolve for NoNames {
    fn resolve(&self, _: Name) -> Resolving {
        Box::pin(std::future::ready(Err("there is no such name".into())))
    }
}

/// Clients without a timeout and with the default retries: one whose connections are refused, and one without names.
fn cut_off() -> [Client; 2] {
    let refused = Client::builder().queue_url(REFUSED).rest_url(REFUSED);
    let unnamed = Client::builder()
        .queue_url("https://queue.invalid")
        .rest_url("https://rest.invalid")
        .configure_http(|transport| transport.no_proxy().dns_resolver(Arc::new(NoNames)));
    [refused, unnamed].map(|builder: ClientBuilder| builder.key("id:part").build().unwrap())
}

/// Within seconds, and after more than one attempt.
async fn ends_soon<T: std::fmt::Debug>(work: impl Future<Output = Result<T, Error>>) -> Error {
    let start = Instant::now();
    let error = work.await.unwrap_err();
    let time = start.elapsed();
    assert!(time < Duration::from_secs(8), "{time:?}: {error}");
    assert!(time > Duration::from_secs(2), "{time:?}: {error}");
    assert!(error.attempts() >= 3, "{error}");
    error
}

#[tokio::test]
async fn without_a_network_everything_ends_within_seconds() {
    for client in cut_off() {
        let job = Job::<Input>::from_request_id("6f");
        let with_file = Input::new("a nest", Media::bytes(&b"\x89PNG\r\n\x1a\n"[..]));
        let (call, upload, status, call_with_file) = tokio::join!(
            ends_soon(async { client.call(input()).await }),
            ends_soon(async { client.upload("a nest", "image/png").await }),
            ends_soon(async { client.status(&job).await }),
            ends_soon(async { client.call(with_file).await }),
        );
        for error in [call, upload, call_with_file] {
            assert_eq!(error.submission(), Submission::NotSubmitted);
        }
        assert_eq!(status.request_id(), Some("6f"));
    }
}

#[tokio::test]
async fn a_timeout_bounds_the_wait_for_a_network_and_so_does_a_number_of_attempts() {
    for client in cut_off() {
        for timeout in [Duration::from_millis(300), Duration::from_secs(5)] {
            let start = Instant::now();
            let call = client.call(input()).timeout(timeout);
            let error = call.await.unwrap_err();
            assert_eq!(error.submission(), Submission::NotSubmitted);
            let time = start.elapsed();
            assert!(time <= timeout + Duration::from_millis(500), "{time:?}");
        }
    }
    let client = Client::builder().key("id:part").queue_url(REFUSED);
    let retry = Retry::default().attempts(2);
    let client = client.retry(retry).build().unwrap();
    assert_eq!(client.call(input()).await.unwrap_err().attempts(), 2);
}

/// The client's timeout counts where a request has none of its own.
#[tokio::test]
async fn the_timeout_of_a_client_is_that_of_all_its_requests() {
    let fake = fake().start().await.unwrap();
    let client = settings(&fake).timeout(Duration::from_millis(300));
    let client = client.build().unwrap();
    let job = client.call(input()).submit().await.unwrap();
    for operation in [
        Operation::Submit,
        Operation::Status,
        Operation::Stream,
        Operation::Result,
        Operation::Cancel,
        Operation::InitiateUpload,
        Operation::File,
    ] {
        fake.fault(operation, Fault::Hang);
    }
    let start = Instant::now();
    let file = fake.file_url("film.mp4");
    let errors = tokio::join!(
        async { client.call(input()).await.unwrap_err() },
        async { client.follow(&job).await.unwrap_err() },
        async { client.status(&job).await.unwrap_err() },
        async { client.result(&job).await.unwrap_err() },
        async { client.cancel(&job).await.unwrap_err() },
        async { client.upload("a nest", "image/png").await.unwrap_err() },
        async { client.download_to(&file, Vec::new()).await.unwrap_err() },
    );
    let (call, follow, status, result, cancel, upload, download) = errors;
    for error in [call, follow, status, result, cancel, upload, download] {
        assert!(error.is_timeout(), "{error}");
    }
    assert!(start.elapsed() < Duration::from_secs(2));
    let patient = client.status(&job).timeout(Duration::MAX);
    let longer = tokio::time::timeout(Duration::from_millis(600), async { patient.await });
    assert!(longer.await.is_err(), "its own timeout counts");
}

/// Everything up to the end.
async fn all<O>(mut updates: Updates<O>) -> Vec<Update<O>> {
    let mut all = Vec::new();
    while let Some(update) = updates.next().await {
        all.push(update.unwrap());
    }
    all
}

/// The job has been bought: it is followed through an outage after which nothing would be submitted any more.
#[tokio::test]
async fn a_job_outlasts_an_outage_and_its_updates_say_so() {
    let script = Script::at_once();
    let fake = fake().script(script).start().await.unwrap();
    let gate = Gate::default();
    let retry = Retry::default()
        .first_delay(Duration::from_secs(1))
        .max_delay(Duration::from_secs(2));
    let client = gate.guard(fake.client().retry(retry), &fake);
    let client = client.build().unwrap();
    let job = client.call(input()).submit().await.unwrap();
    gate.refuse(usize::MAX);
    let heal = gate.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(5500)).await;
        heal.refuse(0);
    });
    let updates = all(client.follow(&job).updates()).await;
    let retries = updates.iter().filter_map(|update| match update {
        Update::Retrying(retry) => Some(retry),
        _ => None,
    });
    let retries: Vec<_> = retries.collect();
    assert!(retries.len() >= 3, "{retries:?}");
    assert_eq!((retries[0].operation, retries[0].attempts), ("status", 1));
    assert!(retries[0].to_string().contains("connect"), "{}", retries[0]);
    assert!(matches!(updates.last(), Some(Update::Completed(_))));
}

#[tokio::test]
async fn a_call_tells_its_upload_its_job_and_its_retries() {
    let script = Script::new().queue_positions([1, 1, 0]).in_progress(1);
    let fake = fake().script(script.pace(Pace::Observed));
    let fake = fake.start().await.unwrap();
    fake.fault(Operation::Submit, Fault::status(429)).times(1);
    fake.fault(Operation::Stream, Fault::status(404));
    fake.fault(Operation::Status, Fault::status(503))
        .after(1)
        .times(1);
    let client = settings(&fake).build().unwrap();
    let bytes = [b"\x89PNG\r\n\x1a\n".to_vec(), vec![7; 300_000]].concat();
    let size = bytes.len() as u64;
    let call = client.call(Input::new("a nest", Media::bytes(bytes)));
    let updates = all(call.logs(true).updates()).await;
    let mut told = Vec::new();
    for update in &updates {
        let name = match update {
            Update::Uploading { field, sent, total } => {
                assert_eq!((field.as_str(), *total), ("image_url", size));
                assert!(*sent <= size);
                if *sent == size { "uploaded" } else { continue }
            }
            Update::Submitted(job) => {
                assert_eq!(job.request_id(), fake.jobs()[0].request_id);
                "submitted"
            }
            Update::Retrying(retry) => {
                assert_eq!(retry.attempts, 1);
                retry.operation
            }
            Update::Queued { .. } => "queued",
            Update::InProgress => "in progress",
            Update::Logs(_) => continue,
            Update::Completed(video) => {
                assert!(!video.logs().is_empty());
                "completed"
            }
            other => panic!("{other:?}"),
        };
        told.push(name);
    }
    // The place in the queue is the same before and after the retry, and told again.
    let expected = [
        "uploaded",
        "submit",
        "submitted",
        "queued",
        "status",
        "queued",
        "queued",
        "in progress",
        "completed",
    ];
    assert_eq!(told, expected);
}
