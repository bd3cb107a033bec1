//! Files, in and out. They lie with hosts that neither the key nor the headers of the caller are meant for, so nothing
//! is sent here but what belongs to the file.

use std::io;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use ::http::{HeaderMap, HeaderValue, Method, header};
use bytes::Bytes;
use tokio::io::{AsyncRead, ReadBuf};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;
use url::Url;

use crate::http::progress::Counter;
use crate::http::{Failure, Http, Response, deadline, failure, read, reqwest, until};

/// How much of a file is handed on at once.
const STEP: usize = 64 * 1024;

/// How long a transfer may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// Without a byte that moves.
    pub(crate) stall: Duration,
    /// Of the caller, for everything.
    pub(crate) deadline: Option<Instant>,
}

impl Http {
    /// One attempt to send bytes to a storage host, and its whole answer.
    pub(crate) async fn put(
        &self,
        url: &Url,
        content_type: Option<&HeaderValue>,
        body: Outgoing,
        patience: Patience,
    ) -> Result<Response, Failure> {
        let pulse = body.pulse.clone();
        let mut headers = HeaderMap::new();
        headers.extend(content_type.map(|value| (header::CONTENT_TYPE, value.clone())));
        let request = self
            .shared
            .request(Method::PUT, url.clone())
            .headers(headers)
            .body(reqwest::Body::wrap(body));
        self.carried(url, request, &pulse, patience).await
    }

    /// One attempt to tell a storage host something.
    pub(crate) async fn post(
        &self,
        url: &Url,
        json: Bytes,
        patience: Patience,
    ) -> Result<Response, Failure> {
        let json_type = HeaderValue::from_static("application/json");
        let request = self
            .shared
            .request(Method::POST, url.clone())
            .header(header::CONTENT_TYPE, json_type)
            .body(json);
        self.carried(url, request, &Pulse::default(), patience)
            .await
    }

    async fn carried(
        &self,
        url: &Url,
        request: reqwest::RequestBuilder,
        pulse: &Pulse,
        patience: Patience,
    ) -> Result<Response, Failure> {
        let _permit = self.place(url, patience).await?;
        pulse.beat();
        let exchange = async {
            let response = request.send().await.map_err(failure)?;
            read(response, self.body_limit, &mut None).await
        };
        watched(pulse, patience, exchange).await
    }

    /// One attempt to fetch a file, up to the head of the answer.
    pub(crate) async fn get(
        &self,
        url: &Url,
        mut headers: HeaderMap,
        patience: Patience,
    ) -> Result<Arriving, Failure> {
        let permit = self.place(url, patience).await?;
        let pulse = Pulse::default();
        headers.insert(
            header::ACCEPT_ENCODING,
            HeaderValue::from_static("identity"),
        );
        let request = self
            .shared
            .request(Method::GET, url.clone())
            .headers(headers);
        let head = async { request.send().await.map_err(failure) };
        let response = watched(&pulse, patience, head).await?;
        Ok(Arriving {
            response,
            pulse,
            patience,
            limit: self.body_limit,
            _permit: permit,
        })
    }

    /// The last gate, and a place among the connections.
    async fn place(&self, url: &Url, patience: Patience) -> Result<OwnedSemaphorePermit, Failure> {
        if !self.hosts.may_carry_files(url) {
            return Err(Failure::Untrusted);
        }
        match until(patience.deadline, self.connections.clone().acquire_owned()).await {
            Ok(Ok(permit)) => Ok(permit),
            // Nobody closes the semaphore.
            Ok(Err(_)) | Err(()) => Err(late()),
        }
    }
}

fn late() -> Failure {
    Failure::TimedOut {
        sent: false,
        deadline: true,
        partial: None,
    }
}

/// The answer to a question for a file, as it arrives.
#[derive(Debug)]
pub(crate) struct Arriving {
    response: reqwest::Response,
    pulse: Pulse,
    patience: Patience,
    limit: usize,
    _permit: OwnedSemaphorePermit,
}

impl Arriving {
    pub(crate) fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    pub(crate) fn headers(&self) -> &HeaderMap {
        self.response.headers()
    }

    /// The next bytes; `None` at the end.
    pub(crate) async fn piece(&mut self) -> Result<Option<Bytes>, Failure> {
        self.pulse.beat();
        let response = &mut self.response;
        let piece = async { response.chunk().await.map_err(failure) };
        watched(&self.pulse, self.patience, piece).await
    }

    /// All of it, where it is no file but a refusal.
    pub(crate) async fn whole(self) -> Result<Response, Failure> {
        let mut slot = None;
        let whole = read(self.response, self.limit, &mut slot);
        self.pulse.beat();
        watched(&self.pulse, self.patience, whole).await
    }
}

/// When something last moved.
#[derive(Clone, Debug)]
pub(crate) struct Pulse(Arc<Mutex<Instant>>);

impl Default for Pulse {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Instant::now())))
    }
}

impl Pulse {
    fn beat(&self) {
        *self.lock() = Instant::now();
    }

    fn lock(&self) -> MutexGuard<'_, Instant> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stops(&self, stall: Duration) -> Instant {
        let last = *self.lock();
        last.checked_add(stall)
            .unwrap_or_else(|| deadline::after(stall))
    }
}

/// Runs a transfer for as long as something moves.
async fn watched<T>(
    pulse: &Pulse,
    patience: Patience,
    transfer: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    let mut transfer = pin!(transfer);
    loop {
        let stop = pulse.stops(patience.stall);
        let end = patience
            .deadline
            .map_or(stop, |deadline| deadline.min(stop));
        if let Ok(done) = tokio::time::timeout_at(end, transfer.as_mut()).await {
            return done;
        }
        let deadline = patience.deadline.is_some_and(|deadline| deadline <= end);
        if deadline || pulse.stops(patience.stall) <= end {
            return Err(Failure::TimedOut {
                sent: true,
                deadline,
                partial: None,
            });
        }
    }
}

/// Bytes on their way out, in steps, counted as they are taken.
#[derive(Debug)]
pub(crate) struct Outgoing {
    from: From,
    left: u64,
    counter: Counter,
    pulse: Pulse,
    problem: Problem,
}

#[derive(Debug)]
enum From {
    Memory(Bytes),
    File(tokio::fs::File),
}

/// Why a file could not be read to its end: the transport only says that the body broke off.
#[derive(Clone, Debug, Default)]
pub(crate) struct Problem(Arc<Mutex<Option<io::Error>>>);

impl Problem {
    pub(crate) fn take(&self) -> Option<io::Error> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn set(&self, error: io::Error) -> io::Error {
        let copy = io::Error::new(error.kind(), error.to_string());
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
        copy
    }
}

impl Outgoing {
    pub(crate) fn memory(bytes: Bytes, counter: Counter) -> Self {
        let left = bytes.len() as u64;
        Self::new(From::Memory(bytes), left, counter)
    }

    /// So many bytes from where the file stands.
    pub(crate) fn file(file: tokio::fs::File, length: u64, counter: Counter) -> Self {
        Self::new(From::File(file), length, counter)
    }

    fn new(from: From, left: u64, counter: Counter) -> Self {
        Self {
            from,
            left,
            counter,
            pulse: Pulse::default(),
            problem: Problem::default(),
        }
    }

    pub(crate) fn problem(&self) -> Problem {
        self.problem.clone()
    }
}

impl http_body::Body for Outgoing {
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
            From::Memory(bytes) => bytes.split_to(most),
            From::File(file) => {
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
                    return Poll::Ready(Some(Err(this.problem.set(error))));
                }
                space.truncate(length);
                space.into()
            }
        };
        this.left -= piece.len() as u64;
        this.pulse.beat();
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
