//! Downloads that bring the wrong file, never end, or are killed.

use std::fs;
use std::future::IntoFuture as _;
use std::path::Path;
use std::time::Duration;

use crate::server::{Server, reply, without_length};
use crate::{Record, client};

const MP4: &[u8] = b"\0\0\0\x18ftypisom\0\0\x02\0isommp41";

fn film(length: usize) -> Vec<u8> {
    let mut film = MP4.to_vec();
    film.resize(length, 7);
    film
}

fn record(server: &Server, size: Option<u64>) -> Record {
    let url = format!("{}/film.mp4", server.base);
    Record { url, size }
}

fn left(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.collect()
}

#[tokio::test]
async fn what_is_not_the_file_is_not_saved_as_it() {
    for (headers, body, problem) in [
        ("content-encoding: gzip\r\n", film(100), "compressed"),
        (
            "content-type: text/html\r\n",
            b"<html>".to_vec(),
            "text/html",
        ),
        (
            "content-type: video/mp4\r\n",
            b"<!DOCTYPE html><p>".to_vec(),
            "text/html",
        ),
        ("", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec(), "image/png"),
    ] {
        let server = Server::start(move |_, _| without_length("200 OK", headers, &body)).await;
        let folder = tempfile::tempdir().unwrap();
        let file = record(&server, None);
        let error = client(&server.base)
            .download(&file, folder.path().join("film.mp4"))
            .await
            .unwrap_err();
        assert!(
            error.is_file() && format!("{error:#}").contains(problem),
            "{problem}: {error}"
        );
        assert_eq!(left(folder.path()), [""; 0], "{problem}");
        assert_eq!(server.heads("GET").len(), 1, "{problem}");
    }
}

/// Each attempt brings more than the one before, and the next one starts from nothing all the same.
#[tokio::test]
async fn an_attempt_that_keeps_nothing_counts() {
    let server = Server::start(|_, before| {
        let head = "content-length: 100000\r\ncontent-type: video/mp4\r\n";
        without_length("200 OK", head, &film(1000 * (before + 1)))
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let file = record(&server, None);
    let download = client(&server.base).download(&file, folder.path().join("film.mp4"));
    let error = tokio::time::timeout(Duration::from_secs(20), download.into_future())
        .await
        .unwrap()
        .unwrap_err();
    assert_eq!((error.attempts(), server.heads("GET").len()), (3, 3));
}

#[tokio::test]
async fn a_body_that_ends_short_of_the_known_length_is_fetched_again() {
    let server = Server::start(|_, before| {
        let length = if before == 0 { 500 } else { 1000 };
        without_length("200 OK", "content-type: video/mp4\r\n", &film(length))
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("film.mp4");
    let file = record(&server, Some(1000));
    client(&server.base).download(&file, &path).await.unwrap();
    assert!(fs::read(&path).unwrap() == film(1000));
    assert_eq!(server.heads("GET").len(), 2);
}

/// A server of a film of 100,000 bytes that can send ranges, and breaks off in the middle while `tag` is the old one.
async fn ranges(tag: &'static str) -> Server {
    Server::start(move |head, _| {
        let all = film(100_000);
        let range = head.lines().find_map(|line| line.strip_prefix("range: bytes="));
        let same = head.contains(&format!("if-range: {tag}"));
        let start = range.and_then(|range| range.trim_end_matches('-').parse::<usize>().ok());
        if let Some(start) = start.filter(|_| same) {
            let headers = format!(
                "content-type: video/mp4\r\netag: {tag}\r\ncontent-range: bytes {start}-99999/100000\r\n"
            );
            return reply("206 Partial Content", &headers, &all[start..]);
        }
        let headers = format!("content-type: video/mp4\r\netag: {tag}\r\n");
        reply("200 OK", &headers, &all)
    })
    .await
}

/// What a killed process left is simulated by its file: the locks of a process end with it.
#[tokio::test]
async fn what_a_killed_process_left_is_resumed_or_removed() {
    for tag in ["\"one\"", "\"two\""] {
        let server = ranges(tag).await;
        let folder = tempfile::tempdir().unwrap();
        // base64 of `"one"`.
        let part = folder.path().join(".film.mp4.Im9uZSI.kling-part");
        fs::write(&part, &film(100_000)[..40_000]).unwrap();
        let other = folder.path().join(".film.mp4.new-1-2.kling-part");
        fs::write(&other, b"x").unwrap();
        let path = folder.path().join("film.mp4");
        let file = record(&server, Some(100_000));
        client(&server.base).download(&file, &path).await.unwrap();
        assert!(fs::read(&path).unwrap() == film(100_000), "{tag}");
        assert_eq!(left(folder.path()), ["film.mp4"], "{tag}");
        let heads = server.heads("GET");
        assert_eq!(heads.len(), 1, "{tag}");
        assert!(heads[0].contains("range: bytes=40000-"), "{}", heads[0]);
        assert!(heads[0].contains("if-range: \"one\""), "{}", heads[0]);
    }
}

#[tokio::test]
async fn a_download_that_is_dropped_at_once_leaves_nothing() {
    let server = ranges("\"one\"").await;
    let folder = tempfile::tempdir().unwrap();
    for turns in 0..20 {
        let file = record(&server, None);
        let mut download = client(&server.base)
            .download(&file, folder.path().join("film.mp4"))
            .into_future();
        for _ in 0..=turns {
            // On a busy machine it may be done before it is dropped.
            let done = futures_util::future::poll_immediate(&mut download).await;
            if done.is_some() {
                break;
            }
            tokio::task::yield_now().await;
        }
        drop(download);
    }
    // Work that was under way ends by itself.
    for _ in 0..100 {
        if left(folder.path()).iter().all(|name| name == "film.mp4") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let left = left(folder.path());
    assert!(left.iter().all(|name| name == "film.mp4"), "{left:?}");
}
