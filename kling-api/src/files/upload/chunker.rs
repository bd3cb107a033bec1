//! The caller's stream in parts. A stream cannot be read twice, so a part of it is kept until it was sent.

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt};

use crate::error::Error;
use crate::files::upload::source::{Pieces, Rewindable, refused};
use crate::files::upload::storage::Part;

/// Reads a stream in parts of one size.
pub(super) struct Chunker {
    pieces: Pieces,
    /// What was promised, and what of it is still to come.
    length: u64,
    left: u64,
    /// What has come beyond the end of the last part.
    rest: Bytes,
}

impl Chunker {
    pub(super) fn new(pieces: Pieces, length: u64) -> Self {
        Self {
            pieces,
            length,
            left: length,
            rest: Bytes::new(),
        }
    }

    /// The next part. Once all that was promised has come, the stream must have ended.
    pub(super) async fn next(&mut self, part_size: u64) -> Result<Bytes, Error> {
        let size = usize::try_from(part_size.min(self.left)).unwrap_or(usize::MAX);
        let mut part = BytesMut::with_capacity(size);
        loop {
            let wanted = size - part.len();
            part.extend_from_slice(&self.rest.split_to(wanted.min(self.rest.len())));
            if part.len() == size {
                break;
            }
            match self.pieces.next().await {
                Some(Ok(piece)) => self.rest = piece,
                Some(Err(source)) => {
                    let problem = "the stream of the caller ended with an error";
                    return Err(refused(problem, "the cause says why").with_source(source));
                }
                None => {
                    let come = self.length - self.left + part.len() as u64;
                    let problem = format!("the stream ended after {come} of {} bytes", self.length);
                    return Err(refused(problem, "give its true length"));
                }
            }
        }
        self.left -= size as u64;
        if self.left == 0 {
            self.must_end().await?;
        }
        Ok(part.freeze())
    }

    async fn must_end(&mut self) -> Result<(), Error> {
        loop {
            if !self.rest.is_empty() {
                let problem = format!("the stream is longer than the {} bytes given", self.length);
                return Err(refused(problem, "give its true length"));
            }
            match self.pieces.next().await {
                Some(Ok(piece)) => self.rest = piece,
                Some(Err(_)) | None => return Ok(()),
            }
        }
    }

    /// All parts, numbered from 1; each is read when it is asked for.
    pub(super) fn parts(self, part_size: u64) -> impl Stream<Item = Result<Part, Error>> + Send {
        futures_util::stream::try_unfold((self, 1), move |(mut chunker, number)| async move {
            if chunker.left == 0 {
                return Ok(None);
            }
            let bytes = chunker.next(part_size).await?;
            let part = Part {
                number: Some(number),
                length: bytes.len() as u64,
                content: Rewindable::Bytes(bytes),
                start: 0,
            };
            Ok(Some((part, (chunker, number + 1))))
        })
    }
}
