//! The key is in nothing that leaves the client, and the prompt is in no trace.
//!
//! A program of its own: it records every event of the whole process, those of the libraries below included.
#![expect(
    clippy::unwrap_used,
    reason = "clippy sees that a test may unwrap, but not that these helpers are for tests"
)]

use std::io;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use kling_api::testing::{Fault, KeySent, Operation, Script};
use kling_api::{Client, Error, Job};
use kling_tests::harness::{PROMPT, Spy, chain, fake, input, settings, submitted};
use kling_tests::kling::v1::standard::image_to_video::Input;
use serde_json::json;

const KEY: &str = "test-key-id:test-key-secret";
const SECRET: &str = "test-key-secret";

/// Everything that any library of this process has traced.
static TRACES: LazyLock<Traces> = LazyLock::new(|| {
    let traces = Traces::default();
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_span_events(tracing_subscriber::fmt::format::FmtSpan::FULL)
        .with_ansi(false)
        .with_writer({
            let traces = traces.clone();
            move || traces.clone()
        })
        .init();
    traces
});

#[derive(Clone, Default)]
struct Traces(Arc<Mutex<Vec<u8>>>);

impl Traces {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl io::Write for Traces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Each kind of failure; those that repeat what they were sent, too.
fn faults(foreign: &str) -> Vec<Fault> {
    let echo = json!({
        "detail": [{"loc": ["header", KEY], "msg": format!("bad key {KEY}"), "type": KEY, "input": KEY, "ctx": {"key": KEY}}],
        "error_type": KEY, "message": SECRET, "status": KEY,
    });
    let answers = [
        200, 202, 400, 401, 403, 404, 408, 409, 422, 429, 500, 503, 504,
    ]
    .map(|code| {
        Fault::status(code)
            .json(&echo)
            .header("x-fal-error-type", KEY)
            .header("location", &format!("{foreign}/{SECRET}"))
    });
    let texts = [200, 400, 502]
        .map(|code| Fault::status(code).body(format!("<p>Authorization: Key {KEY}</p>")));
    let mut faults = vec![
        Fault::ResetBefore,
        Fault::ResetAfter,
        Fault::TruncatedBody,
        Fault::Garbage,
        Fault::ProxyHtml(502),
        Fault::Hang,
        Fault::EndlessBody,
        Fault::EndlessError(500),
        Fault::Redirect {
            to: format!("{foreign}/elsewhere"),
        },
        Fault::status(200).json(&json!(KEY)),
        Fault::status(422).json(&json!({"detail": KEY})),
    ];
    // What is no failure to the eye: a status, an event of a stream, and a job.
    let status = json!({
        "status": "COMPLETED", "error": format!("bad key {KEY}"), "error_type": KEY,
        "logs": [{"message": SECRET, "level": KEY, "source": KEY, "timestamp": KEY}, KEY],
    });
    faults.push(Fault::status(200).json(&status));
    faults.push(
        Fault::status(200)
            .body(format!("data: {status}\n\n"))
            .header("content-type", "text/event-stream"),
    );
    let job = |id: &str| {
        let url = format!("{foreign}/{SECRET}");
        Fault::status(200).json(&json!({
            "status": "IN_QUEUE", "request_id": id,
            "status_url": url, "response_url": url, "cancel_url": url,
        }))
    };
    faults.extend([job("6f1c0e9a"), job(SECRET), job(KEY)]);
    faults.extend(answers);
    faults.extend(texts);
    faults
}

/// What one fault makes of each operation.
async fn failures(fault: &Fault) -> (Vec<Error>, Vec<String>) {
    let fake = fake().key(KEY).start().await.unwrap();
    let limit = Duration::from_millis(300);
    let client = settings(&fake)
        .submit_timeout(limit)
        .request_timeout(limit)
        .body_limit(100_000)
        .build()
        .unwrap();
    let job = loop {
        // On a busy machine a submit may take longer than the limit, which is meant for the faults.
        if let Ok(job) = client.call(input()).submit().await {
            break job;
        }
    };
    for operation in [
        Operation::Submit,
        Operation::Status,
        Operation::Stream,
        Operation::Result,
        Operation::Cancel,
    ] {
        fake.fault(operation, fault.clone());
    }
    let follow = client.follow(&job).logs(true);
    let follow = follow.timeout(limit).cancel_on_timeout(true);
    let mut texts = vec![
        format!("{client:?} {client:#?} {follow:?} {job:?}"),
        format!(
            "{:?} {:?} {:?}",
            client.call(input()),
            client.status(&job),
            client.cancel(&job)
        ),
        serde_json::to_string(&job).unwrap(),
        format!("{:?}", settings(&fake)),
    ];
    let submitted = client.call(input()).submit().await;
    if let Ok(job) = &submitted {
        texts.push(format!("{job:?} {}", serde_json::to_string(job).unwrap()));
    }
    let status = client.status(&job).logs(true).await;
    texts.extend(status.iter().map(|status| format!("{status:?}")));
    let errors = [
        submitted.err(),
        // A status that repeats the answer to a submit is queued for ever.
        client.call(input()).timeout(limit).await.err(),
        status.err(),
        client.result(&job).await.err(),
        client.cancel(&job).await.err(),
        follow.await.err(),
    ];
    (errors.into_iter().flatten().collect(), texts)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_failure_shows_the_key_and_no_trace_the_prompt() {
    let traces = LazyLock::force(&TRACES).clone();
    let spy = Spy::start().await;
    for fault in faults(spy.url()) {
        let (errors, mut texts) = failures(&fault).await;
        assert!(errors.len() >= 2, "{fault:?} makes calls fail");
        for error in &errors {
            texts.extend(chain(error));
            texts.push(format!(
                "{:?} {:?} {:?}",
                error.body(),
                error.message(),
                error.error_type()
            ));
            texts.push(format!(
                "{:?} {:?} {:?}",
                error.field_errors(),
                error.submission(),
                error.logs()
            ));
            if let Some(Err(failed)) = error.cancel_outcome() {
                texts.extend(chain(failed));
            }
        }
        for text in texts {
            assert!(!text.contains(SECRET), "{fault:?}: {text}");
        }
    }
    let written = traces.text();
    for expected in [
        "kling_api",
        "attempt failed, giving up",
        "request_id",
        "fal-ai/kling-video/v1/standard/image-to-video",
    ] {
        assert!(
            written.contains(expected),
            "{expected} is not traced, so this test sees nothing"
        );
    }
    assert!(!written.contains(SECRET), "the key is traced");
    assert!(!written.contains(PROMPT), "the prompt is traced");
    assert_eq!(spy.connections(), 0, "{}", spy.heard());
}

/// How the storage's URLs are signed: whoever reads it can write there.
const SIGNATURE: &str = "signed-for-this-upload";

/// What one fault makes of each step of an upload, and of a download.
async fn failures_of_files(fault: &Fault) -> (Vec<Error>, Vec<String>) {
    let fake = fake().key(KEY).start().await.unwrap();
    let settings = settings(&fake).transfer_timeout(Duration::from_millis(100));
    let client = settings.body_limit(100_000).build().unwrap();
    let (mut errors, mut texts) = (Vec::new(), Vec::new());
    for operation in [
        Operation::InitiateUpload,
        Operation::Upload,
        Operation::UploadPart,
        Operation::CompleteUpload,
        Operation::File,
    ] {
        fake.clear_faults();
        fake.fault(operation, fault.clone());
        let whole = client.upload("a nest", "text/plain");
        let parts = client.upload("a nest", "text/plain").parts(2, 2, 4);
        let url = format!("{}?signature={SIGNATURE}", fake.file_url("output.mp4"));
        let download = client
            .download_to(&url, tokio::io::sink())
            .max_size(100_000);
        texts.push(format!("{whole:?} {whole:#?} {download:?}"));
        let media = kling_api::Media::bytes("\0a nest");
        let call = client
            .call(Input::new(PROMPT, media).cfg_scale(0.5))
            .submit();
        errors.extend(whole.await.err());
        errors.extend(parts.await.err());
        errors.extend(download.await.err());
        errors.extend(call.await.err());
    }
    (errors, texts)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_file_on_its_way_shows_the_key_or_a_url_that_is_signed() {
    let traces = LazyLock::force(&TRACES).clone();
    let spy = Spy::start().await;
    for fault in faults(spy.url()) {
        let (errors, mut texts) = Box::pin(failures_of_files(&fault)).await;
        for error in &errors {
            texts.extend(chain(error));
            texts.push(format!(
                "{:?} {:?} {:?}",
                error.body(),
                error.message(),
                error.error_type()
            ));
        }
        for text in texts {
            for secret in [SECRET, SIGNATURE] {
                assert!(!text.contains(secret), "{fault:?}: {text}");
            }
        }
    }
    let written = traces.text();
    assert!(
        written.contains("upload"),
        "uploads are not traced, so this test sees nothing"
    );
    for secret in [SECRET, SIGNATURE, PROMPT] {
        if let Some(at) = written.find(secret) {
            panic!(
                "{secret} is traced: {}",
                &written[at.saturating_sub(300)..at + 100]
            );
        }
    }
    // A download may be handed on, but without the key.
    assert!(!spy.heard().contains(SECRET), "{}", spy.heard());
}

#[tokio::test]
async fn a_whole_job_leaves_neither_key_nor_prompt_in_the_traces() {
    let traces = LazyLock::force(&TRACES).clone();
    let fake = fake().key(KEY).start().await.unwrap();
    let id = settings(&fake)
        .build()
        .unwrap()
        .call(input())
        .await
        .unwrap()
        .request_id()
        .to_owned();
    let written = traces.text();
    assert!(written.contains(&id), "the request id is traced");
    for secret in [SECRET, PROMPT] {
        assert!(!written.contains(secret), "{secret} is traced");
    }
}

#[tokio::test]
async fn the_spy_would_hear_the_key() {
    let spy = Spy::start().await;
    let client = Client::builder()
        .key(KEY)
        .queue_url(spy.url())
        .build()
        .unwrap();
    client
        .status(&Job::<Input>::from_request_id("6f"))
        .await
        .unwrap();
    assert!(
        spy.heard().contains(SECRET),
        "otherwise its silence in the other tests proves nothing"
    );
}

#[tokio::test]
async fn urls_of_somebody_else_are_never_asked() {
    let spy = Spy::start().await;
    let fake = fake().key(KEY).script(Script::new()).start().await.unwrap();
    fake.fault(
        Operation::Submit,
        Fault::ForeignUrls {
            base: spy.url().to_owned(),
        },
    );
    let client = settings(&fake).build().unwrap();

    let job = submitted(&client).await;
    assert!(
        serde_json::to_string(&job).unwrap().contains(spy.url()),
        "the job does name them"
    );
    client.status(&job).await.unwrap();
    client.cancel(&job).await.unwrap();
    client.follow(&job).await.unwrap_err();
    let video = client.call(input()).await.unwrap();
    client
        .result(&Job::<Input>::from_request_id(video.request_id()))
        .await
        .unwrap();

    // A job that was saved by somebody who could change the file.
    let saved = json!({
        "endpoint": "fal-ai/kling-video/v1/standard/image-to-video", "request_id": video.request_id(),
        "status_url": format!("{}/status", spy.url()), "response_url": spy.url(), "cancel_url": spy.url(),
    });
    let job: Job<Input> = serde_json::from_value(saved).unwrap();
    client.follow(&job).await.unwrap();
    client.cancel(&job).await.unwrap();

    assert_eq!(spy.connections(), 0, "{}", spy.heard());
    assert!(
        fake.requests()
            .iter()
            .all(|request| request.key == KeySent::Right)
    );
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let spy = Spy::start().await;
    let fake = fake().key(KEY).start().await.unwrap();
    let client = settings(&fake).build().unwrap();
    let job = submitted(&client).await;
    for code in [301, 302, 303, 307, 308] {
        fake.clear_faults();
        for operation in [
            Operation::Submit,
            Operation::Status,
            Operation::Stream,
            Operation::Result,
            Operation::Cancel,
        ] {
            fake.fault(
                operation,
                Fault::status(code).header("location", &format!("{}/x", spy.url())),
            );
        }
        for error in [
            client.call(input()).submit().await.unwrap_err(),
            client.status(&job).await.unwrap_err(),
            client.result(&job).await.unwrap_err(),
            client.cancel(&job).await.unwrap_err(),
            client.follow(&job).await.unwrap_err(),
        ] {
            assert_eq!(error.status(), Some(code), "{error}");
        }
    }
    assert_eq!(spy.connections(), 0, "{}", spy.heard());
    assert_eq!(fake.submits(), 1);
}

#[test]
fn a_key_that_cannot_stand_in_a_header_is_a_clear_error_before_anything_is_sent() {
    for (key, reason) in [
        ("id:a-rather-secret-part\n", "line break"),
        ("id:a-rather-secret\r\npart", "line break"),
        ("id:a-rather-secret-p\u{e4}rt", "ASCII"),
        ("id:a-rather-secret-part\u{1f511}", "ASCII"),
        ("", "empty"),
    ] {
        let error = Client::builder().key(key).build().unwrap_err();
        assert!(error.is_configuration() && error.attempts() == 0, "{error}");
        assert!(format!("{error:#}").contains("key"), "{error}");
        assert!(format!("{error:#}").contains(reason), "{reason}: {error}");
        for text in chain(&error) {
            assert!(!text.contains("rather-secret"), "{text}");
        }
    }
}
