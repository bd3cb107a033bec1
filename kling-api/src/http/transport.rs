//! Sending requests that carry the key.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ::http::{HeaderMap, HeaderValue, header};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::Error;
use crate::http::deadline::{self, End};
use crate::http::events::EventStream;
use crate::http::hosts::Hosts;
use crate::http::key::Key;
use crate::http::pool::{Pool, PoolSettings};
use crate::http::request::{Body, Failure, Request};
use crate::http::response::{Reader, Response};
use crate::http::send_once::SendOnceBody;

/// What a client needs to send anything.
pub(crate) struct HttpSettings {
    pub(crate) key: Key,
    pub(crate) hosts: Hosts,
    pub(crate) headers: HeaderMap,
    pub(crate) pool: PoolSettings,
    pub(crate) body_limit: usize,
    pub(crate) max_connections: usize,
    pub(crate) max_streams: usize,
}

/// The connections of a client.
pub(crate) struct Http {
    /// For requests that may be repeated: they share a few connections, or one where the server speaks HTTP/2.
    pub(super) shared: Pool,
    /// For submits and status streams: each has a connection of its own. A stream stays open for as
    /// long as its job runs, and on a shared HTTP/2 connection streams would take all the places that
    /// the server has, so that no other request came through.
    single: Pool,
    pub(super) key: Key,
    authorization: HeaderValue,
    hosts: Hosts,
    pub(super) headers: HeaderMap,
    pub(super) body_limit: usize,
    pub(super) connections: Arc<Semaphore>,
    /// Of files: a slow reader of one must not keep a submit from being sent.
    pub(super) transfers: Arc<Semaphore>,
    streams: Arc<Semaphore>,
}

/// The response to a request for a stream of events.
pub(crate) enum EventResponse {
    Stream(EventStream),
    /// The client has as many streams open as it may have.
    NoPlace,
    /// The server answered with something else. Of a success, the body is not read.
    Other(Response),
}

impl Http {
    pub(crate) fn new(settings: HttpSettings) -> Result<Self, Error> {
        let authorization = settings.key.authorization()?;
        let pool = Arc::new(settings.pool);
        let shared = Pool::new(pool.clone(), settings.max_connections);
        let single = Pool::new(pool, 0);
        // Settings that are of no use are an error now and not later.
        for base in settings.hosts.given() {
            shared.client(base)?;
            single.client(base)?;
        }
        Ok(Self {
            shared,
            single,
            key: settings.key,
            authorization,
            hosts: settings.hosts,
            headers: settings.headers,
            body_limit: settings.body_limit,
            connections: Arc::new(Semaphore::new(settings.max_connections)),
            transfers: Arc::new(Semaphore::new(settings.max_connections)),
            streams: Arc::new(Semaphore::new(settings.max_streams)),
        })
    }

    pub(crate) fn hosts(&self) -> &Hosts {
        &self.hosts
    }

    /// One attempt: sends the request and reads the whole response.
    pub(crate) async fn exchange(&self, request: Request) -> Result<Response, Failure> {
        let end = End::new(deadline::after(request.timeout), request.deadline);
        let sent = Arc::new(AtomicBool::new(false));
        let mut reader = Reader::new(&self.key, self.body_limit);
        let exchange = async {
            // Nobody closes the semaphore.
            let _permit = self.connections.acquire().await;
            let pool = match request.body {
                Body::Once(_) => &self.single,
                Body::None | Body::Repeatable(_) => &self.shared,
            };
            let response = self.send(pool, request, &sent).await?;
            reader.read(response).await
        };
        // By itself on the heap: thousands of jobs wait between two requests, and hold no room for one.
        let exchanged = Box::pin(end.bound(exchange)).await;
        exchanged.unwrap_or_else(|| {
            Err(Failure::TimedOut {
                sent: sent.load(Ordering::Relaxed),
                deadline: end.is_deadline,
                partial: reader.partial(),
            })
        })
    }

    /// Opens a stream of events, unless as many streams are open as the client may have.
    pub(crate) async fn open(&self, request: Request) -> Result<EventResponse, Failure> {
        match self.streams.clone().try_acquire_owned() {
            Ok(permit) => self.open_with(request, Some(permit)).await,
            Err(_) => Ok(EventResponse::NoPlace),
        }
    }

    /// Opens a stream of events, and waits for a place where too many are open.
    pub(crate) async fn open_when_possible(
        &self,
        request: Request,
    ) -> Result<EventResponse, Failure> {
        self.open_with(request, None).await
    }

    async fn open_with(
        &self,
        request: Request,
        permit: Option<OwnedSemaphorePermit>,
    ) -> Result<EventResponse, Failure> {
        let end = End::new(deadline::after(request.timeout), request.deadline);
        let sent = Arc::new(AtomicBool::new(false));
        let head = async {
            let permit = match permit {
                Some(permit) => Some(permit),
                // Nobody closes the semaphore.
                None => self.streams.clone().acquire_owned().await.ok(),
            };
            let response = self.send(&self.single, request, &sent).await?;
            let (key, limit) = (&self.key, self.body_limit);
            if !response.status().is_success() {
                return Reader::new(key, limit)
                    .read(response)
                    .await
                    .map(EventResponse::Other);
            }
            if is_event_stream(response.headers()) {
                let stream = EventStream::new(response, permit, key.clone(), limit);
                return Ok(EventResponse::Stream(stream));
            }
            // Whatever this is, it is not read: it may never end.
            Ok(EventResponse::Other(Response {
                status: response.status().as_u16(),
                headers: key.clean_headers(response.headers().clone()),
                body: key.clean(bytes::Bytes::new()),
            }))
        };
        let opened = Box::pin(end.bound(head)).await;
        opened.unwrap_or_else(|| {
            Err(Failure::TimedOut {
                sent: sent.load(Ordering::Relaxed),
                deadline: end.is_deadline,
                partial: None,
            })
        })
    }

    async fn send(
        &self,
        pool: &Pool,
        request: Request,
        sent: &Arc<AtomicBool>,
    ) -> Result<reqwest::Response, Failure> {
        let is_once = matches!(request.body, Body::Once(_));
        let mut whole = reqwest::Request::new(request.method, request.url);
        *whole.headers_mut() = request.headers;
        *whole.body_mut() = match request.body {
            Body::None => None,
            Body::Repeatable(body) => Some(body.into()),
            Body::Once(body) => Some(reqwest::Body::wrap(SendOnceBody::new(body, sent.clone()))),
        };
        self.authorize(&mut whole)?;
        let client = pool.client(whole.url())?;
        sent.store(!is_once, Ordering::Relaxed);
        Ok(client.execute(whole).await?)
    }

    /// The last gate: gives a request the key, and the headers of the caller, if they may go to its URL.
    pub(crate) fn authorize(&self, request: &mut reqwest::Request) -> Result<(), Failure> {
        if !self.hosts.is_trusted(request.url()) {
            return Err(Failure::Untrusted);
        }
        let headers = request.headers_mut();
        for (name, value) in &self.headers {
            if !headers.contains_key(name) {
                headers.insert(name, value.clone());
            }
        }
        headers.insert(header::AUTHORIZATION, self.authorization.clone());
        Ok(())
    }
}

fn is_event_stream(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.trim_start().starts_with("text/event-stream"))
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http")
            .field("hosts", &self.hosts)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use ::http::Method;
    use secrecy::SecretString;
    use url::Url;

    use super::*;

    /// Whatever the rest of the crate asks for, nothing goes to a foreign URL.
    #[tokio::test]
    async fn nothing_is_sent_to_a_url_that_is_not_trusted() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/x", listener.local_addr().unwrap());
        let http = Http::new(HttpSettings {
            key: Key::new(SecretString::from("id:secret-part")).unwrap(),
            hosts: Hosts::of_queue("http://127.0.0.1:1").unwrap(),
            headers: HeaderMap::new(),
            pool: PoolSettings {
                user_agent: "test".to_owned(),
                proxy: None,
                configure: None,
                connect_timeout: Duration::from_secs(1),
            },
            body_limit: 1000,
            max_connections: 1,
            max_streams: 1,
        })
        .unwrap();
        let request = || {
            let url = Url::parse(&url).unwrap();
            Request::new(Method::GET, url, Duration::from_secs(5), None)
        };
        assert!(matches!(
            http.exchange(request()).await,
            Err(Failure::Untrusted)
        ));
        assert!(matches!(
            http.open(request()).await,
            Err(Failure::Untrusted)
        ));
    }
}
