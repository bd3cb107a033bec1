//! Reading an answer up to a bound, and what is left of one that breaks off.

use ::http::HeaderMap;
use bytes::{Bytes, BytesMut};

use crate::http::{Failure, Response, reqwest};

/// What has arrived of an answer. It outlives the reading: a time limit that cuts the reading short
/// must not take with it the request id that has come by then.
pub(super) struct Arrived {
    status: u16,
    headers: HeaderMap,
    /// The first piece as it came: nearly every answer has but one.
    first: Bytes,
    /// All pieces, once there are several.
    all: BytesMut,
}

impl Arrived {
    pub(super) fn take(&mut self) -> Response {
        Response {
            status: self.status,
            headers: std::mem::take(&mut self.headers),
            body: if self.all.is_empty() {
                std::mem::take(&mut self.first)
            } else {
                self.all.split().freeze()
            },
        }
    }

    fn len(&self) -> usize {
        self.first.len().max(self.all.len())
    }

    fn add(&mut self, piece: Bytes) {
        if self.first.is_empty() {
            self.first = piece;
            return;
        }
        if self.all.is_empty() {
            self.all.extend_from_slice(&self.first);
        }
        self.all.extend_from_slice(&piece);
    }
}

/// Reads an answer to its end or to the bound, and keeps in the slot what has arrived so far.
pub(super) async fn read(
    mut response: reqwest::Response,
    limit: usize,
    slot: &mut Option<Arrived>,
) -> Result<Response, Failure> {
    let arrived = slot.insert(Arrived {
        status: response.status().as_u16(),
        headers: std::mem::take(response.headers_mut()),
        first: Bytes::new(),
        all: BytesMut::new(),
    });
    loop {
        match response.chunk().await {
            Ok(Some(piece)) if arrived.len() + piece.len() > limit => {
                arrived.add(piece.slice(..limit - arrived.len()));
                let partial = Box::new(arrived.take());
                return Err(Failure::TooLarge { partial, limit });
            }
            Ok(Some(piece)) => arrived.add(piece),
            Ok(None) => return Ok(arrived.take()),
            Err(error) => {
                let partial = Some(Box::new(arrived.take()));
                return Err(Failure::Interrupted {
                    source: Box::new(error.without_url()),
                    partial,
                });
            }
        }
    }
}
