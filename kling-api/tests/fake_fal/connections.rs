//! Connections that the fake refuses or gives up.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use kling_api::testing::{FakeFal, Operation};

use crate::fake_fal::support::{ENDPOINT, document, good_input};

/// A fake that waits for a stalled client no longer than this.
fn impatient() -> FakeFal {
    let builder = FakeFal::builder().document(ENDPOINT, document());
    let builder = builder.file("large", "video/mp4", vec![0; 64 << 20]);
    let builder = builder.stall_timeout(Duration::from_millis(200));
    builder.start_blocking().unwrap()
}

fn connect(fake: &FakeFal) -> TcpStream {
    let stream = TcpStream::connect(fake.url().strip_prefix("http://").unwrap()).unwrap();
    let patience = Some(Duration::from_secs(20));
    stream.set_read_timeout(patience).unwrap();
    stream
}

/// Reads until the fake closes the connection, in order or not; fails where it keeps it open.
fn read_to_close(stream: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Err(error) = stream.read_to_end(&mut bytes) {
        assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    }
    bytes
}

#[test]
fn a_request_for_another_host_is_refused() {
    let fake = impatient();
    let (key, input) = (fake.key().to_owned(), good_input().to_string());
    let status = |host: &str| {
        let mut stream = connect(&fake);
        let length = input.len();
        write!(
            stream,
            "POST /{ENDPOINT} HTTP/1.1\r\n{host}authorization: Key {key}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{input}"
        )
        .unwrap();
        let response = String::from_utf8(read_to_close(&mut stream)).unwrap();
        let status = response.split(' ').nth(1).unwrap();
        status.parse::<u16>().unwrap()
    };
    for host in [
        "evil.example",
        "evil.example:80",
        "localhost.evil.example",
        "evillocalhost",
        "127.0.0.1.evil.example",
        "203.0.113.7",
        "a@b:c",
    ] {
        assert_eq!(status(&format!("host: {host}\r\n")), 421, "{host}");
    }
    assert_eq!(status(""), 421);
    assert_eq!(fake.submits(), 0);
    assert_eq!(fake.requests()[0].status, Some(421));
    for host in [
        "localhost",
        "queue.localhost",
        "LOCALHOST:7",
        "127.0.0.1:7",
        "127.8.8.8",
        "[::1]:7",
    ] {
        assert_eq!(status(&format!("host: {host}\r\n")), 200, "{host}");
    }
}

#[test]
fn a_client_that_stops_in_its_request_is_given_up() {
    let fake = impatient();
    let head = format!("POST /{ENDPOINT} HTTP/1.1\r\nhost: localhost\r\n");
    let body = format!("{head}content-length: 100\r\n\r\n{{");
    for part in ["", &head, &body] {
        let mut stream = connect(&fake);
        stream.write_all(part.as_bytes()).unwrap();
        let received = read_to_close(&mut stream);
        assert!(!received.starts_with(b"HTTP/1.1 200"), "{part}");
    }
    assert_eq!((fake.count(Operation::Submit), fake.submits()), (1, 0));
}

#[test]
fn a_client_that_reads_no_further_is_given_up() {
    let fake = impatient();
    let mut stream = connect(&fake);
    write!(
        stream,
        "GET /files/large HTTP/1.1\r\nhost: localhost\r\n\r\n"
    )
    .unwrap();
    std::thread::sleep(Duration::from_secs(1));
    let received = read_to_close(&mut stream).len();
    assert!(received < 64 << 20, "{received}");
}
