//! A server that answers as well or as badly as a test wants.

use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// What a server does with a request.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// 200 with JSON.
    Json(String),
    /// 200 with JSON and an ETag.
    Tagged(String, &'static str),
    /// Another status, with a content type and a body.
    Status(u16, &'static str, String),
    /// 302 to another URL.
    Redirect(String),
    /// 200, and a body that ends in the middle of what its length announces.
    CutOff(String),
    /// Nothing, for as long as the client waits.
    Hang,
}

/// A running server. It ends with the test's process.
#[derive(Clone, Debug)]
pub(crate) struct Server {
    url: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Starts a server that answers a request for a path, with its query, by what `reply` makes of it and of the number
    /// of requests for the same path before.
    pub(crate) fn start(reply: impl Fn(&str, usize) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (seen, reply) = (Arc::clone(&requests), Arc::new(reply));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (seen, reply) = (Arc::clone(&seen), Arc::clone(&reply));
                thread::spawn(move || {
                    let target = request(&stream)?;
                    let before = {
                        let mut seen = seen.lock().unwrap();
                        seen.push(target.clone());
                        seen.iter().filter(|other| **other == target).count() - 1
                    };
                    answer(stream, &reply(&target, before))
                });
            }
        });
        Self { url, requests }
    }

    /// Starts a server of documents: `reply` is given the endpoint id.
    pub(crate) fn of_documents(
        reply: impl Fn(&str, usize) -> Reply + Send + Sync + 'static,
    ) -> Self {
        Self::start(move |target, before| {
            match target.strip_prefix("/api/openapi/queue/openapi.json?endpoint_id=") {
                Some(id) => reply(id, before),
                None => Reply::Status(404, "text/plain", format!("no such path: {target}")),
            }
        })
    }

    /// The base URL.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// How many requests ended in this text.
    pub(crate) fn count(&self, end: &str) -> usize {
        self.requests
            .lock()
            .unwrap()
            .iter()
            .filter(|target| target.ends_with(end))
            .count()
    }
}

/// Reads a request to its end; `None` where the client went away.
fn request(stream: &TcpStream) -> Option<String> {
    let mut lines = BufReader::new(stream).lines();
    let first = lines.next()?.ok()?;
    lines.map_while(Result::ok).find(String::is_empty)?;
    first.split(' ').nth(1).map(str::to_owned)
}

fn answer(mut stream: TcpStream, reply: &Reply) -> Option<()> {
    let (status, headers, body) = match reply {
        Reply::Json(body) => (200, "content-type: application/json\r\n".to_owned(), body),
        Reply::Tagged(body, tag) => (
            200,
            format!("content-type: application/json\r\netag: {tag}\r\n"),
            body,
        ),
        Reply::Status(status, kind, body) => (*status, format!("content-type: {kind}\r\n"), body),
        Reply::Redirect(location) => (302, format!("location: {location}\r\n"), &String::new()),
        Reply::CutOff(body) => (200, String::new(), body),
        Reply::Hang => {
            // Until the client gives up and closes the connection.
            let mut rest = String::new();
            BufReader::new(&stream).read_line(&mut rest).ok()?;
            return Some(());
        }
    };
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status} Status\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n"
    )
    .ok()?;
    let sent = if matches!(reply, Reply::CutOff(_)) {
        length / 2
    } else {
        length
    };
    stream.write_all(&body.as_bytes()[..sent]).ok()?;
    stream.shutdown(Shutdown::Both).ok()
}
