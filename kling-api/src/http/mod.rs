//! The only file that sends anything.
//!
//! reqwest has two habits that would buy a job twice, and both are off here. Its own retry repeats
//! a request on HTTP/2 protocol refusals; and the pool below it repeats a request that a reused
//! connection dropped. So the policy is `never`, a submit's body cannot be cloned, and submits go
//! out on connections that are never reused.

pub(crate) mod client;
pub(crate) mod core;
pub(crate) mod deadline;
pub(crate) mod hosts;
pub(crate) mod key;
pub(crate) mod progress;
#[cfg(feature = "webhook")]
mod public;
mod read;
pub(crate) mod retry;
mod send_once;
pub(crate) mod trace;
pub(crate) mod transfer;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ::http::{HeaderMap, HeaderValue, Method, header};
use bytes::Bytes;
pub use reqwest;
pub use retry::Retry;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;
use url::Url;

use crate::error::Error;
use crate::http::client::client;
use crate::http::hosts::Hosts;
use crate::http::key::Key;
use crate::http::read::read;
use crate::http::send_once::Once;

/// What the caller wants changed about the transport.
pub(crate) type Configure =
    Arc<dyn Fn(reqwest::ClientBuilder) -> reqwest::ClientBuilder + Send + Sync>;

/// What a client needs to send anything.
pub(crate) struct Settings {
    pub(crate) key: Key,
    pub(crate) hosts: Hosts,
    pub(crate) user_agent: String,
    pub(crate) headers: HeaderMap,
    pub(crate) proxy: Option<String>,
    pub(crate) configure: Option<Configure>,
    pub(crate) connect_timeout: Duration,
    pub(crate) body_limit: usize,
    pub(crate) max_connections: usize,
    pub(crate) max_streams: usize,
}

pub(crate) struct Http {
    /// For questions: they share a few connections, or one where the server speaks HTTP/2.
    pub(crate) shared: reqwest::Client,
    /// For submits and status streams: each has a connection of its own. A stream stays open for as
    /// long as its job runs, and on a shared HTTP/2 connection streams would take all the places that
    /// the server has, so that no question came through.
    single: reqwest::Client,
    key: Key,
    authorization: HeaderValue,
    hosts: Hosts,
    headers: HeaderMap,
    body_limit: usize,
    connections: Arc<Semaphore>,
    streams: Arc<Semaphore>,
}

pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Body,
    /// For one attempt, from connecting to the last byte of the answer.
    pub(crate) timeout: Duration,
    /// Of the caller, for everything.
    pub(crate) deadline: Option<Instant>,
}

/// What a request carries.
#[derive(Debug)]
pub(crate) enum Body {
    /// Nothing.
    None,
    /// What may be sent again, by the transport too.
    Repeatable(Bytes),
    /// What must reach a server once at most: it may buy a job.
    Once(Bytes),
}

#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// Why there is no complete answer.
#[derive(Debug)]
pub(crate) enum Failure {
    NotConnected(Source),
    TimedOut {
        sent: bool,
        deadline: bool,
        partial: Option<Box<Response>>,
    },
    Interrupted {
        source: Source,
        partial: Option<Box<Response>>,
    },
    TooLarge {
        partial: Box<Response>,
        limit: usize,
    },
    Untrusted,
    Unsendable(Source),
}

pub(crate) type Source = Box<dyn std::error::Error + Send + Sync>;

impl Http {
    pub(crate) fn new(settings: Settings) -> Result<Self, Error> {
        let authorization = settings.key.authorization()?;
        let idle = settings.max_connections;
        Ok(Self {
            shared: client(&settings, idle)?,
            single: client(&settings, 0)?,
            key: settings.key,
            authorization,
            hosts: settings.hosts,
            headers: settings.headers,
            body_limit: settings.body_limit,
            connections: Arc::new(Semaphore::new(settings.max_connections)),
            streams: Arc::new(Semaphore::new(settings.max_streams)),
        })
    }

    pub(crate) fn hosts(&self) -> &Hosts {
        &self.hosts
    }

    pub(crate) fn body_limit(&self) -> usize {
        self.body_limit
    }

    pub(crate) fn redact(&self, text: &str) -> String {
        self.key.redact(text)
    }

    pub(crate) fn holds_key(&self, text: &str) -> bool {
        self.key.is_in(text)
    }

    /// One attempt: sends the request and reads the whole answer.
    pub(crate) async fn exchange(&self, request: Request) -> Result<Response, Failure> {
        let deadline = request.deadline;
        let Ok(permit) = until(deadline, self.connections.acquire()).await else {
            return Err(Failure::TimedOut {
                sent: false,
                deadline: true,
                partial: None,
            });
        };
        let end = deadline::after(request.timeout);
        let by_deadline = deadline.is_some_and(|deadline| deadline <= end);
        let end = deadline.map_or(end, |deadline| deadline.min(end));
        let is_once = matches!(request.body, Body::Once(_));
        let sent = Arc::new(AtomicBool::new(!is_once));
        let mut arrived = None;
        let exchange = async {
            let client = if is_once { &self.single } else { &self.shared };
            let response = self.send(client, request, &sent).await?;
            read(response, self.body_limit, &mut arrived).await
        };
        let answer = tokio::time::timeout_at(end, exchange).await;
        drop(permit);
        answer.unwrap_or_else(|_| {
            let sent = sent.load(Ordering::Relaxed);
            Err(Failure::TimedOut {
                sent,
                deadline: by_deadline,
                partial: arrived.as_mut().map(|arrived| Box::new(arrived.take())),
            })
        })
    }

    /// Opens a stream; `Ok(Err)` where the server answered with anything but success.
    ///
    /// `None` at once where as many streams as the client may have are open.
    pub(crate) async fn open(
        &self,
        request: Request,
    ) -> Option<Result<Result<Incoming, Response>, Failure>> {
        let permit = self.streams.clone().try_acquire_owned().ok()?;
        Some(self.open_with(request, permit).await)
    }

    /// The same, after waiting for as long as too many streams are open.
    pub(crate) async fn open_when_possible(
        &self,
        request: Request,
    ) -> Result<Result<Incoming, Response>, Failure> {
        let permit = until(request.deadline, self.streams.clone().acquire_owned()).await;
        let Ok(Ok(permit)) = permit else {
            return Err(Failure::TimedOut {
                sent: false,
                deadline: true,
                partial: None,
            });
        };
        self.open_with(request, permit).await
    }

    async fn open_with(
        &self,
        request: Request,
        permit: OwnedSemaphorePermit,
    ) -> Result<Result<Incoming, Response>, Failure> {
        let end = deadline::after(request.timeout);
        let by_deadline = request.deadline.is_some_and(|deadline| deadline <= end);
        let end = request.deadline.map_or(end, |deadline| deadline.min(end));
        let sent = Arc::new(AtomicBool::new(!matches!(request.body, Body::Once(_))));
        let head = async {
            let response = self.send(&self.single, request, &sent).await?;
            if response.status().is_success() {
                let is_events = response
                    .headers()
                    .get(header::CONTENT_TYPE)
                    .and_then(|value| value.to_str().ok())
                    .is_some_and(|value| value.trim_start().starts_with("text/event-stream"));
                if is_events {
                    return Ok(Ok(Incoming { response, permit }));
                }
                // Whatever this is, it is not read: it may never end.
                let status = response.status().as_u16();
                let headers = response.headers().clone();
                return Ok(Err(Response {
                    status,
                    headers,
                    body: Bytes::new(),
                }));
            }
            read(response, self.body_limit, &mut None).await.map(Err)
        };
        let answer = tokio::time::timeout_at(end, head).await;
        answer.unwrap_or_else(|_| {
            Err(Failure::TimedOut {
                sent: sent.load(Ordering::Relaxed),
                deadline: by_deadline,
                partial: None,
            })
        })
    }

    async fn send(
        &self,
        client: &reqwest::Client,
        request: Request,
        sent: &Arc<AtomicBool>,
    ) -> Result<reqwest::Response, Failure> {
        if !self.hosts.is_trusted(&request.url) {
            return Err(Failure::Untrusted);
        }
        let mut headers = request.headers;
        for (name, value) in &self.headers {
            if !headers.contains_key(name) {
                headers.insert(name, value.clone());
            }
        }
        headers.insert(header::AUTHORIZATION, self.authorization.clone());
        let mut whole = reqwest::Request::new(request.method, request.url);
        *whole.headers_mut() = headers;
        *whole.body_mut() = match request.body {
            Body::None => None,
            Body::Repeatable(body) => Some(body.into()),
            Body::Once(body) => Some(reqwest::Body::wrap(Once::new(body, sent.clone()))),
        };
        client.execute(whole).await.map_err(failure)
    }
}

/// Why the transport has no answer. reqwest names the URL, which may be signed.
fn failure(error: reqwest::Error) -> Failure {
    let error = error.without_url();
    if error.is_connect() {
        Failure::NotConnected(Box::new(error))
    } else if error.is_builder() {
        Failure::Unsendable(Box::new(error))
    } else {
        Failure::Interrupted {
            source: Box::new(error),
            partial: None,
        }
    }
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http")
            .field("hosts", &self.hosts)
            .finish_non_exhaustive()
    }
}

/// The body of a stream, piece by piece.
#[derive(Debug)]
pub(crate) struct Incoming {
    response: reqwest::Response,
    permit: OwnedSemaphorePermit,
}

impl Incoming {
    /// What the server said before the first piece.
    pub(crate) fn headers(&self) -> &HeaderMap {
        self.response.headers()
    }

    /// The pieces as they arrive.
    pub(crate) fn pieces(
        self,
    ) -> impl futures_util::Stream<Item = Result<Bytes, std::io::Error>> + Send {
        futures_util::stream::unfold(self, |mut body| async move {
            debug_assert_eq!(body.permit.num_permits(), 1);
            match body.response.chunk().await {
                Ok(Some(piece)) => Some((Ok(piece), body)),
                Ok(None) => None,
                Err(error) => Some((Err(std::io::Error::other(error.without_url())), body)),
            }
        })
    }
}

async fn until<T>(deadline: Option<Instant>, future: impl Future<Output = T>) -> Result<T, ()> {
    match deadline {
        Some(deadline) => tokio::time::timeout_at(deadline, future)
            .await
            .map_err(|_| ()),
        None => Ok(future.await),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::Client;

    /// The last gate: whatever the rest of the crate asks for, nothing goes to a foreign URL.
    #[tokio::test]
    async fn nothing_is_sent_to_a_url_that_is_not_trusted() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/x", listener.local_addr().unwrap());
        let client = Client::builder()
            .key("id:secret-part")
            .queue_url("http://127.0.0.1:1");
        let client = client.build().unwrap();
        let request = || Request {
            method: Method::GET,
            url: Url::parse(&url).unwrap(),
            headers: HeaderMap::new(),
            body: Body::None,
            timeout: Duration::from_secs(5),
            deadline: None,
        };
        let http = &client.core().http;
        assert!(matches!(
            http.exchange(request()).await,
            Err(Failure::Untrusted)
        ));
        assert!(matches!(
            http.open(request()).await,
            Some(Err(Failure::Untrusted))
        ));
    }
}
