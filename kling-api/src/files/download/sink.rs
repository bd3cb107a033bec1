//! The destination of a download.

use std::fmt;
use std::io;
use std::sync::Arc;

use http::HeaderValue;
use tokio::fs::File;
use tokio::io::{AsyncSeekExt, AsyncWrite, AsyncWriteExt};

use crate::error::Error;
use crate::files::download::partial::{Partial, refused};

pub(super) enum Sink<'a> {
    /// What was written can be removed again.
    File(File, Arc<Partial>),
    /// What was written stays.
    Writer(Box<dyn AsyncWrite + Send + Unpin + 'a>),
}

impl Sink<'_> {
    pub(super) async fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let written = match self {
            Self::File(file, _) => file.write_all(bytes).await,
            Self::Writer(writer) => writer.write_all(bytes).await,
        };
        written.map_err(failed)
    }

    /// The server knows the file by this: it is kept for a download that resumes this one.
    pub(super) async fn known_as(&mut self, validator: Option<&HeaderValue>) -> Result<(), Error> {
        match self {
            Self::File(_, partial) => partial.clone().known_as(validator.cloned()).await,
            Self::Writer(_) => Ok(()),
        }
    }

    /// Whether it is empty again.
    pub(super) async fn start_over(&mut self) -> Result<bool, Error> {
        match self {
            Self::File(file, _) => {
                let start = async {
                    file.flush().await?;
                    file.set_len(0).await?;
                    file.rewind().await.map(|_| true)
                };
                start.await.map_err(failed)
            }
            Self::Writer(_) => Ok(false),
        }
    }

    /// All of it is there: an error that the system has kept back comes out now.
    pub(super) async fn finish(&mut self) -> Result<(), Error> {
        let finished = match self {
            Self::File(file, _) => match file.flush().await {
                Ok(()) => file.sync_all().await,
                Err(error) => Err(error),
            },
            Self::Writer(writer) => writer.flush().await,
        };
        finished.map_err(failed)
    }
}

fn failed(error: io::Error) -> Error {
    let (problem, advice) = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => (
            "there is no space left for it",
            "Make space, then download it again",
        ),
        _ => ("the file cannot be written", "The cause says why"),
    };
    refused(problem, advice).with_source(error)
}

impl fmt::Debug for Sink<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::File(..) => "File",
            Self::Writer(_) => "Writer",
        })
    }
}
