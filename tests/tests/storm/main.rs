//! Two thousand jobs at once, while a tenth of all requests go wrong in every way: none is bought twice, and none is lost.
//!
//! ```text
//! STORM_SEEDS=20 cargo test -p kling-tests --test storm -- --ignored --nocapture --test-threads 1
//! ```
//!
//! A seed says which requests go wrong, and how: `STORM_SEED` is the first one, 1 by default; `STORM_JOBS` is how many jobs. The server runs in a process
//! of its own, so that the memory that is measured is the client's. `tests/LOAD.md` keeps what was seen.
#![expect(
    clippy::unwrap_used,
    reason = "clippy sees that a test may unwrap, but not that these helpers are for tests"
)]

mod front;
mod server;

use std::collections::{HashMap, HashSet};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime};

use kling_api::platform::RequestExpansion;
use kling_api::v1::standard::image_to_video::Input;
use kling_api::{Client, Endpoint as _, Error, Job, Retry, Submission, reqwest};
use tokio::task::JoinSet;

use server::{Server, Wire};

const MOST_MEMORY: usize = 64 << 20;

/// How the calls of a storm ended.
#[derive(Default)]
struct Tally {
    results: usize,
    with_id: usize,
    not_submitted: usize,
    /// Nothing that came back named a job: the list of requests has it, if there is one.
    searched: usize,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes; see the head of this file"]
async fn over_http_1() {
    storms("over_http_1", Wire::Http1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes; see the head of this file"]
async fn over_http_2_with_tls() {
    storms("over_http_2_with_tls", Wire::Http2).await;
}

/// The other process.
#[test]
#[ignore = "started by the other tests"]
fn server_process() {
    server::run();
}

/// The seeds one after another, each in a process of its own: what one of them holds is not the next one's memory.
async fn storms(test: &str, wire: Wire) {
    let number = |name| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let first = number("STORM_SEED").unwrap_or(1);
    let jobs = number("STORM_JOBS").unwrap_or(2000);
    let Some(seeds @ 2..) = number("STORM_SEEDS") else {
        return storm(wire, first, jobs).await;
    };
    for seed in first..first + seeds {
        let mut storm = Command::new(std::env::current_exe().unwrap());
        storm.args(["--exact", test, "--ignored", "--nocapture"]);
        storm
            .env("STORM_SEEDS", "1")
            .env("STORM_SEED", seed.to_string());
        assert!(storm.status().unwrap().success(), "seed {seed}");
    }
}

async fn storm(wire: Wire, seed: u64, jobs: u64) {
    let mut server = Server::start(wire, seed);
    let client = client(&server);
    let memory = PeakMemory::start();
    let (since, start) = (SystemTime::now(), Instant::now());
    let mut calls = JoinSet::new();
    for number in 0..jobs {
        let call = client.call(input(number));
        calls.spawn(async move { (number, call.await) });
    }
    let mut tally = Tally::default();
    // The id of each call that has one, and the calls that have none although there may be a job.
    let (mut ids, mut unknown) = (HashMap::new(), Vec::new());
    let mut ended_well = HashSet::new();
    while let Some(ended) = calls.join_next().await {
        let (number, result) = ended.unwrap();
        match result {
            Ok(done) => {
                tally.results += 1;
                ended_well.insert(number);
                ids.insert(number, done.request_id().to_owned());
            }
            Err(error) => note(&mut tally, &mut ids, &mut unknown, number, &error),
        }
    }
    let (time, memory) = (start.elapsed(), memory.stop());

    server.calm();
    let fresh = self::client(&server);
    // The search for one of them, and for the others the list that it goes by, read once.
    if let Some(number) = unknown.first() {
        let found = fresh.find_lost_jobs(&input(*number), since).await.unwrap();
        assert!(
            found.len() <= 1,
            "seed {seed}: call {number} bought {} jobs",
            found.len()
        );
    }
    let listed = fresh
        .platform()
        .requests(Input::INFO.id)
        .expand(RequestExpansion::Payloads);
    let listed: HashMap<String, String> = listed
        .await
        .unwrap()
        .into_iter()
        .filter_map(|past| {
            let prompt = past.json_input?.get("prompt")?.as_str()?.to_owned();
            Some((prompt, past.request_id))
        })
        .collect();
    for number in unknown {
        if let Some(id) = listed.get(&format!("robin {number}")) {
            ids.insert(number, id.clone());
        }
    }
    let bought = server.jobs();
    let prompts: HashSet<u64> = bought.iter().map(|(prompt, _)| *prompt).collect();
    assert_eq!(
        prompts.len(),
        bought.len(),
        "seed {seed}: a job was bought twice"
    );
    for (prompt, id) in &bought {
        assert_eq!(
            ids.get(prompt),
            Some(id),
            "seed {seed}: the job of call {prompt} is lost"
        );
    }
    // Whatever ended with an error is there for a fresh client that knows the id alone.
    let others = bought
        .iter()
        .filter(|(prompt, _)| !ended_well.contains(prompt));
    for (prompt, id) in others {
        let job = Job::<Input>::from_request_id(id);
        let done = fresh.follow(&job).await.unwrap();
        assert_eq!(done.request_id(), id, "seed {seed}: call {prompt}");
    }
    println!(
        "| {wire:?} | {seed} | {} | {} | {} | {} | {} | {:.1} s | {} MiB |",
        bought.len(),
        tally.results,
        tally.with_id,
        tally.not_submitted,
        tally.searched,
        time.as_secs_f64(),
        memory >> 20
    );
    assert!(
        memory < MOST_MEMORY,
        "seed {seed}: {} MiB at the peak",
        memory >> 20
    );
}

fn note(
    tally: &mut Tally,
    ids: &mut HashMap<u64, String>,
    unknown: &mut Vec<u64>,
    number: u64,
    error: &Error,
) {
    match (error.submission(), error.request_id()) {
        (Submission::NotSubmitted, _) => tally.not_submitted += 1,
        (Submission::Submitted(id), _) => {
            tally.with_id += 1;
            ids.insert(number, id);
        }
        _ => {
            tally.searched += 1;
            unknown.push(number);
        }
    }
}

fn input(number: u64) -> Input {
    Input::new(format!("robin {number}"), "https://example.com/robins.webp")
}

fn client(server: &Server) -> Client {
    let certificate = server.certificate.clone();
    Client::builder()
        .key(&server.key)
        .queue_url(&server.url)
        .platform_url(format!("{}/-/platform/v1", server.url))
        .request_timeout(Duration::from_secs(5))
        .retry(
            Retry::default()
                .first_delay(Duration::from_millis(20))
                .max_delay(Duration::from_secs(1)),
        )
        .configure_http(move |transport| {
            let certificates = certificate.iter();
            let roots = certificates.map(|der| reqwest::Certificate::from_der(der).unwrap());
            transport.no_proxy().tls_certs_only(roots)
        })
        .build()
        .unwrap()
}

/// The most memory that this process holds for its data: its code, which differs with how it was built, does not count.
struct PeakMemory {
    most: Arc<AtomicUsize>,
    runs: Arc<AtomicBool>,
}

impl PeakMemory {
    fn start() -> Self {
        let (most, runs) = (
            Arc::new(AtomicUsize::new(0)),
            Arc::new(AtomicBool::new(true)),
        );
        let (seen, goes_on) = (most.clone(), runs.clone());
        std::thread::spawn(move || {
            while goes_on.load(Ordering::Relaxed) {
                seen.fetch_max(held(), Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(20));
            }
        });
        Self { most, runs }
    }

    fn stop(self) -> usize {
        self.runs.store(false, Ordering::Relaxed);
        self.most.load(Ordering::Relaxed)
    }
}

/// What the process holds now, in bytes; 0 where the system does not say.
fn held() -> usize {
    let Ok(status) = std::fs::read_to_string("/proc/self/status") else {
        return 0;
    };
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("RssAnon:"));
    let kilobytes = line.unwrap().trim().strip_suffix(" kB").unwrap();
    kilobytes.parse::<usize>().unwrap() * 1024
}
