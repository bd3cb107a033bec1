//! The bodies of uploads, read while they are sent.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use tokio::io::{AsyncRead, ReadBuf};

use crate::http::progress::Counter;
use crate::http::stall::StallTimer;

/// How much of a file is read at once.
const STEP: usize = 64 * 1024;

/// The body of an upload, counted as it is taken.
#[derive(Debug)]
pub(crate) struct UploadBody {
    from: Source,
    left: u64,
    counter: Counter,
    pub(super) timer: StallTimer,
    read_error: ReadError,
}

#[derive(Debug)]
enum Source {
    Memory(Bytes),
    File(tokio::fs::File),
}

/// Why a file could not be read to its end: the transport only says that the body broke off.
#[derive(Clone, Debug, Default)]
pub(crate) struct ReadError(Arc<Mutex<Option<io::Error>>>);

impl ReadError {
    pub(crate) fn take(&self) -> Option<io::Error> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn set(&self, error: io::Error) -> io::Error {
        let copy = io::Error::new(error.kind(), error.to_string());
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
        copy
    }
}

impl UploadBody {
    pub(crate) fn memory(bytes: Bytes, counter: Counter) -> Self {
        let left = bytes.len() as u64;
        Self::new(Source::Memory(bytes), left, counter)
    }

    /// So many bytes from where the file stands.
    pub(crate) fn file(file: tokio::fs::File, length: u64, counter: Counter) -> Self {
        Self::new(Source::File(file), length, counter)
    }

    fn new(from: Source, left: u64, counter: Counter) -> Self {
        Self {
            from,
            left,
            counter,
            timer: StallTimer::default(),
            read_error: ReadError::default(),
        }
    }

    pub(crate) fn read_error(&self) -> ReadError {
        self.read_error.clone()
    }
}

impl http_body::Body for UploadBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<http_body::Frame<Bytes>>>> {
        let this = &mut *self;
        if this.left == 0 {
            return Poll::Ready(None);
        }
        let most = usize::try_from(this.left).map_or(STEP, |left| left.min(STEP));
        let piece = match &mut this.from {
            Source::Memory(bytes) => bytes.split_to(most),
            Source::File(file) => {
                let mut space = vec![0; most];
                let mut buffer = ReadBuf::new(&mut space);
                let read = ready!(Pin::new(file).poll_read(context, &mut buffer));
                let length = buffer.filled().len();
                let read = match read {
                    Ok(()) if length == 0 => Err(io::Error::new(
                        io::ErrorKind::UnexpectedEof,
                        "the file has become shorter",
                    )),
                    read => read,
                };
                if let Err(error) = read {
                    return Poll::Ready(Some(Err(this.read_error.set(error))));
                }
                space.truncate(length);
                space.into()
            }
        };
        this.left -= piece.len() as u64;
        this.timer.reset();
        this.counter.add(piece.len() as u64);
        Poll::Ready(Some(Ok(http_body::Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> http_body::SizeHint {
        http_body::SizeHint::with_exact(self.left)
    }
}
