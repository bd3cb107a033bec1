use std::time::Duration;

use crate::testing::jobs::job::*;
use crate::testing::jobs::outcome::Outcome;
use crate::testing::jobs::script::Pace;

fn job(script: Script) -> Job {
    with_deadline(script, None)
}

fn with_deadline(script: Script, start_deadline: Option<Instant>) -> Job {
    let submit = Submit {
        endpoint: Arc::from("a/b"),
        input: Value::Null,
        webhook: None,
        script,
        start_deadline,
        is_stored: true,
    };
    Job::new("7".to_owned(), submit, false)
}

fn held(script: Script) -> Job {
    let job = job(script);
    job.hold();
    job
}

fn three_lines() -> Script {
    Script::new()
        .queue_positions([1, 0])
        .in_progress(2)
        .logs(["a", "b", "c"])
}

fn messages(snapshot: &Snapshot) -> Vec<String> {
    snapshot
        .logs
        .iter()
        .map(|line| line.to_json()["message"].as_str().unwrap().to_owned())
        .collect()
}

fn events(job: &Job, cursor: &mut Cursor) -> Vec<(JobState, Option<u32>, String)> {
    let mut events = Vec::new();
    while let Next::Event(snapshot) = job.try_next_event(cursor) {
        events.push((
            snapshot.state,
            snapshot.queue_position,
            messages(&snapshot).concat(),
        ));
    }
    events
}

#[test]
fn each_status_moves_the_job_on_by_one_step() {
    let job = job(three_lines());
    let seen: Vec<_> = (0..6).map(|_| job.observe()).collect();
    let states: Vec<_> = seen
        .iter()
        .map(|snapshot| (snapshot.state, snapshot.queue_position))
        .collect();
    assert_eq!(
        states,
        [
            (JobState::InQueue, Some(1)),
            (JobState::InQueue, Some(0)),
            (JobState::InProgress, None),
            (JobState::InProgress, None),
            (JobState::Completed, None),
            (JobState::Completed, None),
        ]
    );
    assert_eq!(messages(&seen[2]), ["a"]);
    assert_eq!(messages(&seen[3]), ["a", "b", "c"]);
    assert_eq!(messages(&seen[4]), ["a", "b", "c"]);
    assert_eq!(seen[3].ending, None);
    assert_eq!(seen[4].ending, Some(Ending::of(Outcome::Example)));
}

#[test]
fn peeking_moves_nothing() {
    let job = job(three_lines());
    assert_eq!(job.observe().state, JobState::InQueue);
    for _ in 0..5 {
        assert_eq!(job.peek().queue_position, Some(1));
    }
}

#[test]
fn a_job_without_steps_is_finished_with_its_logs() {
    let job = job(Script::at_once().logs(["a"]));
    let first = job.observe();
    assert_eq!(first.state, JobState::Completed);
    assert_eq!(messages(&first), ["a"]);
}

#[test]
fn a_stream_sends_increments_full_logs_or_only_new_lines() {
    let expected = |logs: [&str; 5]| {
        let [first, second, third, fourth, fifth] = logs.map(str::to_owned);
        vec![
            (JobState::InQueue, Some(1), first),
            (JobState::InQueue, Some(0), second),
            (JobState::InProgress, None, third),
            (JobState::InProgress, None, fourth),
            (JobState::Completed, None, fifth),
        ]
    };
    let increments = job(three_lines().stream_logs(StreamLogs::Increments));
    assert_eq!(
        events(&increments, &mut increments.cursor()),
        expected(["", "", "a", "bc", ""])
    );
    let full = job(three_lines().stream_logs(StreamLogs::Full));
    assert_eq!(
        events(&full, &mut full.cursor()),
        expected(["", "", "a", "abc", "abc"])
    );
}

#[test]
fn a_second_stream_starts_with_the_present_state() {
    for (mode, lines) in [
        (StreamLogs::Increments, "ab"),
        (StreamLogs::SinceConnect, ""),
        (StreamLogs::Full, "ab"),
    ] {
        let job = held(
            Script::new()
                .queue_positions([0])
                .in_progress(9)
                .logs(Vec::<String>::new())
                .stream_logs(mode),
        );
        job.start();
        job.log("a".into());
        job.log("b".into());
        let mut cursor = job.cursor();
        assert_eq!(
            events(&job, &mut cursor),
            [(JobState::InProgress, None, lines.to_owned())],
            "{mode:?}"
        );
        job.log("c".into());
        let line = if mode == StreamLogs::Full { "abc" } else { "c" };
        assert_eq!(
            events(&job, &mut cursor),
            [(JobState::InProgress, None, line.to_owned())],
            "{mode:?}"
        );
    }
}

#[test]
fn a_held_job_moves_only_by_hand() {
    let job = held(three_lines());
    for _ in 0..3 {
        assert_eq!(job.observe().queue_position, Some(1));
    }
    job.set_queue_position(8);
    assert_eq!(job.observe().queue_position, Some(8));
    job.advance();
    job.advance();
    assert_eq!(job.observe().state, JobState::InProgress);
    job.log("by hand".into());
    assert_eq!(messages(&job.observe()), ["a", "by hand"]);
    job.advance();
    assert_eq!(messages(&job.observe()), ["a", "by hand", "b", "c"]);
    job.release();
    assert_eq!(job.observe().state, JobState::Completed);
}

#[test]
fn cancelling_depends_on_the_state() {
    let queued = job(three_lines());
    assert_eq!(queued.cancel(), Cancellation::Removed);
    assert_eq!(queued.peek().ending, Some(Ending::cancelled(false)));
    assert_eq!(queued.cancel(), Cancellation::TooLate);

    let running = job(three_lines().queue_positions([]));
    assert_eq!(running.cancel(), Cancellation::Requested);
    assert_eq!(running.observe().state, JobState::InProgress);
    assert_eq!(running.observe().ending, Some(Ending::cancelled(true)));

    let stubborn = job(three_lines().queue_positions([]).ignores_cancel());
    assert_eq!(stubborn.cancel(), Cancellation::Requested);
    assert_eq!(
        (0..4).map(|_| stubborn.observe()).last().unwrap().ending,
        Some(Ending::of(Outcome::Example))
    );
}

#[tokio::test(start_paused = true)]
async fn a_timed_job_follows_the_clock() {
    let job = job(three_lines().pace(Pace::Timed(Duration::from_secs(10))));
    let mut seen = Vec::new();
    for _ in 0..5 {
        seen.push((job.observe().state, job.observe().queue_position));
        tokio::time::advance(Duration::from_secs(10)).await;
    }
    assert_eq!(
        seen,
        [
            (JobState::InQueue, Some(1)),
            (JobState::InQueue, Some(0)),
            (JobState::InProgress, None),
            (JobState::InProgress, None),
            (JobState::Completed, None),
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_timed_job_catches_up_with_every_step() {
    let job = job(three_lines().pace(Pace::Timed(Duration::from_secs(10))));
    let mut cursor = job.cursor();
    tokio::time::advance(Duration::from_secs(1000)).await;
    assert_eq!(events(&job, &mut cursor).len(), 5);
}

#[tokio::test(start_paused = true)]
async fn the_start_timeout_ends_a_job_in_the_queue_only() {
    let deadline = Some(Instant::now() + Duration::from_secs(15));
    let script = three_lines().pace(Pace::Timed(Duration::from_secs(10)));
    let slow = with_deadline(script.clone(), deadline);
    let quick = with_deadline(script.queue_positions([0]), deadline);
    let Next::Event(_) = slow.try_next_event(&mut slow.cursor()) else {
        panic!("a stream starts with an event")
    };
    tokio::time::advance(Duration::from_secs(14)).await;
    assert_eq!(slow.peek().state, JobState::InQueue);
    tokio::time::advance(Duration::from_secs(100)).await;
    assert_eq!(slow.peek().ending, Some(Ending::missed_start()));
    assert_eq!(quick.peek().ending, Some(Ending::of(Outcome::Example)));
}

#[tokio::test(start_paused = true)]
async fn a_stream_is_told_when_the_clock_brings_something() {
    let deadline = Instant::now() + Duration::from_secs(15);
    let job = with_deadline(three_lines(), Some(deadline));
    job.hold();
    let mut cursor = job.cursor();
    assert!(matches!(job.try_next_event(&mut cursor), Next::Event(_)));
    assert!(matches!(job.try_next_event(&mut cursor), Next::Wait(Some(at)) if at == deadline));
}
