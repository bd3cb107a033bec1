//! A file that goes in one request.

use kling_tests::harness::fake;
use std::time::Duration;

use kling_api::testing::{Fault, Operation};
use kling_api::{Access, ObjectLifecycle};
use serde_json::json;

use crate::files::{Told, bought_nothing, bytes, client, nothing_leaked};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";

#[tokio::test]
async fn bytes_arrive_as_they_are_with_name_type_and_lifecycle() {
    let fake = fake().start().await.unwrap();
    let told = Told::default();
    let sent = bytes(300_000);
    let lifecycle = ObjectLifecycle::new().default_access(Access::Forbid);
    let upload = client(&fake)
        .upload(sent.clone(), "image/webp")
        .file_name("two robins é.webp")
        .lifecycle(lifecycle)
        .expires_in(Duration::from_secs(3600))
        .on_progress(told.report());
    assert!(
        fake.requests().is_empty(),
        "nothing is sent before it is awaited"
    );
    let uploaded = upload.await.unwrap();
    let [record] = &fake.uploads()[..] else {
        panic!("one upload");
    };
    assert_eq!(record.bytes, sent);
    assert_eq!(
        (record.file_name.as_str(), record.parts),
        ("two robins é.webp", 0)
    );
    assert_eq!(record.content_type, "image/webp");
    assert_eq!(
        record.lifecycle,
        Some(json!({"expiration_duration_seconds": 3600, "initial_acl": {"default": "forbid"}}))
    );
    assert_eq!(uploaded.url, record.url);
    assert_eq!(
        (uploaded.size, uploaded.content_type.as_str()),
        (300_000, "image/webp")
    );
    assert_eq!(uploaded.to_string(), uploaded.url);
    told.grew_to(300_000);
    nothing_leaked(&fake);
}

#[tokio::test]
async fn a_file_gets_its_own_name_and_the_type_of_its_content() {
    let fake = fake().start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    for (name, content, expected) in [
        ("robins.jpg", PNG, "image/png"),
        ("notes.txt", b"a nest", "text/plain"),
        ("unknown", b"\x01\x02", "application/octet-stream"),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        let told = Told::default();
        let uploaded = client(&fake)
            .upload_file(&path)
            .on_progress(told.report())
            .await
            .unwrap();
        assert_eq!(
            (uploaded.file_name.as_str(), uploaded.content_type.as_str()),
            (name, expected)
        );
        let record = fake.uploads().pop().unwrap();
        assert_eq!((&record.bytes[..], record.lifecycle), (content, None));
        told.grew_to(content.len() as u64);
    }
    let path = folder.path().join("robins.jpg");
    let uploaded = client(&fake)
        .upload_file(&path)
        .content_type("image/x-mine")
        .await
        .unwrap();
    assert_eq!(fake.uploads().pop().unwrap().content_type, "image/x-mine");
    assert_eq!(uploaded.content_type, "image/x-mine");
    nothing_leaked(&fake);
}

#[tokio::test]
async fn bytes_without_a_name_get_one_that_fits() {
    let fake = fake().start().await.unwrap();
    let uploaded = client(&fake).upload(PNG, "image/png").await.unwrap();
    assert_eq!(uploaded.file_name, "file.png");
}

fn passing() -> Vec<Fault> {
    vec![
        Fault::ResetBefore,
        Fault::ResetAfter,
        Fault::TruncatedBody,
        Fault::Hang,
        Fault::ProxyHtml(502),
        Fault::status(500),
        Fault::status(503).header("retry-after", "0"),
        Fault::status(429),
        Fault::status(408),
    ]
}

#[tokio::test]
async fn each_step_is_repeated_where_its_answer_was_lost_or_the_server_failed() {
    let fake = fake().start().await.unwrap();
    let sent = bytes(200_000);
    // Of the second step only the status counts: half an empty body is a whole one.
    for operation in [Operation::InitiateUpload, Operation::Upload] {
        for fault in passing() {
            fake.clear_faults();
            fake.fault(operation, fault.clone()).times(2);
            let told = Told::default();
            let upload = client(&fake)
                .upload(sent.clone(), "image/png")
                .on_progress(told.report());
            let uploaded = upload
                .await
                .unwrap_or_else(|error| panic!("{fault:?}: {error:?}"));
            let uploads = fake.uploads();
            let record = uploads
                .iter()
                .find(|record| record.url == uploaded.url)
                .unwrap();
            assert_eq!(record.bytes, sent, "{operation}, {fault:?}");
            told.grew_to(200_000);
        }
    }
    nothing_leaked(&fake);
}

#[tokio::test]
async fn what_stays_broken_ends_with_an_error_that_says_that_nothing_was_bought() {
    let fake = fake().start().await.unwrap();
    let echo = json!({"upload_url": format!("{}?signature=signed-for-this-upload-0", fake.url())});
    let lasting = [
        (Fault::status(403).json(&echo), 1),
        (Fault::status(401), 1),
        (Fault::status(413), 1),
        (
            Fault::Redirect {
                to: fake.file_url("elsewhere"),
            },
            1,
        ),
    ];
    let faults = passing().into_iter().map(|fault| (fault, 3)).chain(lasting);
    for (fault, attempts) in faults {
        for operation in [Operation::InitiateUpload, Operation::Upload] {
            let is_half_an_empty_body =
                fault == Fault::TruncatedBody && operation == Operation::Upload;
            // A refusal by fal is shown in its own words, which never hold what it did not hand out.
            let quotes =
                operation == Operation::InitiateUpload && fault == Fault::status(403).json(&echo);
            if is_half_an_empty_body || quotes {
                continue;
            }
            fake.clear_faults();
            fake.fault(operation, fault.clone());
            let before = fake.count(operation);
            let error = client(&fake).upload(PNG, "image/png").await.unwrap_err();
            bought_nothing(&error);
            assert_eq!(
                error.attempts(),
                attempts,
                "{operation}, {fault:?}: {error}"
            );
            assert_eq!(
                fake.count(operation) - before,
                attempts as usize,
                "{fault:?}"
            );
        }
    }
    assert!(fake.uploads().iter().all(|upload| upload.bytes == PNG));
    nothing_leaked(&fake);
}

#[tokio::test]
async fn an_answer_that_names_no_good_place_is_an_error_without_its_words() {
    let fake = fake().start().await.unwrap();
    let signed = "https://storage.example/x?signature=signed-for-this-upload-7";
    let plain = "http://storage.example/x?signature=signed-for-this-upload-7";
    for (answer, expected) in [
        (json!({"upload_url": signed}), "cannot be read"),
        (
            json!({"upload_url": signed, "file_url": 7}),
            "cannot be read",
        ),
        (
            json!({"upload_url": "no url", "file_url": signed}),
            "cannot be read",
        ),
        (json!([signed]), "cannot be read"),
        (
            json!({"upload_url": plain, "file_url": signed}),
            "not https",
        ),
        (
            json!({"upload_url": signed, "file_url": plain}),
            "not https",
        ),
        (
            json!({"upload_url": signed, "file_url": format!("https://x.example/{}", fake.key())}),
            "cannot be read",
        ),
    ] {
        fake.clear_faults();
        fake.fault(Operation::InitiateUpload, Fault::status(200).json(&answer));
        let error = client(&fake).upload(PNG, "image/png").await.unwrap_err();
        assert!(format!("{error:#}").contains(expected), "{answer}: {error}");
        assert_eq!(error.body(), None);
        bought_nothing(&error);
    }
    assert_eq!(fake.count(Operation::Upload), 0);
}

#[tokio::test]
async fn a_timeout_bounds_the_whole_upload() {
    let fake = fake().start().await.unwrap();
    fake.fault(Operation::Upload, Fault::Hang);
    let upload = client(&fake)
        .upload(PNG, "image/png")
        .timeout(Duration::from_millis(100));
    let error = upload.await.unwrap_err();
    assert!(error.is_timeout(), "{error}");
    bought_nothing(&error);
}

#[tokio::test]
async fn no_debug_text_shows_content_or_place() {
    let fake = fake().start().await.unwrap();
    let upload = client(&fake).upload("a secret", "text/plain");
    assert!(!format!("{upload:?}").contains("secret"), "{upload:?}");
    let download = client(&fake).download("https://x.example/?signature=secret", "a");
    assert!(!format!("{download:?}").contains("secret"), "{download:?}");
}
