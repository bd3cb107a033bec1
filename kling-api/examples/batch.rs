//! Makes a video of each of many inputs, a few at a time, and can be killed and started again at any moment: no input is
//! bought twice, and each has its video in the end.
//!
//! ```text
//! cargo run -p kling-api --features journal,platform,testing --example batch
//! cargo run -p kling-api --features journal,platform,testing --example batch -- inputs.jsonl --concurrency 8
//! ```
//!
//! Each line of the file is an input as JSON, such as `{"prompt": "…", "image_url": "https://…"}`; without a file there
//! are a hundred made-up ones. With `FAL_KEY` set it talks to fal, and each video costs what fal charges. Without one
//! it talks to FakeFal, a server that it starts on this machine, and nothing is bought. That server ends with it; to see
//! what a kill does, run the example `fake_fal` in another window, and this with the variables that it prints.
//!
//! The journal keeps what was bought. An input goes by the name of the file and the number of its line, from 1: so are
//! its key in the journal, its video and its messages called. The line of a number must stay what it is.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use futures_util::StreamExt as _;
use indicatif::{ProgressBar, ProgressStyle};
use kling_api::Client;
use kling_api::journal::Journal;
use kling_api::testing::FakeFal;
use kling_api::v2_1::master::image_to_video::Input;

/// Makes a video of each of many inputs, and never buys one twice
#[derive(Parser)]
struct Arguments {
    /// A file with one input a line, as JSON
    inputs: Option<PathBuf>,
    /// Where to write down what was bought
    #[arg(long, default_value = "batch.journal")]
    journal: PathBuf,
    /// The folder for the videos
    #[arg(long, default_value = "videos")]
    videos: PathBuf,
    /// How many jobs run at once
    #[arg(long, default_value_t = 16)]
    concurrency: usize,
    /// Sends a submit that was cut off again where fal has not listed it after so many seconds
    #[arg(long, default_value_t = 300.0)]
    resubmit_after: f64,
    /// How many seconds a program that does not stir counts as alive
    #[arg(long, default_value_t = 30.0)]
    lease: f64,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Whether every input has its video.
async fn run(arguments: Arguments) -> Result<bool, Box<dyn Error>> {
    let inputs = read_inputs(arguments.inputs.as_deref())?;
    std::fs::create_dir_all(&arguments.videos)?;
    let lease = Duration::try_from_secs_f64(arguments.lease)?;
    let resubmit_after = Duration::try_from_secs_f64(arguments.resubmit_after)?;
    let journal = Journal::open(&arguments.journal)?.lease(lease);
    let (client, _fake) = client(&journal)?;

    let bar = ProgressBar::new(inputs.len() as u64);
    bar.set_style(ProgressStyle::with_template(
        "{elapsed} {wide_bar} {pos}/{len} {msg}",
    )?);
    let make = async |name: &str, input: &Input| {
        let path = arguments.videos.join(format!("{name}.mp4"));
        let call = client.call(input.clone()).idempotency_key(name);
        let video = call.resubmit_after(resubmit_after).await?;
        // A download takes its name when it is whole. Another run of this batch may be first.
        if !path.exists()
            && let Err(error) = client.download(&video.video, &path).await
            && !path.exists()
        {
            return Err(error);
        }
        Ok::<_, kling_api::Error>(path)
    };
    let all = inputs
        .iter()
        .map(async |(name, input)| (name, make(name, input).await));
    let mut all = futures_util::stream::iter(all).buffer_unordered(arguments.concurrency.max(1));
    let mut failed = 0;
    while let Some((name, outcome)) = all.next().await {
        bar.inc(1);
        bar.suspend(|| match outcome {
            Ok(path) => println!("{}", path.display()),
            Err(error) => {
                failed += 1;
                eprintln!("{name}: {error:#}");
            }
        });
    }
    bar.finish_and_clear();
    println!("{} done", inputs.len() - failed);
    if failed > 0 {
        println!("{failed} without a video; start again to go on with those that can");
    }
    println!("{} in the journal", journal.spent().await?);
    Ok(failed == 0)
}

/// The inputs, each with its name.
fn read_inputs(path: Option<&Path>) -> Result<Vec<(String, Input)>, Box<dyn Error>> {
    let Some(path) = path else {
        let robin = |number| {
            let prompt = format!("robin {number} builds a nest");
            let input = Input::new(prompt, "https://example.com/robin.webp");
            (format!("robin-{number}"), input)
        };
        return Ok((1..=100).map(robin).collect());
    };
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let text = std::fs::read_to_string(path)
        .map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
    let read = |(number, line)| match serde_json::from_str(line) {
        Ok(input) => Ok((format!("{stem}-{number}"), input)),
        Err(error) => {
            Err(format!("line {number} of {} is no input: {error}", path.display()).into())
        }
    };
    (1..).zip(text.lines()).map(read).collect()
}

/// A client of fal where a key is set, or else of a server of our own, which lives as long as it is held.
fn client(journal: &Journal) -> Result<(Client, Option<FakeFal>), Box<dyn Error>> {
    let mut builder = Client::builder();
    let mut fake = None;
    if std::env::var_os("FAL_KEY").is_none() && std::env::var_os("FAL_KEY_ID").is_none() {
        eprintln!(
            "FAL_KEY is not set, so this runs against FakeFal, on this machine: nothing is bought."
        );
        builder = fake.insert(FakeFal::start_blocking()?).client();
    }
    Ok((builder.journal(journal.clone()).build()?, fake))
}
