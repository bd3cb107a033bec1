//! What a download may do to the tree, and what it may not.

use std::fs;
use std::io::Read;
use std::process::Stdio;
use std::sync::{Condvar, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use crate::server::{Reply, Server};
use crate::tree::{
    Tree, V1, V21_MASTER, V21_PRO, V21_STANDARD, V25_TURBO, committed_document, document_path,
    input, respelled, with_seed,
};

/// What has to follow where a document changed.
const NEXT: &str = "Now run `cargo xtask regen --offline`";

/// Fetches all five from a server that answers `bad` for [`V1`] and a changed document for [`V25_TURBO`].
fn fetch_beside_a_failure(bad: Reply, reason: &str) {
    let tree = Tree::of_documents();
    let before = tree.files();
    let server = Server::of_documents(move |id, _| match id {
        V1 => bad.clone(),
        V25_TURBO => Reply::Json(with_seed(id)),
        _ => Reply::Json(committed_document(id)),
    });
    let outcome = tree.xtask(&["fetch", "--base-url", server.url(), "--timeout", "1"]);
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert!(
        outcome.stderr.contains(&format!("{V1} was not fetched: ")),
        "{outcome:?}"
    );
    assert!(outcome.stderr.contains(reason), "{outcome:?}");
    assert!(
        outcome.stderr.ends_with(". Its file stays as it is.\n") && !outcome.stderr.contains(".."),
        "{outcome:?}"
    );
    assert!(outcome.stdout.contains("1 changed"), "{outcome:?}");
    assert!(outcome.stdout.contains(NEXT), "{outcome:?}");

    let mut after = tree.files();
    assert!(tree.document(V25_TURBO).contains("\"seed\""));
    assert_eq!(tree.pin(V25_TURBO)["source"], "elsewhere");
    for changed in [document_path(V25_TURBO), "schemas/lock.json".to_owned()] {
        after.insert(changed.clone(), before[&changed].clone());
    }
    assert!(
        after == before,
        "only the good document and the lock may change"
    );
    let old: Value = serde_json::from_slice(&before["schemas/lock.json"]).unwrap();
    for id in [V1, V21_STANDARD, V21_PRO, V21_MASTER] {
        assert_eq!(
            tree.pin(id)["normal_sha256"],
            old["files"][format!("{id}.json")]["normal_sha256"]
        );
    }
}

#[test]
fn a_server_error_keeps_the_old_document() {
    let body = r#"{"detail": "Internal trouble"}"#.to_owned();
    fetch_beside_a_failure(
        Reply::Status(500, "application/json", body),
        "the server responded with 500 Internal Server Error: Internal trouble, 3 times in a row",
    );
}

#[test]
fn an_unknown_endpoint_keeps_the_old_document() {
    fetch_beside_a_failure(
        Reply::Status(404, "text/plain", String::new()),
        "the server responded with 404 Not Found",
    );
}

#[test]
fn a_page_of_html_keeps_the_old_document() {
    let page = "<!doctype html><title>Down</title>".to_owned();
    fetch_beside_a_failure(
        Reply::Status(200, "text/html", page),
        "the response is an HTML page, not JSON",
    );
}

#[test]
fn truncated_json_keeps_the_old_document() {
    let text = committed_document(V1);
    fetch_beside_a_failure(
        Reply::Json(text[..text.len() / 2].to_owned()),
        "JSON that was cut off",
    );
}

#[test]
fn a_response_cut_off_on_the_way_keeps_the_old_document() {
    fetch_beside_a_failure(
        Reply::CutOff(committed_document(V1)),
        "the server cut its response off",
    );
}

#[test]
fn a_hanging_server_keeps_the_old_document() {
    fetch_beside_a_failure(
        Reply::Hang,
        "the server sent no complete response within 1 s",
    );
}

#[test]
fn another_endpoints_document_keeps_the_old_one() {
    fetch_beside_a_failure(
        Reply::Json(committed_document(V21_MASTER)),
        &format!(
            "{V1} was not fetched: at /info/x-fal-metadata/endpointId: this is the document of `{V21_MASTER}`. Fetch "
        ),
    );
}

#[test]
fn the_error_of_a_failed_expansion_keeps_the_old_document() {
    let body = json!({ "error": { "code": "expansion_failed", "message": "No schema today" } });
    fetch_beside_a_failure(
        Reply::Json(body.to_string()),
        "was not fetched: at /error: fal sent an error in place of the document: No schema today. Check ",
    );
    fetch_beside_a_failure(
        Reply::Json(json!({ "error": "No schema at all" }).to_string()),
        "in place of the document: No schema at all. Its",
    );
}

#[test]
fn json_that_is_no_openapi_keeps_the_old_document() {
    for (json, reason) in [
        (
            "[1, 2]",
            "was not fetched: this is no OpenAPI document but another JSON value. Fetch ",
        ),
        (
            r#"{"swagger": "2.0"}"#,
            "was not fetched: at /openapi: this is no OpenAPI 3 document. Fetch ",
        ),
    ] {
        fetch_beside_a_failure(Reply::Json(json.to_owned()), reason);
    }
}

#[test]
fn a_document_that_no_code_can_be_made_from_keeps_the_old_one() {
    let mut document: Value = serde_json::from_str(&committed_document(V1)).unwrap();
    input(&mut document)["properties"]["prompt"] = json!({ "type": "wavelength" });
    fetch_beside_a_failure(
        Reply::Json(document.to_string()),
        "was not fetched: at /components/schemas/",
    );
}

/// What a file is that holds no document.
const CORRUPT: [&[u8]; 3] = [b"{", b"\xff\xfe", b"{\"openapi\": \"3.0.4\"}"];

#[test]
fn a_corrupt_document_does_not_hold_up_the_others() {
    for corrupt in CORRUPT {
        for arguments in [&["fetch"][..], &["fetch", V25_TURBO]] {
            let tree = Tree::of_documents();
            let pin = tree.pin(V1);
            fs::write(tree.path().join(document_path(V1)), corrupt).unwrap();
            let server = Server::of_documents(|id, _| match id {
                V1 => Reply::Status(404, "text/plain", String::new()),
                _ => Reply::Json(with_seed(id)),
            });
            let arguments = [arguments, &["--base-url", server.url()]].concat();
            let outcome = tree.xtask(&arguments);
            let all = arguments[1] != V25_TURBO;
            assert_eq!(outcome.code, Some(i32::from(all)), "{outcome:?}");
            let changed = if all { "4 changed" } else { "1 changed" };
            assert!(outcome.stdout.contains(changed), "{outcome:?}");
            assert!(
                outcome
                    .stderr
                    .contains(&format!("warning: {}", document_path(V1))),
                "{outcome:?}"
            );
            assert!(tree.document(V25_TURBO).contains("\"seed\""));
            assert_eq!(
                fs::read(tree.path().join(document_path(V1))).unwrap(),
                corrupt
            );
            assert_eq!(tree.pin(V1), pin, "it may be restored");
        }
    }
}

#[test]
fn a_corrupt_document_is_replaced_by_a_good_one() {
    for corrupt in CORRUPT {
        let tree = Tree::of_documents();
        let before = tree.files();
        fs::write(tree.path().join(document_path(V1)), corrupt).unwrap();
        let server = Server::of_documents(|id, _| Reply::Json(committed_document(id)));
        let outcome = tree.xtask(&["fetch", "--base-url", server.url()]);
        assert_eq!(outcome.code, Some(0), "{outcome:?}");
        assert_eq!(outcome.stderr, "");
        assert_eq!(
            tree.document(V1).as_bytes(),
            before[&document_path(V1)].as_slice()
        );
    }
}

#[test]
fn a_temporary_failure_is_retried() {
    let tree = Tree::of_documents();
    let server = Server::of_documents(|id, before| match before {
        0 => Reply::Status(503, "text/plain", String::new()),
        1 => Reply::CutOff(with_seed(id)),
        _ => Reply::Json(with_seed(id)),
    });
    let outcome = tree.xtask(&["fetch", V1, "--base-url", server.url()]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert_eq!(server.count(V1), 3);
    assert!(tree.document(V1).contains("\"seed\""));
}

#[test]
fn a_refusal_is_not_retried() {
    let tree = Tree::of_documents();
    let server = Server::of_documents(|_, _| Reply::Status(404, "text/plain", String::new()));
    assert_eq!(
        tree.xtask(&["fetch", V1, "--base-url", server.url()]).code,
        Some(1)
    );
    assert_eq!(server.count(V1), 1);
}

#[test]
fn a_changed_document_is_laid_out_anew_with_its_keys_in_order() {
    let tree = Tree::of_documents();
    let server = Server::of_documents(|id, _| Reply::Tagged(with_seed(id), "\"abc\""));
    let url = format!("{}/", server.url());
    let outcome = tree.xtask(&["fetch", V1, "--base-url", &url]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    let expected: Value = serde_json::from_str(&with_seed(V1)).unwrap();
    assert_eq!(tree.document(V1), format!("{expected:#}\n"));
    let pin = tree.pin(V1);
    assert_eq!(pin["etag"], "\"abc\"");
    assert_eq!(
        pin["url"],
        format!(
            "{}/api/openapi/queue/openapi.json?endpoint_id={V1}",
            server.url()
        )
    );
    assert_eq!(
        server.count(V21_PRO),
        0,
        "only the named endpoint is fetched"
    );
}

#[test]
fn another_spelling_changes_nothing_but_the_hash_of_the_bytes() {
    let tree = Tree::of_documents();
    let (before, pin) = (tree.files(), tree.pin(V1));
    let server = Server::of_documents(|id, _| Reply::Json(respelled(id)));
    let outcome = tree.xtask(&["fetch", V1, "--base-url", server.url()]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert!(
        outcome.stdout.contains("1 spelled differently"),
        "{outcome:?}"
    );
    let mut expected = pin.clone();
    expected["bytes_sha256"] = tree.pin(V1)["bytes_sha256"].clone();
    assert_ne!(expected, pin);
    assert_eq!(tree.pin(V1), expected);
    let mut after = tree.files();
    after.insert(
        "schemas/lock.json".to_owned(),
        before["schemas/lock.json"].clone(),
    );
    assert!(after == before, "no document may change");
}

#[test]
fn the_same_document_changes_nothing_at_all_however_it_is_laid_out() {
    let tree = Tree::of_documents();
    let server = Server::of_documents(|id, _| {
        let document: Value = serde_json::from_str(&committed_document(id)).unwrap();
        Reply::Json(if id == V1 {
            committed_document(id)
        } else {
            document.to_string()
        })
    });
    let before = tree.files();
    let outcome = tree.xtask(&["fetch", "--base-url", server.url()]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert!(outcome.stdout.contains("5 unchanged"), "{outcome:?}");
    assert!(!outcome.stdout.contains(NEXT), "{outcome:?}");
    assert!(tree.files() == before);
}

#[test]
fn an_endpoint_outside_of_the_manifest_is_refused_with_the_command_to_run() {
    let tree = Tree::of_documents();
    let outcome = tree.xtask(&["fetch", "acme/app", "--base-url", "http://127.0.0.1:9"]);
    assert_eq!(outcome.code, Some(1));
    assert!(
        outcome.stderr.contains("cargo xtask add acme/app"),
        "{outcome:?}"
    );
}

#[test]
fn many_documents_are_fetched_at_once_but_not_all() {
    const MOST: usize = 8;
    let tree = Tree::of_documents();
    let ids: Vec<String> = (0..20)
        .map(|number| format!("fal-ai/kling-video/v1/standard/image-to-video-{number}"))
        .collect();
    let entries: Vec<String> = ids
        .iter()
        .map(|id| {
            format!(
                "[[endpoint]]
id = \"{id}\"
"
            )
        })
        .collect();
    tree.write("schemas/manifest.toml", &entries.concat());
    let open = (Mutex::new((0_usize, 0_usize)), Condvar::new());
    let server = Server::of_documents(move |id, _| {
        let (count, changed) = &open;
        let mut now = count.lock().unwrap();
        now.0 += 1;
        now.1 = now.1.max(now.0);
        assert!(now.0 <= MOST, "{} requests at once", now.0);
        changed.notify_all();
        // The first ones wait for company, which shows that it comes.
        let (mut now, timeout) = changed
            .wait_timeout_while(now, Duration::from_secs(10), |now| now.1 < MOST)
            .unwrap();
        assert!(
            !timeout.timed_out(),
            "no more than {} requests at once",
            now.1
        );
        now.0 -= 1;
        Reply::Json(committed_document(V1).replace(V1, id))
    });
    let outcome = tree.xtask(&["fetch", "--base-url", server.url()]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert!(outcome.stdout.contains("20 changed"), "{outcome:?}");
}

#[test]
fn a_base_url_that_is_none_is_refused_before_anything_is_requested() {
    let tree = Tree::of_documents();
    let before = tree.files();
    for base in [
        "127.0.0.1:8971",
        "notaurl",
        "ftp://127.0.0.1",
        "http://",
        "/x",
        "",
    ] {
        for command in [
            &["fetch"][..],
            &["regen"],
            &["discover"],
            &["add", "acme/app"],
        ] {
            let outcome = tree.xtask(&[command, &["--base-url", base]].concat());
            assert_eq!(outcome.code, Some(1), "{outcome:?}");
            assert_eq!(
                outcome.stderr,
                format!(
                    "error: `{base}` is no URL of a server, so nothing was requested. Write it with http:// or https://, as in --base-url http://127.0.0.1:8080.\n"
                )
            );
        }
    }
    assert!(tree.files() == before);
}

#[test]
fn a_redirect_is_followed_on_the_same_server_alone() {
    let tree = Tree::of_documents();
    let elsewhere = Server::start(|_, _| Reply::Json(with_seed(V25_TURBO)));
    let away = format!("{}/document", elsewhere.url());
    let server = Server::start(move |target, _| match target {
        "/moved" => Reply::Json(with_seed(V25_TURBO)),
        _ if target.ends_with(V25_TURBO) => Reply::Redirect("/moved".to_owned()),
        _ if target.ends_with(V1) => Reply::Redirect(away.clone()),
        _ => Reply::Redirect(target.to_owned()),
    });
    let outcome = tree.xtask(&["fetch", V25_TURBO, V1, V21_PRO, "--base-url", server.url()]);
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert_eq!(
        tree.pin(V25_TURBO)["url"],
        format!("{}/moved", server.url())
    );
    for reason in [
        format!(
            "{V1} was not fetched: the server redirects to {}/document, and only https on ",
            elsewhere.url()
        ),
        format!("{V21_PRO} was not fetched: the server redirects more than 3 times."),
    ] {
        assert!(outcome.stderr.contains(&reason), "{outcome:?}");
    }
    assert_eq!(elsewhere.count("document"), 0);
}

/// The largest amount of memory that a process has had, in MiB.
#[cfg(target_os = "linux")]
fn peak(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kibibytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kibibytes / 1024)
}

#[cfg(target_os = "linux")]
#[test]
fn eight_hostile_documents_at_once_take_little_memory() {
    let tree = Tree::of_documents();
    let ids: Vec<String> = (0..8).map(|number| format!("acme/app-{number}")).collect();
    let entries: Vec<String> = ids
        .iter()
        .map(|id| format!("[[endpoint]]\nid = \"{id}\"\n"))
        .collect();
    tree.write("schemas/manifest.toml", &entries.concat());
    // As large as a response may be, and each value takes thirty times its text once it is built.
    let lists = format!("{{\"a\": [{}[]]}}", "[],".repeat(1_390_000));
    let endless = format!("[{}[]]", "[],".repeat(1_500_000));
    let server = Server::of_documents(move |id, _| {
        Reply::Json(if id.ends_with('7') {
            endless.clone()
        } else {
            lists.clone()
        })
    });
    let mut command = tree.command(&["fetch", "--base-url", server.url()]);
    command.stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut most = 0;
    let status = loop {
        most = most.max(peak(child.id()).unwrap_or_default());
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    assert_eq!(status.code(), Some(1));
    let mut words = String::new();
    child.stderr.unwrap().read_to_string(&mut words).unwrap();
    assert!(
        words.contains("acme/app-7 was not fetched: the response is longer than 4194304 bytes"),
        "{words}"
    );
    assert!(words.contains("acme/app-0 was not fetched: "), "{words}");
    assert!((8..256).contains(&most), "{most} MiB");
}
