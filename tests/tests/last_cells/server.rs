//! A server that sends bytes as a test writes them, however wrong they are.

use std::sync::Arc;
use std::sync::Mutex;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// The heads of the requests so far; the last one is the one to respond to.
pub(crate) type Heads = Arc<Mutex<Vec<String>>>;

/// A server of one response for each connection, which it then closes.
pub(crate) struct Server {
    pub(crate) base: String,
    heads: Heads,
}

impl Server {
    /// `respond` gets the head of a request and the number of those before it.
    pub(crate) async fn start(
        respond: impl Fn(&str, usize) -> Vec<u8> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let heads = Heads::default();
        let seen = heads.clone();
        let respond = Arc::new(respond);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, respond.clone(), seen.clone()));
            }
        });
        Self { base, heads }
    }

    /// The heads of the requests that start so.
    pub(crate) fn heads(&self, start: &str) -> Vec<String> {
        let heads = self.heads.lock().unwrap();
        let matching = heads.iter().filter(|head| head.starts_with(start));
        matching.cloned().collect()
    }
}

async fn serve(mut stream: TcpStream, respond: Arc<impl Fn(&str, usize) -> Vec<u8>>, heads: Heads) {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let count = stream.read(&mut buffer).await.unwrap_or(0);
        bytes.extend_from_slice(&buffer[..count]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            if count == 0 {
                return;
            }
            continue;
        };
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(": ")?;
            let is_length = name.eq_ignore_ascii_case("content-length");
            value.parse::<usize>().ok().filter(|_| is_length)
        });
        if count > 0 && body.len() < length.unwrap_or(0) {
            continue;
        }
        let reply = {
            let mut heads = heads.lock().unwrap();
            heads.push(head.to_owned());
            respond(head, heads.len() - 1)
        };
        // The client may have gone.
        let _ = stream.write_all(&reply).await;
        let _ = stream.shutdown().await;
        return;
    }
}

/// A response with a length that fits.
pub(crate) fn reply(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = format!("content-length: {}\r\n{headers}", body.len());
    without_length(status, &length, body)
}

/// A response that ends where the connection does.
pub(crate) fn without_length(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status}\r\nconnection: close\r\n{headers}\r\n");
    [head.as_bytes(), body].concat()
}
