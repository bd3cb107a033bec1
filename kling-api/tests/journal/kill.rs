//! Programs that are killed at every step of a call, and started again: for no key two jobs, and every key comes to its
//! end.
//!
//! FakeFal runs in the process of the test. The programs are this test's own binary, started with the name of the
//! test [`worker`], which reads from the environment what to do and at which step to kill itself.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use kling_api::Client;
use kling_api::journal::{FileStore, Journal, JournalStore, PostgresStore};
use kling_api::testing::FakeFal;
use nix::sys::signal::{Signal, kill, raise};
use nix::unistd::Pid;

use crate::cluster::Cluster;
use crate::support::{Step, Stepper, fake, input, settings};

/// Long enough for a machine that is busy, and short enough for a test.
const LEASE: Duration = Duration::from_millis(500);
const RESUBMIT_AFTER: Duration = Duration::from_millis(200);

/// A server, and the program that it kills when its count of requests has come down to nothing.
struct Fal {
    fake: FakeFal,
    target: Arc<AtomicI32>,
    left: Arc<AtomicUsize>,
}

impl Fal {
    async fn start() -> Self {
        let target = Arc::new(AtomicI32::new(0));
        let left = Arc::new(AtomicUsize::new(0));
        let (to_kill, count) = (target.clone(), left.clone());
        // A request has taken effect, and its response is not sent yet.
        let fake = fake().on_request(move |_| {
            let is_last = count.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
                left.checked_sub(1)
            });
            let process = to_kill.load(Ordering::SeqCst);
            if is_last == Ok(1) && process > 0 {
                // It may have ended by itself.
                let _ = kill(Pid::from_raw(process), Signal::SIGKILL);
            }
        });
        Self {
            fake: fake.start().await.unwrap(),
            target,
            left,
        }
    }

    /// No key has two jobs, and each has one in the end.
    fn check(&self, keys: &[String], outcomes: &BTreeMap<String, String>) {
        let mut jobs: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for job in self.fake.jobs() {
            let prompt = job.input["prompt"].as_str().unwrap().to_owned();
            jobs.entry(prompt).or_default().push(job.request_id);
        }
        for key in keys {
            let jobs = jobs.get(key).map(Vec::as_slice).unwrap_or_default();
            assert_eq!(jobs.len(), 1, "{key} has the jobs {jobs:?}");
            assert_eq!(outcomes.get(key), Some(&jobs[0]), "{key}");
        }
    }
}

/// When a program ends.
#[derive(Clone, Copy, Debug)]
enum Kill {
    Never,
    AtStep(Step),
    AtRequest(usize),
}

impl Fal {
    fn spawn(&self, store: &str, keys: &[String], at: Kill) -> Child {
        let step = match at {
            Kill::AtStep(Step::Before(number)) => format!("-{number}"),
            Kill::AtStep(Step::After(number)) => format!("+{number}"),
            Kill::Never | Kill::AtRequest(_) => String::new(),
        };
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "kill::worker", "--ignored", "--nocapture"])
            .env("STORE", store)
            .env("KEYS", keys.join(","))
            .env("KILL", step)
            .env("FAL", self.fake.url())
            .env("FAL_PLATFORM", self.fake.platform_url())
            .env("FAL_KEY", self.fake.key())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        if let Kill::AtRequest(number) = at {
            self.target
                .store(i32::try_from(child.id()).unwrap(), Ordering::SeqCst);
            self.left.store(number, Ordering::SeqCst);
        }
        child
    }

    async fn wait(&self, child: Child) -> Output {
        let output = tokio::task::spawn_blocking(|| child.wait_with_output().unwrap());
        let output = output.await.unwrap();
        self.target.store(0, Ordering::SeqCst);
        output
    }

    /// Runs a program to its end; whether it was killed.
    async fn run(
        &self,
        store: &str,
        keys: &[String],
        at: Kill,
    ) -> Result<BTreeMap<String, String>, Output> {
        let output = self.wait(self.spawn(store, keys, at)).await;
        if output.status.success() {
            Ok(outcomes(&output))
        } else {
            Err(output)
        }
    }
}

/// The request id of each key's result.
fn outcomes(output: &Output) -> BTreeMap<String, String> {
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| line.strip_prefix("done "))
        .filter_map(|line| line.split_once(' '))
        .map(|(key, id)| (key.to_owned(), id.to_owned()))
        .collect()
}

fn was_killed(output: &Output) -> bool {
    use std::os::unix::process::ExitStatusExt as _;
    output.status.signal() == Some(9)
}

fn number(state: &mut u64, below: usize) -> usize {
    // An ordinary congruential generator: the same numbers each time, so that a failure can be seen again.
    *state = state
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    usize::try_from(*state >> 33).unwrap() % below
}

/// Kills a program at each step of one call, one after the other, until it runs through.
async fn kill_at_every_step(store: impl Fn(usize) -> String) {
    let fal = Fal::start().await;
    let mut round = 0;
    for kind in 0..3 {
        for at in 1.. {
            round += 1;
            let keys = vec![format!("key-{round}")];
            let store = store(round);
            let kill = match kind {
                0 => Kill::AtStep(Step::Before(at)),
                1 => Kill::AtStep(Step::After(at)),
                _ => Kill::AtRequest(at),
            };
            let outcomes = match fal.run(&store, &keys, kill).await {
                // It came to its end before there was such a step.
                Ok(outcomes) => {
                    fal.check(&keys, &outcomes);
                    assert!(at > 2, "{kill:?} has killed nothing");
                    break;
                }
                Err(output) => {
                    assert!(was_killed(&output), "{output:?}");
                    fal.run(&store, &keys, Kill::Never).await.unwrap()
                }
            };
            fal.check(&keys, &outcomes);
        }
    }
}

/// Kills `programs` at once at any step, again and again, and lets the last ones run through.
async fn kill_at_random(store: &str, programs: usize, keys: usize, kills: usize, seed: u64) {
    let mut random = seed;
    let mut killed = 0;
    let mut wave = 0;
    while killed < kills {
        wave += 1;
        // A new one each time: the list of requests that is searched would become long.
        let fal = Fal::start().await;
        let keys: Vec<String> = (0..keys)
            .map(|key| format!("wave-{wave}-key-{key}"))
            .collect();
        // Until all have their end: the more are done, the fewer steps there are.
        loop {
            let children: Vec<Child> = (0..programs)
                .map(|program| {
                    let at = number(&mut random, keys.len() * 3 + 3) + 1;
                    let kill = match number(&mut random, 3) {
                        0 if program == 0 => Kill::AtRequest(at),
                        1 => Kill::AtStep(Step::Before(at)),
                        _ => Kill::AtStep(Step::After(at)),
                    };
                    fal.spawn(store, &keys, kill)
                })
                .collect();
            let mut all = BTreeMap::new();
            let mut is_over = false;
            for child in children {
                let output = fal.wait(child).await;
                if output.status.success() {
                    is_over = true;
                } else {
                    assert!(was_killed(&output), "{output:?}");
                    killed += 1;
                }
                all.extend(outcomes(&output));
            }
            if is_over {
                fal.check(&keys, &all);
                eprintln!("{killed} programs killed in {wave} waves");
                break;
            }
        }
    }
}

fn file(folder: &Path) -> String {
    folder.join("a.journal").display().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn at_every_step_with_a_file() {
    let folder = tempfile::tempdir().unwrap();
    kill_at_every_step(|_| file(folder.path())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn at_every_step_with_postgres() {
    let Some(cluster) = Cluster::start().await else {
        return;
    };
    kill_at_every_step(|_| cluster.url()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn four_programs_at_one_file() {
    let folder = tempfile::tempdir().unwrap();
    kill_at_random(&file(folder.path()), 4, 8, 24, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn four_programs_at_one_postgres() {
    let Some(cluster) = Cluster::start().await else {
        return;
    };
    kill_at_random(&cluster.url(), 4, 8, 24, 2).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes a quarter of an hour"]
async fn one_program_a_thousand_times() {
    let folder = tempfile::tempdir().unwrap();
    kill_at_random(&file(folder.path()), 1, 16, 1000, 3).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes a quarter of an hour"]
async fn four_programs_at_one_file_two_thousand_times() {
    let folder = tempfile::tempdir().unwrap();
    kill_at_random(&file(folder.path()), 4, 16, 2000, 4).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes a quarter of an hour"]
async fn four_programs_at_one_postgres_a_thousand_times() {
    if let Some(cluster) = Cluster::start().await {
        kill_at_random(&cluster.url(), 4, 16, 1000, 5).await;
    }
}

/// What is killed: calls each key, and prints the request id of its result.
#[tokio::test]
#[ignore = "a part of the other tests"]
async fn worker() {
    let variable = |name: &str| std::env::var(name).unwrap();
    let store = variable("STORE");
    let kill = variable("KILL");
    let journal = if store.starts_with("postgres:") {
        stepping(PostgresStore::connect(&store).await.unwrap(), &kill)
    } else {
        stepping(FileStore::open(&store).unwrap(), &kill)
    };
    let builder = Client::builder()
        .queue_url(variable("FAL"))
        .platform_url(variable("FAL_PLATFORM"));
    let client = settings(builder)
        .journal(journal.lease(LEASE))
        .build()
        .unwrap();
    let keys = variable("KEYS");
    let calls = keys.split(',').map(|key| {
        let call = client.call(input(key)).idempotency_key(key);
        async move { (key, call.resubmit_after(RESUBMIT_AFTER).await) }
    });
    let mut done = stream::iter(calls).buffer_unordered(16);
    while let Some((key, outcome)) = done.next().await {
        println!("done {key} {}", outcome.unwrap().request_id());
    }
}

fn stepping(store: impl JournalStore, kill: &str) -> Journal {
    let at = match kill.split_at_checked(1) {
        Some(("-", number)) => Some(Step::Before(number.parse().unwrap())),
        Some(("+", number)) => Some(Step::After(number.parse().unwrap())),
        _ => None,
    };
    Journal::with_store(Stepper::new(store, move |step| {
        if Some(step) == at {
            raise(Signal::SIGKILL).unwrap();
        }
        Ok(())
    }))
}
