//! The course of a follow in virtual time, against a script instead of fal.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use serde_json::json;
use tokio::time::Instant;

use crate::call::follow::FollowSettings;
use crate::call::follow::driver::Driver;
use crate::call::follow::logs::tests::lines;
use crate::call::follow::source::StatusSource;
use crate::call::follow::update::Update;
use crate::call::job_handle::{Opened, StatusOptions};
use crate::call::status_stream::StatusStream;
use crate::error::Error;
use crate::error::kind::{Kind, Phase};
use crate::http::events::tests::of_pieces;
use crate::values::cancel::CancelOutcome;
use crate::values::completed::Completed;
use crate::values::status::Status;

const STALL: Duration = Duration::from_secs(45);

/// A stream: each text after so many seconds, and whether it hangs at its end.
type Stream = (Vec<(u64, String)>, bool);

#[derive(Default)]
struct Script {
    streams: Mutex<VecDeque<Stream>>,
    /// The last one is given again and again; `Err` is an attempt that the deadline left no time for.
    statuses: Mutex<VecDeque<Result<serde_json::Value, ()>>>,
    asked: Mutex<Vec<(&'static str, Duration)>>,
    start: Option<Instant>,
}

impl Script {
    fn new(streams: Vec<Stream>, statuses: Vec<serde_json::Value>) -> Self {
        Self {
            streams: Mutex::new(streams.into()),
            statuses: Mutex::new(statuses.into_iter().map(Ok).collect()),
            asked: Mutex::default(),
            start: Some(Instant::now()),
        }
    }

    fn note(&self, what: &'static str) {
        let after = self.start.unwrap().elapsed();
        self.asked.lock().unwrap().push((what, after));
    }
}

impl StatusSource for &Script {
    type Output = ();

    async fn status(&self, _: StatusOptions) -> Result<Status, Error> {
        self.note("status");
        let mut statuses = self.statuses.lock().unwrap();
        let next = if statuses.len() > 1 {
            statuses.pop_front()
        } else {
            statuses.front().cloned()
        };
        match next.unwrap() {
            Ok(value) => Ok(Status::read(value.to_string().as_bytes()).unwrap().unwrap()),
            Err(()) => Err(Error::new(Kind::Deadline, Phase::Status).of_job("6f", "a/b")),
        }
    }

    async fn open(&self, _: bool) -> Opened {
        self.note("open");
        let Some((texts, hangs)) = self.streams.lock().unwrap().pop_front() else {
            return Opened::Never;
        };
        let pieces = futures_util::stream::iter(texts).then(|(after, text)| async move {
            tokio::time::sleep(Duration::from_secs(after)).await;
            Ok(Bytes::from(text))
        });
        if hangs {
            let pieces = pieces.chain(futures_util::stream::pending());
            Opened::Stream(StatusStream::new(of_pieces(pieces, STALL, 10_000)))
        } else {
            Opened::Stream(StatusStream::new(of_pieces(pieces, STALL, 10_000)))
        }
    }

    async fn result(&self, _: Status, _: Option<Instant>) -> Result<Completed<()>, Error> {
        self.note("result");
        Ok(Completed {
            output: (),
            endpoint: None,
            request_id: "6f".to_owned(),
            inference_time: None,
            billable_units: None,
            logs: Vec::new(),
        })
    }

    async fn cancel(&self) -> Result<CancelOutcome, Error> {
        self.note("cancel");
        Ok(CancelOutcome::Removed)
    }

    fn timed_out(&self) -> Error {
        Error::new(Kind::Deadline, Phase::Follow).of_job("6f", "a/b")
    }
}

fn status(state: &str) -> serde_json::Value {
    json!({"status": state})
}

fn logged(state: &str, messages: &str) -> serde_json::Value {
    let logs: Vec<_> = messages
        .chars()
        .map(|it| json!({"message": it.to_string()}))
        .collect();
    json!({"status": state, "logs": logs})
}

fn event(value: &serde_json::Value) -> String {
    format!("data: {value}\n\n")
}

async fn run(
    script: &Script,
    settings: FollowSettings,
    deadline: Option<Duration>,
) -> Vec<Result<Update<()>, Error>> {
    let deadline = deadline.map(|deadline| Instant::now() + deadline);
    let mut driver = Driver::new(script, settings, deadline);
    let mut all = Vec::new();
    while let Some(update) = driver.next().await {
        all.push(update);
    }
    assert!(driver.next().await.is_none());
    all
}

fn asked(script: &Script) -> Vec<(&'static str, u128)> {
    script
        .asked
        .lock()
        .unwrap()
        .iter()
        .map(|(what, after)| (*what, after.as_millis()))
        .collect()
}

#[tokio::test(start_paused = true)]
async fn asking_starts_fast_and_slows_down() {
    let mut statuses = vec![status("IN_QUEUE"); 12];
    statuses.push(status("COMPLETED"));
    let script = Script::new(vec![], statuses);
    let settings = FollowSettings {
        streaming: false,
        ..FollowSettings::default()
    };
    let updates = run(&script, settings, None).await;
    assert_eq!(updates.len(), 2);
    let times: Vec<_> = asked(&script).into_iter().map(|(_, after)| after).collect();
    let pauses: Vec<_> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let expected = [
        250, 375, 562, 844, 1265, 1898, 2847, 4271, 5000, 5000, 5000, 5000, 0,
    ];
    for (pause, expected) in pauses.iter().zip(expected) {
        assert!(pause.abs_diff(expected) <= 3, "{pauses:?}");
    }
    assert_eq!(pauses.len(), expected.len());
}

#[tokio::test(start_paused = true)]
async fn a_silent_stream_is_given_up_after_45_seconds() {
    let ping = || (40, ": ping\n\n".to_owned());
    let script = Script::new(
        vec![(
            vec![
                (0, event(&status("IN_QUEUE"))),
                ping(),
                (2, event(&status("IN_PROGRESS"))),
            ],
            true,
        )],
        vec![status("COMPLETED")],
    );
    let settings = FollowSettings {
        max_status_age: Duration::from_secs(3600),
        ..FollowSettings::default()
    };
    let updates = run(&script, settings, None).await;
    assert_eq!(updates.len(), 3);
    assert_eq!(
        asked(&script),
        [("open", 0), ("status", 87_000), ("result", 87_000)]
    );
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_only_breathes_is_not_believed_for_ever() {
    let mut pieces = vec![(0, event(&status("IN_PROGRESS")))];
    pieces.extend(vec![(15, ": ping\n\n".to_owned()); 20]);
    let script = Script::new(
        vec![(pieces, true)],
        vec![status("IN_PROGRESS"), status("COMPLETED")],
    );
    run(&script, FollowSettings::default(), None).await;
    assert_eq!(
        asked(&script),
        [
            ("open", 0),
            ("status", 30_000),
            ("status", 60_000),
            ("result", 60_000)
        ]
    );
}

/// An old state again and again, or a word that nobody knows, says nothing about the end.
#[tokio::test(start_paused = true)]
async fn events_do_not_postpone_the_poll() {
    for state in ["IN_PROGRESS", "PAUSED"] {
        let pieces = vec![(1, event(&status(state))); 500];
        let script = Script::new(
            vec![(pieces, true)],
            vec![status("IN_PROGRESS"), status("COMPLETED")],
        );
        let updates = run(&script, FollowSettings::default(), None).await;
        assert_eq!(
            asked(&script),
            [
                ("open", 0),
                ("status", 31_000),
                ("status", 61_000),
                ("result", 61_000)
            ],
            "{state}"
        );
        let first = updates[0].as_ref().unwrap();
        match state {
            "PAUSED" => assert_eq!(first, &Update::Other("PAUSED".to_owned())),
            _ => assert_eq!(first, &Update::InProgress),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_timeout_names_the_state_that_nobody_knows() {
    let script = Script::new(
        vec![(vec![(0, event(&status("PAUSED")))], true)],
        vec![status("PAUSED")],
    );
    let updates = run(
        &script,
        FollowSettings::default(),
        Some(Duration::from_secs(60)),
    )
    .await;
    let error = updates.last().unwrap().as_ref().unwrap_err();
    assert!(
        error.is_timeout() && format!("{error:#}").contains("\"PAUSED\""),
        "{error}"
    );
}

#[tokio::test(start_paused = true)]
async fn completion_on_the_stream_needs_one_more_round_trip() {
    let script = Script::new(
        vec![(
            vec![
                (0, event(&status("IN_QUEUE"))),
                (7, event(&status("COMPLETED"))),
            ],
            true,
        )],
        vec![status("COMPLETED")],
    );
    run(&script, FollowSettings::default(), None).await;
    assert_eq!(asked(&script), [("open", 0), ("result", 7000)]);
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_closes_at_once_is_not_hammered() {
    let closed = || (vec![], false);
    let mut statuses = vec![status("IN_PROGRESS"); 40];
    statuses.push(status("COMPLETED"));
    let script = Script::new((0..100).map(|_| closed()).collect(), statuses);
    run(&script, FollowSettings::default(), None).await;
    let opens = asked(&script)
        .into_iter()
        .filter(|(what, _)| *what == "open")
        .count();
    assert!((3..=15).contains(&opens), "{opens}");
}

#[tokio::test(start_paused = true)]
async fn a_stream_is_opened_again_however_seldom_is_asked() {
    let script = Script::new(
        vec![
            (vec![(1, event(&status("IN_QUEUE")))], false),
            (vec![(7, event(&status("COMPLETED")))], false),
        ],
        vec![status("IN_QUEUE")],
    );
    let hour = Duration::from_secs(3600);
    let settings = FollowSettings {
        first_poll: hour,
        last_poll: hour,
        ..FollowSettings::default()
    };
    run(&script, settings, None).await;
    assert_eq!(
        asked(&script),
        [
            ("open", 0),
            ("status", 1000),
            ("open", 1500),
            ("status", 6500),
            ("result", 8500)
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_timeout_ends_once_and_cancels_where_asked() {
    for cancel in [false, true] {
        let script = Script::new(
            vec![(vec![(0, event(&status("IN_QUEUE")))], true)],
            vec![status("IN_QUEUE")],
        );
        let settings = FollowSettings {
            cancel_on_timeout: cancel,
            ..FollowSettings::default()
        };
        let updates = run(&script, settings, Some(Duration::from_secs(10))).await;
        let error = updates.last().unwrap().as_ref().unwrap_err();
        assert!(error.is_timeout());
        assert_eq!(error.cancel_outcome().is_some(), cancel);
        let last = asked(&script).pop().unwrap();
        assert_eq!(
            last,
            if cancel {
                ("cancel", 10_000)
            } else {
                ("open", 0)
            }
        );
    }
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_would_come_too_late_does_not_end_the_follow_early() {
    let script = Script {
        statuses: Mutex::new([Err(())].into()),
        start: Some(Instant::now()),
        ..Script::default()
    };
    let settings = FollowSettings {
        streaming: false,
        cancel_on_timeout: true,
        ..FollowSettings::default()
    };
    let updates = run(&script, settings, Some(Duration::from_secs(100))).await;
    assert!(updates[0].as_ref().unwrap_err().is_timeout());
    assert_eq!(asked(&script), [("status", 0), ("cancel", 100_000)]);
}

#[tokio::test(start_paused = true)]
async fn a_follow_that_fails_keeps_the_log() {
    let script = Script::new(vec![], vec![logged("IN_PROGRESS", "ab")]);
    let settings = FollowSettings {
        logs: true,
        ..FollowSettings::default()
    };
    let updates = run(&script, settings, Some(Duration::from_secs(10))).await;
    let error = updates.last().unwrap().as_ref().unwrap_err();
    assert_eq!(error.logs(), lines("ab"));
}

#[tokio::test(start_paused = true)]
async fn the_log_is_complete_before_the_end() {
    // Increments, in which an equal line cannot be told from a repeated one.
    let script = Script::new(
        vec![(
            vec![
                (0, event(&logged("IN_QUEUE", ""))),
                (1, event(&logged("IN_PROGRESS", "a"))),
                (1, event(&logged("IN_PROGRESS", "a"))),
                (1, event(&logged("COMPLETED", "b"))),
            ],
            false,
        )],
        vec![logged("COMPLETED", "aab")],
    );
    let settings = FollowSettings {
        logs: true,
        ..FollowSettings::default()
    };
    let updates = run(&script, settings, None).await;
    let mut shown = Vec::new();
    for update in &updates {
        if let Update::Logs(lines) = update.as_ref().unwrap() {
            shown.extend(lines.clone());
        }
    }
    assert_eq!(shown, lines("aba"));
    let Update::Completed(completed) = updates.last().unwrap().as_ref().unwrap() else {
        panic!()
    };
    assert_eq!(completed.logs(), lines("aab"));
    assert_eq!(
        asked(&script),
        [("open", 0), ("status", 3000), ("result", 3000)]
    );
}

#[tokio::test(start_paused = true)]
async fn what_was_logged_before_the_stream_is_asked_for() {
    let script = Script::new(
        vec![(
            vec![
                (0, event(&logged("IN_PROGRESS", "c"))),
                (1, event(&logged("COMPLETED", "d"))),
            ],
            false,
        )],
        vec![logged("IN_PROGRESS", "abc"), logged("COMPLETED", "abcd")],
    );
    let settings = FollowSettings {
        logs: true,
        ..FollowSettings::default()
    };
    let updates = run(&script, settings, None).await;
    let Update::Completed(completed) = updates.last().unwrap().as_ref().unwrap() else {
        panic!()
    };
    assert_eq!(completed.logs(), lines("abcd"));
}
