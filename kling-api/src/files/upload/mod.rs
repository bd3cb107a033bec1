//! Uploads: requests that are sent when they are awaited.

mod chunker;
pub(super) mod content_type;
mod limits;
mod source;
mod storage;

use std::fmt;
use std::future::IntoFuture;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use http::HeaderValue;
use tokio::time::Instant;

use crate::error::Error;
use crate::files::lifecycle;
use crate::http::core::{Core, Running};
use crate::http::deadline;
use crate::http::notices::Notices;
use crate::http::progress::{Progress, Report};
use crate::http::trace;
use crate::values::lifecycle::ObjectLifecycle;
use crate::values::media::limits::MediaLimits;
use crate::values::remote_file::Uploaded;

use crate::files::upload::chunker::Chunker;
use crate::files::upload::content_type::{content_type, file_name};
use crate::files::upload::source::{FileSnapshot, Pieces, Rewindable, UploadContent, refused};
use crate::files::upload::storage::{Part, Storage, parts_of};

/// When a file is sent in parts, and how.
#[derive(Clone, Copy, Debug)]
struct Parts {
    /// The largest file that is sent whole.
    above: u64,
    size: u64,
    /// So many parts are sent at once, and so many of a stream are in memory.
    at_once: usize,
}

/// As fal's own clients have it.
impl Default for Parts {
    fn default() -> Self {
        Self {
            above: 90 << 20,
            size: 10 << 20,
            at_once: 4,
        }
    }
}

/// A request to upload a file; made by [`Client::upload`](crate::Client::upload), [`Client::upload_file`](crate::Client::upload_file) and
/// [`Client::upload_stream`](crate::Client::upload_stream). Nothing is read or sent until it is awaited, and an upload buys nothing.
///
/// A file of up to 90 MiB goes in one request, a larger one in parts of 10 MiB, four at once. Files
/// are read while they are sent, and bytes are not copied. A request that fails is retried; see
/// [`Retry`](crate::Retry).
///
/// The API key goes to fal alone, which names a URL for the file. The file goes there over https,
/// without the key and without the headers that the client was given.
///
/// # Errors
/// Awaited, it gives an error that is [about the file](Error::is_file) where that is missing, empty,
/// no file, too large, or changes meanwhile, and one about the servers otherwise.
///
/// ```no_run
/// # async fn example(client: kling_api::Client) -> Result<(), kling_api::Error> {
/// use std::time::Duration;
///
/// let image = client
///     .upload_file("robins.webp")
///     .expires_in(Duration::from_secs(3600))
///     .on_progress(|sent, total| println!("{sent} of {total} bytes"))
///     .await?;
/// println!("{}", image.url);
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is uploaded until the request is awaited"]
pub struct Upload {
    core: Arc<Core>,
    content: UploadContent,
    file_name: Option<String>,
    content_type: Option<String>,
    lifecycle: Option<ObjectLifecycle>,
    report: Option<Report>,
    timeout: Option<Duration>,
    until: Option<Instant>,
    limits: MediaLimits,
    parts: Parts,
    notices: Notices,
}

impl Upload {
    pub(crate) fn bytes(core: Arc<Core>, bytes: Bytes) -> Self {
        Self::new(core, UploadContent::Bytes(bytes))
    }

    pub(crate) fn file(core: Arc<Core>, path: PathBuf) -> Self {
        Self::new(core, UploadContent::File(path))
    }

    pub(crate) fn stream(core: Arc<Core>, pieces: Pieces, length: u64) -> Self {
        Self::new(core, UploadContent::Stream { pieces, length })
    }

    fn new(core: Arc<Core>, content: UploadContent) -> Self {
        Self {
            core,
            content,
            file_name: None,
            content_type: None,
            lifecycle: None,
            report: None,
            timeout: None,
            until: None,
            limits: MediaLimits::default(),
            parts: Parts::default(),
            notices: Notices::default(),
        }
    }

    /// The name that the file gets, which is the end of its URL. By default it is that of the local
    /// file, or `file` with the ending of its type.
    pub fn file_name(mut self, name: impl Into<String>) -> Self {
        self.file_name = Some(name.into());
        self
    }

    /// The content type, such as `image/png`. By default it is read from the first bytes of the
    /// file, or else from the ending of its name.
    pub fn content_type(mut self, content_type: impl Into<String>) -> Self {
        self.content_type = Some(content_type.into());
        self
    }

    /// How long fal keeps the file, and who may see it. Unset, the account's settings apply.
    pub fn lifecycle(mut self, lifecycle: ObjectLifecycle) -> Self {
        self.lifecycle = Some(lifecycle);
        self
    }

    /// The file expires after so long, in whole seconds, at least one.
    pub fn expires_in(mut self, duration: Duration) -> Self {
        let lifecycle = self.lifecycle.take().unwrap_or_default();
        self.lifecycle = Some(lifecycle.expires_after(duration));
        self
    }

    /// Calls `report` with the number of bytes sent so far, and of the whole file. The first number
    /// never gets smaller, even where a part has to be sent again; in the last call both are equal.
    /// Keep it short: the upload waits for it.
    pub fn on_progress(mut self, report: impl Fn(u64, u64) + Send + Sync + 'static) -> Self {
        self.report = Some(Arc::new(report));
        self
    }

    /// The longest that the upload as a whole may take. Unset, the client's [timeout](crate::ClientBuilder::timeout)
    /// counts, and without either it takes as long as bytes move; see
    /// [`transfer_timeout`](crate::ClientBuilder::transfer_timeout).
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Refuses a file of more bytes before anything is sent.
    pub fn max_size(mut self, bytes: u64) -> Self {
        self.limits = self.limits.max_file_size(bytes);
        self
    }

    /// No part of the public API: tests have small files. Sends a file of more than `above` bytes in parts of `size`.
    #[doc(hidden)]
    pub fn parts(mut self, above: u64, size: u64, at_once: usize) -> Self {
        self.parts = Parts {
            above,
            size,
            at_once,
        };
        self
    }

    /// For a call, with the deadline of that call and the limits of its endpoint.
    pub(crate) fn of_call(mut self, until: Option<Instant>, limits: MediaLimits) -> Self {
        self.until = until;
        self.limits = limits;
        self
    }

    /// Tells retries and progress, of the file of this field.
    pub(crate) fn telling(mut self, notices: &Notices, field: &str) -> Self {
        self.report = notices.of_upload(field);
        self.notices = notices.clone();
        self
    }

    pub(crate) fn described(
        mut self,
        file_name: Option<String>,
        content_type: Option<String>,
        lifecycle: Option<ObjectLifecycle>,
    ) -> Self {
        self.file_name = file_name;
        self.content_type = content_type;
        self.lifecycle = lifecycle;
        self
    }

    async fn run(self) -> Result<Uploaded, Error> {
        let deadline = match self.until {
            Some(until) => Some(deadline::of(self.timeout).map_or(until, |own| own.min(until))),
            None => self.core.deadline(self.timeout),
        };
        let lifecycle = self.lifecycle.as_ref().map(lifecycle::header).transpose()?;
        let ready = Ready::of(self.content, self.content_type, self.file_name).await?;
        limits::check(
            &self.limits,
            ready.size,
            &ready.content_type,
            ready.no_media,
        )?;
        let content_type = HeaderValue::from_str(&ready.content_type)
            .ok()
            .filter(|value| value.as_bytes().contains(&b'/'))
            .ok_or_else(|| {
                refused(
                    "its content type is none",
                    "give one such as image/png, or none at all",
                )
            })?;
        let progress = Progress::new(self.report, ready.size);
        let storage = Storage {
            core: &self.core,
            deadline,
            content_type: &content_type,
            progress: &progress,
            notices: &self.notices,
        };
        // A stream cannot be read twice, so more than one part of it is never sent at once whole.
        let largest_whole = match &ready.body {
            Readable::Rewindable(_) => self.parts.above,
            Readable::Stream(_) => self.parts.above.min(self.parts.size),
        };
        let in_parts = ready.size > largest_whole;
        let lifecycle = lifecycle.as_deref();
        let target = storage
            .initiate(in_parts, &ready.file_name, lifecycle)
            .await?;
        let Parts { size, at_once, .. } = self.parts;
        match ready.body {
            Readable::Rewindable(content) if in_parts => {
                let parts = stream::iter(parts_of(&content, size).map(Ok));
                storage.send_parts(&target, parts, at_once).await?;
                unchanged(&content).await?;
            }
            Readable::Rewindable(content) => {
                storage.send(&target, whole(content.clone())).await?;
                unchanged(&content).await?;
            }
            Readable::Stream(chunker) if in_parts => {
                storage
                    .send_parts(&target, chunker.parts(size), at_once)
                    .await?;
            }
            Readable::Stream(mut chunker) => {
                let bytes = chunker.next(size).await?;
                storage
                    .send(&target, whole(Rewindable::Bytes(bytes)))
                    .await?;
            }
        }
        Ok(Uploaded {
            url: target.file_url,
            file_name: ready.file_name,
            content_type: ready.content_type,
            size: ready.size,
        })
    }
}

fn whole(content: Rewindable) -> Part {
    Part {
        number: None,
        start: 0,
        length: content.length(),
        content,
    }
}

async fn unchanged(content: &Rewindable) -> Result<(), Error> {
    match content.file() {
        Some(snapshot) => snapshot.check_unchanged().await,
        None => Ok(()),
    }
}

/// What is uploaded, once it was snapshot at.
struct Ready {
    body: Readable,
    size: u64,
    file_name: String,
    content_type: String,
    /// What it is where that is recognisably no image, video or sound, and the caller did not say what it is.
    no_media: Option<&'static str>,
}

enum Readable {
    Rewindable(Rewindable),
    Stream(Chunker),
}

impl Ready {
    async fn of(
        content: UploadContent,
        given_type: Option<String>,
        given_name: Option<String>,
    ) -> Result<Self, Error> {
        let (body, size, head, local_name) = match content {
            UploadContent::Bytes(bytes) => {
                let head = bytes.slice(..bytes.len().min(content_type::HEAD)).to_vec();
                let size = bytes.len() as u64;
                (
                    Readable::Rewindable(Rewindable::Bytes(bytes)),
                    size,
                    head,
                    None,
                )
            }
            UploadContent::File(path) => {
                let (snapshot, head) = FileSnapshot::at(&path).await?;
                let name = path
                    .file_name()
                    .map(|name| name.to_string_lossy().into_owned());
                let size = snapshot.length();
                (
                    Readable::Rewindable(Rewindable::File(snapshot)),
                    size,
                    head,
                    name,
                )
            }
            UploadContent::Stream { pieces, length } => {
                let body = Readable::Stream(Chunker::new(pieces, length));
                (body, length, Vec::new(), None)
            }
        };
        if size == 0 {
            return Err(refused(
                "there are no bytes in it",
                "give a file that is not empty",
            ));
        }
        let name = given_name.or(local_name);
        let no_media = match given_type {
            Some(_) => None,
            None => content_type::no_media(&head),
        };
        let content_type = given_type.unwrap_or_else(|| content_type(&head, name.as_deref()));
        let file_name = name.unwrap_or_else(|| file_name(&content_type));
        Ok(Self {
            body,
            size,
            file_name,
            content_type,
            no_media,
        })
    }
}

impl IntoFuture for Upload {
    type Output = Result<Uploaded, Error>;
    type IntoFuture = Running<Uploaded>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(trace::spanned("upload", None, None, self.run()))
    }
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload")
            .field("content", &self.content)
            .field("file_name", &self.file_name)
            .field("content_type", &self.content_type)
            .finish_non_exhaustive()
    }
}
