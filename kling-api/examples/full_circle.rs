//! From a local image to a local video, and what it cost: price, upload, submit, webhook, download.
//!
//! ```text
//! cargo run -p kling-api --features testing,platform --example full_circle
//! cargo run -p kling-api --features testing,platform --example full_circle -- --image robins.png --video nest.mp4
//! ```
//!
//! With `FAL_KEY` set it talks to fal and buys a video. fal then delivers the webhook to the URL that `--webhook` gives,
//! from where it has to reach this program at `--port`. Without a key it talks to FakeFal, a server that it starts on
//! this machine, and nothing is bought.
//!
//! Each step has a way on where it fails: a submit of which nobody knows whether it bought a job is looked for in the
//! list of requests, and a webhook that does not come is replaced by following the job.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use kling_api::testing::FakeFal;
use kling_api::v2_1::master::image_to_video::{Input, Output};
use kling_api::webhook::{Event, FetchingVerifier};
use kling_api::{Client, Completed, Job, Media, Submission, Usd};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

/// Makes a video from a local image, and says what each step came to
#[derive(Parser)]
struct Arguments {
    /// The image to start from; without one, a small one is made
    #[arg(long)]
    image: Option<PathBuf>,
    /// Where the video goes; a file of that name is not replaced
    #[arg(long, default_value = "video.mp4")]
    video: PathBuf,
    /// What the video shows
    #[arg(long, default_value = "two robins build a nest")]
    prompt: String,
    /// The URL at which fal reaches this program; on this machine by default, which FakeFal alone can reach
    #[arg(long)]
    webhook: Option<String>,
    /// Where to listen for the webhook on this machine; 0 for any free port
    #[arg(long, default_value_t = 0)]
    port: u16,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Box<dyn Error>> {
    let has_key = ["FAL_KEY", "FAL_KEY_ID"]
        .iter()
        .any(|name| std::env::var_os(name).is_some());
    let (client, _fake) = if has_key {
        (Client::from_env()?, None)
    } else {
        eprintln!(
            "FAL_KEY is not set, so this runs against FakeFal, a server on this machine: nothing is bought."
        );
        let fake = FakeFal::start().await?;
        (fake.client().build()?, Some(fake))
    };
    let mut receiver = Receiver::listen(&client, arguments.port).await?;
    if let Some(url) = arguments.webhook {
        receiver.url = url;
    }
    let sample = TempDir::new()?;
    let image = match arguments.image {
        Some(image) => image,
        None => sample_image(sample.path())?,
    };
    let order = Order {
        prompt: arguments.prompt,
        image,
        video: arguments.video,
        patience: Duration::from_secs(20 * 60),
    };
    let made = make(&client, &order, &mut receiver).await?;
    println!("{}: {} bytes", order.video.display(), made.size);
    println!("{}", made.cost());
    Ok(())
}

/// What is to be made of what.
pub(crate) struct Order {
    pub(crate) prompt: String,
    pub(crate) image: PathBuf,
    pub(crate) video: PathBuf,
    /// How long to wait for the webhook before the job is followed instead.
    pub(crate) patience: Duration,
}

/// What came of it.
pub(crate) struct Made {
    pub(crate) size: u64,
    pub(crate) units: Option<f64>,
    pub(crate) published: Option<Usd>,
}

impl Made {
    fn cost(&self) -> String {
        let published = match self.published {
            Some(price) => price.to_string(),
            None => "what is not published".to_owned(),
        };
        match self.units {
            Some(units) => {
                format!("it cost {published}, as fal publishes it; fal billed {units} units")
            }
            None => format!("it cost {published}, as fal publishes it; fal told no units"),
        }
    }
}

/// The whole way, with one job bought for it at most.
pub(crate) async fn make(
    client: &Client,
    order: &Order,
    receiver: &mut Receiver,
) -> Result<Made, Box<dyn Error>> {
    if order.video.exists() {
        let taken = order.video.display();
        return Err(format!("there is a file {taken} already; nothing was bought").into());
    }
    let mut input = Input::new(&*order.prompt, Media::file(&order.image));
    let published = input.estimated_cost();
    match published {
        Some(price) => println!("the published price is {price}"),
        None => println!("fal publishes no price"),
    }

    let bar = bar("uploading");
    let progress = bar.clone();
    let image = client
        .upload_file(&order.image)
        .expires_in(Duration::from_secs(24 * 60 * 60))
        .on_progress(move |sent, total| show(&progress, sent, total))
        .await?;
    bar.finish();
    println!("{} bytes lie at {}", image.size, image.url);
    input.image_url = image.into();

    let job = submit(client, input, &receiver.url).await?;
    println!("submitted as request {}", job.request_id());

    let event = tokio::time::timeout(order.patience, receiver.event(job.request_id())).await;
    let video = if let Ok(event) = event {
        println!("its webhook came");
        finished(client, &job, event).await?
    } else {
        println!("no webhook came; following the job");
        client.follow(&job).await?
    };
    println!("the video is at {}", video.video.url);

    let bar = self::bar("downloading");
    let progress = bar.clone();
    let file = client
        .download(&video.video, &order.video)
        .on_progress(move |came, total| show(&progress, came, total))
        .await?;
    bar.finish();

    // A webhook does not say what was billed; the answer to a result does.
    let units = match video.billable_units() {
        Some(units) => Some(units),
        None => client.result(&job).await?.billable_units(),
    };
    Ok(Made {
        size: file.size,
        units,
        published,
    })
}

/// Submits the job; where nobody knows whether it was bought, looks for it before anything else.
async fn submit(
    client: &Client,
    input: Input,
    webhook: &str,
) -> Result<Job<Input>, kling_api::Error> {
    let before = SystemTime::now();
    let error = match client.call(input.clone()).webhook(webhook).submit().await {
        Ok(job) => return Ok(job),
        Err(error) => error,
    };
    if error.submission() != Submission::Unknown {
        return Err(error);
    }
    println!("{error:#}");
    let mut found = client.find_lost_jobs(&input, before).await?;
    match found.len() {
        1 => Ok(found.remove(0).into_job()),
        // None yet, or several: that is for a person to decide.
        _ => Err(error),
    }
}

/// The output in a webhook, or the one that the webhook could not carry.
async fn finished(
    client: &Client,
    job: &Job<Input>,
    event: Event<Input>,
) -> Result<Completed<Output>, kling_api::Error> {
    match event.into_result() {
        Err(error) if error.is_undelivered() => client.result(job).await,
        result => result,
    }
}

/// Listens for webhooks, and lets those through that fal has signed.
pub(crate) struct Receiver {
    pub(crate) url: String,
    events: mpsc::UnboundedReceiver<Event<Input>>,
}

struct Inbox {
    verifier: FetchingVerifier,
    events: mpsc::UnboundedSender<Event<Input>>,
}

impl Receiver {
    pub(crate) async fn listen(client: &Client, port: u16) -> Result<Self, Box<dyn Error>> {
        let listener = TcpListener::bind(("127.0.0.1", port)).await?;
        let url = format!("http://{}/webhook", listener.local_addr()?);
        let (sender, events) = mpsc::unbounded_channel();
        let inbox = Inbox {
            verifier: FetchingVerifier::new(client),
            events: sender,
        };
        let router = Router::new()
            .route("/webhook", post(receive))
            .with_state(std::sync::Arc::new(inbox));
        tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                eprintln!("webhooks are no longer received: {error}");
            }
        });
        Ok(Self { url, events })
    }

    /// The event of this job. The same event may come twice, and others may come before it.
    async fn event(&mut self, request_id: &str) -> Event<Input> {
        loop {
            match self.events.recv().await {
                Some(event) if event.request_id() == request_id => return event,
                Some(_) => {}
                None => std::future::pending().await,
            }
        }
    }
}

/// The body is taken as bytes, since the signature is over them.
async fn receive(
    State(inbox): State<std::sync::Arc<Inbox>>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    match inbox.verifier.verify(&headers, &body).await {
        Ok(event) => {
            // Nobody waits for events any more once the video is made.
            let _ = inbox.events.send(event);
            StatusCode::OK
        }
        Err(error) => {
            eprintln!("refused a delivery: {error}");
            StatusCode::from_u16(error.status_code()).unwrap_or(StatusCode::BAD_REQUEST)
        }
    }
}

fn bar(what: &'static str) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg} {bar:30} {bytes}/{total_bytes}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::no_length()
        .with_style(style)
        .with_message(what)
}

fn show(bar: &ProgressBar, moved: u64, total: u64) {
    bar.set_length(total);
    bar.set_position(moved);
}

/// A PNG file of one transparent pixel.
pub(crate) fn sample_image(folder: &Path) -> std::io::Result<PathBuf> {
    const PIXEL: &[u8] =
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\
        \0\0\0\nIDATx\x9cc\0\x01\0\0\x05\0\x01\r\n-\xb4\0\0\0\0IEND\xaeB`\x82";
    let path = folder.join("pixel.png");
    std::fs::write(&path, PIXEL)?;
    Ok(path)
}
