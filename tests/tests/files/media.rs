//! Inputs with files of this machine: a call uploads them, and then submits their URLs.

use std::fs;
use std::path::Path;

use kling_api::Media;
use kling_api::testing::{FakeFal, Fault, Operation};
use kling_tests::harness::fake;
use kling_tests::kling::v1::standard::image_to_video::{DynamicMask, Input};
use kling_tests::shapes::media_generated::acme::media::{Element, Input as Shape, Tree};
use serde_json::{Value, json};

use crate::files::{bought_nothing, client, nothing_leaked, shows_no_secret};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
const MP4: &[u8] = b"\0\0\0\x18ftypisom\0\0\x02\0isommp41";

/// The input of the one job that was bought.
fn bought(fake: &FakeFal) -> Value {
    let [job] = &fake.jobs()[..] else {
        panic!("{} jobs", fake.jobs().len());
    };
    job.input.clone()
}

#[tokio::test]
async fn path_and_bytes_are_uploaded_and_their_urls_submitted() {
    let fake = fake().start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("robins.png");
    fs::write(&path, PNG).unwrap();
    let mask = Media::bytes(b"\xff\xd8\xff\xe0 a mask".to_vec()).file_name("mask.jpg");
    let input = Input::new("a nest", path.as_path())
        .tail_image_url("https://example.com/tail.png")
        .static_mask_url(mask)
        .dynamic_masks([DynamicMask::new(&path)]);
    client(&fake).call(input).await.unwrap();
    let input = bought(&fake);
    // The same file twice is one upload.
    let mut uploads = fake.uploads();
    uploads.sort_by_key(|upload| upload.file_name.clone());
    let [mask, robins] = &uploads[..] else {
        panic!("{uploads:?}");
    };
    assert_eq!(input["image_url"], robins.url.as_str());
    assert_eq!(input["dynamic_masks"][0]["mask_url"], robins.url.as_str());
    assert_eq!(input["static_mask_url"], mask.url.as_str());
    assert_eq!(input["tail_image_url"], "https://example.com/tail.png");
    assert_eq!(
        (&robins.bytes[..], robins.file_name.as_str()),
        (PNG, "robins.png")
    );
    assert_eq!(
        (mask.content_type.as_str(), mask.file_name.as_str()),
        ("image/jpeg", "mask.jpg")
    );
    let first_submit = fake
        .requests()
        .iter()
        .position(|it| it.operation == Operation::Submit);
    let last_upload = fake
        .requests()
        .iter()
        .rposition(|it| it.operation == Operation::Upload);
    assert!(
        last_upload < first_submit,
        "nothing is submitted before all files are there"
    );
    nothing_leaked(&fake);
}

#[tokio::test]
async fn a_url_in_whatever_form_is_sent_as_it_is() {
    let fake = fake().start().await.unwrap();
    let uploaded = client(&fake).upload(PNG, "image/png").await.unwrap();
    let data = Media::data_uri(PNG, "image/png").unwrap();
    let url = "https://example.com/a";
    for (media, expected) in [
        (Media::from(url), url),
        (Media::from(url.to_owned()), url),
        (Media::from(&url.to_owned()), url),
        (Media::from(&uploaded), uploaded.url.as_str()),
        (data.clone(), data.as_url().unwrap()),
    ] {
        client(&fake)
            .call(Input::new("a nest", media))
            .submit()
            .await
            .unwrap();
        assert_eq!(fake.jobs().pop().unwrap().input["image_url"], expected);
    }
    assert_eq!(fake.uploads().len(), 1);
}

#[tokio::test]
async fn whatever_goes_wrong_with_an_upload_no_job_is_bought() {
    let fake = fake().start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("robins.png");
    fs::write(&path, PNG).unwrap();
    for operation in [Operation::InitiateUpload, Operation::Upload] {
        for fault in [
            Fault::ResetAfter,
            Fault::Hang,
            Fault::status(500),
            Fault::status(403),
        ] {
            fake.clear_faults();
            fake.fault(operation, fault);
            let error = client(&fake)
                .call(Input::new("a nest", &path))
                .await
                .unwrap_err();
            bought_nothing(&error);
            assert_eq!(
                error.endpoint(),
                Some("fal-ai/kling-video/v1/standard/image-to-video")
            );
        }
    }
    fake.clear_faults();
    let before = fake.requests().len();
    let page = folder.path().join("page.png");
    fs::write(&page, "<!DOCTYPE html><html><body>404</body></html>").unwrap();
    for (media, expected) in [
        (
            Media::file(folder.path().join("missing.png")),
            "image_url: there is no file ",
        ),
        (Media::file(folder.path()), " is a directory"),
        (
            Media::bytes(Vec::new()),
            "image_url: there are no bytes in it",
        ),
        (
            Media::bytes("{}"),
            "image_url: it is text, and the field takes an image",
        ),
        (
            Media::file(&page),
            "image_url: it is text/html, and the field takes an image",
        ),
        (
            Media::bytes(MP4),
            "image_url: it is video/mp4, and the field takes an image",
        ),
    ] {
        let error = client(&fake)
            .call(Input::new("a nest", media))
            .await
            .unwrap_err();
        assert!(error.is_file(), "{error}");
        assert!(format!("{error:#}").contains(expected), "{error}");
        bought_nothing(&error);
    }
    assert_eq!(fake.requests().len(), before);
    let given = Media::bytes("{}").content_type("image/png");
    client(&fake)
        .call(Input::new("a nest", given))
        .submit()
        .await
        .unwrap();
    let masks = [
        DynamicMask::new("https://example.com/a"),
        DynamicMask::new(Path::new("missing.png")),
    ];
    let input = Input::new("a nest", "https://example.com/a").dynamic_masks(masks);
    let error = client(&fake).call(input).await.unwrap_err();
    assert!(
        format!("{error:#}").contains("dynamic_masks[1].mask_url: there is no file"),
        "{error}"
    );
    assert_eq!(fake.submits(), 1);
}

#[tokio::test]
async fn the_name_of_a_file_in_the_place_of_its_url_buys_nothing() {
    let fake = fake().start().await.unwrap();
    for text in ["robins.webp", "/tmp/robins.webp", "", "Cargo.toml"] {
        let masks = [
            DynamicMask::new("https://example.com/a"),
            DynamicMask::new(text),
        ];
        let input = Input::new("a nest", text).dynamic_masks(masks);
        let error = client(&fake).call(input).await.unwrap_err();
        let violations = error.violations().unwrap().violations();
        let paths: Vec<&str> = violations.iter().map(kling_api::Violation::path).collect();
        assert_eq!(paths, ["image_url", "dynamic_masks[1].mask_url"]);
        assert!(
            violations[0]
                .message()
                .contains("pass a local file as a Path"),
            "{error}"
        );
    }
    assert!(fake.requests().is_empty());
}

#[tokio::test]
async fn a_broken_bound_is_found_before_anything_is_uploaded() {
    let fake = fake().start().await.unwrap();
    let input = Input::new("a nest", Media::bytes(PNG)).cfg_scale(2.0);
    let error = client(&fake).call(input).await.unwrap_err();
    assert!(error.is_validation(), "{error}");
    assert!(fake.requests().is_empty());
}

#[tokio::test]
async fn the_deadline_of_a_call_holds_for_its_uploads() {
    let fake = fake().start().await.unwrap();
    fake.fault(Operation::Upload, Fault::Hang);
    let call = client(&fake).call(Input::new("a nest", Media::bytes(PNG)));
    let error = call
        .timeout(std::time::Duration::from_millis(100))
        .await
        .unwrap_err();
    assert!(error.is_timeout(), "{error}");
    shows_no_secret(&error);
    assert_eq!(fake.submits(), 0);
}

#[test]
fn what_is_not_uploaded_cannot_be_written_as_json() {
    let input = Input::new("a nest", Path::new("robins.png"));
    let error = serde_json::to_string(&input).unwrap_err();
    assert!(
        format!("{error:#}").contains("is not uploaded yet"),
        "{error}"
    );
    let input = Input::new("a nest", "https://example.com/a");
    let text = serde_json::to_string(&input).unwrap();
    assert_eq!(serde_json::from_str::<Input>(&text).unwrap(), input);
}

#[tokio::test]
async fn files_are_found_wherever_an_input_holds_them() {
    let fake = fake().start().await.unwrap();
    let file = |number: u8| Media::bytes(vec![0, number]);
    let element = |number: u8| Element::new(file(number)).reference_image_urls([file(number + 1)]);
    let mut tree = Tree::new().mask_url(file(14));
    tree.branch = Some(Box::new(Tree::new().mask_url(file(15))));
    let input = Shape::new(file(0), "a nest", Media::bytes(MP4))
        .end_image_url(file(1))
        .reference_image_urls([file(2), Media::from("https://example.com/a"), file(3)])
        .voice(file(4))
        .audio_url(file(5))
        .element(element(6))
        .elements([element(8)])
        .by_name(std::collections::BTreeMap::from([(
            "a".to_owned(),
            element(10),
        )]))
        .pair((element(12), "b".to_owned()))
        .either(element(16))
        .tree(tree);
    // The fake knows no such endpoint; what it was sent shows what the call made of the input.
    client(&fake).call(input).submit().await.unwrap_err();
    let submit = fake.requests().pop().unwrap();
    let sent = submit.json().unwrap();
    let url = |number: u8| {
        let uploads = fake.uploads();
        let upload = uploads
            .iter()
            .find(|upload| upload.bytes[..] == [0, number]);
        upload
            .unwrap_or_else(|| panic!("{number} is not uploaded"))
            .url
            .clone()
    };
    let element = |number| json!({"frontal_image_url": url(number), "reference_image_urls": [url(number + 1)]});
    let expected = json!({
        "prompt": "a nest",
        "image_url": url(0),
        "end_image_url": url(1),
        "reference_image_urls": [url(2), "https://example.com/a", url(3)],
        "voice": url(4),
        "video_url": sent["video_url"],
        "audio_url": url(5),
        "element": element(6),
        "elements": [element(8)],
        "by_name": {"a": element(10)},
        "pair": [element(12), "b"],
        "either": element(16),
        "tree": {"mask_url": url(14), "branch": {"mask_url": url(15)}},
    });
    assert_eq!(sent, expected);
    assert_eq!(fake.uploads().len(), 19);
}

#[tokio::test]
async fn the_limits_of_the_document_are_checked_first() {
    let fake = fake().start().await.unwrap();
    let video = "https://example.com/film.mp4";
    let large = Media::bytes(vec![0; (10 << 20) + 1]);
    let loud = Media::bytes(vec![0; 1001]);
    let image = "https://example.com/a.png";
    for (input, expected) in [
        (
            Shape::new(large, "a nest", video),
            "image_url: it has 10485761 bytes, and the limit is 10485760",
        ),
        (
            Shape::new(image, "a nest", video).voice(loud),
            "voice: it has 1001 bytes, and the limit is 1000",
        ),
        (
            Shape::new(
                image,
                "a nest",
                Media::bytes(&b"ID3\x03 a song"[..]).content_type("audio/mpeg"),
            ),
            "video_url: it is audio/mpeg, and the field takes a video",
        ),
    ] {
        let error = client(&fake).call(input).await.unwrap_err();
        assert!(format!("{error:#}").contains(expected), "{error}");
        bought_nothing(&error);
    }
    let data = Media::data_uri(PNG, "image/png").unwrap();
    let input = Shape::new(data.clone(), "a nest", video).web_image_url(data);
    let error = client(&fake).call(input).await.unwrap_err();
    let expected =
        "web_image_url is a data URI, which the model does not take; give a URL, a path or bytes";
    assert!(format!("{error:#}").contains(expected), "{error}");
    assert_eq!(error.violations().unwrap().violations().len(), 1);
    assert!(fake.requests().is_empty());
}
