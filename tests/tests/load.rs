//! Thousands of jobs followed at once by one client: none is lost, and the connections have a bound.
//!
//! ```text
//! cargo test -p kling-tests --test load -- --ignored --nocapture --test-threads 1
//! ```
//!
//! follows 10,000 jobs, once with the client's own bound on status streams and once with a stream for each job, and
//! prints what that takes; `tests/LOAD.md` keeps what was measured. By default 500 jobs are followed. The server runs in
//! a process of its own, so that what is measured is the client alone.
#![expect(
    clippy::unwrap_used,
    reason = "clippy sees that a test may unwrap, but not that these helpers are for tests"
)]

use std::collections::HashSet;
use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use kling_api::testing::{FakeFal, Operation, Script};
use kling_api::v1::standard::image_to_video::Input;
use kling_api::{Client, ClientBuilder, Job, Update};
use kling_tests::harness::input;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// The client's defaults: requests at once, and streams at once.
const REQUESTS: usize = 64;
const STREAMS: usize = 64;

/// Names the process that is the server.
const SERVER: &str = "KLING_TESTS_LOAD_SERVER";

/// What following so many jobs took.
struct Load {
    jobs: usize,
    sockets: usize,
    bytes: usize,
    streams: usize,
    time: Duration,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_hundred_jobs_are_followed_at_once() {
    let load = follow(500, |settings| settings).await;
    assert_bounded(&load);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes a while; see the head of this file"]
async fn ten_thousand_jobs_are_followed_at_once() {
    let load = follow(10_000, |settings| settings).await;
    assert_bounded(&load);
    print("with the client's own limits", &load);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes a while, and a file descriptor for each job; see the head of this file"]
async fn ten_thousand_jobs_have_a_stream_each() {
    const SPARE: u64 = 500;
    let limit = rlimit::increase_nofile_limit(10_000 + SPARE).unwrap();
    let jobs = usize::try_from(limit.saturating_sub(SPARE).min(10_000)).unwrap();
    let load = follow(jobs, |settings| settings.max_streams(jobs)).await;
    print("with a stream for each job", &load);
}

/// The other process.
#[test]
#[ignore = "started by the other tests"]
fn server() {
    if std::env::var_os(SERVER).is_none() {
        return;
    }
    let fake = FakeFal::builder()
        .record(false)
        .script(Script::new().queue_positions([0]).in_progress(0))
        .hold()
        .start_blocking()
        .unwrap();
    println!("\nserver: {} {}", fake.url(), fake.key());
    for line in std::io::stdin().lines() {
        match line.unwrap().as_str() {
            "release" => fake.release(),
            _ => println!(
                "\nserver: {} {}",
                fake.submits(),
                fake.count(Operation::Stream)
            ),
        }
    }
}

async fn follow(count: usize, settings: impl Fn(ClientBuilder) -> ClientBuilder) -> Load {
    let mut server = Server::start();
    let settings = settings(Client::builder().key(&server.key).queue_url(&server.url))
        .configure_http(|transport| transport.no_proxy().tls_certs_only([]));
    let client = settings.build().unwrap();
    let jobs: Vec<Job<Input>> = futures_util::stream::iter(0..count)
        .map(async |_| client.call(input()).submit().await.unwrap())
        .buffer_unordered(REQUESTS)
        .collect()
        .await;

    let (before, start) = (resident(), Instant::now());
    let (seen, mut all_seen) = mpsc::unbounded_channel();
    let mut followers = JoinSet::new();
    for job in &jobs {
        let mut updates = client.follow(job).updates();
        let seen = seen.clone();
        followers.spawn(async move {
            let first = updates.next().await.unwrap().unwrap();
            assert_eq!(first, Update::Queued { position: Some(0) });
            seen.send(()).unwrap();
            let Some(Ok(Update::Completed(video))) = updates.next().await else {
                panic!("the job is lost")
            };
            video.request_id().to_owned()
        });
    }
    for _ in 0..count {
        all_seen.recv().await.unwrap();
    }
    // All are followed, and none can end before it is let go.
    let (bytes, sockets) = (resident().saturating_sub(before), sockets());
    server.say("release");
    let mut done = HashSet::new();
    while let Some(ended) = followers.join_next().await {
        assert!(
            done.insert(ended.unwrap()),
            "two followers ended with the same job"
        );
    }
    let submitted: HashSet<String> = jobs.iter().map(|job| job.request_id().to_owned()).collect();
    assert_eq!(done, submitted, "none is lost");
    let (bought, streams) = server.counts();
    assert_eq!(bought, count, "and none is bought twice");
    Load {
        jobs: count,
        sockets,
        bytes,
        streams,
        time: start.elapsed(),
    }
}

/// The connections that are open do not depend on how many jobs are followed.
fn assert_bounded(load: &Load) {
    assert!(
        load.jobs > 2 * (REQUESTS + STREAMS),
        "otherwise this shows nothing"
    );
    assert!(
        load.streams >= STREAMS,
        "as many streams as there may be were opened"
    );
    // Those in use, and as many that wait to be used again; besides them, what the runtime needs for itself.
    let bound = STREAMS + 2 * REQUESTS + 8;
    assert!(
        load.sockets <= bound,
        "{} sockets for {} jobs, more than {bound}",
        load.sockets,
        load.jobs
    );
}

#[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
fn print(how: &str, load: &Load) {
    println!(
        "{} jobs followed at once {how}: {:.1} KiB of memory and {:.2} sockets per job ({} MiB and {} sockets in all), {} \
         streams opened, {:.1} s until all had ended",
        load.jobs,
        load.bytes as f64 / 1024.0 / load.jobs as f64,
        load.sockets as f64 / load.jobs as f64,
        load.bytes >> 20,
        load.sockets,
        load.streams,
        load.time.as_secs_f64(),
    );
}

/// `FakeFal` in a process of its own, which ends with its input.
struct Server {
    process: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
    url: String,
    key: String,
}

impl Server {
    fn start() -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["server", "--exact", "--ignored", "--nocapture"])
            .env(SERVER, "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut server = Self {
            input: process.stdin.take().unwrap(),
            output: BufReader::new(process.stdout.take().unwrap()).lines(),
            process,
            url: String::new(),
            key: String::new(),
        };
        (server.url, server.key) = server.hear();
        server
    }

    fn say(&mut self, word: &str) {
        writeln!(self.input, "{word}").unwrap();
    }

    /// The next two words that the server says.
    fn hear(&mut self) -> (String, String) {
        let line = self
            .output
            .find_map(|line| line.unwrap().strip_prefix("server: ").map(str::to_owned))
            .unwrap();
        let (one, other) = line.split_once(' ').unwrap();
        (one.to_owned(), other.to_owned())
    }

    /// Jobs bought, and streams opened.
    fn counts(&mut self) -> (usize, usize) {
        self.say("count");
        let (bought, streams) = self.hear();
        (bought.parse().unwrap(), streams.parse().unwrap())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The memory that this process holds, in bytes; 0 where the system does not say.
fn resident() -> usize {
    let Ok(status) = std::fs::read_to_string("/proc/self/status") else {
        return 0;
    };
    let kilobytes = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .and_then(|rest| rest.trim().strip_suffix(" kB"))
        .unwrap();
    kilobytes.parse::<usize>().unwrap() * 1024
}

/// The sockets that this process has open; 0 where the system does not say.
fn sockets() -> usize {
    let Ok(files) = std::fs::read_dir("/proc/self/fd") else {
        return 0;
    };
    files
        .filter_map(|file| std::fs::read_link(file.ok()?.path()).ok())
        .filter(|target| target.to_string_lossy().starts_with("socket:"))
        .count()
}
