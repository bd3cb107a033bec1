//! Reading an answer up to a bound, and what is left of one that breaks off.

use ::http::HeaderMap;
use bytes::BytesMut;

use super::{Failure, Response, reqwest};

/// What has arrived of an answer. It outlives the reading: a time limit that cuts the reading short
/// must not take with it the request id that has come by then.
pub(super) struct Arrived {
    status: u16,
    headers: HeaderMap,
    body: BytesMut,
}

impl Arrived {
    pub(super) fn take(&mut self) -> Response {
        Response {
            status: self.status,
            headers: std::mem::take(&mut self.headers),
            body: self.body.split().freeze(),
        }
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
        headers: response.headers().clone(),
        body: BytesMut::new(),
    });
    loop {
        let body = &mut arrived.body;
        match response.chunk().await {
            Ok(Some(piece)) if body.len() + piece.len() > limit => {
                body.extend_from_slice(&piece[..limit - body.len()]);
                let partial = Box::new(arrived.take());
                return Err(Failure::TooLarge { partial, limit });
            }
            Ok(Some(piece)) => body.extend_from_slice(&piece),
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
