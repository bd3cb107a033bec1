//! A file that goes in parts.

use std::future::IntoFuture as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::stream;
use kling_api::Upload;
use kling_api::testing::{FakeFal, Fault, Operation};
use serde_json::json;

use crate::files::{Told, bought_nothing, bytes, client, nothing_leaked};

const PART: usize = 100_000;

fn in_parts(upload: Upload) -> Upload {
    parts_at_once(upload, 4)
}

fn parts_at_once(upload: Upload, count: usize) -> Upload {
    upload.parts(PART as u64, PART as u64, count)
}

#[tokio::test]
async fn bytes_file_and_stream_arrive_whole_and_in_order() {
    let fake = FakeFal::start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("film.mp4");
    for length in [PART + 1, 5 * PART, 7 * PART - 1] {
        let sent = bytes(length);
        std::fs::write(&path, &sent).unwrap();
        let pieces: Vec<_> = sent
            .chunks(33_333)
            .map(|piece| Ok::<_, String>(piece.to_vec()))
            .collect();
        let client = client(&fake);
        for upload in [
            client.upload(sent.clone(), "video/mp4"),
            client.upload_file(&path),
            client.upload_stream(stream::iter(pieces), length as u64, "video/mp4"),
        ] {
            let told = Told::default();
            let uploaded = in_parts(upload).on_progress(told.report()).await.unwrap();
            let record = fake.uploads().pop().unwrap();
            assert_eq!(record.bytes, sent);
            assert_eq!(record.parts, length.div_ceil(PART));
            assert_eq!(uploaded.size, length as u64);
            told.grew_to(length as u64);
        }
    }
    nothing_leaked(&fake);
}

#[tokio::test]
async fn beyond_90_mib_a_file_goes_in_parts_of_10() {
    let fake = FakeFal::builder().record(false).start().await.unwrap();
    kling_tests::harness::client(&fake)
        .upload(vec![7; 90 << 20], "video/mp4")
        .await
        .unwrap();
    assert_eq!(fake.uploads().pop().unwrap().parts, 0);
    kling_tests::harness::client(&fake)
        .upload(vec![7; (90 << 20) + 1], "video/mp4")
        .await
        .unwrap();
    let record = fake.uploads().pop().unwrap();
    assert_eq!((record.parts, record.bytes.len()), (10, (90 << 20) + 1));
}

#[tokio::test]
async fn a_step_that_fails_is_repeated_and_the_other_parts_are_not() {
    let fake = FakeFal::start().await.unwrap();
    let sent = bytes(4 * PART);
    for operation in [
        Operation::InitiateUpload,
        Operation::UploadPart,
        Operation::CompleteUpload,
    ] {
        for fault in [
            Fault::ResetBefore,
            Fault::ResetAfter,
            Fault::Hang,
            Fault::ProxyHtml(502),
            Fault::status(503),
        ] {
            fake.clear_faults();
            let before = fake.count(Operation::UploadPart);
            fake.fault(operation, fault.clone()).nth(1);
            let told = Told::default();
            let upload = client(&fake).upload(sent.clone(), "video/mp4");
            let upload = in_parts(upload).on_progress(told.report());
            let uploaded = upload
                .await
                .unwrap_or_else(|error| panic!("{fault:?}: {error:?}"));
            let record = fake
                .uploads()
                .into_iter()
                .find(|record| record.url == uploaded.url);
            assert_eq!(record.unwrap().bytes, sent, "{operation}, {fault:?}");
            let again = usize::from(operation == Operation::UploadPart);
            assert_eq!(
                fake.count(Operation::UploadPart) - before,
                4 + again,
                "{fault:?}"
            );
            told.grew_to(4 * PART as u64);
        }
    }
    nothing_leaked(&fake);
}

#[tokio::test]
async fn an_answer_without_the_tag_of_the_part_is_none() {
    let fake = FakeFal::start().await.unwrap();
    for answer in [
        json!({}),
        json!({"partNumber": 9, "etag": "\"x\""}),
        json!("what"),
    ] {
        fake.clear_faults();
        fake.fault(Operation::UploadPart, Fault::status(200).json(&answer))
            .nth(2);
        let upload = in_parts(client(&fake).upload(bytes(3 * PART), "video/mp4"));
        upload
            .await
            .unwrap_or_else(|error| panic!("{answer}: {error:?}"));
    }
    fake.fault(Operation::UploadPart, Fault::Garbage);
    let error = in_parts(client(&fake).upload(bytes(3 * PART), "video/mp4"))
        .await
        .unwrap_err();
    assert!(error.is_unreadable(), "{error}");
    bought_nothing(&error);
}

#[tokio::test]
async fn a_tag_that_the_storage_does_not_know_ends_the_upload() {
    let fake = FakeFal::start().await.unwrap();
    let wrong = Fault::status(200).header("etag", "\"another\"");
    fake.fault(Operation::UploadPart, wrong).nth(2);
    let error = in_parts(client(&fake).upload(bytes(3 * PART), "video/mp4"))
        .await
        .unwrap_err();
    assert_eq!(error.status(), Some(400), "{error}");
    bought_nothing(&error);
    assert!(fake.uploads().is_empty());
}

#[tokio::test]
async fn no_more_of_a_stream_is_read_than_the_parts_in_flight() {
    let fake = FakeFal::start().await.unwrap();
    fake.fault(Operation::UploadPart, Fault::Hang);
    let pulled = Arc::new(AtomicUsize::new(0));
    let count = pulled.clone();
    let pieces = std::iter::repeat_with(move || {
        count.fetch_add(1000, Ordering::SeqCst);
        Ok::<_, String>(vec![7; 1000])
    });
    let client = kling_tests::harness::client(&fake);
    let upload = client.upload_stream(stream::iter(pieces), 50 * PART as u64, "video/mp4");
    let upload = tokio::spawn(parts_at_once(upload, 3).into_future());
    fake.wait_for(Operation::UploadPart, 3).await;
    // Whatever it still did by itself, it has had the time of another request for it.
    let probe = client.upload("probe", "text/plain").await.unwrap();
    assert_eq!(probe.size, 5);
    assert_eq!(fake.count(Operation::UploadPart), 3);
    assert_eq!(pulled.load(Ordering::SeqCst), 3 * PART);
    upload.abort();
}

#[tokio::test]
async fn parts_go_out_so_many_at_once() {
    let fake = FakeFal::start().await.unwrap();
    fake.fault(Operation::UploadPart, Fault::Hang);
    let client = kling_tests::harness::client(&fake);
    for at_once in [1, 4] {
        let before = fake.count(Operation::UploadPart);
        let upload = parts_at_once(client.upload(bytes(20 * PART), "video/mp4"), at_once);
        let upload = tokio::spawn(upload.into_future());
        fake.wait_for(Operation::UploadPart, before + at_once).await;
        client.upload("probe", "text/plain").await.unwrap();
        assert_eq!(fake.count(Operation::UploadPart), before + at_once);
        upload.abort();
    }
}
