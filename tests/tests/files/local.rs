//! What is wrong with a file of this machine is found before anything is sent, and said in a sentence.

use futures_util::stream;
use kling_api::Media;
use kling_api::journal::Journal;
use kling_api::testing::{Fault, Operation};
use kling_tests::harness::{fake, settings};
use kling_tests::kling::v2_1::pro::image_to_video::Input;

use crate::files::{bought_nothing, bytes, client};

#[tokio::test]
async fn what_is_no_file_to_upload_is_refused_in_a_sentence() {
    let fake = fake().start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("empty.png"), b"").unwrap();
    std::fs::write(at("large.png"), bytes(1001)).unwrap();
    let client = client(&fake);
    let image = || client.upload_file(at("large.png"));
    for (upload, expected) in [
        (client.upload_file(at("missing.png")), "there is no file "),
        (
            client.upload_file(at("empty.png")),
            "empty.png is empty. Nothing was bought: give another one",
        ),
        (
            client.upload_file(folder.path()),
            " is a directory. Nothing was bought: give a file in it",
        ),
        (client.upload_file(""), "there is no file "),
        (
            image().max_size(1000),
            "it has 1001 bytes, and the limit is 1000",
        ),
        (image().content_type("png"), "its content type is none"),
        (
            image().content_type("image/p\nng"),
            "its content type is none",
        ),
        (client.upload("", "image/png"), "there are no bytes in it"),
    ] {
        let error = upload.await.unwrap_err();
        assert!(error.is_file(), "{error}");
        assert!(
            format!("{error:#}").starts_with("uploading the file failed: "),
            "{error}"
        );
        assert!(format!("{error:#}").contains(expected), "{error}");
        assert!(!error.may_submit_again());
        bought_nothing(&error);
    }
    assert!(fake.requests().is_empty());
}

#[tokio::test]
async fn a_file_that_changes_meanwhile_is_no_upload() {
    let fake = fake().start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("film.mp4");
    for length in [1, 250_000, 400_000] {
        std::fs::write(&path, bytes(300_000)).unwrap();
        let (changed, to) = (path.clone(), bytes(length));
        let upload = client(&fake)
            .upload_file(&path)
            .on_progress(move |sent, _| {
                if sent < 100_000 {
                    std::fs::write(&changed, &to).unwrap();
                }
            });
        let error = upload.await.unwrap_err();
        assert!(
            format!("{error:#}").contains("film.mp4 changed while it was uploaded"),
            "{error}"
        );
        bought_nothing(&error);
    }
}

#[tokio::test]
async fn a_stream_must_have_the_length_that_was_promised() {
    let fake = fake().start().await.unwrap();
    let client = client(&fake);
    let pieces = |length: usize| {
        let bytes = bytes(length);
        let pieces: Vec<_> = bytes.chunks(999).map(|piece| Ok(piece.to_vec())).collect();
        stream::iter(pieces)
    };
    for part_size in [1000, 10_000] {
        for (length, expected) in [
            (4999, "the stream ended after 4999 of 5000 bytes"),
            (5001, "the stream is longer than the 5000 bytes given"),
        ] {
            let upload = client.upload_stream::<_, _, String>(pieces(length), 5000, "video/mp4");
            let error = upload.parts(u64::MAX, part_size, 4).await.unwrap_err();
            assert!(format!("{error:#}").contains(expected), "{error}");
            bought_nothing(&error);
        }
        let broken = stream::iter([Ok(vec![1; 3000]), Err("the tape tore")]);
        let upload = client
            .upload_stream(broken, 5000, "video/mp4")
            .parts(u64::MAX, part_size, 4);
        let error = upload.await.unwrap_err();
        assert!(format!("{error:?}").contains("the tape tore"), "{error:?}");
        bought_nothing(&error);
    }
    assert!(fake.uploads().is_empty());
    let whole = client
        .upload_stream::<_, _, String>(pieces(5000), 5000, "video/mp4")
        .await;
    assert_eq!(whole.unwrap().size, 5000);
    assert_eq!(fake.count(Operation::Upload), 1);
}

#[tokio::test]
async fn under_a_key_a_file_is_uploaded_once_and_stands_for_its_content() {
    let fake = fake().start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path().join("a.journal")).unwrap();
    let client = settings(&fake).journal(journal).build().unwrap();
    let image = folder.path().join("robins.webp");
    let bytes = b"RIFF\x1a\0\0\0WEBPVP8 robins and more robins".to_vec();
    std::fs::write(&image, &bytes).unwrap();
    let call = |first: Media| {
        let input = Input::new("a nest", first).tail_image_url(Media::file(&image));
        client.call(input).idempotency_key("a")
    };
    fake.fault(Operation::Submit, Fault::ResetAfter).times(1);
    call(Media::file(&image)).await.unwrap_err();
    assert_eq!(fake.uploads().len(), 1);
    // The URL that was sent is in the journal, so that the job can be found.
    let video = call(Media::bytes(bytes)).await.unwrap();
    assert_eq!(video.request_id(), fake.jobs()[0].request_id);
    assert_eq!((fake.uploads().len(), fake.submits()), (1, 1));
    std::fs::write(&image, b"RIFF\x1a\0\0\0WEBPVP8 wrens").unwrap();
    let error = call(Media::file(&image)).await.unwrap_err();
    assert!(error.is_key_reused(), "{error}");
}
