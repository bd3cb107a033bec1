//! Files to fal: a request that is sent when it is awaited, and the URL that comes of it.

mod chunker;
pub(crate) mod content_type;
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

use crate::call::{Running, deadline};
use crate::error::Error;
use crate::http::core::Core;
use crate::http::progress::{Progress, Report};
use crate::http::trace;
use crate::values::lifecycle::ObjectLifecycle;
use crate::values::media::limits::MediaLimits;
use crate::values::remote_file::Uploaded;

use crate::files::upload::chunker::Cutter;
use crate::files::upload::content_type::{content_type, file_name};
use crate::files::upload::source::{Content, Looked, Pieces, Rewindable, refused};
use crate::files::upload::storage::{Part, Storage, parts_of};

/// What fal's own clients do, too.
const PART_SIZE: u64 = 10 << 20;
const LARGEST_WHOLE: u64 = 90 << 20;
const PARTS_AT_ONCE: usize = 4;

/// An upload that is about to be made; made by [`Client::upload`], [`Client::upload_file`] and
/// [`Client::upload_stream`]. Nothing is read or sent until it is awaited, and an upload buys nothing.
///
/// A file of up to 90 MiB goes in one request, a larger one in parts of 10 MiB, four at once. Files
/// are read while they are sent, and bytes are not copied. A request that fails is repeated by
/// itself; see [`Retry`](crate::Retry).
///
/// The API key goes to fal alone, to name the place for the file. The place itself is spoken to over
/// https, without the key and without the headers that the client was given.
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
    content: Content,
    file_name: Option<String>,
    content_type: Option<String>,
    lifecycle: Option<ObjectLifecycle>,
    report: Option<Report>,
    timeout: Option<Duration>,
    until: Option<Instant>,
    limits: MediaLimits,
    largest_whole: u64,
    part_size: u64,
    parts_at_once: usize,
}

impl Upload {
    pub(crate) fn bytes(core: Arc<Core>, bytes: Bytes) -> Self {
        Self::new(core, Content::Bytes(bytes))
    }

    pub(crate) fn file(core: Arc<Core>, path: PathBuf) -> Self {
        Self::new(core, Content::File(path))
    }

    pub(crate) fn stream(core: Arc<Core>, pieces: Pieces, length: u64) -> Self {
        Self::new(core, Content::Stream { pieces, length })
    }

    fn new(core: Arc<Core>, content: Content) -> Self {
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
            largest_whole: LARGEST_WHOLE,
            part_size: PART_SIZE,
            parts_at_once: PARTS_AT_ONCE,
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

    /// Is called with the bytes that have been sent and those of the whole file, as they go out. The
    /// first number never goes back, even where a part has to be sent again; the last call is that of
    /// the whole file. Keep it short: the upload waits for it.
    pub fn on_progress(mut self, report: impl Fn(u64, u64) + Send + Sync + 'static) -> Self {
        self.report = Some(Arc::new(report));
        self
    }

    /// The longest that the upload as a whole may take. Unset, it takes as long as bytes move; see
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

    /// Sends files of more bytes than this in parts; 90 MiB by default.
    pub fn parts_above(mut self, bytes: u64) -> Self {
        self.largest_whole = bytes;
        self
    }

    /// The size of a part, 10 MiB by default. The storage may refuse parts of less than 5 MiB.
    pub fn part_size(mut self, bytes: u64) -> Self {
        self.part_size = bytes.max(1);
        self
    }

    /// How many parts are sent at once, 4 by default and at least 1. So many parts of a stream are in
    /// memory, and nothing of a file.
    pub fn parts_at_once(mut self, count: usize) -> Self {
        self.parts_at_once = count.max(1);
        self
    }

    /// For a call, with the deadline of that call and the limits of its endpoint.
    pub(crate) fn of_call(mut self, until: Option<Instant>, limits: MediaLimits) -> Self {
        self.until = until;
        self.limits = limits;
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
        let deadline = match (deadline(self.timeout), self.until) {
            (Some(own), Some(until)) => Some(own.min(until)),
            (own, until) => own.or(until),
        };
        let lifecycle = self.lifecycle.as_ref().map(header).transpose()?;
        let ready = Ready::of(self.content, self.content_type, self.file_name).await?;
        self.limits.check(ready.size, &ready.content_type)?;
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
        };
        // A stream cannot be read twice, so more than one part of it is never sent at once whole.
        let largest_whole = match &ready.body {
            Readable::Rewindable(_) => self.largest_whole,
            Readable::Stream(_) => self.largest_whole.min(self.part_size),
        };
        let in_parts = ready.size > largest_whole;
        let lifecycle = lifecycle.as_ref();
        let place = storage
            .initiate(in_parts, &ready.file_name, lifecycle)
            .await?;
        let (size, at_once) = (self.part_size, self.parts_at_once);
        match ready.body {
            Readable::Rewindable(content) if in_parts => {
                let parts = stream::iter(parts_of(&content, size).map(Ok));
                storage.send_parts(&place, parts, at_once).await?;
                unchanged(&content).await?;
            }
            Readable::Rewindable(content) => {
                storage.send(&place, whole(content.clone())).await?;
                unchanged(&content).await?;
            }
            Readable::Stream(cutter) if in_parts => {
                storage
                    .send_parts(&place, cutter.parts(size), at_once)
                    .await?;
            }
            Readable::Stream(mut cutter) => {
                let bytes = cutter.next(size).await?;
                storage
                    .send(&place, whole(Rewindable::Bytes(bytes)))
                    .await?;
            }
        }
        Ok(Uploaded {
            url: place.file_url,
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
        Some(looked) => looked.is_unchanged().await,
        None => Ok(()),
    }
}

fn header(lifecycle: &ObjectLifecycle) -> Result<HeaderValue, Error> {
    HeaderValue::from_str(&lifecycle.written()?).map_err(|_| {
        refused(
            "its lifecycle cannot stand in a header",
            "name other users in it",
        )
    })
}

/// What is uploaded, once it was looked at.
struct Ready {
    body: Readable,
    size: u64,
    file_name: String,
    content_type: String,
}

enum Readable {
    Rewindable(Rewindable),
    Stream(Cutter),
}

impl Ready {
    async fn of(
        content: Content,
        given_type: Option<String>,
        given_name: Option<String>,
    ) -> Result<Self, Error> {
        let (body, size, head, local_name) = match content {
            Content::Bytes(bytes) => {
                let head = bytes.slice(..bytes.len().min(content_type::HEAD)).to_vec();
                let size = bytes.len() as u64;
                (
                    Readable::Rewindable(Rewindable::Bytes(bytes)),
                    size,
                    head,
                    None,
                )
            }
            Content::File(path) => {
                let (looked, head) = Looked::at(&path).await?;
                let name = path
                    .file_name()
                    .map(|name| name.to_string_lossy().into_owned());
                let size = looked.length();
                (
                    Readable::Rewindable(Rewindable::File(looked)),
                    size,
                    head,
                    name,
                )
            }
            Content::Stream { pieces, length } => {
                let body = Readable::Stream(Cutter::new(pieces, length));
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
        let content_type = given_type.unwrap_or_else(|| content_type(&head, name.as_deref()));
        let file_name = name.unwrap_or_else(|| file_name(&content_type));
        Ok(Self {
            body,
            size,
            file_name,
            content_type,
        })
    }
}

impl IntoFuture for Upload {
    type Output = Result<Uploaded, Error>;
    type IntoFuture = Running<Uploaded>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(trace::spanned("upload", "", None, self.run()))
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
