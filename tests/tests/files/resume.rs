//! A download that breaks, and how it goes on.

use kling_tests::harness::fake;
use std::fs;
use std::future::IntoFuture as _;

use kling_api::testing::{FakeFal, Fault, Operation, RecordedRequest};
use proptest::prelude::*;

use crate::files::{Told, bytes, client, nothing_leaked};

const NAME: &str = "film.mp4";

async fn start(length: usize) -> (FakeFal, Vec<u8>) {
    let film = bytes(length);
    let fake = fake()
        .file(NAME, "video/mp4", film.clone())
        .start()
        .await
        .unwrap();
    (fake, film)
}

fn ranges(fake: &FakeFal) -> Vec<Option<String>> {
    let range = |request: RecordedRequest| request.header("range").map(str::to_owned);
    fake.requests().into_iter().map(range).collect()
}

#[tokio::test]
async fn what_has_come_is_not_fetched_again() {
    let (fake, film) = start(800_000).await;
    let folder = tempfile::tempdir().unwrap();
    // More breaks than attempts: each brings something, and so none is in vain.
    fake.fault(Operation::File, Fault::TruncatedBody).times(6);
    let told = Told::default();
    let path = folder.path().join(NAME);
    let download = client(&fake)
        .download(&fake.file_url(NAME), &path)
        .on_progress(told.report());
    download.await.unwrap();
    assert!(fs::read(&path).unwrap() == film);
    told.grew_to(800_000);
    let expected = [0, 400_000, 600_000, 700_000, 750_000, 775_000, 787_500];
    let expected: Vec<_> = expected
        .map(|start| (start > 0).then(|| format!("bytes={start}-")))
        .into();
    assert_eq!(ranges(&fake), expected);
    let all_known = fake
        .requests()
        .iter()
        .skip(1)
        .all(|request| request.header("if-range").is_some());
    assert!(all_known, "a range is for the same file only");
    nothing_leaked(&fake);
}

#[tokio::test]
async fn a_writer_gets_each_byte_once() {
    let (fake, film) = start(100_000).await;
    for fault in [
        Fault::TruncatedBody,
        Fault::ResetAfter,
        Fault::status(503),
        Fault::Hang,
    ] {
        fake.clear_faults();
        fake.fault(Operation::File, Fault::TruncatedBody).nth(1);
        fake.fault(Operation::File, fault.clone()).nth(2);
        let mut written = Vec::new();
        let size = client(&fake)
            .download_to(&fake.file_url(NAME), &mut written)
            .await
            .unwrap();
        assert!(written == film && size == 100_000, "{fault:?}");
    }
}

#[tokio::test]
async fn a_file_that_changed_meanwhile_is_fetched_from_its_start_and_never_mixed() {
    let (fake, _) = start(100_000).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(NAME);
    for length in [100_000, 60_000, 40_000, 200_000] {
        fake.set_file(NAME, "video/mp4", bytes(100_000));
        fake.clear_faults();
        fake.fault(Operation::File, Fault::TruncatedBody).nth(1);
        fake.fault(Operation::File, Fault::Hang).nth(2);
        let other: Vec<u8> = bytes(length).iter().map(|byte| !byte).collect();
        let before = fake.count(Operation::File);
        let download = client(&fake)
            .download(&fake.file_url(NAME), &path)
            .overwrite(true);
        let download = tokio::spawn(download.into_future());
        fake.wait_for(Operation::File, before + 2).await;
        fake.set_file(NAME, "video/mp4", other.clone());
        download.await.unwrap().unwrap();
        assert!(fs::read(&path).unwrap() == other, "{length}");
    }
    // What is written to a writer cannot be taken back.
    fake.clear_faults();
    fake.set_file(NAME, "video/mp4", bytes(100_000));
    fake.fault(Operation::File, Fault::TruncatedBody).nth(1);
    let redirected = Fault::status(200)
        .header("etag", "\"another\"")
        .body(vec![1; 100_000]);
    fake.fault(Operation::File, redirected).nth(2);
    let mut written = Vec::new();
    let error = client(&fake)
        .download_to(&fake.file_url(NAME), &mut written)
        .await
        .unwrap_err();
    assert!(
        format!("{error:#}").contains("no longer has the file that it began to send"),
        "{error}"
    );
}

#[tokio::test]
async fn a_server_without_ranges_is_asked_for_the_whole_again() {
    let (fake, film) = start(100_000).await;
    let tag = "\"the same\"";
    let half = |tag: &str| {
        // A connection that ends before the body does, of a server that says nothing of ranges.
        Fault::status(200)
            .header("etag", tag)
            .header("content-length", "100000")
            .body(film[..50_000].to_vec())
    };
    let whole = |tag: &str| Fault::status(200).header("etag", tag).body(film.clone());
    for (first, second) in [(tag, tag), ("W/\"weak\"", "W/\"weak\"")] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(NAME);
        fake.clear_faults();
        fake.fault(Operation::File, half(first)).nth(1);
        fake.fault(Operation::File, whole(second)).nth(2);
        client(&fake)
            .download(&fake.file_url(NAME), &path)
            .await
            .unwrap();
        assert!(fs::read(&path).unwrap() == film, "{first}");
    }
    fake.clear_faults();
    fake.fault(Operation::File, half(tag)).nth(1);
    fake.fault(Operation::File, whole(tag)).nth(2);
    let mut written = Vec::new();
    client(&fake)
        .download_to(&fake.file_url(NAME), &mut written)
        .await
        .unwrap();
    assert!(written == film);
}

#[tokio::test]
async fn a_part_that_was_not_asked_for_is_not_taken() {
    let (fake, film) = start(100_000).await;
    for range in [
        "bytes 0-49999/100000",
        "bytes 60000-99999/100000",
        "bytes 50000-99999/200000",
        "what",
    ] {
        fake.clear_faults();
        fake.fault(Operation::File, Fault::TruncatedBody).nth(1);
        let wrong = Fault::status(206)
            .header("content-range", range)
            .body(vec![1; 50_000]);
        fake.fault(Operation::File, wrong).nth(2);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(NAME);
        client(&fake)
            .download(&fake.file_url(NAME), &path)
            .await
            .unwrap();
        assert!(fs::read(&path).unwrap() == film, "{range}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever breaks, in whatever order: the file is the right one, or there is none.
    #[test]
    fn no_sequence_of_breaks_makes_another_file(breaks in prop::collection::vec(0_usize..7, 0..8), length in 1_usize..300_000) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (fake, film) = start(length).await;
            for (index, kind) in breaks.iter().enumerate() {
                let fault = [
                    Fault::TruncatedBody,
                    Fault::ResetBefore,
                    Fault::ResetAfter,
                    Fault::status(503),
                    Fault::status(206).header("content-range", "bytes 1-2/3").body("xx"),
                    Fault::status(416),
                    Fault::TruncatedBody,
                ][*kind].clone();
                fake.fault(Operation::File, fault).nth(index as u64 + 1);
            }
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join(NAME);
            match client(&fake).download(&fake.file_url(NAME), &path).await {
                Ok(_) => assert!(fs::read(&path).unwrap() == film),
                Err(error) => assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "{error}"),
            }
        });
    }
}
