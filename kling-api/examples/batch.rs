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
//! what a kill does, run the example `fake_fal` in another window, and this with its key as `FAL_KEY` and its URL as
//! `--queue-url`.
//!
//! The journal keeps what was bought. Its keys are the name of the file and the number of the line, so that the line of a
//! number must stay what it is.

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
    /// Another server than fal's own; `--platform-url` goes with it
    #[arg(long, requires = "platform_url")]
    queue_url: Option<String>,
    /// The platform API of that server, where lost jobs are looked for
    #[arg(long)]
    platform_url: Option<String>,
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
    let name = stem(arguments.inputs.as_deref());
    std::fs::create_dir_all(&arguments.videos)?;
    let lease = Duration::try_from_secs_f64(arguments.lease)?;
    let resubmit_after = Duration::try_from_secs_f64(arguments.resubmit_after)?;
    let journal = Journal::open(&arguments.journal)?.lease(lease);
    let (client, _fake) = client(&arguments, &journal)?;

    let bar = ProgressBar::new(inputs.len() as u64);
    bar.set_style(ProgressStyle::with_template(
        "{elapsed} {wide_bar} {pos}/{len} {msg}",
    )?);
    let all = inputs
        .iter()
        .cloned()
        .enumerate()
        .map(async |(index, input)| {
            let path = arguments.videos.join(format!("{name}-{index}.mp4"));
            let call = client
                .call(input)
                .idempotency_key(format!("{name}-{index}"))
                .resubmit_after(resubmit_after);
            let video = call.await?;
            // A download takes its name when it is whole. Another run of this batch may be first.
            if !path.exists()
                && let Err(error) = client.download(&video.video, &path).await
                && !path.exists()
            {
                return Err(error);
            }
            bar.inc(1);
            Ok::<_, kling_api::Error>(())
        });
    let mut all = futures_util::stream::iter(all).buffer_unordered(arguments.concurrency.max(1));
    let mut failed = 0;
    while let Some(outcome) = all.next().await {
        if let Err(error) = outcome {
            failed += 1;
            bar.suspend(|| eprintln!("{error:#}"));
        }
    }
    bar.finish_and_clear();
    println!("{} done", inputs.len() - failed);
    if failed > 0 {
        println!("{failed} without a video; start again to go on with those that can");
    }
    println!("{} in the journal", journal.spent().await?);
    Ok(failed == 0)
}

fn stem(inputs: Option<&Path>) -> String {
    let stem = inputs.and_then(Path::file_stem);
    stem.map_or("robin".to_owned(), |stem| {
        stem.to_string_lossy().into_owned()
    })
}

fn read_inputs(path: Option<&Path>) -> Result<Vec<Input>, Box<dyn Error>> {
    let Some(path) = path else {
        let robin = |number| format!("robin {number} builds a nest");
        let input = |number| Input::new(robin(number), "https://example.com/robin.webp");
        return Ok((1..=100).map(input).collect());
    };
    let text = std::fs::read_to_string(path)
        .map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
    let read = |(number, line)| {
        serde_json::from_str(line).map_err(|error| {
            let number = number + 1;
            format!("line {number} of {} is no input: {error}", path.display()).into()
        })
    };
    text.lines().enumerate().map(read).collect()
}

/// A client of fal where a key is set, or else of a server of our own, which lives as long as it is held.
fn client(
    arguments: &Arguments,
    journal: &Journal,
) -> Result<(Client, Option<FakeFal>), Box<dyn Error>> {
    let mut builder = Client::builder();
    let mut fake = None;
    if std::env::var_os("FAL_KEY").is_none() && std::env::var_os("FAL_KEY_ID").is_none() {
        eprintln!(
            "FAL_KEY is not set, so this runs against FakeFal, on this machine: nothing is bought."
        );
        builder = fake.insert(FakeFal::start_blocking()?).client();
    } else if let (Some(queue), Some(platform)) = (&arguments.queue_url, &arguments.platform_url) {
        builder = builder.queue_url(queue).platform_url(platform);
    }
    Ok((builder.journal(journal.clone()).build()?, fake))
}
