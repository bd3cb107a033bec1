//! The examples `batch.rs` and `worker.rs`, killed again and again: no input is bought twice, and each has its video.
#![expect(
    clippy::unwrap_used,
    reason = "clippy sees that a test may unwrap, but not that these helpers are for tests"
)]

#[path = "../../kling-api/tests/journal/cluster.rs"]
#[expect(
    dead_code,
    reason = "it is written for the tests of the journal, and this needs a part of it"
)]
mod cluster;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Output, Stdio};
use std::time::Duration;

use kling_api::testing::{FakeFal, Fault, Operation};
use kling_tests::harness::PROMPT;
use serde_json::json;
use tokio::process::{Child, Command};

use cluster::Cluster;

const INPUTS: usize = 40;

fn start(fake: &FakeFal, program: &str, arguments: &[&str], folder: &Path) -> Child {
    Command::new(program)
        .args(arguments)
        .arg(folder.join("inputs.jsonl"))
        .args([
            "--concurrency",
            "4",
            "--lease",
            "0.3",
            "--resubmit-after",
            "0.2",
        ])
        .envs(fake.environment())
        .current_dir(folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

fn batch(fake: &FakeFal, folder: &Path) -> Child {
    start(fake, env!("CARGO_BIN_EXE_batch"), &[], folder)
}

async fn end(program: Child) -> (bool, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = program.wait_with_output().await.unwrap();
    let said = [stdout, stderr].concat();
    (status.success(), String::from_utf8(said).unwrap())
}

fn write_inputs(folder: &Path) {
    let input =
        |number| json!({"prompt": prompt(number), "image_url": "https://example.com/a.webp"});
    let lines: Vec<String> = (0..INPUTS)
        .map(|number| input(number).to_string())
        .collect();
    std::fs::write(folder.join("inputs.jsonl"), lines.join("\n")).unwrap();
}

fn prompt(number: usize) -> String {
    format!("{PROMPT}, number {number}")
}

/// How many jobs there are of each input.
fn bought(fake: &FakeFal) -> BTreeMap<String, usize> {
    let mut bought = BTreeMap::new();
    for job in fake.jobs() {
        let prompt = job.input["prompt"].as_str().unwrap().to_owned();
        *bought.entry(prompt).or_default() += 1;
    }
    bought
}

#[tokio::test]
async fn killed_and_started_again_it_buys_each_once() {
    let fake = FakeFal::start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    write_inputs(folder.path());
    // Each time a few jobs further, with one submit cut off: the fake has the job, and its response never comes.
    for more in [5, 3, 9, 1] {
        let at = fake.count(Operation::Submit) + more;
        fake.fault(Operation::Submit, Fault::Hang).nth(more as u64);
        let mut program = batch(&fake, folder.path());
        fake.wait_for(Operation::Submit, at).await;
        program.kill().await.unwrap();
        fake.clear_faults();
    }
    let (is_done, said) = end(batch(&fake, folder.path())).await;
    assert!(
        is_done && said.contains(&format!("{INPUTS} done")),
        "{said}"
    );
    let bought = bought(&fake);
    assert_eq!(
        (bought.len(), fake.submits()),
        (INPUTS, INPUTS),
        "{bought:#?}"
    );
    for number in 1..=INPUTS {
        assert!(said.contains(&format!("inputs-{number}.mp4\n")), "{said}");
        let video = folder.path().join(format!("videos/inputs-{number}.mp4"));
        assert!(
            std::fs::metadata(&video).unwrap().len() > 0,
            "{}",
            video.display()
        );
    }

    // Nothing is left to do, and nothing is done.
    let requests = fake.requests().len();
    let (is_done, said) = end(batch(&fake, folder.path())).await;
    assert!(is_done, "{said}");
    assert_eq!(fake.requests().len(), requests);
}

#[tokio::test]
async fn what_was_refused_is_made_by_the_next_run() {
    let fake = FakeFal::start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    write_inputs(folder.path());
    fake.fault(Operation::Submit, Fault::status(401)).times(3);
    fake.fault(Operation::Submit, Fault::ResetAfter).times(2);
    let (is_done, said) = end(batch(&fake, folder.path())).await;
    assert!(!is_done && said.contains("3 without a video"), "{said}");
    assert!(said.contains(&format!("{} done", INPUTS - 3)), "{said}");
    let (is_done, said) = end(batch(&fake, folder.path())).await;
    assert!(is_done, "{said}");
    assert_eq!((fake.submits(), bought(&fake).len()), (INPUTS, INPUTS));
}

#[tokio::test]
async fn two_runs_at_once_share_the_work() {
    let fake = FakeFal::start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    write_inputs(folder.path());
    let (one, other) = (batch(&fake, folder.path()), batch(&fake, folder.path()));
    let (one, other) = tokio::join!(end(one), end(other));
    assert!(one.0 && other.0, "{one:?} {other:?}");
    assert_eq!((fake.submits(), bought(&fake).len()), (INPUTS, INPUTS));
}

#[tokio::test]
async fn another_line_under_the_same_number_is_refused() {
    let fake = FakeFal::start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    write_inputs(folder.path());
    assert!(end(batch(&fake, folder.path())).await.0);
    let other = json!({"prompt": "another", "image_url": "https://example.com/a.webp"});
    std::fs::write(folder.path().join("inputs.jsonl"), format!("{other}\n")).unwrap();
    let (is_done, said) = end(batch(&fake, folder.path())).await;
    assert!(
        !is_done && said.contains("was used before with another input"),
        "{said}"
    );
    assert_eq!(fake.submits(), INPUTS);
}

#[tokio::test]
async fn of_several_workers_some_may_be_killed() {
    let Some(cluster) = Cluster::start().await else {
        return;
    };
    let fake = FakeFal::builder().hold().start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    write_inputs(folder.path());
    let url = cluster.url();
    let worker = || {
        let arguments = [url.as_str(), "--hold", "2"];
        start(
            &fake,
            env!("CARGO_BIN_EXE_worker"),
            &arguments,
            folder.path(),
        )
    };
    let mut killed = [worker(), worker()];
    let rest = [worker(), worker()];
    fake.wait_for(Operation::Submit, INPUTS / 2).await;
    killed[0].kill().await.unwrap();
    fake.wait_for(Operation::Stream, 6).await;
    killed[1].kill().await.unwrap();
    fake.release();
    for worker in rest {
        let (is_done, said) = tokio::time::timeout(Duration::from_secs(60), end(worker))
            .await
            .unwrap();
        assert!(is_done, "{said}");
    }
    assert_eq!((fake.submits(), bought(&fake).len()), (INPUTS, INPUTS));
}
