//! The steps of an upload: a place is named, the file goes there whole or in parts, and the parts are put together.
//!
//! Each step is safe to repeat. The place has a URL that is signed: whoever reads it can write there, so it stands in
//! no error, no trace and no `Debug`, and neither does an answer that may repeat it.

use std::fmt;

use bytes::Bytes;
use futures_util::{Stream, StreamExt, TryStreamExt};
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use serde_json::{Value, json};
use tokio::time::Instant;
use url::Url;

use std::sync::Arc;

use crate::error::Error;
use crate::error::body::Reading;
use crate::error::kind::Phase;
use crate::files::upload::source::{Looked, Rewindable, refused};
use crate::http::core::Core;
use crate::http::hosts::{Host, below};
use crate::http::progress::Progress;
use crate::http::retry::attempts::Attempts;
use crate::http::retry::failure::{Failed, is_success};
use crate::http::retry::{Operation, Outcome};
use crate::http::transfer::{Outgoing, Patience};
use crate::http::{Body, Failure, Request, Response, trace};

/// One upload on its way.
pub(super) struct Storage<'a> {
    pub(super) core: &'a Arc<Core>,
    pub(super) deadline: Option<Instant>,
    pub(super) content_type: &'a HeaderValue,
    pub(super) progress: &'a Progress,
}

/// Where a file goes, and where it can be found then.
pub(super) struct Place {
    signed: Url,
    pub(super) file_url: String,
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Place")
            .field("file_url", &self.file_url)
            .finish_non_exhaustive()
    }
}

/// One part of a file, or the whole of it.
#[derive(Clone, Debug)]
pub(super) struct Part {
    /// From 1; none for a file that goes whole.
    pub(super) number: Option<u32>,
    pub(super) content: Rewindable,
    pub(super) start: u64,
    pub(super) length: u64,
}

impl Storage<'_> {
    /// Has fal name a place. Asking again names another one, and an unused one costs nothing.
    pub(super) async fn initiate(
        &self,
        in_parts: bool,
        file_name: &str,
        lifecycle: Option<&HeaderValue>,
    ) -> Result<Place, Error> {
        let core = &self.core;
        let step = if in_parts {
            "initiate-multipart"
        } else {
            "initiate"
        };
        let rest = core.http.hosts().base(Host::Rest)?;
        let mut url = below(rest, ["storage", "upload", step].into_iter());
        url.set_query(Some("storage_type=fal-cdn-v3"));
        let mut headers = HeaderMap::new();
        let json = HeaderValue::from_static("application/json");
        headers.insert(header::CONTENT_TYPE, json.clone());
        headers.insert(header::ACCEPT, json);
        if let Some(lifecycle) = lifecycle {
            let name = HeaderName::from_static("x-fal-object-lifecycle");
            headers.insert(name, lifecycle.clone());
        }
        let content_type = self.content_type.to_str().unwrap_or_default();
        let body = json!({"file_name": file_name, "content_type": content_type}).to_string();
        let body = Bytes::from(body);
        let mut attempts = self.attempts();
        loop {
            trace::attempt(Operation::Upload, attempts.number());
            let request = Request {
                method: Method::POST,
                url: url.clone(),
                headers: headers.clone(),
                body: Body::Repeatable(body.clone()),
                timeout: core.timeouts.transfer,
                deadline: self.deadline,
            };
            let failed = match core.http.exchange(request).await {
                Ok(response) if is_success(response.status) => match self.place(&response)? {
                    Some(place) => return Ok(place),
                    None => self.unreadable(&response, "it names no place for the file"),
                },
                Ok(response) => Failed::refused(&response, Phase::Upload, &core.http),
                Err(failure) => self.failed(failure),
            };
            attempts.pause(failed).await?;
        }
    }

    fn place(&self, response: &Response) -> Result<Option<Place>, Error> {
        let Ok(answer) = serde_json::from_slice::<Value>(&response.body) else {
            return Ok(None);
        };
        let url = |name: &str| Url::parse(answer.get(name)?.as_str()?).ok();
        let (Some(signed), Some(file_url)) = (url("upload_url"), url("file_url")) else {
            return Ok(None);
        };
        let http = &self.core.http;
        if !http.hosts().may_carry_files(&signed) || !http.hosts().may_carry_files(&file_url) {
            return Err(refused(
                "fal named a place for it that is not reached by https",
                "check the base URL given to rest_url",
            ));
        }
        let file_url = String::from(file_url);
        // It is kept and printed.
        if http.redact(&file_url) != file_url {
            return Ok(None);
        }
        Ok(Some(Place { signed, file_url }))
    }

    /// Sends a file, or a part of one, until it has arrived; gives the tag that the storage knows it by.
    pub(super) async fn send(&self, place: &Place, part: Part) -> Result<Option<String>, Error> {
        let core = &self.core;
        let url = match part.number {
            Some(number) => step(&place.signed, &number.to_string()),
            None => place.signed.clone(),
        };
        let content_type = part.number.is_none().then_some(self.content_type);
        let mut attempts = self.attempts();
        loop {
            trace::attempt(Operation::Upload, attempts.number());
            let share = self.progress.share();
            let body = match &part.content {
                Rewindable::Bytes(bytes) => {
                    let (start, end) = (part.start, part.start + part.length);
                    Outgoing::memory(slice(bytes, start, end), share.counter())
                }
                Rewindable::File(looked) => {
                    Outgoing::file(looked.open(part.start).await?, part.length, share.counter())
                }
            };
            let problem = body.problem();
            let outcome = core
                .http
                .put(&url, content_type, body, self.patience())
                .await;
            if let (Some(error), Rewindable::File(looked)) = (problem.take(), &part.content) {
                return Err(looked.broken(error));
            }
            let failed = match outcome {
                Ok(response) if is_success(response.status) => {
                    let tag = tag(&response, part.number);
                    if tag.is_some() || part.number.is_none() {
                        share.keep();
                        return Ok(tag);
                    }
                    self.unreadable(&response, "it has no tag for the part")
                }
                Ok(response) => self.refused(&response),
                Err(failure) => self.failed(failure),
            };
            drop(share);
            attempts.pause(failed).await?;
        }
    }

    /// Sends parts as they come, so many at once, and has them put together.
    pub(super) async fn send_parts(
        &self,
        place: &Place,
        parts: impl Stream<Item = Result<Part, Error>>,
        at_once: usize,
    ) -> Result<(), Error> {
        let sent = parts.map(|part| async {
            let part = part?;
            let number = part.number;
            Ok::<_, Error>((number, self.send(place, part).await?))
        });
        let mut sent: Vec<_> = sent.buffer_unordered(at_once).try_collect().await?;
        sent.sort_unstable();
        self.complete(place, &sent).await
    }

    async fn complete(
        &self,
        place: &Place,
        parts: &[(Option<u32>, Option<String>)],
    ) -> Result<(), Error> {
        let core = &self.core;
        let parts: Vec<Value> = parts
            .iter()
            .map(|(number, tag)| json!({"partNumber": number, "etag": tag}))
            .collect();
        let body = Bytes::from(json!({"parts": parts}).to_string());
        let url = step(&place.signed, "complete");
        let mut attempts = self.attempts();
        loop {
            trace::attempt(Operation::Upload, attempts.number());
            let outcome = core.http.post(&url, body.clone(), self.patience()).await;
            let failed = match outcome {
                Ok(response) if is_success(response.status) => return Ok(()),
                Ok(response) => self.refused(&response),
                Err(failure) => self.failed(failure),
            };
            attempts.pause(failed).await?;
        }
    }

    fn attempts(&self) -> Attempts {
        Attempts::new(Operation::Upload, &self.core.retry, self.deadline)
    }

    fn patience(&self) -> Patience {
        Patience {
            stall: self.core.timeouts.transfer,
            deadline: self.deadline,
        }
    }

    fn failed(&self, failure: Failure) -> Failed {
        unquoted(Failed::of_failure(failure, Phase::Upload, &self.core.http))
    }

    fn refused(&self, response: &Response) -> Failed {
        unquoted(Failed::refused(response, Phase::Upload, &self.core.http))
    }

    fn unreadable(&self, response: &Response, problem: &'static str) -> Failed {
        let http = &self.core.http;
        let mut failed = unquoted(Failed::unreadable(response, Phase::Upload, http, problem));
        failed.outcome = Outcome::Unreadable;
        failed
    }
}

/// Takes the words of the answer out: they may hold the signed URL, or what it is signed with.
fn unquoted(mut failed: Failed) -> Failed {
    failed.error.inner_mut().reading = Reading::default();
    failed
}

/// The signed URL of one step: its path goes on, and what it is signed with stays.
fn step(signed: &Url, segment: &str) -> Url {
    below(signed, [segment].into_iter())
}

fn slice(bytes: &Bytes, start: u64, end: u64) -> Bytes {
    let at = |place: u64| usize::try_from(place).map_or(bytes.len(), |it| it.min(bytes.len()));
    bytes.slice(at(start)..at(end))
}

/// The tag of a part, in the answer or in its header. An answer that names another part is none.
fn tag(response: &Response, number: Option<u32>) -> Option<String> {
    let answer: Value = serde_json::from_slice(&response.body).unwrap_or_default();
    if let (Some(named), Some(number)) = (answer["partNumber"].as_u64(), number)
        && named != u64::from(number)
    {
        return None;
    }
    let in_header = || {
        Some(
            response
                .headers
                .get(header::ETAG)?
                .to_str()
                .ok()?
                .to_owned(),
        )
    };
    let in_answer = answer["etag"].as_str().map(str::to_owned);
    in_answer.or_else(in_header).filter(|tag| !tag.is_empty())
}

/// The parts of content that can be read in any order.
pub(super) fn parts_of(content: &Rewindable, part_size: u64) -> impl Iterator<Item = Part> + use<> {
    let length = content.length();
    let content = content.clone();
    (0..length.div_ceil(part_size))
        .zip(1..)
        .map(move |(index, number)| {
            let start = index * part_size;
            Part {
                number: Some(number),
                content: content.clone(),
                start,
                length: part_size.min(length - start),
            }
        })
}

impl Rewindable {
    pub(super) fn length(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::File(looked) => looked.length(),
        }
    }

    pub(super) fn file(&self) -> Option<&Looked> {
        match self {
            Self::Bytes(_) => None,
            Self::File(looked) => Some(looked),
        }
    }
}
