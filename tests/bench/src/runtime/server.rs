//! A server that knows what it will say: far faster than `FakeFal`, and in a process of its own.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::Ipv4Addr;
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::{ENDPOINT, two_threads};
use crate::child::Role;

/// The server in its process, which ends with this value.
pub(crate) struct Server {
    process: Child,
    pub(crate) url: String,
}

impl Server {
    /// Starts a server whose jobs are done at once, or never.
    pub(crate) fn start(is_done: bool) -> Self {
        let mut command = Role::Server.command(&[if is_done { "done" } else { "never" }]);
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("this program starts");
        let mut url = String::new();
        let output = process.stdout.take().expect("it is piped");
        BufReader::new(output)
            .read_line(&mut url)
            .expect("the server says where it is");
        Self {
            process,
            url: url.trim().to_owned(),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It ends with its input; should it be gone already, so much the better.
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

/// A role: serves until its input ends.
pub(crate) fn serve(arguments: &[String]) {
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    let is_done = arguments[0] == "done";
    two_threads().block_on(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("it is bound"));
        println!("{url}");
        std::thread::spawn(|| {
            let _ = std::io::stdin().read_to_end(&mut Vec::new());
            std::process::exit(0);
        });
        let answers: &'static Answers = Box::leak(Box::new(Answers::new(&url, is_done)));
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(connection(stream, answers));
        }
    });
}

const LAST_PART: &str = "1200304cf45b";

struct Answers {
    submit: String,
    status: String,
    stream: String,
    result: String,
    is_done: bool,
}

impl Answers {
    fn new(url: &str, is_done: bool) -> Self {
        let id = format!("764cabcf-b745-4b3e-ae38-{LAST_PART}");
        let job = format!("{url}/{}/requests/{id}", application());
        let urls = format!(
            r#""request_id":"{id}","response_url":"{job}","status_url":"{job}/status","cancel_url":"{job}/cancel""#
        );
        let state = if is_done {
            r#""status":"COMPLETED","metrics":{"inference_time":3.7}"#
        } else {
            r#""status":"IN_PROGRESS""#
        };
        let status = format!("{{{state},{urls},\"logs\":null}}");
        Self {
            submit: json(&format!(
                "{{\"status\":\"IN_QUEUE\",{urls},\"queue_position\":0}}"
            )),
            stream: format!(
                "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\nconnection: close\r\n\r\ndata: {status}\n\n"
            ),
            status: json(&status),
            result: json(
                r#"{"video":{"url":"https://storage.example.com/kling/kling_i2v_output.mp4","content_type":"video/mp4","file_name":"output.mp4","file_size":4404019}}"#,
            ),
            is_done,
        }
    }

    /// Each job has an id of its own, as long as every other: a journal keeps each for one key.
    fn submit(&self) -> String {
        static JOBS: AtomicU64 = AtomicU64::new(0);
        let number = JOBS.fetch_add(1, Ordering::Relaxed);
        self.submit.replace(LAST_PART, &format!("{number:012x}"))
    }

    fn to(&self, head: &str) -> &str {
        let path = head.split(' ').nth(1).unwrap_or_default();
        let path = path.split('?').next().unwrap_or_default();
        if path.ends_with("/status") {
            &self.status
        } else if path.ends_with("/stream") {
            &self.stream
        } else {
            &self.result
        }
    }
}

/// The part of the endpoint's id under which fal keeps its requests.
pub(super) fn application() -> String {
    ENDPOINT.split('/').take(2).collect::<Vec<_>>().join("/")
}

fn json(body: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-fal-request-id: 764cabcf-b745-4b3e-ae38-1200304cf45b\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

async fn connection(mut stream: TcpStream, answers: &Answers) {
    let (mut buffer, mut piece) = (Vec::new(), [0; 4096]);
    let _ = stream.set_nodelay(true);
    loop {
        let Some(length) = request_length(&buffer) else {
            match stream.read(&mut piece).await {
                Ok(length @ 1..) => buffer.extend_from_slice(&piece[..length]),
                _ => return,
            }
            continue;
        };
        let head = String::from_utf8_lossy(&buffer[..length]).into_owned();
        let submit = head.starts_with("POST").then(|| answers.submit());
        let answer = submit.as_deref().unwrap_or_else(|| answers.to(&head));
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
        buffer.drain(..length);
        if answer.contains("text/event-stream") {
            if !answers.is_done {
                // It stays open for as long as the client wants it.
                while let Ok(1..) = stream.read(&mut piece).await {}
            }
            return;
        }
    }
}

/// The length of the request that the buffer begins with, once it is whole.
fn request_length(buffer: &[u8]) -> Option<usize> {
    let head = buffer.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let text = std::str::from_utf8(&buffer[..head]).ok()?;
    let body = text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse().ok())?
    });
    let whole = head + body.unwrap_or(0);
    (buffer.len() >= whole).then_some(whole)
}
