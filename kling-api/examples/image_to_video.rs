//! Makes a video from an image, and shows each step on the way.
//!
//! ```text
//! cargo run -p kling-api --features testing --example image_to_video
//! cargo run -p kling-api --features testing --example image_to_video -- \
//!     --endpoint v1/standard --prompt "two robins build a nest" --image https://example.com/robins.webp --duration 10
//! ```
//!
//! With `FAL_KEY` set it talks to fal, and the video costs what it prints. Without one it talks to FakeFal, a server
//! that it starts on this machine, and nothing is bought. Ctrl-C asks the server to cancel the job.

use std::error::Error;
use std::io::IsTerminal as _;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use kling_api::testing::{FakeFal, Pace, Script};
use kling_api::v2_1::master::image_to_video::Input;
use kling_api::{
    CancelOutcome, Client, Completed, ENDPOINTS, Endpoint as _, EndpointInfo, Job, Media, Raw,
    Update,
};
use serde_json::Value;
use tokio::sync::watch;

/// Makes a video from an image with one of Kling's models
#[derive(Parser)]
struct Arguments {
    /// What the video shows; without one, that of a published example
    #[arg(long)]
    prompt: Option<String>,
    /// The image to start from, a URL or a local file, which is uploaded first; without one, that of a published example
    #[arg(long)]
    image: Option<String>,
    /// The id of the endpoint, or a part of it that no other image-to-video endpoint has
    #[arg(long, default_value = Input::INFO.id)]
    endpoint: String,
    /// How many seconds the video has
    #[arg(long)]
    duration: Option<String>,
}

/// What the user means by a text: a URL has a scheme, and a file has none.
fn media(text: String) -> Media {
    if text.contains("://") || text.starts_with("data:") {
        Media::url(text)
    } else {
        Media::file(text)
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // The listener stands before anything is sent: from then on Ctrl-C cancels the job and does not end the program.
    let interrupted = listen();
    let outcome = make(arguments, interrupted).await;
    match outcome {
        Ok(code) => code,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The endpoint that the user means.
fn endpoint(text: &str) -> Result<&'static EndpointInfo, String> {
    let makes_videos = |endpoint: &&EndpointInfo| endpoint.category == Some("image-to-video");
    let fits = |endpoint: &&EndpointInfo| endpoint.id.contains(text);
    let found: Vec<&EndpointInfo> = ENDPOINTS.iter().filter(makes_videos).filter(fits).collect();
    match found.as_slice() {
        [only] => Ok(only),
        several => several
            .iter()
            .find(|endpoint| endpoint.id == text)
            .copied()
            .ok_or_else(|| {
                let ids: Vec<&str> = ENDPOINTS
                    .iter()
                    .filter(makes_videos)
                    .map(|it| it.id)
                    .collect();
                format!(
                    "`{text}` is not one image-to-video endpoint. There are:\n{}",
                    ids.join("\n")
                )
            }),
    }
}

/// Submits a job and follows it to its end.
async fn make(
    arguments: Arguments,
    mut interrupted: watch::Receiver<bool>,
) -> Result<ExitCode, Box<dyn Error>> {
    let endpoint = endpoint(&arguments.endpoint)?;
    let mut input = serde_json::to_value(Input::example())?;
    if let Some(prompt) = arguments.prompt {
        input["prompt"] = prompt.into();
    }
    if let Some(duration) = arguments.duration {
        input["duration"] = duration.into();
    }
    let (client, _fake) = client().await?;
    let mut call = client.call_by_id(endpoint.id, input);
    if let Some(image) = arguments.image {
        call = call.file("image_url", media(image));
    }
    let call = call.call()?;
    match call.estimated_cost() {
        Some(cost) => println!(
            "{} will cost about {cost} by the published price.",
            endpoint.id
        ),
        None => println!("No price is known for {}.", endpoint.id),
    }
    let progress = Progress::new();
    let mut job = None;
    let mut updates = call.logs(true).updates();
    loop {
        let update = tokio::select! {
            // Not while the job is being submitted: a submit that is cut off may have bought one.
            _ = interrupted.wait_for(|interrupted| *interrupted), if job.is_some() => break,
            update = updates.next() => update,
        };
        match update {
            Some(Ok(Update::Completed(video))) => {
                progress.finish();
                return Ok(report(&video));
            }
            Some(Ok(Update::Uploading { sent, total, .. })) => {
                progress.say(&format!("uploading, {sent} of {total} bytes"));
            }
            Some(Ok(Update::Submitted(submitted))) => {
                println!("Submitted as request {}.", submitted.request_id());
                job = Some(submitted);
            }
            Some(Ok(Update::Retrying(retry))) => progress.log(&retry.to_string()),
            Some(Ok(Update::Queued {
                position: Some(position),
            })) => progress.say(&format!("in the queue, {position} before this one")),
            Some(Ok(Update::Queued { position: None })) => progress.say("in the queue"),
            Some(Ok(Update::InProgress)) => progress.say("in progress"),
            Some(Ok(Update::Logs(lines))) => {
                for line in &lines {
                    progress.log(&line.message);
                }
            }
            Some(Ok(_)) => {}
            Some(Err(error)) => {
                progress.finish();
                return Err(error.into());
            }
            None => return Err("the updates ended without a result".into()),
        }
    }
    progress.finish();
    match job {
        Some(job) => cancel(&client, &job).await,
        None => Ok(ExitCode::FAILURE),
    }
}

fn report(video: &Completed<Value>) -> ExitCode {
    println!("{}", video["video"]["url"].as_str().unwrap_or_default());
    match video.inference_time() {
        Some(time) => println!(
            "Request {}, made in {:.1} s.",
            video.request_id(),
            time.as_secs_f64()
        ),
        None => println!("Request {}.", video.request_id()),
    }
    ExitCode::SUCCESS
}

async fn cancel(client: &Client, job: &Job<Raw>) -> Result<ExitCode, Box<dyn Error>> {
    let outcome = client.cancel(job).await?;
    println!(
        "{}",
        match outcome {
            CancelOutcome::Removed => "Cancelled: the job was still in the queue and will not run.",
            CancelOutcome::Requested =>
                "Cancellation is requested; the job may still finish and be billed.",
            CancelOutcome::TooLate =>
                "Too late to cancel: the job has ended, and its result can be fetched.",
            CancelOutcome::UnknownJob => "Not cancelled: the server does not know the job.",
            _ => "The server's response to the cancellation is not known to this version.",
        }
    );
    println!("Request {}.", job.request_id());
    Ok(ExitCode::FAILURE)
}

/// A client of fal where a key is set, or else of a server of our own, which lives as long as it is held.
async fn client() -> Result<(Client, Option<FakeFal>), Box<dyn Error>> {
    if std::env::var_os("FAL_KEY").is_some() || std::env::var_os("FAL_KEY_ID").is_some() {
        return Ok((Client::from_env()?, None));
    }
    eprintln!(
        "FAL_KEY is not set, so this runs against FakeFal, a server on this machine: nothing is bought."
    );
    let script = Script::new()
        .queue_positions([2, 1, 0])
        .in_progress(4)
        .pace(Pace::Timed(Duration::from_millis(500)));
    let fake = FakeFal::builder().script(script).start().await?;
    let client = fake.client().build()?;
    Ok((client, Some(fake)))
}

/// Turns true at the first Ctrl-C.
fn listen() -> watch::Receiver<bool> {
    let (sender, receiver) = watch::channel(false);
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            let _ = sender.send(true);
        }
        // Held for good: a channel that closes would read as an interruption.
        std::future::pending::<()>().await;
    });
    receiver
}

/// One live line on a terminal, and plain lines elsewhere.
struct Progress {
    bar: Option<ProgressBar>,
}

impl Progress {
    fn new() -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new_spinner();
            if let Ok(style) = ProgressStyle::with_template("{spinner} {elapsed} {msg}") {
                bar.set_style(style);
            }
            bar.enable_steady_tick(Duration::from_millis(100));
            bar
        });
        Self { bar }
    }

    fn say(&self, state: &str) {
        match &self.bar {
            Some(bar) => bar.set_message(state.to_owned()),
            None => eprintln!("{state}"),
        }
    }

    fn log(&self, line: &str) {
        match &self.bar {
            Some(bar) => bar.println(format!("  {line}")),
            None => eprintln!("  {line}"),
        }
    }

    fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
