//! Files from fal.

use kling_tests::harness::fake;
use std::fs;
use std::future::IntoFuture as _;
use std::path::Path;

use kling_api::testing::{FakeFal, Fault, Operation};
use kling_api::{Error, RemoteFile};
use kling_tests::kling::v1::standard::image_to_video::Input;

use crate::files::{Told, bytes, client, nothing_leaked, shows_no_secret};

/// The names in a folder.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

struct Sized(String, u64);

impl RemoteFile for Sized {
    fn url(&self) -> &str {
        &self.0
    }

    fn size(&self) -> Option<u64> {
        Some(self.1)
    }
}

#[tokio::test]
async fn the_file_of_an_output_comes_as_it_is() {
    let fake = fake().start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let client = client(&fake);
    let output = client.call(Input::example()).await.unwrap();
    let mut video = output.video.clone();
    video.url = fake.file_url("output.mp4");
    let path = folder.path().join("nest.mp4");
    let done = client.download(&video, &path).await.unwrap();
    assert_eq!((done.path.as_path(), done.size), (path.as_path(), 40));
    assert!(fs::read(&path).unwrap().starts_with(b"\0\0\0\x18ftypisom"));
    assert_eq!(names(folder.path()), ["nest.mp4"]);
    video.file_size = Some(39);
    let error = client
        .download(&video, folder.path().join("b"))
        .await
        .unwrap_err();
    assert!(
        format!("{error:#}").contains("40 bytes or more, and should have 39"),
        "{error}"
    );
    nothing_leaked(&fake);
}

#[tokio::test]
async fn what_was_uploaded_comes_back_the_same_with_progress() {
    let fake = fake().start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let client = client(&fake);
    let sent = bytes(1_000_000);
    let uploaded = client.upload(sent.clone(), "video/mp4").await.unwrap();
    let told = Told::default();
    let path = folder.path().join("a.mp4");
    client
        .download(&uploaded, &path)
        .on_progress(told.report())
        .await
        .unwrap();
    assert!(fs::read(&path).unwrap() == sent);
    told.grew_to(1_000_000);
    let mut written = Vec::new();
    let size = client.download_to(&uploaded, &mut written).await.unwrap();
    assert!(written == sent && size == 1_000_000);
    nothing_leaked(&fake);
}

#[tokio::test]
async fn a_file_that_is_there_is_replaced_only_when_told() {
    let fake = fake().start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nest.mp4");
    fs::write(&path, "precious").unwrap();
    let url = fake.file_url("output.mp4");
    let error = client(&fake).download(&url, &path).await.unwrap_err();
    assert!(
        format!("{error:#}")
            .contains("nest.mp4 already. Give another path, or call overwrite(true)"),
        "{error}"
    );
    assert_eq!(fake.count(Operation::File), 0);
    // One that fails leaves it alone, too.
    fake.fault(Operation::File, Fault::status(404)).nth(1);
    client(&fake)
        .download(&url, &path)
        .overwrite(true)
        .await
        .unwrap_err();
    assert_eq!(fs::read(&path).unwrap(), b"precious");
    client(&fake)
        .download(&url, &path)
        .overwrite(true)
        .await
        .unwrap();
    assert_eq!(fs::read(&path).unwrap().len(), 40);
    assert_eq!(names(folder.path()), ["nest.mp4"]);
}

#[tokio::test]
async fn a_file_that_appears_meanwhile_is_not_replaced_either() {
    let fake = fake().start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nest.mp4");
    let other = path.clone();
    let download = client(&fake).download(&fake.file_url("output.mp4"), &path);
    let download = download.on_progress(move |_, _| fs::write(&other, "of another").unwrap());
    let error = download.await.unwrap_err();
    assert!(error.is_file(), "{error}");
    assert_eq!(fs::read(&path).unwrap(), b"of another");
    assert_eq!(names(folder.path()), ["nest.mp4"]);
}

#[tokio::test]
async fn what_cannot_be_written_is_found_before_anything_is_asked() {
    let fake = fake().start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let url = fake.file_url("output.mp4");
    for (path, expected) in [
        (
            folder.path().join("missing/nest.mp4"),
            "nest.mp4 does not exist. Make the directory first",
        ),
        (
            folder.path().join("missing/"),
            "output.mp4 does not exist. Make the directory first",
        ),
        ("".into(), " is not the path of a file"),
    ] {
        let error = client(&fake).download(&url, &path).await.unwrap_err();
        assert!(error.is_file(), "{error}");
        assert!(format!("{error:#}").contains(expected), "{error}");
    }
    assert_eq!(fake.count(Operation::File), 0);
    assert!(names(folder.path()).is_empty());
}

/// A file whose record has a name that somebody else has chosen.
struct Named<'a>(String, &'a str);

impl RemoteFile for Named<'_> {
    fn url(&self) -> &str {
        &self.0
    }

    fn file_name(&self) -> Option<&str> {
        Some(self.1)
    }
}

#[tokio::test]
async fn in_a_folder_a_file_has_fals_name_made_safe_and_replaces_nothing() {
    let fake = fake()
        .file("output.mp4", "video/mp4", b"new".to_vec())
        .start()
        .await
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let client = client(&fake);
    let url = fake.file_url("output.mp4");
    let at = |name: &str| folder.path().join(name);
    fs::write(at("output.mp4"), b"old").unwrap();
    for expected in ["output-2.mp4", "output-3.mp4"] {
        let done = client.download(&url, folder.path()).await.unwrap();
        assert_eq!(done.path, at(expected));
        assert_eq!(fs::read(done).unwrap(), b"new");
    }
    let evil = Named(url.clone(), "../../.etc/.passwd\n");
    let done = client.download(&evil, folder.path()).await.unwrap();
    assert_eq!(done.path, at("passwd_"));
    assert_eq!(fs::read(at("output.mp4")).unwrap(), b"old");
    let done = client.download(&url, folder.path()).overwrite(true).await;
    assert_eq!(done.unwrap().path, at("output.mp4"));
    assert_eq!(fs::read(at("output.mp4")).unwrap(), b"new");
    assert_eq!(names(folder.path()).len(), 4);
}

#[tokio::test]
async fn downloads_into_one_folder_at_once_all_arrive() {
    let fake = fake()
        .file("output.mp4", "video/mp4", b"new".to_vec())
        .start()
        .await
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let client = client(&fake);
    let url = fake.file_url("output.mp4");
    let downloads = (0..20).map(|_| client.download(&url, folder.path()).into_future());
    let done = futures_util::future::try_join_all(downloads).await.unwrap();
    let paths: std::collections::BTreeSet<_> = done.into_iter().map(|it| it.path).collect();
    assert_eq!((paths.len(), names(folder.path()).len()), (20, 20));
}

/// The error of a download to a fresh folder, which it leaves empty.
async fn failure(fake: &FakeFal, file: &(impl RemoteFile + ?std::marker::Sized)) -> Error {
    let folder = tempfile::tempdir().unwrap();
    let error = client(fake)
        .download(file, folder.path().join("nest.mp4"))
        .await
        .unwrap_err();
    assert!(
        names(folder.path()).is_empty(),
        "{:?}",
        names(folder.path())
    );
    shows_no_secret(&error);
    assert!(
        format!("{error:#}").starts_with("downloading the file failed: "),
        "{error}"
    );
    error
}

#[tokio::test]
async fn a_url_without_tls_to_another_machine_is_refused() {
    let fake = fake().start().await.unwrap();
    for url in [
        "http://v3.fal.media/files/b/x.mp4",
        "ftp://v3.fal.media/files/b/x.mp4",
        "https://user:signed-for-this-upload@v3.fal.media/x.mp4",
        "file:///etc/hostname",
    ] {
        let error = failure(&fake, url).await;
        assert!(
            format!("{error:#}").contains("its URL is not one of https"),
            "{error}"
        );
        assert_eq!(error.attempts(), 0);
    }
    let error = failure(&fake, "x.mp4").await;
    assert!(
        format!("{error:#}").contains("its URL is not valid"),
        "{error}"
    );
}

#[tokio::test]
async fn redirects_lead_on_but_not_out_of_tls_and_not_for_ever() {
    let fake = fake()
        .file("far.mp4", "video/mp4", bytes(1000))
        .start()
        .await
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let far = fake.file_url("far.mp4");
    fake.fault(Operation::File, Fault::Redirect { to: far.clone() })
        .times(5);
    let near = fake.file_url("output.mp4");
    let done = client(&fake)
        .download(&near, folder.path().join("a"))
        .await
        .unwrap();
    assert_eq!(done.size, 1000);
    fake.clear_faults();
    fake.fault(Operation::File, Fault::Redirect { to: far });
    let error = failure(&fake, &near).await;
    assert!(
        format!("{error:#}").contains("redirect more than 5 times"),
        "{error}"
    );
    fake.clear_faults();
    fake.fault(
        Operation::File,
        Fault::Redirect {
            to: "http://v3.fal.media/x".to_owned(),
        },
    );
    let error = failure(&fake, &near).await;
    assert!(
        format!("{error:#}").contains("a URL that is not one of https"),
        "{error}"
    );
    nothing_leaked(&fake);
}

#[tokio::test]
async fn a_server_that_stays_broken_is_an_error_and_leaves_no_file() {
    let fake = fake().start().await.unwrap();
    let url = fake.file_url("output.mp4");
    for (fault, attempts) in [
        (Fault::ResetBefore, 3),
        (Fault::Hang, 3),
        (Fault::status(503), 3),
        (Fault::ProxyHtml(502), 3),
        (Fault::EndlessError(500), 3),
        (Fault::status(404), 1),
        (Fault::status(403), 1),
    ] {
        fake.clear_faults();
        fake.fault(Operation::File, fault.clone());
        let error = failure(&fake, &url).await;
        assert_eq!(error.attempts(), attempts, "{fault:?}: {error}");
    }
    for (fault, size) in [(Fault::EndlessBody, 100_000), (Fault::Garbage, 100)] {
        fake.clear_faults();
        fake.fault(Operation::File, fault.clone());
        let error = failure(&fake, &Sized(url.clone(), size)).await;
        assert!(
            format!("{error:#}").contains("bytes or more, and should have"),
            "{fault:?}: {error}"
        );
    }
    fake.clear_faults();
    fake.fault(Operation::File, Fault::EndlessBody);
    let mut written = Vec::new();
    let error = client(&fake)
        .download_to(&url, &mut written)
        .max_size(1 << 20)
        .await
        .unwrap_err();
    assert!(
        format!("{error:#}").contains("more than 1048576 bytes"),
        "{error}"
    );
    assert!(written.len() <= 1 << 20);
}

#[tokio::test]
async fn a_download_that_is_dropped_leaves_no_file() {
    let fake = fake().start().await.unwrap();
    fake.fault(Operation::File, Fault::Hang);
    let folder = tempfile::tempdir().unwrap();
    let client = kling_tests::harness::client(&fake);
    let download = client.download(&fake.file_url("output.mp4"), folder.path().join("a"));
    let download = tokio::spawn(download.into_future());
    fake.wait_for(Operation::File, 1).await;
    assert_eq!(names(folder.path()).len(), 1, "it grows beside the path");
    download.abort();
    download.await.unwrap_err();
    assert!(names(folder.path()).is_empty());
}

#[tokio::test]
async fn a_full_disk_is_said_as_such() {
    // Linux has a device that is always full.
    let Ok(full) = tokio::fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .await
    else {
        return;
    };
    let fake = fake().start().await.unwrap();
    let error = client(&fake)
        .download_to(&fake.file_url("output.mp4"), full)
        .await
        .unwrap_err();
    assert!(
        format!("{error:#}").contains("there is no space left for it"),
        "{error}"
    );
}

#[tokio::test]
async fn a_data_uri_is_the_file_itself() {
    let fake = fake().start().await.unwrap();
    let mut written = Vec::new();
    client(&fake)
        .download_to("data:text/plain;base64,YSBuZXN0", &mut written)
        .await
        .unwrap();
    assert_eq!(written, b"a nest");
    for url in ["data:text/plain,a", "data:;base64,*", "data:"] {
        let error = failure(&fake, url).await;
        assert!(
            format!("{error:#}").contains("its data URI cannot be read"),
            "{error}"
        );
    }
    assert!(fake.requests().is_empty());
}
