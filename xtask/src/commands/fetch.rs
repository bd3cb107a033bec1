//! `cargo xtask fetch`: downloads the documents into `schemas/`.

use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use anyhow::{Error, Result, anyhow, bail};
use indicatif::{ProgressBar, ProgressStyle};
use kling_codegen::{Document, Settings};
use serde_json::Value;

use crate::repository::file_changes::Changes;
use crate::repository::{MANIFEST, Repository, document_file, document_path};
use crate::schemas::Schemas;
use crate::schemas::download::{Answer, Http, Server};
use crate::schemas::lock::{Pin, Source, sha256, today};
use crate::schemas::reindent::reindent;

/// Downloads documents into `schemas/`, all of the manifest by default
///
/// A document is replaced only by one that is JSON, is OpenAPI, is for the endpoint that was asked for and can be
/// generated from. Where that fails, the old file stays, the reason is listed and the exit code is 1; the other
/// documents are updated all the same.
#[derive(clap::Args, Debug)]
pub(crate) struct Arguments {
    /// The endpoints to fetch, as they stand in the manifest
    #[arg(value_name = "ID")]
    ids: Vec<String>,
    #[command(flatten)]
    server: Server,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let repository = Repository::find()?;
    let mut schemas = Schemas::load(&repository)?;
    if let Some(id) = arguments.ids.iter().find(|id| !schemas.manifest.lists(id)) {
        bail!("{id} is not in {MANIFEST}. Add it with `cargo xtask add {id}`.");
    }
    let asked =
        |id: &&str| arguments.ids.is_empty() || arguments.ids.iter().any(|other| other == id);
    let ids: Vec<String> = schemas
        .manifest
        .ids()
        .filter(asked)
        .map(str::to_owned)
        .collect();
    let fetched = fetch(&mut schemas, &ids, &arguments.server)?;
    fetched.print();
    keep(&repository, &mut schemas)?;
    if !fetched.changed.is_empty() {
        say!("Now run `cargo xtask regen --offline`, which generates the code from them.");
    }
    Ok(fetched.exit_code())
}

/// Writes the documents that were taken over, whatever the state of the others; gives the number of files.
pub(crate) fn keep(repository: &Repository, schemas: &mut Schemas) -> Result<usize> {
    let mut changes = Changes::new(repository);
    for note in schemas.plan(repository, &[], &mut changes)? {
        eprintln!("warning: {note}");
    }
    changes.commit()?;
    Ok(changes.touched().count())
}

/// What came of a round of downloads.
#[derive(Debug, Default)]
pub(crate) struct Fetched {
    changed: Vec<String>,
    respelled: Vec<String>,
    unchanged: usize,
    failed: Vec<(String, String)>,
}

impl Fetched {
    /// Says what came of it: results to standard output, failures to standard error.
    pub(crate) fn print(&self) {
        let all = self.changed.len() + self.respelled.len() + self.unchanged + self.failed.len();
        say!(
            "Asked for {}: {} changed, {} spelled differently, {} unchanged, {} failed.",
            counted(all, "document"),
            self.changed.len(),
            self.respelled.len(),
            self.unchanged,
            self.failed.len()
        );
        for id in &self.changed {
            say!("  changed: {}", document_path(id));
        }
        for (id, reason) in &self.failed {
            eprintln!("error: {id} was not fetched: {reason}");
        }
    }

    /// 1 where a download failed.
    pub(crate) fn exit_code(&self) -> ExitCode {
        if self.failed.is_empty() {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }

    /// Whether an endpoint could not be fetched.
    pub(crate) fn has_failures(&self) -> bool {
        !self.failed.is_empty()
    }
}

/// A number with its noun.
pub(crate) fn counted(count: usize, noun: &str) -> String {
    if count == 1 {
        format!("1 {noun}")
    } else {
        format!("{count} {noun}s")
    }
}

const FAL: &str = "https://fal.ai";
const AT_ONCE: usize = 8;
const LONGEST_QUOTE: usize = 400;

/// Downloads documents and takes the good ones over into `schemas`; nothing is written.
pub(crate) fn fetch(schemas: &mut Schemas, ids: &[String], server: &Server) -> Result<Fetched> {
    let http = server.connect()?;
    let bar = progress_bar(ids.len());
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::with_capacity(ids.len()));
    let download = || {
        while let Some(id) = ids.get(next.fetch_add(1, Ordering::Relaxed)) {
            bar.set_message(id.clone());
            let result = download(&http, server, id, &schemas.manifest.settings_of(id));
            results
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push((id, result));
            bar.inc(1);
        }
    };
    thread::scope(|scope| {
        for _ in 0..AT_ONCE.min(ids.len()) {
            scope.spawn(download);
        }
    });
    bar.finish_and_clear();
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_by_key(|(id, _)| ids.iter().position(|other| other == *id));
    let mut fetched = Fetched::default();
    for (id, result) in results {
        match result {
            Ok(download) => take_over(schemas, id, download, server.source(), &mut fetched),
            Err(error) => {
                // Errors of the generator are whole sentences, those of the connection are not.
                let mut reason = format!("{error:#}").trim_end_matches('.').to_owned();
                reason.push_str(if schemas.has_file(id) {
                    ". Its file stays as it is."
                } else {
                    "."
                });
                fetched.failed.push((id.clone(), reason));
            }
        }
    }
    Ok(fetched)
}

struct Download {
    answer: Answer,
    normal: String,
    url: String,
}

fn download(http: &Http, server: &Server, id: &str, settings: &Settings) -> Result<Download> {
    let url = server.url(
        FAL,
        &format!("/api/openapi/queue/openapi.json?endpoint_id={id}"),
    );
    let answer = http.get_json(&url)?;
    if let Some(error) = answer.value.get("error")
        && error.pointer("/message").and_then(Value::as_str).is_none()
    {
        // The generator quotes only messages, but any other error is as good a reason.
        let said = error
            .as_str()
            .map_or_else(|| error.to_string(), str::to_owned);
        let start: String = said.chars().take(LONGEST_QUOTE).collect();
        bail!(
            "the server sent an error in place of the document: {}",
            start.escape_debug()
        );
    }
    let document = Document {
        id: id.to_owned(),
        text: answer.text.clone(),
    };
    let refused = |error| refusal(id, &error);
    let normal = normal_form(&document).map_err(refused)?;
    kling_codegen::read(&[document], settings).map_err(refused)?;
    Ok(Download {
        answer,
        normal,
        url,
    })
}

/// What the generator says against a document, without the id, which stands before the reason already.
fn refusal(id: &str, error: &kling_codegen::Error) -> Error {
    let text = error.to_string();
    let reason = text.strip_prefix(id).unwrap_or(&text);
    anyhow!("{}", reason.trim_start_matches([':', ' ']).to_owned())
}

fn take_over(
    schemas: &mut Schemas,
    id: &str,
    download: Download,
    source: Source,
    fetched: &mut Fetched,
) {
    let Download {
        answer,
        normal,
        url,
    } = download;
    let text = reindent(&answer.text);
    let file = document_file(id);
    let same_meaning = schemas.documents.get(id).is_some_and(|text| {
        normal_form(&Document {
            id: id.to_owned(),
            text: text.clone(),
        })
        .is_ok_and(|old| old == normal)
    });
    let pin = Pin {
        normal_sha256: sha256(normal.as_bytes()),
        bytes_sha256: sha256(text.as_bytes()),
        source,
        date: today(),
        url: Some(url),
        etag: answer.etag,
    };
    if !same_meaning {
        schemas.replace(id, text);
        schemas.lock.files.insert(file, pin);
        fetched.changed.push(id.to_owned());
        return;
    }
    match schemas.lock.files.get_mut(&file) {
        Some(known) if known.normal_sha256 == pin.normal_sha256 => {
            if known.bytes_sha256 == pin.bytes_sha256 {
                fetched.unchanged += 1;
            } else {
                known.bytes_sha256 = pin.bytes_sha256;
                fetched.respelled.push(id.to_owned());
            }
        }
        // The document is the one that is served, but a run was interrupted before its pin was written.
        _ => {
            schemas.lock.files.insert(file, pin);
            fetched.changed.push(id.to_owned());
        }
    }
}

fn normal_form(document: &Document) -> Result<String, kling_codegen::Error> {
    Ok(kling_codegen::normalize(document)?.to_text())
}

fn progress_bar(length: usize) -> ProgressBar {
    // Drawn to standard error, and only where that is a terminal.
    let bar = ProgressBar::new(u64::try_from(length).unwrap_or(u64::MAX));
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {wide_msg}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}
