//! Events, breaks and responses in any order: each log line once, and one end. In virtual time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use proptest::prelude::*;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, sleep_until};

use crate::call::follow::FollowSettings;
use crate::call::follow::driver::Driver;
use crate::call::follow::source::StatusSource;
use crate::call::follow::update::Update;
use crate::call::job_handle::{Opened, StatusOptions};
use crate::call::status_stream::StatusStream;
use crate::error::Error;
use crate::error::kind::{Kind, Phase};
use crate::http::events::tests::of_pieces;
use crate::values::cancel::CancelOutcome;
use crate::values::completed::Completed;
use crate::values::status::{LogLine, Status};

/// A job: what it does, and when.
#[derive(Debug)]
struct World {
    /// After so many milliseconds each, counted from the one before.
    moments: Vec<(u64, Moment)>,
    streams: Vec<StreamPlan>,
    /// How long each response takes, one after the other and from the front again.
    delays: Vec<u64>,
}

#[derive(Clone, Debug)]
enum Moment {
    Position(u8),
    Start,
    /// Lines of an alphabet so small that they repeat.
    Log(Vec<u8>),
}

#[derive(Clone, Debug)]
enum StreamPlan {
    Refused,
    Never,
    Open {
        logs: Sent,
        after: usize,
        then: Then,
    },
}

#[derive(Clone, Copy, Debug)]
enum Sent {
    All,
    Increments,
    SinceConnect,
}

/// What happens to a stream after some of its events.
#[derive(Clone, Copy, Debug)]
enum Then {
    Reset,
    Close,
    Stall,
    Garbage,
}

#[derive(Debug)]
struct Server {
    world: World,
    start: Instant,
    opened: AtomicUsize,
    responded: AtomicUsize,
}

impl Server {
    /// When the moment of this number is there; the one after the last is the end of the job.
    fn at(&self, moment: usize) -> Instant {
        let waits = self
            .world
            .moments
            .iter()
            .map(|(after, _)| *after)
            .chain([1000]);
        self.start + Duration::from_millis(waits.take(moment + 1).sum())
    }

    /// How many moments there have been.
    fn now(&self) -> usize {
        (0..=self.world.moments.len())
            .take_while(|moment| self.at(*moment) <= Instant::now())
            .count()
    }

    fn lines(&self, moments: usize) -> Vec<Value> {
        let moments = self.world.moments.iter().take(moments);
        let lines = moments.filter_map(|(_, moment)| match moment {
            Moment::Log(lines) => Some(lines),
            _ => None,
        });
        lines
            .flatten()
            .map(|line| json!({"message": line.to_string()}))
            .collect()
    }

    fn response(&self, moments: usize, lines: &[Value]) -> Value {
        if moments > self.world.moments.len() {
            return json!({"status": "COMPLETED", "logs": lines});
        }
        let mut status = json!({"status": "IN_QUEUE", "queue_position": 9, "logs": lines});
        for (_, moment) in self.world.moments.iter().take(moments) {
            match moment {
                Moment::Start => status = json!({"status": "IN_PROGRESS", "logs": lines}),
                Moment::Position(position) if status["status"] == "IN_QUEUE" => {
                    status["queue_position"] = json!(position);
                }
                Moment::Position(_) | Moment::Log(_) => {}
            }
        }
        status
    }

    async fn delay(&self) {
        let number = self.responded.fetch_add(1, Ordering::Relaxed);
        let delays = &self.world.delays;
        sleep(Duration::from_millis(delays[number % delays.len()])).await;
    }

    /// The pieces of a stream that opens now.
    fn events(
        self: Arc<Self>,
        logs: Sent,
        after: usize,
        then: Then,
    ) -> impl Stream<Item = Result<Bytes, std::io::Error>> + Send {
        let opened = self.now();
        let sent = match logs {
            Sent::SinceConnect => self.lines(opened).len(),
            Sent::All | Sent::Increments => 0,
        };
        let last = self.world.moments.len() + 1;
        let events = stream::unfold(
            (self, opened, sent),
            move |(server, moments, sent)| async move {
                if moments > last {
                    return None;
                }
                if moments > 0 {
                    sleep_until(server.at(moments - 1)).await;
                }
                let lines = server.lines(moments);
                let from = if matches!(logs, Sent::All) { 0 } else { sent };
                let status = server.response(moments, &lines[from..]);
                let sent = lines.len();
                Some((
                    Ok(Bytes::from(format!("data: {status}\n\n"))),
                    (server, moments + 1, sent),
                ))
            },
        );
        let whole = events.take(after);
        let end: std::pin::Pin<Box<dyn Stream<Item = _> + Send>> = match then {
            Then::Close => Box::pin(stream::empty()),
            Then::Stall => Box::pin(stream::pending()),
            Then::Reset => Box::pin(stream::iter([Err(
                std::io::ErrorKind::ConnectionReset.into()
            )])),
            Then::Garbage => Box::pin(stream::iter([Ok(Bytes::from_static(
                b"data: {\"status\": \"COMP\n\n\xff\xfe\n\n",
            ))])),
        };
        whole.chain(end)
    }
}

impl StatusSource for Arc<Server> {
    type Output = ();

    async fn status(&self, options: StatusOptions) -> Result<Status, Error> {
        self.delay().await;
        assert!(options.logs);
        let moments = self.now();
        let status = self.response(moments, &self.lines(moments));
        self.delay().await;
        Ok(Status::read(status.to_string().as_bytes())
            .unwrap()
            .unwrap())
    }

    async fn open(&self, logs: bool) -> Opened {
        self.delay().await;
        assert!(logs);
        let number = self.opened.fetch_add(1, Ordering::Relaxed);
        match self.world.streams.get(number) {
            None | Some(StreamPlan::Never) => Opened::Never,
            Some(StreamPlan::Refused) => Opened::Later,
            Some(StreamPlan::Open { logs, after, then }) => {
                let events = self.clone().events(*logs, *after, *then);
                let stall = FollowSettings::default().stall;
                Opened::Stream(StatusStream::new(of_pieces(events, stall, 100_000)))
            }
        }
    }

    async fn result(&self, status: Status, _: Option<Instant>) -> Result<Completed<()>, Error> {
        self.delay().await;
        assert!(
            status.is_completed() && self.now() > self.world.moments.len(),
            "asked for too early"
        );
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
        unreachable!("nobody asked for it")
    }

    fn timed_out(&self) -> Error {
        Error::new(Kind::Deadline, Phase::Follow).of_job("6f", "a/b")
    }
}

fn worlds() -> impl Strategy<Value = World> {
    let moment = prop_oneof![
        1 => (0..9_u8).prop_map(Moment::Position),
        1 => Just(Moment::Start),
        4 => prop::collection::vec(0..3_u8, 0..4).prop_map(Moment::Log),
    ];
    let wait = prop_oneof![Just(0_u64), 1..500_u64, 500..90_000_u64];
    let sent = prop::sample::select(vec![Sent::All, Sent::Increments, Sent::SinceConnect]);
    let then = prop::sample::select(vec![Then::Reset, Then::Close, Then::Stall, Then::Garbage]);
    let plan = prop_oneof![
        1 => Just(StreamPlan::Refused),
        1 => Just(StreamPlan::Never),
        6 => (sent, 0..6_usize, then).prop_map(|(logs, after, then)| StreamPlan::Open { logs, after, then }),
    ];
    let moments = prop::collection::vec((wait, moment), 0..15);
    let delays = prop::collection::vec(prop_oneof![Just(0_u64), 0..2000_u64], 1..6);
    (moments, prop::collection::vec(plan, 0..8), delays).prop_map(|(moments, streams, delays)| {
        World {
            moments,
            streams,
            delays,
        }
    })
}

fn messages(lines: &[LogLine]) -> Vec<String> {
    lines.iter().map(|line| line.message.clone()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1000) })]

    #[test]
    fn each_line_comes_once_and_there_is_one_end(world in worlds()) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        runtime.block_on(async {
            let server = Arc::new(Server {
                world,
                start: Instant::now(),
                opened: AtomicUsize::new(0),
                responded: AtomicUsize::new(0),
            });
            let settings = FollowSettings { logs: true, ..FollowSettings::default() };
            let mut driver = Driver::new(server.clone(), settings, None);
            let (mut shown, mut steps, mut ends) = (Vec::new(), Vec::new(), Vec::new());
            while let Some(update) = driver.next().await {
                prop_assert!(ends.is_empty(), "nothing comes after the end");
                match update.unwrap() {
                    Update::Logs(lines) => shown.extend(messages(&lines)),
                    Update::Completed(completed) => ends.push(messages(completed.logs())),
                    step => steps.push(step),
                }
            }
            prop_assert!(driver.next().await.is_none());

            let last = server.world.moments.len();
            let truth: Vec<String> = server.lines(last)
                .iter()
                .map(|line| line["message"].as_str().unwrap().to_owned())
                .collect();
            prop_assert_eq!(&ends, &vec![truth.clone()], "one end, with the log as it was written");
            let (mut shown, mut written) = (shown, truth);
            shown.sort_unstable();
            written.sort_unstable();
            prop_assert_eq!(shown, written, "each line once");
            for pair in steps.windows(2) {
                prop_assert_ne!(&pair[0], &pair[1], "no step is repeated");
            }
            let started = steps.iter().filter(|step| **step == Update::InProgress).count();
            prop_assert!(started <= 1, "{:?}", steps);
            // Noticed late at worst: a stream that fell silent, and a request with slow responses.
            prop_assert!(server.at(last).elapsed() < Duration::from_secs(120));
            Ok(())
        })?;
    }
}
