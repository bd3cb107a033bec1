//! A response, and the one place where its body is read and the key is taken out of it.

use ::http::HeaderMap;
use bytes::{Bytes, BytesMut};

use crate::error::body::KEPT;
use crate::http::json;
use crate::http::key::Key;
use crate::http::redact::Clean;
use crate::http::request::Failure;

/// A response, or what arrived of it.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: Clean<HeaderMap>,
    pub(crate) body: Clean<Bytes>,
}

impl Response {
    pub(crate) fn is_success(&self) -> bool {
        is_success(self.status)
    }

    /// The value of a header, where it is text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok().map(str::trim)
    }
}

pub(crate) fn is_success(status: u16) -> bool {
    (200..300).contains(&status)
}

/// Reads one response up to a limit. It outlives the reading: a time limit that cuts the reading short
/// must not take with it the request id that has arrived by then.
pub(crate) struct Reader<'a> {
    key: &'a Key,
    limit: usize,
    arrived: Option<Arrived>,
}

struct Arrived {
    status: u16,
    headers: HeaderMap,
    /// The first piece as it came: nearly every response has but one.
    first: Bytes,
    /// All pieces, once there are several.
    all: BytesMut,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(key: &'a Key, limit: usize) -> Self {
        Self {
            key,
            limit,
            arrived: None,
        }
    }

    /// Reads a response to its end or to the limit.
    pub(crate) async fn read(
        &mut self,
        mut response: reqwest::Response,
    ) -> Result<Response, Failure> {
        let limit = if response.status().is_success() {
            self.limit
        } else {
            self.limit.min(KEPT)
        };
        let arrived = self.arrived.insert(Arrived {
            status: response.status().as_u16(),
            headers: std::mem::take(response.headers_mut()),
            first: Bytes::new(),
            all: BytesMut::new(),
        });
        loop {
            match response.chunk().await {
                Ok(Some(piece)) if arrived.len() + piece.len() > limit => {
                    let rest = limit - arrived.len();
                    arrived.add(piece.slice(..rest));
                    let partial = Box::new(arrived.take(self.key).await);
                    return Err(Failure::TooLarge { partial, limit });
                }
                Ok(Some(piece)) => arrived.add(piece),
                Ok(None) => return Ok(arrived.take(self.key).await),
                Err(error) => {
                    return Err(Failure::Interrupted {
                        source: Box::new(error.without_url()),
                        partial: Some(Box::new(arrived.take(self.key).await)),
                    });
                }
            }
        }
    }

    /// What has arrived so far, where anything has.
    pub(crate) fn partial(mut self) -> Option<Box<Response>> {
        let arrived = self.arrived.as_mut()?;
        Some(Box::new(arrived.take_now(self.key)))
    }
}

impl Arrived {
    /// What has arrived, without the key. A long body is searched for it beside the async workers, and stays here until
    /// then, for a time limit that cuts the search short.
    async fn take(&mut self, key: &Key) -> Response {
        let (key_of_search, body) = (key.clone(), self.body());
        let body = json::aside(body.len(), move || key_of_search.clean(body)).await;
        self.response(key, body)
    }

    /// The same at once.
    fn take_now(&mut self, key: &Key) -> Response {
        let body = key.clean(self.body());
        self.response(key, body)
    }

    /// The body so far, as one piece.
    fn body(&mut self) -> Bytes {
        if !self.all.is_empty() {
            self.first = self.all.split().freeze();
        }
        self.first.clone()
    }

    fn response(&mut self, key: &Key, body: Clean<Bytes>) -> Response {
        Response {
            status: self.status,
            headers: key.clean_headers(std::mem::take(&mut self.headers)),
            body,
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

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;
    use secrecy::SecretString;

    use super::*;

    #[tokio::test]
    async fn a_long_body_is_searched_for_the_key_beside_the_async_workers() {
        let key = Key::new(SecretString::from("an-id:a-secret-of-a-test")).unwrap();
        for (length, at_once) in [(1000, true), (300_000, false)] {
            let mut body = vec![b'.'; length];
            body.extend_from_slice(b"a-secret-of-a-test");
            let mut arrived = Arrived {
                status: 200,
                headers: HeaderMap::new(),
                first: body.into(),
                all: BytesMut::new(),
            };
            let mut search = Box::pin(arrived.take(&key));
            let response = (&mut search).now_or_never();
            assert_eq!(response.is_some(), at_once, "{length}");
            let response = match response {
                Some(response) => response,
                None => search.await,
            };
            assert_eq!(&response.body[length..], b"[key]");
        }
    }
}
