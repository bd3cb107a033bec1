//! Receives fal's webhooks with axum: each job that has ended is worked on once, however often it is delivered, and none
//! is lost when the program is killed.
//!
//! ```text
//! cargo run -p kling-api --features testing --example webhook -- inbox
//! FAL_KEY=… cargo run -p kling-api --features testing --example webhook -- inbox --port 8080
//! ```
//!
//! With `FAL_KEY` set it takes what fal signs; give `https://…/webhook` to `Call::webhook`, with a proxy before this
//! program that speaks TLS. Without one it talks to FakeFal, a server that it starts on this machine, and submits a job
//! there to have something to receive.
//!
//! fal takes any 2xx for a receipt and repeats everything else. So an event is answered once it is on the disk, and not
//! before, and worked on afterwards. The file of an event is called by its request id, and made only where there is none
//! of that name: this is what makes an event count once. The folder outlives the program, so that a delivery is known
//! again after a restart. Files are kept for longer than fal can deliver an event, which it does while it has the
//! result: 30 days at most.

use std::error::Error;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use clap::Parser;
use kling_api::testing::FakeFal;
use kling_api::v2_1::master::image_to_video::Input;
use kling_api::webhook::{Event, FetchingVerifier};
use kling_api::{Client, Raw};
use tempfile::NamedTempFile;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

/// Longer than fal keeps a result, and so longer than it can deliver one.
const KEPT: Duration = Duration::from_secs(31 * 24 * 60 * 60);

/// An output is links and numbers, but a job may be asked for its files as text.
const LARGEST: usize = 32 * 1024 * 1024;

/// Receives fal's webhooks, each event once
#[derive(Parser)]
struct Arguments {
    /// A folder for the events that were received
    inbox: PathBuf,
    /// Where to listen on this machine; 0 for any free port
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Another queue than fal's own
    #[arg(long, requires = "rest_url")]
    queue_url: Option<String>,
    /// Another server than fal's own for the keys of webhooks
    #[arg(long, requires = "queue_url")]
    rest_url: Option<String>,
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
    let inbox = Arc::new(Inbox::open(arguments.inbox)?);
    let (client, fake) = client(arguments.queue_url, arguments.rest_url).await?;
    let listener = TcpListener::bind(("127.0.0.1", arguments.port)).await?;
    let url = format!("http://{}/webhook", listener.local_addr()?);
    println!("listening on {url}");

    let (work, todo) = mpsc::unbounded_channel();
    for id in inbox.unfinished()? {
        work.send(id)?;
    }
    tokio::spawn(work_off(Arc::clone(&inbox), client.clone(), todo));
    let receiver = Receiver {
        verifier: FetchingVerifier::new(&client),
        inbox,
        work,
    };
    let router = Router::new()
        .route("/webhook", post(receive))
        .layer(DefaultBodyLimit::max(LARGEST))
        .with_state(Arc::new(receiver));
    let server = axum::serve(listener, router).with_graceful_shutdown(interrupted());
    if fake.is_some() {
        let job = client.call(Input::example()).webhook(url).submit().await?;
        println!("{}: submitted", job.request_id());
    }
    Ok(server.await?)
}

struct Receiver {
    verifier: FetchingVerifier,
    inbox: Arc<Inbox>,
    work: mpsc::UnboundedSender<String>,
}

/// The body is taken as bytes, since the signature is over them.
async fn receive(
    State(receiver): State<Arc<Receiver>>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let event = match receiver.verifier.verify::<Raw>(&headers, &body).await {
        Ok(event) => event,
        Err(error) => {
            eprintln!("refused a delivery: {error}");
            return StatusCode::from_u16(error.status_code()).unwrap_or(StatusCode::BAD_REQUEST);
        }
    };
    let id = event.request_id().to_owned();
    let inbox = Arc::clone(&receiver.inbox);
    let stored = {
        let id = id.clone();
        tokio::task::spawn_blocking(move || inbox.add(&id, &body)).await
    };
    match stored {
        Ok(Ok(true)) => {
            // Where nobody works any more, the event is found at the next start.
            let _ = receiver.work.send(id);
            StatusCode::OK
        }
        Ok(Ok(false)) => {
            println!("{id}: received before");
            StatusCode::OK
        }
        Ok(Err(error)) => {
            eprintln!("{id}: cannot be stored, so fal has to deliver it again: {error}");
            StatusCode::INTERNAL_SERVER_ERROR
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// Works on one event after another. What is not finished here is tried again at the next start.
async fn work_off(inbox: Arc<Inbox>, client: Client, mut todo: mpsc::UnboundedReceiver<String>) {
    while let Some(id) = todo.recv().await {
        let worked = match inbox.read(&id) {
            Ok(body) => work_on(&client, &body).await,
            Err(error) => Err(error.into()),
        };
        match worked.and_then(|said| Ok((said, inbox.finish(&id)?))) {
            Ok((said, ())) => println!("{id}: {said}"),
            Err(error) => eprintln!("{id}: to be done again at the next start: {error:#}"),
        }
    }
}

/// The work itself: here, to say what became of the job.
async fn work_on(client: &Client, body: &[u8]) -> Result<String, Box<dyn Error + Send + Sync>> {
    // Verified before it was stored.
    let event = Event::<Input>::parse_unverified(body)?;
    let job = event.job();
    let result = match event.into_result() {
        Err(error) if error.is_undelivered() => client.result(&job).await,
        result => result,
    };
    match result {
        Ok(video) => Ok(video.video.url.clone()),
        Err(error) if error.is_job_failure() => Ok(error.to_string()),
        Err(error) => Err(error.into()),
    }
}

/// A folder with a file for each event, and an empty one beside it for each that is finished.
struct Inbox {
    folder: PathBuf,
}

impl Inbox {
    fn open(folder: PathBuf) -> io::Result<Self> {
        fs::create_dir_all(&folder)?;
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            let age = entry.metadata()?.modified()?.elapsed().unwrap_or_default();
            if age > KEPT {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(Self { folder })
    }

    /// Whether the event is new. Once this returns it is on the disk.
    fn add(&self, id: &str, body: &[u8]) -> io::Result<bool> {
        let mut file = NamedTempFile::new_in(&self.folder)?;
        file.write_all(body)?;
        file.as_file().sync_all()?;
        match file.persist_noclobber(self.path(id, "json")?) {
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(error.error),
            Ok(_) => {
                // The name of the file, too; not every system opens folders.
                if let Ok(folder) = File::open(&self.folder) {
                    folder.sync_all()?;
                }
                Ok(true)
            }
        }
    }

    fn read(&self, id: &str) -> io::Result<Vec<u8>> {
        fs::read(self.path(id, "json")?)
    }

    fn finish(&self, id: &str) -> io::Result<()> {
        File::create(self.path(id, "done")?).map(drop)
    }

    fn unfinished(&self) -> io::Result<Vec<String>> {
        let mut ids = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let name = entry?.file_name().into_string().unwrap_or_default();
            if let Some(id) = name.strip_suffix(".json")
                && !self.path(id, "done")?.exists()
            {
                ids.push(id.to_owned());
            }
        }
        Ok(ids)
    }

    /// fal's ids are UUIDs; nothing else becomes the name of a file.
    fn path(&self, id: &str, ending: &str) -> io::Result<PathBuf> {
        let is_name = id.len() <= 100
            && id
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if !is_name {
            return Err(io::Error::other("the request id is no UUID"));
        }
        Ok(self.folder.join(format!("{id}.{ending}")))
    }
}

/// A client of fal where a key is set, or else of a server of our own, which lives as long as it is held.
async fn client(
    queue_url: Option<String>,
    rest_url: Option<String>,
) -> Result<(Client, Option<FakeFal>), Box<dyn Error>> {
    if std::env::var_os("FAL_KEY").is_some() || std::env::var_os("FAL_KEY_ID").is_some() {
        let mut builder = Client::builder();
        if let (Some(queue), Some(rest)) = (queue_url, rest_url) {
            builder = builder.queue_url(queue).rest_url(rest);
        }
        return Ok((builder.build()?, None));
    }
    eprintln!(
        "FAL_KEY is not set, so this runs against FakeFal, a server on this machine: nothing is bought."
    );
    let fake = FakeFal::start().await?;
    Ok((fake.client().build()?, Some(fake)))
}

async fn interrupted() {
    if let Err(error) = tokio::signal::ctrl_c().await {
        eprintln!("Ctrl-C cannot be waited for: {error}");
        std::future::pending::<()>().await;
    }
}
