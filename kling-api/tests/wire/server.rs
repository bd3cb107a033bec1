//! A server of raw TCP: it shows every byte that arrived, and can fail in every way.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use kling_api::{Client, ClientBuilder, Retry};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

pub(crate) const KEY: &str = "key-id:very-secret-part";

/// One request that arrived whole.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
    /// How many requests with the same method and path came before.
    pub(crate) before: usize,
    /// The connection, counted from 0.
    pub(crate) connection: usize,
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// What a server does with a request: bytes, with pauses between, and then an end.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pieces: Vec<(Duration, Vec<u8>)>,
    end: End,
}

#[derive(Clone, Copy, Debug)]
enum End {
    KeepOpen,
    Close,
    Reset,
    Hang,
    /// Repeats the last piece without end.
    Endless,
}

impl Reply {
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::text(
            status,
            &[("content-type", "application/json")],
            &body.to_string(),
        )
    }

    pub(crate) fn json_with(status: u16, headers: &[(&str, &str)], body: &Value) -> Self {
        Self::text(status, headers, &body.to_string())
    }

    pub(crate) fn text(status: u16, headers: &[(&str, &str)], body: &str) -> Self {
        Self::bytes(status, headers, body.as_bytes())
    }

    pub(crate) fn bytes(status: u16, headers: &[(&str, &str)], body: &[u8]) -> Self {
        let mut reply = head(status, headers);
        reply.extend(format!("content-length: {}\r\n\r\n", body.len()).bytes());
        reply.extend(body);
        Self {
            pieces: vec![(Duration::ZERO, reply)],
            end: End::KeepOpen,
        }
    }

    pub(crate) fn html(status: u16) -> Self {
        Self::text(
            status,
            &[("content-type", "text/html")],
            "<html><h1>nginx</h1></html>",
        )
    }

    /// The connection is reset without a word.
    pub(crate) fn reset() -> Self {
        Self {
            pieces: Vec::new(),
            end: End::Reset,
        }
    }

    /// Nothing ever comes.
    pub(crate) fn hang() -> Self {
        Self {
            pieces: Vec::new(),
            end: End::Hang,
        }
    }

    /// The whole head, and the first `length` bytes of the body.
    pub(crate) fn truncated(mut self, length: usize) -> Self {
        let reply = &mut self.pieces[0].1;
        let body = reply.windows(4).position(|it| it == b"\r\n\r\n").unwrap() + 4;
        reply.truncate(body + length);
        Self {
            end: End::Close,
            ..self
        }
    }

    /// A body that goes on for ever.
    pub(crate) fn endless(status: u16) -> Self {
        let mut reply = head(status, &[("content-type", "application/json")]);
        reply.extend(b"\r\n");
        let pieces = vec![(Duration::ZERO, reply), (Duration::ZERO, vec![b' '; 8192])];
        Self {
            pieces,
            end: End::Endless,
        }
    }

    /// A status stream of these pieces of text, each after so many milliseconds.
    pub(crate) fn events(pieces: &[(u64, String)]) -> Self {
        let mut reply = head(200, &[("content-type", "text/event-stream")]);
        reply.extend(b"\r\n");
        let mut all = vec![(Duration::ZERO, reply)];
        all.extend(
            pieces
                .iter()
                .map(|(after, text)| (Duration::from_millis(*after), text.clone().into_bytes())),
        );
        Self {
            pieces: all,
            end: End::Close,
        }
    }

    pub(crate) fn then_hang(self) -> Self {
        Self {
            end: End::Hang,
            ..self
        }
    }
}

pub(crate) fn event(status: &Value) -> String {
    format!("data: {status}\n\n")
}

fn head(status: u16, headers: &[(&str, &str)]) -> Vec<u8> {
    let mut text = format!("HTTP/1.1 {status} Status\r\n");
    for (name, value) in headers {
        text.push_str(&[name, ": ", value, "\r\n"].concat());
    }
    text.into_bytes()
}

#[derive(Clone)]
pub(crate) struct Server {
    address: SocketAddr,
    received: Arc<Mutex<Vec<Received>>>,
    connections: Arc<Mutex<usize>>,
}

impl Server {
    pub(crate) async fn start(
        answer: impl Fn(&Received, &str) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            address: listener.local_addr().unwrap(),
            received: Arc::default(),
            connections: Arc::default(),
        };
        let answer: Arc<Answer> = Arc::new(answer);
        let accepting = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let number = {
                    let mut connections = accepting.connections.lock().unwrap();
                    *connections += 1;
                    *connections - 1
                };
                let (server, answer) = (accepting.clone(), answer.clone());
                tokio::spawn(async move { server.serve(stream, number, &answer).await });
            }
        });
        server
    }

    pub(crate) fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn builder(&self) -> ClientBuilder {
        Client::builder()
            .key(KEY)
            .queue_url(self.base())
            .retry(fast())
    }

    pub(crate) fn client(&self) -> Client {
        self.builder().build().unwrap()
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }

    pub(crate) fn connections(&self) -> usize {
        *self.connections.lock().unwrap()
    }

    /// How many requests of this method arrived whole.
    pub(crate) fn count(&self, method: &str) -> usize {
        self.received()
            .iter()
            .filter(|request| request.method == method)
            .count()
    }

    async fn serve(&self, mut stream: TcpStream, connection: usize, answer: &Arc<Answer>) {
        let mut buffer = Vec::new();
        while let Some(mut request) = read(&mut stream, &mut buffer).await {
            request.connection = connection;
            {
                let mut received = self.received.lock().unwrap();
                request.before = received
                    .iter()
                    .filter(|it| it.method == request.method && it.path == request.path)
                    .count();
                received.push(request.clone());
            }
            let reply = answer(&request, &self.base());
            for (after, piece) in &reply.pieces {
                tokio::time::sleep(*after).await;
                if stream.write_all(piece).await.is_err() {
                    return;
                }
            }
            match reply.end {
                End::KeepOpen => {}
                End::Close => return,
                End::Reset => {
                    stream.set_zero_linger().unwrap();
                    return;
                }
                End::Hang => {
                    // Until the client goes away.
                    let _ = stream.read(&mut [0; 64]).await;
                    return;
                }
                End::Endless => {
                    let (_, piece) = reply.pieces.last().unwrap();
                    while stream.write_all(piece).await.is_ok() {}
                    return;
                }
            }
        }
    }
}

type Answer = dyn Fn(&Received, &str) -> Reply + Send + Sync;

/// Pauses that a test can wait for.
pub(crate) fn fast() -> Retry {
    Retry::default()
        .attempts(4)
        .first_delay(Duration::from_millis(1))
        .max_delay(Duration::from_millis(5))
}

async fn read(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<Received> {
    loop {
        if let Some((request, length)) = parse(buffer) {
            buffer.drain(..length);
            return Some(request);
        }
        let mut piece = [0; 4096];
        match stream.read(&mut piece).await {
            Ok(0) | Err(_) => return None,
            Ok(length) => buffer.extend(&piece[..length]),
        }
    }
}

fn parse(buffer: &[u8]) -> Option<(Received, usize)> {
    let end = buffer.windows(4).position(|it| it == b"\r\n\r\n")? + 4;
    let head = String::from_utf8(buffer[..end].to_vec()).unwrap();
    let mut words = head.split_whitespace();
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut request = Received {
        method,
        path,
        head,
        body: Vec::new(),
        before: 0,
        connection: 0,
    };
    assert_eq!(
        request.header("transfer-encoding"),
        None,
        "a body goes out with its length"
    );
    let length: usize = request
        .header("content-length")
        .map_or(0, |it| it.parse().unwrap());
    request.body = buffer.get(end..end + length)?.to_vec();
    Some((request, end + length))
}
