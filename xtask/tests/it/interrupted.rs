//! A run that is killed leaves every file old or new, and the next run repairs the rest.

use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use crate::server::{Reply, Server};
use crate::tree::{Files, Tree, V1, V25_TURBO, committed_document, with_seed};

/// The tree as a complete run leaves it, and how long that takes.
fn finished(server: &Server) -> (Files, Duration) {
    let tree = Tree::generated();
    let start = Instant::now();
    let outcome = tree.xtask(&["regen", "--base-url", server.url()]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    (tree.files(), start.elapsed())
}

#[test]
fn killed_at_any_moment() {
    let server = Server::of_documents(|id, _| Reply::Json(with_seed(id)));
    let (new, whole_run) = finished(&server);
    let tree = Tree::generated();
    let old = tree.files();
    for part in 0..60 {
        let delay = whole_run * part / 50;
        let mut child = tree
            .command(&["regen", "--base-url", server.url()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        thread::sleep(delay);
        child.kill().unwrap();
        child.wait().unwrap();
        for (path, content) in tree.files() {
            let whole = old.get(&path) == Some(&content) || new.get(&path) == Some(&content);
            let in_the_making = path.rsplit('/').next().unwrap().starts_with(".xtask-");
            assert!(
                whole || in_the_making,
                "{path} is neither old nor new after {delay:?}"
            );
        }
    }
    let outcome = tree.xtask(&["regen", "--base-url", server.url()]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert!(
        tree.files() == new,
        "the next run must repair what was left"
    );
}

#[test]
fn killed_between_two_files() {
    let server = Server::of_documents(|id, _| Reply::Json(with_seed(id)));
    let (new, _) = finished(&server);
    let tree = Tree::generated();
    // Some documents are new, the lock is old, and files in the making lie about.
    for (number, (path, content)) in new
        .iter()
        .filter(|(path, _)| !path.ends_with("lock.json"))
        .enumerate()
    {
        if number % 2 == 0 {
            tree.write(path, std::str::from_utf8(content).unwrap());
        }
        let (folder, name) = path.rsplit_once('/').unwrap_or((".", path));
        tree.write(&format!("{folder}/.xtask-{name}"), "half of");
    }
    tree.write(".xtask-CHANGELOG.md", "# Chan");
    tree.write("schemas/fal-ai/gone/.xtask-image-to-video.json", "{");
    let outcome = tree.xtask(&["regen", "--base-url", server.url()]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert_eq!(
        tree.files().keys().collect::<Vec<_>>(),
        new.keys().collect::<Vec<_>>()
    );
    assert!(
        tree.files() == new,
        "the next run must repair what was left"
    );
}

#[test]
fn killed_while_the_server_hangs() {
    let tree = Tree::generated();
    let before = tree.files();
    let server = Server::of_documents(|id, _| match id {
        V1 => Reply::Hang,
        _ => Reply::Json(with_seed(id)),
    });
    let mut child = tree
        .command(&["fetch", "--base-url", server.url()])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    while server.count(V1) == 0 || server.count(V25_TURBO) == 0 {
        thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(
        tree.files() == before,
        "nothing is written before everything has arrived"
    );
    let server = Server::of_documents(|id, _| Reply::Json(committed_document(id)));
    assert_eq!(
        tree.xtask(&["fetch", "--base-url", server.url()]).code,
        Some(0)
    );
}
