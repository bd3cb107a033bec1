//! The example `batch.rs`, killed again and again: no input is bought twice, and none is forgotten.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;

use kling_api::testing::{FakeFal, Fault, Operation};
use kling_tests::harness::PROMPT;
use serde_json::{Value, json};
use tokio::process::{Child, Command};

const INPUTS: usize = 40;

fn start(fake: &FakeFal, folder: &Path) -> Child {
    Command::new(env!("CARGO_BIN_EXE_batch"))
        .arg(folder.join("inputs.jsonl"))
        .arg("--state")
        .arg(folder.join("state.jsonl"))
        .args(["--concurrency", "4", "--queue-url", fake.url()])
        .env("FAL_KEY", fake.key())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

fn write_inputs(folder: &Path) {
    let lines: Vec<String> = (0..INPUTS)
        .map(|number| {
            json!({"prompt": prompt(number), "image_url": "https://example.com/a.webp"}).to_string()
        })
        .collect();
    std::fs::write(folder.join("inputs.jsonl"), lines.join("\n")).unwrap();
}

fn prompt(number: usize) -> String {
    format!("{PROMPT}, number {number}")
}

/// The last event of each input.
fn state(folder: &Path) -> BTreeMap<u64, Value> {
    std::fs::read_to_string(folder.join("state.jsonl"))
        .unwrap()
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .map(|entry| (entry["index"].as_u64().unwrap(), entry))
        .collect()
}

fn bought(fake: &FakeFal) -> BTreeMap<String, usize> {
    let mut bought = BTreeMap::new();
    for job in fake.jobs() {
        *bought
            .entry(job.input["prompt"].as_str().unwrap().to_owned())
            .or_default() += 1;
    }
    bought
}

#[tokio::test]
async fn killed_and_started_again_it_buys_nothing_twice() {
    let fake = FakeFal::start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    write_inputs(folder.path());

    // Each time a few jobs further, with one submit cut off: the fake has the job, and its answer never comes.
    let mut cut_off = 0;
    for more in [5, 3, 9, 1] {
        let at = fake.count(Operation::Submit) + more;
        fake.fault(Operation::Submit, Fault::Hang).nth(more as u64);
        let mut batch = start(&fake, folder.path());
        fake.wait_for(Operation::Submit, at).await;
        batch.kill().await.unwrap();
        batch.wait().await.unwrap();
        fake.clear_faults();
        cut_off += 1;
        let twice: Vec<_> = bought(&fake)
            .into_iter()
            .filter(|(_, count)| *count > 1)
            .collect();
        assert!(twice.is_empty(), "{twice:?}");
    }

    let ended = start(&fake, folder.path())
        .wait_with_output()
        .await
        .unwrap();
    let said = String::from_utf8(ended.stdout).unwrap();
    assert!(!ended.status.success(), "some are unknown: {said}");
    let jobs = bought(&fake);
    assert_eq!(jobs.len(), fake.submits(), "each job is of another input");
    let state = state(folder.path());
    assert_eq!(state.len(), INPUTS);
    let of = |event: &str| {
        state
            .iter()
            .filter(|(_, entry)| entry["event"] == event)
            .count()
    };
    let unknown = of("sending");
    // A kill may cut off the others that were on their way, too.
    assert!(unknown >= cut_off, "{state:#?}");
    assert_eq!(of("done") + unknown, INPUTS, "{state:#?}");
    assert!(said.contains(&format!("{unknown} unknown")), "{said}");
    for (index, entry) in &state {
        let prompt = prompt(usize::try_from(*index).unwrap());
        if entry["event"] == "done" {
            assert_eq!(jobs[&prompt], 1);
        } else {
            assert!(said.contains(&format!("input {index}: cut off")), "{said}");
        }
    }

    // Nothing is left to do, and nothing is done.
    let submits = fake.count(Operation::Submit);
    start(&fake, folder.path()).wait().await.unwrap();
    assert_eq!(fake.count(Operation::Submit), submits);
}

#[tokio::test]
async fn jobs_that_were_running_are_followed_and_not_submitted_again() {
    let fake = FakeFal::builder().hold().start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    write_inputs(folder.path());
    let mut batch = start(&fake, folder.path());
    // Four at once: with as many streams open, all four are written down.
    fake.wait_for(Operation::Stream, 4).await;
    batch.kill().await.unwrap();
    batch.wait().await.unwrap();
    assert_eq!(fake.submits(), 4);

    fake.release();
    let ended = start(&fake, folder.path())
        .wait_with_output()
        .await
        .unwrap();
    let said = String::from_utf8(ended.stdout).unwrap();
    assert!(ended.status.success(), "{said}");
    assert!(said.contains(&format!("{INPUTS} done")), "{said}");
    assert_eq!((fake.submits(), bought(&fake).len()), (INPUTS, INPUTS));
}

#[tokio::test]
async fn what_was_refused_is_submitted_again_and_what_is_unknown_is_not() {
    let fake = FakeFal::start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    write_inputs(folder.path());
    fake.fault(Operation::Submit, Fault::status(401)).times(3);
    fake.fault(Operation::Submit, Fault::ResetAfter).times(2);
    let ended = start(&fake, folder.path())
        .wait_with_output()
        .await
        .unwrap();
    let said = String::from_utf8(ended.stdout).unwrap();
    assert!(
        said.contains("3 not submitted") && said.contains("2 unknown"),
        "{said}"
    );
    assert!(said.contains(&format!("{} done", INPUTS - 5)), "{said}");

    let ended = start(&fake, folder.path())
        .wait_with_output()
        .await
        .unwrap();
    let said = String::from_utf8(ended.stdout).unwrap();
    assert!(
        said.contains(&format!("{} done", INPUTS - 2)) && said.contains("2 unknown"),
        "{said}"
    );
    assert_eq!((fake.submits(), bought(&fake).len()), (INPUTS, INPUTS));
}

#[tokio::test]
async fn a_batch_that_runs_already_is_not_started_twice() {
    let fake = FakeFal::builder().hold().start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    write_inputs(folder.path());
    let _first = start(&fake, folder.path());
    fake.wait_for(Operation::Submit, 4).await;
    let second = start(&fake, folder.path())
        .wait_with_output()
        .await
        .unwrap();
    assert!(!second.status.success());
    let said = String::from_utf8(second.stderr).unwrap();
    assert!(said.contains("is in use"), "{said}");
    assert_eq!(fake.count(Operation::Submit), 4);
}

#[tokio::test]
async fn the_state_of_other_inputs_is_refused() {
    let fake = FakeFal::start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    write_inputs(folder.path());
    assert!(start(&fake, folder.path()).wait().await.unwrap().success());
    let other = json!({"prompt": "another", "image_url": "https://example.com/a.webp"});
    std::fs::write(folder.path().join("inputs.jsonl"), format!("{other}\n")).unwrap();
    let ended = start(&fake, folder.path())
        .wait_with_output()
        .await
        .unwrap();
    assert!(!ended.status.success());
    assert!(
        String::from_utf8(ended.stderr)
            .unwrap()
            .contains("belongs to other inputs")
    );
    assert_eq!(fake.submits(), INPUTS);
}
