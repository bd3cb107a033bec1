//! The server of `cargo xtask mock`.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};

use crate::tree::{Tree, V21_MASTER, V21_PRO};

#[test]
fn it_serves_the_endpoints_of_the_crate_until_it_is_ended() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_mock"))
        .arg("0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap())
        .lines()
        .map(Result::unwrap);
    let first = lines.next().unwrap();
    let url = first
        .split_whitespace()
        .find(|word| word.starts_with("http://"))
        .unwrap()
        .to_owned();
    let listed: Vec<String> = lines
        .by_ref()
        .take_while(|line| !line.starts_with("  FAL_KEY="))
        .collect();
    assert!(listed.contains(&format!("  {V21_MASTER}")), "{listed:?}");
    assert_eq!(
        lines.next().unwrap(),
        format!("  KLING_API_QUEUE_URL={url}")
    );

    // The maintainer's commands take it for fal.
    let base_url = listed
        .iter()
        .find_map(|line| Some(line.split_once("--base-url ")?.1))
        .unwrap();
    let tree = Tree::of_documents();
    let found = tree.xtask(&["discover", "--base-url", base_url]);
    assert_eq!(found.code, Some(0), "{found:?}");
    assert!(
        found.stdout.starts_with("fal offers 5 endpoints; 0 of "),
        "{found:?}"
    );
    assert!(!found.stdout.contains("no longer lists"), "{found:?}");
    let fetched = tree.xtask(&["fetch", V21_MASTER, V21_PRO, "--base-url", base_url]);
    assert_eq!(fetched.code, Some(0), "{fetched:?}");
    assert!(
        fetched
            .stdout
            .starts_with("Downloaded 2 documents: 0 changed, 2 spelled differently,"),
        "{fetched:?}"
    );

    let mut stream = TcpStream::connect(url.trim_start_matches("http://")).unwrap();
    write!(stream, "POST /{V21_MASTER} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{{}}").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(
        answer.starts_with("HTTP/1.1 401 "),
        "it wants its key: {answer}"
    );
    assert!(child.try_wait().unwrap().is_none(), "it must serve on");
    child.kill().unwrap();
    child.wait().unwrap();
}
