//! The content of an upload: bytes, a file, or a stream.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::time::SystemTime;

use bytes::Bytes;
use futures_util::Stream;
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt};

use crate::error::Error;
use crate::error::kind::Phase;
use crate::files::upload::content_type::HEAD;
use crate::http::request::Cause;

/// The caller's bytes, one piece after the other.
pub(crate) type Pieces = Pin<Box<dyn Stream<Item = Result<Bytes, Cause>> + Send>>;

/// The content of an upload.
pub(crate) enum UploadContent {
    Bytes(Bytes),
    File(PathBuf),
    Stream { pieces: Pieces, length: u64 },
}

/// The content is the caller's own business; a path is not.
impl fmt::Debug for UploadContent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(bytes) => write!(f, "{} bytes", bytes.len()),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Stream { length, .. } => write!(f, "a stream of {length} bytes"),
        }
    }
}

/// Content that was looked at, and can be read more than once.
#[derive(Clone, Debug)]
pub(crate) enum Rewindable {
    Bytes(Bytes),
    File(FileSnapshot),
}

/// A file as it was when it was looked at.
#[derive(Clone, Debug)]
pub(crate) struct FileSnapshot {
    path: PathBuf,
    length: u64,
    modified: Option<SystemTime>,
}

impl FileSnapshot {
    /// Looks at a file: its length, and how it starts.
    pub(crate) async fn at(path: &Path) -> Result<(Self, Vec<u8>), Error> {
        let metadata = tokio::fs::metadata(path)
            .await
            .map_err(|error| unreadable(path, error))?;
        let shown = path.display();
        if metadata.is_dir() {
            let problem = format!("{shown} is a directory");
            return Err(refused(problem, "give a file in it"));
        }
        if !metadata.is_file() {
            let problem = format!("{shown} is no regular file");
            return Err(refused(
                problem,
                "read it yourself, and use upload or upload_stream",
            ));
        }
        if metadata.len() == 0 {
            return Err(refused(
                format!("the file {shown} is empty"),
                "give another one",
            ));
        }
        let snapshot = Self {
            path: path.to_owned(),
            length: metadata.len(),
            modified: metadata.modified().ok(),
        };
        let file = snapshot.open(0).await?;
        let mut head = Vec::with_capacity(HEAD);
        file.take(HEAD as u64)
            .read_to_end(&mut head)
            .await
            .map_err(|error| unreadable(path, error))?;
        Ok((snapshot, head))
    }

    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// The file, standing at this byte.
    pub(crate) async fn open(&self, at: u64) -> Result<File, Error> {
        let open = async {
            let mut file = File::open(&self.path).await?;
            if at > 0 {
                file.seek(io::SeekFrom::Start(at)).await?;
            }
            Ok(file)
        };
        open.await.map_err(|error| unreadable(&self.path, error))
    }

    /// Refuses a file that has changed since then: parts of both versions were sent.
    pub(crate) async fn check_unchanged(&self) -> Result<(), Error> {
        let metadata = tokio::fs::metadata(&self.path)
            .await
            .map_err(|error| unreadable(&self.path, error))?;
        if metadata.len() == self.length && metadata.modified().ok() == self.modified {
            return Ok(());
        }
        Err(self.changed())
    }

    /// Why a body broke off that was read from the file.
    pub(crate) fn broken(&self, error: io::Error) -> Error {
        if error.kind() == io::ErrorKind::UnexpectedEof {
            return self.changed();
        }
        unreadable(&self.path, error)
    }

    fn changed(&self) -> Error {
        refused(
            format!(
                "the file {} changed while it was uploaded",
                self.path.display()
            ),
            "upload it again once nothing writes to it",
        )
    }
}

/// A file that cannot be read, with the reason of the system.
fn unreadable(path: &Path, error: io::Error) -> Error {
    let shown = path.display();
    let (problem, advice) = match error.kind() {
        io::ErrorKind::NotFound => (format!("there is no file {shown}"), "check the path"),
        io::ErrorKind::PermissionDenied => (
            format!("the file {shown} may not be read"),
            "check the permissions of the file",
        ),
        _ => (
            format!("the file {shown} cannot be read"),
            "the cause says why",
        ),
    };
    refused(problem, advice).with_source(error)
}

/// A file that is not uploaded.
pub(crate) fn refused(problem: impl Into<String>, advice: &'static str) -> Error {
    Error::file(Phase::Upload, problem, advice)
}
