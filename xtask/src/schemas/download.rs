//! Downloads documents, and takes those over that code can be generated from.

use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use anyhow::{Error, Result, anyhow, bail};
use kling_codegen::{Document, Settings};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::repository::{document_file, document_path};
use crate::schemas::Schemas;
use crate::schemas::http::{Http, JsonResponse, Server};
use crate::schemas::lock::{Pin, Source, sha256, today};
use crate::schemas::reindent::reindent;
use crate::terminal::{counted, progress_bar};

/// The result of a round of downloads: endpoint ids, and the reasons of failures.
#[derive(Debug, Default)]
pub(crate) struct Downloads {
    /// Their documents mean something else than before.
    pub(crate) changed: Vec<String>,
    respelled: usize,
    unchanged: usize,
    failed: Vec<(String, String)>,
}

impl Downloads {
    /// Prints the result to standard output, and failures to standard error.
    pub(crate) fn print(&self) {
        let all = self.changed.len() + self.respelled + self.unchanged + self.failed.len();
        say!(
            "Downloaded {}: {} changed, {} spelled differently, {} unchanged, {} failed.",
            counted(all, "document"),
            self.changed.len(),
            self.respelled,
            self.unchanged,
            self.failed.len()
        );
        for id in &self.changed {
            say!("  changed: {}", document_path(id));
        }
        self.print_failures();
    }

    /// Prints the failures alone, for a command that writes nothing after one.
    pub(crate) fn print_failures(&self) {
        for (id, reason) in &self.failed {
            complain!("error: {id} was not fetched: {reason}");
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

const FAL: &str = "https://fal.ai";
const AT_ONCE: usize = 8;
const LONGEST_QUOTE: usize = 400;
const LONGEST_ERROR: usize = 64 * 1024;

/// Downloads documents and takes the good ones over into `schemas`; nothing is written.
pub(crate) fn download(
    schemas: &mut Schemas,
    ids: &[String],
    server: &Server,
) -> Result<Downloads> {
    let http = server.connect()?;
    let bar = progress_bar(ids.len());
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::with_capacity(ids.len()));
    let work = || {
        while let Some(id) = ids.get(next.fetch_add(1, Ordering::Relaxed)) {
            bar.set_message(id.clone());
            let result = one(&http, server, id, &schemas.manifest.settings_of(id));
            results
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push((id, result));
            bar.inc(1);
        }
    };
    thread::scope(|scope| {
        for _ in 0..AT_ONCE.min(ids.len()) {
            scope.spawn(work);
        }
    });
    bar.finish_and_clear();
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_by_key(|(id, _)| ids.iter().position(|other| other == *id));
    let mut downloads = Downloads::default();
    for (id, result) in results {
        match result {
            Ok(found) => take_over(schemas, id, found, server.source(), &mut downloads),
            Err(error) => {
                // Errors of the generator are whole sentences, those of the connection are not.
                let mut reason = format!("{error:#}").trim_end_matches('.').to_owned();
                reason.push_str(if schemas.has_file(id) {
                    ". Its file stays as it is."
                } else {
                    "."
                });
                downloads.failed.push((id.clone(), reason));
            }
        }
    }
    Ok(downloads)
}

/// A document that code can be generated from.
struct Served {
    response: JsonResponse,
    normal: String,
}

static CHECKS: Mutex<()> = Mutex::new(());

fn one(http: &Http, server: &Server, id: &str, settings: &Settings) -> Result<Served> {
    let url = server.url(
        FAL,
        &format!("/api/openapi/queue/openapi.json?endpoint_id={id}"),
    );
    let response = http.get_json(&url)?;
    if let Some(error) = error_in(&response.text) {
        bail!("the server sent an error in place of the document: {error}");
    }
    // One at a time: what the generator builds is larger than a text.
    let _turn = CHECKS.lock().unwrap_or_else(PoisonError::into_inner);
    let document = Document {
        id: id.to_owned(),
        text: response.text.clone(),
    };
    let refused = |error| without_id(id, &error);
    let normal = normal_form(&document).map_err(refused)?;
    kling_codegen::read(&[document], settings).map_err(refused)?;
    Ok(Served { response, normal })
}

/// The error that stands in place of a document. The generator quotes those that have a message.
fn error_in(text: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct ErrorResponse<'a> {
        #[serde(borrow)]
        error: Option<&'a RawValue>,
    }
    let error = serde_json::from_str::<ErrorResponse>(text)
        .ok()?
        .error?
        .get();
    let value = (error.len() <= LONGEST_ERROR)
        .then(|| serde_json::from_str::<Value>(error).ok())
        .flatten();
    let has_message = |value: &Value| value.pointer("/message").is_some_and(Value::is_string);
    if value.as_ref().is_some_and(has_message) {
        return None;
    }
    let words = value.as_ref().and_then(Value::as_str).unwrap_or(error);
    let start: String = words.chars().take(LONGEST_QUOTE).collect();
    Some(start.escape_debug().to_string())
}

/// An error of the generator without the id, which stands before the reason already.
fn without_id(id: &str, error: &kling_codegen::Error) -> Error {
    let text = error.to_string();
    let reason = text.strip_prefix(id).unwrap_or(&text);
    anyhow!("{}", reason.trim_start_matches([':', ' ']).to_owned())
}

fn take_over(
    schemas: &mut Schemas,
    id: &str,
    served: Served,
    source: Source,
    downloads: &mut Downloads,
) {
    let text = reindent(&served.response.text);
    let file = document_file(id);
    let same_meaning = schemas.documents.get(id).is_some_and(|text| {
        normal_form(&Document {
            id: id.to_owned(),
            text: text.clone(),
        })
        .is_ok_and(|old| old == served.normal)
    });
    let pin = Pin {
        normal_sha256: sha256(served.normal.as_bytes()),
        bytes_sha256: sha256(text.as_bytes()),
        source,
        date: today(),
        url: Some(served.response.url),
        etag: served.response.etag,
    };
    if !same_meaning {
        schemas.replace(id, text);
        schemas.lock.files.insert(file, pin);
        downloads.changed.push(id.to_owned());
        return;
    }
    match schemas.lock.files.get_mut(&file) {
        Some(known) if known.normal_sha256 == pin.normal_sha256 => {
            if known.bytes_sha256 == pin.bytes_sha256 {
                downloads.unchanged += 1;
            } else {
                known.bytes_sha256 = pin.bytes_sha256;
                downloads.respelled += 1;
            }
        }
        // The document is the one that is served, but a run was interrupted before its pin was written.
        _ => {
            schemas.lock.files.insert(file, pin);
            downloads.changed.push(id.to_owned());
        }
    }
}

fn normal_form(document: &Document) -> Result<String, kling_codegen::Error> {
    Ok(kling_codegen::normalize(document)?.to_text())
}
