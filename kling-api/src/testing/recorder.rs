//! The requests that have reached the fake, for tests to read.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use hyper::header::{AUTHORIZATION, HeaderMap};
use hyper::http::request::Parts;
use serde_json::Value;
use tokio::sync::watch;

use crate::testing::operation::Operation;

/// One request as it reached the fake.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// What it asked for.
    pub operation: Operation,
    /// The HTTP method.
    pub method: String,
    /// The path, without the query.
    pub path: String,
    /// The query, without the question mark.
    pub query: Option<String>,
    /// The endpoint id: the one in the path of a submit, or that of the job in the path.
    pub endpoint: Option<String>,
    /// The request id: the one in the path, or that of the job that a submit bought.
    pub request_id: Option<String>,
    /// Whether the fake's key was sent. The key itself is not kept.
    pub key: KeySent,
    /// All headers but `authorization`, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body. Empty where a fault came before it was read, and for files, which [`FakeFal::uploads`] keeps.
    ///
    /// [`FakeFal::uploads`]: super::FakeFal::uploads
    pub body: Vec<u8>,
    /// The status of the response; none where no response was sent, or none yet.
    pub status: Option<u16>,
    /// Whether the request was carried out: a submit bought its job, another request found it.
    pub took_effect: bool,
    /// Whether a fault applied to it.
    pub faulted: bool,
}

/// What a request said in `authorization`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeySent {
    /// Nothing.
    None,
    /// The fake's key.
    Right,
    /// Something else.
    Wrong,
}

impl RecordedRequest {
    pub(crate) fn new(operation: Operation, head: &Parts, key: &str) -> Self {
        Self {
            operation,
            method: head.method.to_string(),
            path: head.uri.path().to_owned(),
            query: head.uri.query().map(str::to_owned),
            endpoint: None,
            request_id: None,
            key: KeySent::read(&head.headers, key),
            headers: head
                .headers
                .iter()
                .filter(|(name, _)| *name != AUTHORIZATION)
                .map(|(name, value)| {
                    (
                        name.to_string(),
                        String::from_utf8_lossy(value.as_bytes()).into_owned(),
                    )
                })
                .collect(),
            body: Vec::new(),
            status: None,
            took_effect: false,
            faulted: false,
        }
    }

    /// The first header of this name, in any case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The decoded value of a query parameter.
    #[must_use]
    pub fn query_value(&self, name: &str) -> Option<String> {
        query_value(self.query.as_deref(), name)
    }

    /// The body as JSON, where it is JSON.
    #[must_use]
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }
}

/// One line, without headers and body.
impl fmt::Display for RecordedRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.method, self.path)?;
        if let Some(query) = &self.query {
            write!(formatter, "?{query}")?;
        }
        match self.status {
            Some(status) => write!(formatter, " -> {status}")?,
            None => formatter.write_str(" -> no response")?,
        }
        match &self.request_id {
            Some(id) if self.operation == Operation::Submit => write!(formatter, " (request {id})"),
            _ => Ok(()),
        }
    }
}

impl KeySent {
    fn read(headers: &HeaderMap, key: &str) -> Self {
        match headers.get(AUTHORIZATION) {
            None => Self::None,
            Some(value) if value.as_bytes().strip_prefix(b"Key ") == Some(key.as_bytes()) => {
                Self::Right
            }
            Some(_) => Self::Wrong,
        }
    }
}

/// The decoded value of the first parameter of this name.
pub(crate) fn query_value(query: Option<&str>, name: &str) -> Option<String> {
    form_urlencoded::parse(query?.as_bytes())
        .find(|(found, _)| found == name)
        .map(|(_, value)| value.into_owned())
}

/// All requests so far.
pub(crate) struct Recorder {
    keep: bool,
    requests: Mutex<Vec<RecordedRequest>>,
    counts: watch::Sender<[usize; Operation::COUNT]>,
}

impl Recorder {
    pub(crate) fn new(keep: bool) -> Self {
        Self {
            keep,
            requests: Mutex::default(),
            counts: watch::Sender::new([0; Operation::COUNT]),
        }
    }

    /// Notes a request that has arrived, before anything is done with it.
    pub(crate) fn arrived(&self, request: &RecordedRequest) -> usize {
        let number = if self.keep {
            let mut requests = self.lock();
            requests.push(request.clone());
            requests.len() - 1
        } else {
            0
        };
        self.counted(request.operation);
        number
    }

    /// Counts without a note.
    pub(crate) fn counted(&self, operation: Operation) {
        self.counts
            .send_modify(|counts| counts[operation.index()] += 1);
    }

    /// Completes the note when the response is known.
    pub(crate) fn responded(&self, number: usize, request: &RecordedRequest) {
        if let Some(noted) = self.lock().get_mut(number) {
            noted.clone_from(request);
        }
    }

    pub(crate) fn requests(&self) -> Vec<RecordedRequest> {
        self.lock().clone()
    }

    pub(crate) fn count(&self, operation: Operation) -> usize {
        self.counts.borrow()[operation.index()]
    }

    pub(crate) async fn wait_for(&self, operation: Operation, count: usize) {
        let mut counts = self.counts.subscribe();
        // An error says that the sender is gone, and it lives in self.
        let _ = counts
            .wait_for(|counts| counts[operation.index()] >= count)
            .await;
    }

    fn lock(&self) -> MutexGuard<'_, Vec<RecordedRequest>> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
