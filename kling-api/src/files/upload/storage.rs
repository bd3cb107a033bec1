//! The steps of an upload: fal names a URL, the file goes there whole or in parts, and the parts are put together.
//!
//! Each step is safe to repeat. The URL is signed: whoever reads it can write there, so it stands in no error, no trace
//! and no `Debug`, and neither does a response that may repeat it.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::{Stream, StreamExt, TryStreamExt};
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use serde_json::{Value, json};
use tokio::time::Instant;
use url::Url;

use crate::error::Error;
use crate::error::kind::{Kind, Phase};
use crate::files::upload::source::{FileSnapshot, Rewindable, refused};
use crate::http::core::Core;
use crate::http::hosts::{Host, below};
use crate::http::notices::Notices;
use crate::http::progress::Progress;
use crate::http::redact::REDACTED;
use crate::http::request::{Body, Failure, Request};
use crate::http::response::Response;
use crate::http::retry::Operation;
use crate::http::retry::attempts::Attempts;
use crate::http::retry::failure::AttemptFailure;
use crate::http::stall::TransferTimeouts;
use crate::http::upload_body::UploadBody;

/// What the steps of one upload share.
pub(super) struct Storage<'a> {
    pub(super) core: &'a Arc<Core>,
    pub(super) deadline: Option<Instant>,
    pub(super) content_type: &'a HeaderValue,
    pub(super) progress: &'a Progress,
    pub(super) notices: &'a Notices,
}

/// The URL that a file is sent to, and the one under which it can be read then.
pub(super) struct Target {
    signed: Url,
    pub(super) file_url: String,
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Target")
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
    /// Has fal name a target. A repeated request gets another one, and an unused one costs nothing.
    pub(super) async fn initiate(
        &self,
        in_parts: bool,
        file_name: &str,
        lifecycle: Option<&str>,
    ) -> Result<Target, Error> {
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
            let unsendable = |error| Error::new(Kind::Unsendable, Phase::Upload).with_source(error);
            headers.insert(name, HeaderValue::from_str(lifecycle).map_err(unsendable)?);
        }
        let content_type = self.content_type.to_str().unwrap_or_default();
        let body = json!({"file_name": file_name, "content_type": content_type}).to_string();
        let body = Bytes::from(body);
        let attempt = || async {
            let mut request = Request::new(
                Method::POST,
                url.clone(),
                core.timeouts.transfer,
                self.deadline,
            );
            request.headers.clone_from(&headers);
            request.body = Body::Repeatable(body.clone());
            let response = core.http.exchange(request).await.map_err(failed)?;
            if !response.is_success() {
                return Err(AttemptFailure::refused(response, Phase::Upload));
            }
            self.target(&response)?
                .ok_or_else(|| unreadable(response, "it has no URL to send the file to"))
        };
        self.attempts(Operation::InitiateUpload).run(attempt).await
    }

    fn target(&self, response: &Response) -> Result<Option<Target>, Error> {
        let Ok(body) = serde_json::from_slice::<Value>(&response.body) else {
            return Ok(None);
        };
        let url = |name: &str| Url::parse(body.get(name)?.as_str()?).ok();
        let (Some(signed), Some(file_url)) = (url("upload_url"), url("file_url")) else {
            return Ok(None);
        };
        let hosts = self.core.http.hosts();
        if !hosts.may_carry_files(&signed) || !hosts.may_carry_files(&file_url) {
            return Err(refused(
                "fal named a URL for it that is not https",
                "check the base URL given to rest_url",
            ));
        }
        let file_url = String::from(file_url);
        // It is kept and printed.
        Ok((!file_url.contains(REDACTED)).then_some(Target { signed, file_url }))
    }

    /// Sends a file, or a part of one; gives the tag that the storage has for it.
    pub(super) async fn send(&self, target: &Target, part: Part) -> Result<Option<String>, Error> {
        let core = &self.core;
        let url = match part.number {
            Some(number) => step(&target.signed, &number.to_string()),
            None => target.signed.clone(),
        };
        let content_type = part.number.is_none().then_some(self.content_type);
        let operation = match part.number {
            Some(_) => Operation::UploadPart,
            None => Operation::UploadFile,
        };
        let attempt = || async {
            let share = self.progress.share();
            let body = match &part.content {
                Rewindable::Bytes(bytes) => {
                    let (start, end) = (part.start, part.start + part.length);
                    UploadBody::memory(slice(bytes, start, end), share.counter())
                }
                Rewindable::File(snapshot) => UploadBody::file(
                    snapshot.open(part.start).await?,
                    part.length,
                    share.counter(),
                ),
            };
            let read_error = body.read_error();
            let outcome = core
                .http
                .put(&url, content_type, body, self.timeouts())
                .await;
            if let (Some(error), Rewindable::File(snapshot)) = (read_error.take(), &part.content) {
                return Err(snapshot.broken(error).into());
            }
            let response = success(outcome)?;
            let tag = tag(&response, part.number);
            if tag.is_none() && part.number.is_some() {
                return Err(unreadable(response, "it has no tag for the part"));
            }
            share.keep();
            Ok(tag)
        };
        self.attempts(operation).run(attempt).await
    }

    /// Sends parts as they come, so many at once, and has them put together.
    pub(super) async fn send_parts(
        &self,
        target: &Target,
        parts: impl Stream<Item = Result<Part, Error>>,
        at_once: usize,
    ) -> Result<(), Error> {
        let sent = parts.map(|part| async {
            let part = part?;
            let number = part.number;
            Ok::<_, Error>((number, self.send(target, part).await?))
        });
        let mut sent: Vec<_> = sent.buffer_unordered(at_once).try_collect().await?;
        sent.sort_unstable();
        self.complete(target, &sent).await
    }

    async fn complete(
        &self,
        target: &Target,
        parts: &[(Option<u32>, Option<String>)],
    ) -> Result<(), Error> {
        let core = &self.core;
        let parts: Vec<Value> = parts
            .iter()
            .map(|(number, tag)| json!({"partNumber": number, "etag": tag}))
            .collect();
        let body = Bytes::from(json!({"parts": parts}).to_string());
        let url = step(&target.signed, "complete");
        let attempt = || async {
            success(core.http.post(&url, body.clone(), self.timeouts()).await).map(drop)
        };
        self.attempts(Operation::CompleteUpload).run(attempt).await
    }

    fn attempts(&self, operation: Operation) -> Attempts {
        self.core
            .attempts(operation, self.deadline)
            .telling(self.notices)
            .outlasting(self.progress.has_begun())
    }

    fn timeouts(&self) -> TransferTimeouts {
        TransferTimeouts {
            stall: self.core.timeouts.transfer,
            deadline: self.deadline,
        }
    }
}

/// The response of a storage host, where it is a success. Its words may hold the signed URL, so none is quoted.
fn success(outcome: Result<Response, Failure>) -> Result<Response, AttemptFailure> {
    let response = outcome.map_err(failed)?;
    if response.is_success() {
        return Ok(response);
    }
    Err(AttemptFailure::refused(response, Phase::Upload).unquoted())
}

fn failed(failure: Failure) -> AttemptFailure {
    AttemptFailure::of_failure(failure, Phase::Upload).unquoted()
}

fn unreadable(response: Response, problem: &'static str) -> AttemptFailure {
    AttemptFailure::unreadable(response, Phase::Upload, problem).unquoted()
}

/// The signed URL of one step: its path with one more segment, and its signature.
fn step(signed: &Url, segment: &str) -> Url {
    below(signed, [segment].into_iter())
}

fn slice(bytes: &Bytes, start: u64, end: u64) -> Bytes {
    let at = |place: u64| usize::try_from(place).map_or(bytes.len(), |it| it.min(bytes.len()));
    bytes.slice(at(start)..at(end))
}

/// The tag of a part, in the body of the response or in its header, unless it is of another part.
fn tag(response: &Response, number: Option<u32>) -> Option<String> {
    let body: Value = serde_json::from_slice(&response.body).unwrap_or_default();
    if let (Some(named), Some(number)) = (body["partNumber"].as_u64(), number)
        && named != u64::from(number)
    {
        return None;
    }
    let in_header = || response.header("etag").map(str::to_owned);
    let in_body = body["etag"].as_str().map(str::to_owned);
    in_body.or_else(in_header).filter(|tag| !tag.is_empty())
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
            Self::File(snapshot) => snapshot.length(),
        }
    }

    pub(super) fn file(&self) -> Option<&FileSnapshot> {
        match self {
            Self::Bytes(_) => None,
            Self::File(snapshot) => Some(snapshot),
        }
    }
}
