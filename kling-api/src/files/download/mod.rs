//! Downloads: requests that are sent when they are awaited.

mod file_name;
mod kind;
mod partial;
mod sink;
mod transfer;

use std::fmt;
use std::future::IntoFuture;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncWrite;

use crate::error::Error;
use crate::files::download::partial::{Partial, Resumed};
use crate::files::download::sink::Sink;
use crate::files::download::transfer::Transfer;
use crate::http::core::{Core, Running};
use crate::http::progress::Report;
use crate::http::trace;
use crate::values::remote_file::RemoteFile;

/// The settings of a download, whatever it goes to.
struct DownloadSettings {
    core: Arc<Core>,
    url: String,
    file_name: Option<String>,
    size: Option<u64>,
    content_type: Option<String>,
    report: Option<Report>,
    timeout: Option<Duration>,
    max_size: Option<u64>,
}

impl DownloadSettings {
    fn new(core: Arc<Core>, file: &(impl RemoteFile + ?Sized)) -> Self {
        Self {
            core,
            url: file.url().to_owned(),
            file_name: file.file_name().map(str::to_owned),
            size: file.size(),
            content_type: file.content_type().map(str::to_owned),
            report: None,
            timeout: None,
            max_size: None,
        }
    }

    async fn run(self, sink: &mut Sink<'_>, start: Resumed) -> Result<u64, Error> {
        Transfer {
            deadline: self.core.deadline(self.timeout),
            core: self.core,
            expected: self.size,
            content_type: self.content_type,
            max_size: self.max_size,
            report: self.report,
        }
        .run(&self.url, sink, start)
        .await
    }
}

macro_rules! options {
    () => {
        /// Calls `report` with the number of bytes that have arrived, and of the whole file; 0 where the
        /// server does not say how long it is. Keep it short: the download waits for it.
        pub fn on_progress(mut self, report: impl Fn(u64, u64) + Send + Sync + 'static) -> Self {
            self.settings.report = Some(Arc::new(report));
            self
        }

        /// The longest that the download as a whole may take. Unset, the client's
        /// [timeout](crate::ClientBuilder::timeout) counts, and without either it takes as long as bytes arrive; see
        /// [`transfer_timeout`](crate::ClientBuilder::transfer_timeout).
        pub fn timeout(mut self, timeout: Duration) -> Self {
            self.settings.timeout = Some(timeout);
            self
        }

        /// Fails once more bytes than this have arrived. By default, only the length in the file's own
        /// record is a limit.
        pub fn max_size(mut self, bytes: u64) -> Self {
            self.settings.max_size = Some(bytes);
            self
        }
    };
}

/// A download to a path; made by [`Client::download`](crate::Client::download). Nothing is sent or written until it is awaited.
///
/// The bytes go to a new file beside the path, which is renamed once it is complete. Where
/// the download fails, or its future is dropped, that file is removed; where the process is killed, the next
/// download to the same path resumes it, or removes it. After a broken connection the
/// download resumes, if the server still has the same file.
///
/// Where the path is that of a folder, or ends with a separator, the file gets the name that it has at fal, or else the
/// one at the end of its URL: the part after the last separator, without control characters, dots at its start and what
/// file systems refuse, and of at most 150 bytes. Where the folder has a file of that name already, the new one gets a
/// number (`output-2.mp4`): fal gives many videos the same name. [`Downloaded::path`] says which it is.
///
/// Neither the API key nor the headers of the client are sent. Only https is spoken, along redirects
/// too, except to servers of one's own that the client speaks plain http with.
///
/// # Errors
/// Awaited, it gives an error that is [about the file](Error::is_file) where the path cannot be
/// written or exists, or where the file is not the expected one, and one about the server
/// otherwise.
#[must_use = "nothing is downloaded until the request is awaited"]
pub struct Download {
    settings: DownloadSettings,
    path: PathBuf,
    overwrite: bool,
}

impl Download {
    pub(crate) fn new(core: Arc<Core>, file: &(impl RemoteFile + ?Sized), path: PathBuf) -> Self {
        Self {
            settings: DownloadSettings::new(core, file),
            path,
            overwrite: false,
        }
    }

    /// With `true`, a file of that name is replaced. By default it is an error, found before anything
    /// is sent; in a folder, the new file gets a name of its own.
    pub fn overwrite(mut self, overwrite: bool) -> Self {
        self.overwrite = overwrite;
        self
    }

    options!();

    async fn run(self) -> Result<Downloaded, Error> {
        let settings = &self.settings;
        let name = file_name::file_name(
            settings.file_name.as_deref(),
            &settings.url,
            settings.content_type.as_deref(),
        );
        let (partial, file, start) = Partial::beside(self.path, &name, self.overwrite).await?;
        let mut sink = Sink::File(file, partial.clone());
        let size = self.settings.run(&mut sink, start).await?;
        sink.finish().await?;
        let path = partial.keep().await?;
        Ok(Downloaded { path, size })
    }
}

/// A download to a writer; made by [`Client::download_to`](crate::Client::download_to). Nothing is sent until it is awaited; it
/// gives the number of bytes.
///
/// What was written cannot be taken back: after a broken connection the download resumes, and where the
/// server has another file by then, it fails.
///
/// # Errors
/// Awaited, it gives an error as [`Download`] does.
#[must_use = "nothing is downloaded until the request is awaited"]
pub struct DownloadTo<'a> {
    settings: DownloadSettings,
    writer: Box<dyn AsyncWrite + Send + Unpin + 'a>,
}

impl<'a> DownloadTo<'a> {
    pub(crate) fn new(
        core: Arc<Core>,
        file: &(impl RemoteFile + ?Sized),
        writer: impl AsyncWrite + Send + Unpin + 'a,
    ) -> Self {
        Self {
            settings: DownloadSettings::new(core, file),
            writer: Box::new(writer),
        }
    }

    options!();

    async fn run(self) -> Result<u64, Error> {
        let mut sink = Sink::Writer(self.writer);
        let size = self.settings.run(&mut sink, Resumed::default()).await?;
        sink.finish().await?;
        Ok(size)
    }
}

/// A file that was downloaded.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Downloaded {
    /// Where it is.
    pub path: PathBuf,
    /// The length in bytes.
    pub size: u64,
}

impl AsRef<Path> for Downloaded {
    fn as_ref(&self) -> &Path {
        &self.path
    }
}

impl IntoFuture for Download {
    type Output = Result<Downloaded, Error>;
    type IntoFuture = Running<Downloaded>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(trace::spanned("download", None, None, self.run()))
    }
}

impl<'a> IntoFuture for DownloadTo<'a> {
    type Output = Result<u64, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Result<u64, Error>> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(trace::spanned("download", None, None, self.run()))
    }
}

/// Without the URL, which may be signed.
impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Download")
            .field("path", &self.path)
            .field("overwrite", &self.overwrite)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for DownloadTo<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DownloadTo").finish_non_exhaustive()
    }
}
