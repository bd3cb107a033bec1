//! One cell of the matrix: something goes wrong with one operation, and what is seen then.

use std::time::Duration;

use kling_api::testing::{FakeFal, Operation, Script};
use kling_api::{Client, Error, Job, Submission};
use kling_tests::harness::{Gate, fake, input, settings, submitted};
use kling_tests::kling::v1::standard::image_to_video::Input;

use crate::fault_matrix::faults::{Row, Trouble};

/// How often it goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strikes {
    Once,
    OnceAndTakesEffect,
    Always,
    AlwaysAndTakesEffect,
}

/// What was seen in one cell.
#[derive(Debug, PartialEq)]
pub(crate) struct Seen {
    pub(crate) outcome: String,
    pub(crate) submission: &'static str,
    /// Jobs that the server has.
    pub(crate) bought: usize,
    /// Submits that reached the server.
    pub(crate) submits: usize,
    /// Attempts at the operation, the refused ones included.
    pub(crate) attempts: usize,
    pub(crate) has_id: bool,
}

/// The longest that an attempt may take where the fault takes up all of it.
const ATTEMPT: Duration = Duration::from_secs(2);
const EVER: usize = usize::MAX;

/// Runs a cell, and holds it against the promise: one job at most, and none lost.
pub(crate) async fn run(operation: Operation, row: Row, strikes: Strikes) -> Seen {
    let fake = fake().script(script(operation)).start().await.unwrap();
    if operation == Operation::Cancel {
        fake.hold();
    }
    let gate = Gate::default();
    let client = client(&fake, &gate, &row);

    if let Trouble::ForeignUrls(fault) = &row.trouble {
        fake.fault(Operation::Submit, fault.clone());
    }
    let job = match operation {
        Operation::Submit | Operation::Run => None,
        _ => Some(submitted(&client).await),
    };
    strike(&fake, &gate, operation, &row, strikes);
    let result = act(&client, operation, job.as_ref()).await;

    let bought = fake.submits();
    let attempts = fake.count(operation) + gate.refused();
    let submits = match operation {
        Operation::Run => fake.count(Operation::Run),
        _ => fake.count(Operation::Submit),
    };
    let cell = format!("{operation} × {} ({strikes:?})", row.name);
    assert!(bought <= 1, "{cell}: {bought} jobs were bought");
    assert!(
        job.is_none() || submits == 1,
        "{cell}: a job that was there was submitted anew"
    );
    if let Err(error) = &result {
        assert_eq!(fake.jobs().len(), bought);
        let made = if operation == Operation::Stream {
            attempts
        } else {
            error.attempts() as usize
        };
        assert_eq!(
            made, attempts,
            "{cell}: attempts made, attempts that arrived or were refused"
        );
    }
    let id = match &result {
        Ok((id, _)) => Some(id.clone()),
        Err(error) => error.request_id().map(str::to_owned),
    };
    judge(&cell, &fake, job.as_ref(), &result);
    assert!(
        id.is_some() || !row.names_job,
        "{cell}: the answer named the job, and the error does not"
    );
    // What ran while the caller waited cannot be followed.
    if let Some(id) = &id
        && bought == 1
        && operation != Operation::Run
    {
        fake.clear_faults();
        gate.refuse(0);
        fake.release();
        come_back(&cell, &fake, id, operation).await;
    }
    Seen {
        outcome: match &result {
            Ok((_, outcome)) => outcome.clone(),
            Err(error) => describe(error),
        },
        submission: match result.as_ref().map_err(Error::submission) {
            Ok(_) | Err(Submission::Submitted(_)) => "submitted",
            Err(Submission::NotSubmitted) => "not submitted",
            Err(Submission::Unknown) => "unknown",
            Err(other) => panic!("{cell}: {other:?}"),
        },
        bought,
        submits,
        attempts,
        has_id: id.is_some(),
    }
}

/// A job that is done at once, so that no cell depends on how fast it is asked for; of a stream that breaks after its
/// first event, the second status is the last.
fn script(operation: Operation) -> Script {
    match operation {
        Operation::Stream | Operation::Cancel => Script::at_once().queue_positions([0]),
        _ => Script::at_once(),
    }
}

fn client(fake: &FakeFal, gate: &Gate, row: &Row) -> Client {
    let mut settings = settings(fake).body_limit(256 * 1024);
    if row.is_slow {
        settings = settings
            .submit_timeout(ATTEMPT)
            .run_timeout(ATTEMPT)
            .request_timeout(ATTEMPT);
    }
    if matches!(row.trouble, Trouble::Refused) {
        settings = gate.guard(settings, fake);
    }
    settings.build().unwrap()
}

fn strike(fake: &FakeFal, gate: &Gate, operation: Operation, row: &Row, strikes: Strikes) {
    let is_once = matches!(strikes, Strikes::Once | Strikes::OnceAndTakesEffect);
    match &row.trouble {
        Trouble::Refused => gate.refuse(if is_once { 1 } else { EVER }),
        Trouble::ForeignUrls(_) => {}
        Trouble::Server(fault) => {
            let rule = fake.fault(operation, fault.clone());
            if is_once {
                rule.times(1);
            }
            if matches!(
                strikes,
                Strikes::OnceAndTakesEffect | Strikes::AlwaysAndTakesEffect
            ) {
                rule.takes_effect(true);
            }
        }
    }
}

/// Does what the operation stands for, and says which job it was about and what came of it.
async fn act(
    client: &Client,
    operation: Operation,
    job: Option<&Job<Input>>,
) -> Result<(String, String), Error> {
    let of = |job: &Job<Input>, text: String| (job.request_id().to_owned(), text);
    match (operation, job) {
        (Operation::Submit, None) => {
            let job = client.call(input()).submit().await?;
            Ok(of(&job, "a job".to_owned()))
        }
        (Operation::Run, None) => {
            let done = client.call(input()).run().await?;
            Ok((done.request_id().to_owned(), "the output".to_owned()))
        }
        (Operation::Status, Some(job)) => {
            let status = client.status(job).await?;
            Ok(of(job, format!("a status: {:?}", status.state())))
        }
        (Operation::Stream, Some(job)) => {
            let done = client
                .follow(job)
                .stall_timeout(Duration::from_millis(100))
                .poll_interval(Duration::from_millis(1), Duration::from_millis(1))
                .await?;
            assert_eq!(done.request_id(), job.request_id());
            Ok(of(job, "the result".to_owned()))
        }
        (Operation::Result, Some(job)) => {
            let done = client.result(job).await?;
            assert_eq!(done.request_id(), job.request_id());
            Ok(of(job, "the result".to_owned()))
        }
        (Operation::Cancel, Some(job)) => {
            let outcome = client.cancel(job).await?;
            Ok(of(job, outcome.to_string()))
        }
        _ => unreachable!("{operation} × {job:?}"),
    }
}

/// What the caller is told about the job must be so.
fn judge(
    cell: &str,
    fake: &FakeFal,
    job: Option<&Job<Input>>,
    result: &Result<(String, String), Error>,
) {
    let jobs = fake.jobs();
    let Err(error) = result else {
        assert_eq!(jobs.len(), 1, "{cell}: a success without a job");
        return;
    };
    let text = format!("{error:#}");
    if let Some(job) = job {
        assert_eq!(
            error.submission(),
            Submission::Submitted(job.request_id().to_owned()),
            "{cell}"
        );
        assert_eq!(
            error.request_id(),
            Some(job.request_id()),
            "{cell}: the request id is lost"
        );
        assert_eq!(error.endpoint(), Some(job.endpoint()), "{cell}");
        assert!(text.contains(job.request_id()), "{cell}: {text}");
        return;
    }
    match error.submission() {
        Submission::NotSubmitted => {
            assert_eq!(jobs.len(), 0, "{cell}: a job was bought, and denied");
        }
        Submission::Unknown => {
            assert!(
                !error.is_retryable(),
                "{cell}: whoever believes this buys a second job"
            );
            let place = error
                .request_id()
                .unwrap_or("https://api.fal.ai/v1/models/requests/by-endpoint");
            assert!(
                text.contains(place) || error.is_job_failure(),
                "{cell} does not say where to look for the job: {text}"
            );
            if let (Some(id), Some(job)) = (error.request_id(), jobs.first()) {
                assert_eq!(id, job.request_id, "{cell}");
            }
        }
        Submission::Submitted(id) if fake.count(Operation::Run) > 0 => {
            assert_eq!(jobs.len(), 1, "{cell}: {error}");
            assert_eq!(id, jobs[0].request_id, "{cell}");
            assert!(
                !error.is_retryable(),
                "{cell}: whoever believes this buys a second job"
            );
        }
        other => panic!("{cell}: {other:?} is known of a submit that failed"),
    }
}

/// With the id alone and a new client, the paid result can still be had.
async fn come_back(cell: &str, fake: &FakeFal, id: &str, operation: Operation) {
    let job = Job::<Input>::from_request_id(id);
    let client = settings(fake).build().unwrap();
    let end = client
        .follow(&job)
        .poll_interval(Duration::from_millis(1), Duration::from_millis(1))
        .await;
    match end {
        Ok(done) => assert_eq!(done.request_id(), id, "{cell}"),
        Err(error) => {
            assert_eq!(
                operation,
                Operation::Cancel,
                "{cell}: the job is lost: {error}"
            );
            assert!(
                error.is_cancelled() && error.is_job_failure(),
                "{cell}: {error}"
            );
            assert_eq!(error.request_id(), Some(id), "{cell}");
        }
    }
}

/// The kind of an error, by what the predicates say.
fn describe(error: &Error) -> String {
    let kinds = [
        ("timeout", error.is_timeout()),
        ("connect", error.is_connect()),
        ("authentication", error.is_authentication()),
        ("billing lock", error.is_billing_lock()),
        ("rate limit", error.is_rate_limit()),
        ("validation", error.is_validation()),
        ("content policy", error.is_content_policy()),
        ("not found", error.is_not_found()),
        ("cancelled", error.is_cancelled()),
        ("server", error.is_server()),
        ("job failure", error.is_job_failure()),
        ("in progress", error.is_in_progress()),
        ("unreadable", error.is_unreadable()),
        ("configuration", error.is_configuration()),
    ];
    let mut words: Vec<String> = kinds
        .into_iter()
        .filter(|(_, holds)| *holds)
        .map(|(name, _)| name.to_owned())
        .collect();
    match error.status() {
        Some(status) => words.push(format!("HTTP {status}")),
        None if words.is_empty() => words.push("broken connection".to_owned()),
        None => {}
    }
    if error.is_retryable() {
        words.push("retryable".to_owned());
    }
    format!("error: {}", words.join(", "))
}
