//! Makes a video of each of many inputs, a few at a time, and can be killed and started again at any moment: no input is
//! ever submitted twice.
//!
//! ```text
//! cargo run -p kling-api --features testing --example batch
//! cargo run -p kling-api --features testing --example batch -- inputs.jsonl --state batch.jsonl --concurrency 8
//! ```
//!
//! Each line of the file is an input as JSON, such as `{"prompt": "…", "image_url": "https://…"}`; without a file there
//! are a thousand made-up ones. With `FAL_KEY` set it talks to fal, and each video costs what fal charges. Without one
//! it talks to FakeFal, a server that it starts on this machine, and nothing is bought. That server ends with it; to see
//! what a kill does, run the example `fake_fal` in another window, and this with its key as `FAL_KEY` and its URL as
//! `--queue-url`.
//!
//! The state file has a line for each thing that happened, and is on the disk before the next thing happens:
//! `sending` before a submit, `submitted` or `refused` after it, `done` or `failed` at the end. An input that is
//! `sending` and nothing after it was cut off between the two: whether fal has the job cannot be known here, so it is
//! reported, and not submitted again. Look for it in the list of your requests; where there is none, take the line out
//! of the state file and start again.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};

use clap::Parser;
use fd_lock::RwLock;
use futures_util::StreamExt as _;
use indicatif::{ProgressBar, ProgressStyle};
use kling_api::testing::FakeFal;
use kling_api::v2_1::master::image_to_video::Input;
use kling_api::{Client, Job, Submission};
use serde::{Deserialize, Serialize};

/// Makes a video of each of many inputs, and never submits one twice
#[derive(Parser)]
struct Arguments {
    /// A file with one input a line, as JSON
    inputs: Option<PathBuf>,
    /// Where to write down what has happened; without one, next to the inputs
    #[arg(long)]
    state: Option<PathBuf>,
    /// How many jobs run at once
    #[arg(long, default_value_t = 16)]
    concurrency: usize,
    /// Another server than fal's own
    #[arg(long)]
    queue_url: Option<String>,
}

/// One line of the state file.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct Entry {
    /// The place of the input in the file, from 0.
    index: usize,
    #[serde(flatten)]
    event: Event,
}

/// What has happened to an input.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Event {
    /// The submit is about to be sent.
    Sending {
        input: Input,
    },
    /// fal has the job.
    Submitted {
        job: Job<Input>,
    },
    /// Nothing was bought: the input may be submitted again.
    Refused {
        error: String,
    },
    /// fal may have the job, perhaps under this request id.
    Unknown {
        error: String,
        request_id: Option<String>,
    },
    Done {
        request_id: String,
        url: String,
    },
    /// The job has ended without a video.
    Failed {
        request_id: String,
        error: String,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether every input has its video.
async fn run(arguments: Arguments) -> Result<bool, Box<dyn Error>> {
    let inputs = read_inputs(arguments.inputs.as_deref())?;
    let path = arguments
        .state
        .unwrap_or_else(|| beside(arguments.inputs.as_deref()));
    eprintln!("What happens is written to {}.", path.display());
    let mut lock = RwLock::new(open(&path)?);
    let mut file = lock.try_write().map_err(|_| {
        let path = path.display();
        format!("{path} is in use: this batch runs already, and must not run twice at once")
    })?;
    let known = read_state(&mut file, &inputs)?;
    let state = State {
        file: Mutex::new(&mut file),
        known: Mutex::new(known),
    };
    let (client, _fake) = client(arguments.queue_url)?;

    let bar = ProgressBar::new(inputs.len() as u64);
    bar.set_style(ProgressStyle::with_template(
        "{elapsed} {wide_bar} {pos}/{len} {msg}",
    )?);
    futures_util::stream::iter(inputs.iter().enumerate())
        .map(async |(index, input)| {
            let outcome = make(&client, &state, index, input).await;
            bar.inc(1);
            outcome
        })
        .buffer_unordered(arguments.concurrency.max(1))
        .for_each(async |outcome| {
            if let Err(problem) = outcome {
                bar.println(problem.to_string());
            }
        })
        .await;
    bar.finish_and_clear();
    Ok(report(
        &state
            .known
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner),
        inputs.len(),
    ))
}

/// Brings one input as far as it goes, from where it stands.
async fn make(
    client: &Client,
    state: &State<'_>,
    index: usize,
    input: &Input,
) -> Result<(), Box<dyn Error>> {
    let job = match state.known(index) {
        Some(
            Event::Done { .. }
            | Event::Failed { .. }
            | Event::Sending { .. }
            | Event::Unknown { .. },
        ) => return Ok(()),
        Some(Event::Submitted { job }) => job,
        None | Some(Event::Refused { .. }) => {
            state.write(
                index,
                Event::Sending {
                    input: input.clone(),
                },
            )?;
            match client.call(input.clone()).submit().await {
                Ok(job) => {
                    state.write(index, Event::Submitted { job: job.clone() })?;
                    job
                }
                Err(error) => {
                    let event = match error.submission() {
                        Submission::NotSubmitted => Event::Refused {
                            error: error.to_string(),
                        },
                        _ => Event::Unknown {
                            error: error.to_string(),
                            request_id: error.request_id().map(str::to_owned),
                        },
                    };
                    state.write(index, event)?;
                    return Err(format!("input {index}: {error}").into());
                }
            }
        }
    };
    let request_id = job.request_id().to_owned();
    match client.follow(&job).await {
        Ok(video) => state.write(
            index,
            Event::Done {
                request_id,
                url: video.video.url.clone(),
            },
        )?,
        // Of a job that fal does not know any more the result is gone, too.
        Err(error) if error.is_job_failure() || error.is_not_found() => {
            state.write(
                index,
                Event::Failed {
                    request_id,
                    error: error.to_string(),
                },
            )?;
            return Err(format!("input {index}: {error}").into());
        }
        // This says nothing about the job, which stays `submitted`: the next run follows it again.
        Err(error) => return Err(format!("input {index}: {error}").into()),
    }
    Ok(())
}

/// What has happened, in memory and on the disk.
struct State<'a> {
    file: Mutex<&'a mut File>,
    known: Mutex<BTreeMap<usize, Event>>,
}

impl State<'_> {
    fn known(&self, index: usize) -> Option<Event> {
        self.known
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&index)
            .cloned()
    }

    /// Returns once the line is on the disk.
    fn write(&self, index: usize, event: Event) -> Result<(), Box<dyn Error>> {
        let mut line = serde_json::to_vec(&Entry {
            index,
            event: event.clone(),
        })?;
        line.push(b'\n');
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(&line)?;
        file.sync_data()?;
        self.known
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(index, event);
        Ok(())
    }
}

/// The state file where none is named. Made-up inputs have a new one each time.
fn beside(inputs: Option<&Path>) -> PathBuf {
    match inputs {
        Some(inputs) => inputs.with_extension("state.jsonl"),
        None => std::env::temp_dir().join(format!("batch-{}.jsonl", std::process::id())),
    }
}

fn open(path: &Path) -> Result<File, Box<dyn Error>> {
    OpenOptions::new()
        .create(true)
        .read(true)
        .append(true)
        .open(path)
        .map_err(|error| {
            format!(
                "the state file {} cannot be opened: {error}",
                path.display()
            )
            .into()
        })
}

/// Reads the last event of each input. The state of other inputs is an error: their videos would be taken for those of
/// these.
fn read_state(file: &mut File, inputs: &[Input]) -> Result<BTreeMap<usize, Event>, Box<dyn Error>> {
    let mut text = String::new();
    file.seek(SeekFrom::Start(0))?;
    file.read_to_string(&mut text)?;
    let mut known = BTreeMap::new();
    for (number, line) in text.lines().enumerate() {
        let entry: Entry = match serde_json::from_str(line) {
            Ok(entry) => entry,
            // Cut off while it was written, and so before anything came of it.
            Err(_) if !text.ends_with('\n') && number + 1 == text.lines().count() => {
                file.write_all(b"\n")?;
                break;
            }
            Err(_) if line.is_empty() => continue,
            Err(error) => {
                return Err(format!(
                    "line {} of the state file cannot be read: {error}",
                    number + 1
                )
                .into());
            }
        };
        if let Event::Sending { input } = &entry.event
            && inputs.get(entry.index) != Some(input)
        {
            return Err(format!(
                "the state file belongs to other inputs: its input {} is not this file's. Name another state file",
                entry.index
            )
            .into());
        }
        known.insert(entry.index, entry.event);
    }
    Ok(known)
}

fn read_inputs(path: Option<&Path>) -> Result<Vec<Input>, Box<dyn Error>> {
    let Some(path) = path else {
        return Ok((1..=1000)
            .map(|number| {
                Input::new(
                    format!("robin {number} builds a nest"),
                    "https://example.com/robin.webp",
                )
            })
            .collect());
    };
    let file =
        File::open(path).map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
    let mut inputs = Vec::new();
    for (number, line) in BufReader::new(file).lines().enumerate() {
        let input = serde_json::from_str(&line?).map_err(|error| {
            format!(
                "line {} of {} is no input: {error}",
                number + 1,
                path.display()
            )
        })?;
        inputs.push(input);
    }
    Ok(inputs)
}

/// A client of fal where a key is set, or else of a server of our own, which lives as long as it is held.
fn client(queue_url: Option<String>) -> Result<(Client, Option<FakeFal>), Box<dyn Error>> {
    let builder = Client::builder();
    if std::env::var_os("FAL_KEY").is_some() || std::env::var_os("FAL_KEY_ID").is_some() {
        let builder = match queue_url {
            Some(url) => builder.queue_url(url),
            None => builder,
        };
        return Ok((builder.build()?, None));
    }
    eprintln!(
        "FAL_KEY is not set, so this runs against FakeFal, a server on this machine: nothing is bought."
    );
    // On a thread of its own, so that it does not wait for the state file.
    let fake = FakeFal::builder().record(false).start_blocking()?;
    let client = builder.key(fake.key()).queue_url(fake.url()).build()?;
    Ok((client, Some(fake)))
}

/// Says what became of all inputs; whether each has its video.
fn report(known: &BTreeMap<usize, Event>, inputs: usize) -> bool {
    let mut counts = BTreeMap::new();
    for index in 0..inputs {
        let word = match known.get(&index) {
            Some(Event::Done { .. }) => "done",
            Some(Event::Failed { .. }) => "failed",
            Some(Event::Submitted { .. }) => "still running; start again to follow them",
            None | Some(Event::Refused { .. }) => "not submitted; start again to submit them",
            Some(Event::Sending { .. }) => {
                println!(
                    "input {index}: cut off while it was submitted; look for it in the list of your requests"
                );
                "unknown"
            }
            Some(Event::Unknown { error, request_id }) => {
                let id = request_id
                    .as_deref()
                    .map(|id| format!(" (perhaps request {id})"))
                    .unwrap_or_default();
                println!("input {index}{id}: {error}");
                "unknown"
            }
        };
        *counts.entry(word).or_insert(0_usize) += 1;
    }
    for (word, count) in &counts {
        println!("{count} {word}");
    }
    counts.keys().all(|word| *word == "done")
}
