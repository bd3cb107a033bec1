//! Works off a list of inputs together with other workers, on any number of machines: start several, and kill some.
//!
//! ```text
//! cargo run -p kling-api --features journal-postgres,platform --example worker -- postgres://me@host/videos inputs.jsonl
//! ```
//!
//! The workers share nothing but a database of Postgres. Each submits the inputs that no other has submitted, and then
//! follows the jobs that no other follows. Where a worker is killed, the others go on with what it had: no input is
//! bought twice, and none is forgotten.
//!
//! The key is read from `FAL_KEY`. To try it without buying anything, run the example `fake_fal` in another window, and
//! this with the variables that it prints.

use std::error::Error;
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use futures_util::StreamExt as _;
use kling_api::journal::{Journal, PostgresStore, State};
use kling_api::v2_1::master::image_to_video::Input;
use kling_api::{Client, Submission};

/// Works off a list of inputs together with other workers
#[derive(Parser)]
struct Arguments {
    /// A database of Postgres, as a URL
    database: String,
    /// A file with one input a line, as JSON; the same for all workers
    inputs: PathBuf,
    /// How many jobs this worker has at once
    #[arg(long, default_value_t = 8)]
    concurrency: usize,
    /// How many seconds a job stays with a worker that does not come back
    #[arg(long, default_value_t = 600)]
    hold: u64,
    /// How many seconds a worker that does not stir counts as alive while it submits
    #[arg(long, default_value_t = 30.0)]
    lease: f64,
    /// Sends a submit that was cut off again where fal has not listed it after so many seconds
    #[arg(long, default_value_t = 300.0)]
    resubmit_after: f64,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    let text = std::fs::read_to_string(&arguments.inputs)?;
    let inputs: Vec<Input> = text
        .lines()
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()?;
    PostgresStore::create_table(&arguments.database).await?;
    let journal = Journal::postgres(&arguments.database)
        .await?
        .lease(Duration::try_from_secs_f64(arguments.lease)?);
    let client = Client::builder().journal(journal.clone()).build()?;

    let resubmit_after = Duration::try_from_secs_f64(arguments.resubmit_after)?;
    let submits = inputs.into_iter().enumerate().map(async |(index, input)| {
        let key = format!("input-{index}");
        let call = client.call(input).idempotency_key(&key);
        match call.resubmit_after(resubmit_after).submit().await {
            Ok(job) => println!("{key} is job {}", job.request_id()),
            Err(error) if matches!(error.submission(), Submission::Submitted(_)) => {}
            Err(error) => eprintln!("{key}: {error:#}"),
        }
    });
    let submits = futures_util::stream::iter(submits);
    submits
        .buffer_unordered(arguments.concurrency.max(1))
        .collect::<()>()
        .await;

    let hold = Duration::from_secs(arguments.hold);
    loop {
        let mine = journal.unfinished(arguments.concurrency, hold).await?;
        // The client keeps the outcome in the journal, also that of a job that failed.
        let follows = mine.iter().map(async |entry| {
            let Some(job) = entry.job() else { return };
            match client.follow(job).timeout(hold).await {
                Ok(video) => println!("{}: {}", entry.key(), video["video"]["url"]),
                Err(error) => eprintln!("{}: {error:#}", entry.key()),
            }
        });
        futures_util::future::join_all(follows).await;
        if mine.is_empty() {
            if journal.entries_in(State::Submitted).next().await.is_none() {
                break;
            }
            // With others, of whom some may be killed.
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }
    println!("{} in the journal", journal.spent().await?);
    Ok(())
}
