//! `FakeFal` in a process of its own, where a tenth of all requests go wrong.

use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use kling_api::testing::{FakeFal, Fault, Operation, Script};

use kling_tests::harness::fake;

use crate::front;

/// Names the process that is the server, with the wire and the seed.
const SERVER: &str = "KLING_TESTS_STORM_SERVER";

/// More requests than a storm makes of any kind.
const MOST_REQUESTS: u64 = 12_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wire {
    Http1,
    Http2,
}

/// The other process, seen from the test.
pub(crate) struct Server {
    process: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
    pub(crate) url: String,
    pub(crate) key: String,
    /// In DER, where the server speaks TLS.
    pub(crate) certificate: Option<Vec<u8>>,
}

impl Server {
    pub(crate) fn start(wire: Wire, seed: u64) -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["server_process", "--exact", "--ignored", "--nocapture"])
            .env(SERVER, format!("{wire:?} {seed}"))
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
            certificate: None,
        };
        server.url = server.next_line();
        server.key = server.next_line();
        let certificate = server.next_line();
        server.certificate = (!certificate.is_empty()).then(|| {
            let digits = certificate.as_bytes().chunks(2);
            let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16);
            digits.map(|pair| byte(pair).unwrap()).collect()
        });
        server
    }

    /// Nothing goes wrong from now on.
    pub(crate) fn calm(&mut self) {
        writeln!(self.input, "calm").unwrap();
        self.next_line();
    }

    /// The jobs that were bought: the number in the prompt, and the request id.
    pub(crate) fn jobs(&mut self) -> Vec<(u64, String)> {
        writeln!(self.input, "jobs").unwrap();
        let count: usize = self.next_line().parse().unwrap();
        let mut job = || {
            let line = self.next_line();
            let (number, id) = line.split_once(' ').unwrap();
            (number.parse().unwrap(), id.to_owned())
        };
        (0..count).map(|_| job()).collect()
    }

    fn next_line(&mut self) -> String {
        let mut lines = self.output.by_ref().map(Result::unwrap);
        let line = lines.find_map(|line| line.strip_prefix("server:").map(str::to_owned));
        line.unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What the other process does.
pub(crate) fn run() {
    let Ok(settings) = std::env::var(SERVER) else {
        return;
    };
    let (wire, seed) = settings.split_once(' ').unwrap();
    let fake = fake()
        .record(false)
        .script(Script::new().queue_positions([1, 0]).in_progress(1))
        .start_blocking()
        .unwrap();
    fake.store_payloads(true);
    stir(&fake, seed.parse().unwrap());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (url, certificate) = if wire == "Http2" {
        let (url, der) = runtime.block_on(front::start(fake.url().to_owned()));
        let digits: Vec<String> = der.iter().map(|byte| format!("{byte:02x}")).collect();
        (url, digits.concat())
    } else {
        (fake.url().to_owned(), String::new())
    };
    println!(
        "\nserver:{url}\nserver:{}\nserver:{certificate}",
        fake.key()
    );
    for line in std::io::stdin().lines() {
        if line.unwrap() == "calm" {
            fake.clear_faults();
            println!("\nserver:");
            continue;
        }
        let jobs = fake.jobs();
        println!("\nserver:{}", jobs.len());
        for job in jobs {
            let prompt = job.input["prompt"].as_str().unwrap();
            println!(
                "server:{} {}",
                prompt.trim_start_matches("robin "),
                job.request_id
            );
        }
    }
}

/// Sets a fault for a tenth of the requests of each kind.
fn stir(fake: &FakeFal, seed: u64) {
    let mut random = fastrand::Rng::with_seed(seed);
    for operation in [
        Operation::Submit,
        Operation::Status,
        Operation::Stream,
        Operation::Result,
    ] {
        let faults = faults(operation);
        for number in 1..=MOST_REQUESTS {
            if random.u8(..10) == 0 {
                let fault = random.choice(&faults).unwrap().clone();
                fake.fault(operation, fault).nth(number);
            }
        }
    }
}

fn faults(operation: Operation) -> Vec<Fault> {
    let mut faults = vec![
        Fault::status(429),
        Fault::status(429).header("retry-after", "0"),
        Fault::status(500),
        Fault::status(503),
        Fault::status(503).header("x-fal-retryable", "1"),
        Fault::status(504),
        Fault::status(401),
        Fault::ProxyHtml(502),
        Fault::ResetBefore,
        Fault::ResetAfter,
        Fault::TruncatedBody,
        Fault::Garbage,
        Fault::Delay(Duration::from_millis(100)),
    ];
    match operation {
        Operation::Stream => faults.extend([
            Fault::status(404),
            Fault::Hang,
            Fault::StreamDrop { after: 1 },
            Fault::StreamEnd { after: 1 },
            Fault::StreamGarbage { after: 1 },
            Fault::StreamStall { after: 1 },
        ]),
        Operation::Status | Operation::Result => {
            faults.extend([Fault::status(404), Fault::EndlessError(500), Fault::Hang]);
        }
        _ => {}
    }
    faults
}
