//! One attempt to deliver an event.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper::header::{CONTENT_TYPE, HOST};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use url::Url;

use crate::http::hosts::is_loopback;
use crate::testing::fault::Fault;
use crate::testing::jobs::job::Job;
use crate::testing::routes::router::Operation;
use crate::testing::state::Shared;

/// How long fal waits for the answer to a first attempt.
const TIMEOUT: Duration = Duration::from_secs(15);

/// One attempt of the fake to deliver an event to a webhook.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Delivery {
    /// The job that has ended.
    pub request_id: String,
    /// Where it was delivered to.
    pub url: String,
    /// The number of the attempt, from 1.
    pub attempt: u32,
    /// The headers that fal signs with.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// The status that it was answered with; none where no answer came.
    pub status: Option<u16>,
}

/// The URL of a webhook, where the fake delivers to it: a plain one on this machine.
pub(crate) fn target(webhook: &str) -> Option<Url> {
    let url = Url::parse(webhook).ok()?;
    (url.scheme() == "http" && is_loopback(&url)).then_some(url)
}

/// Delivers once, or as the fault that strikes the attempt says. Gives back the status of the answer.
pub(crate) async fn deliver(
    shared: &Arc<Shared>,
    job: &Job,
    target: &Url,
    body: &[u8],
    attempt: u32,
) -> Option<u16> {
    let id = &job.request_id;
    let strike = shared
        .faults
        .strike(Operation::Webhook, Some(&job.endpoint), Some(id));
    let fault = strike.as_ref().map(|strike| &*strike.fault);
    if let Some(Fault::Delay(time)) = fault {
        tokio::time::sleep(*time).await;
    }
    let now = SystemTime::now();
    let mut headers = match fault {
        Some(Fault::WrongSignature) => shared.webhooks.forge(id, body, now),
        Some(Fault::SignedEarlier(age)) => {
            let at = now.checked_sub(*age).unwrap_or(SystemTime::UNIX_EPOCH);
            shared.webhooks.sign(id, body, at)
        }
        Some(Fault::SignedLater(lead)) => {
            let at = now.checked_add(*lead).unwrap_or(now);
            shared.webhooks.sign(id, body, at)
        }
        _ => shared.webhooks.sign(id, body, now),
    };
    if let Some(Fault::WithoutHeader(missing)) = fault {
        headers.retain(|(name, _)| !name.eq_ignore_ascii_case(missing));
    }
    let mut body = body.to_vec();
    if let Some(Fault::ChangedBody) = fault {
        body.push(b' ');
    }
    let times = if fault == Some(&Fault::DeliveredTwice) {
        2
    } else {
        1
    };
    let mut answered = None;
    for _ in 0..times {
        let posted = tokio::time::timeout(TIMEOUT, post(target, &headers, &body)).await;
        answered = posted.ok().flatten();
        shared.webhooks.note(Delivery {
            request_id: id.clone(),
            url: target.to_string(),
            attempt,
            headers: headers.clone(),
            body: body.clone(),
            status: answered,
        });
        shared.recorder.counted(Operation::Webhook);
    }
    answered
}

/// Posts over a connection of its own; none where no answer came.
async fn post(target: &Url, headers: &[(String, String)], body: &[u8]) -> Option<u16> {
    let addresses = target.socket_addrs(|| None).ok()?;
    let stream = TcpStream::connect(&*addresses).await.ok()?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.ok()?;
    let path = &target[url::Position::BeforePath..url::Position::AfterQuery];
    let authority = &target[url::Position::BeforeHost..url::Position::AfterPort];
    let mut request = Request::builder()
        .method(Method::POST)
        .uri(path)
        .header(HOST, authority)
        .header(CONTENT_TYPE, "application/json");
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let body = Full::new(Bytes::copy_from_slice(body));
    let request = request.body(body).ok()?;
    let mut connection = std::pin::pin!(connection);
    let mut answer = std::pin::pin!(sender.send_request(request));
    let answer = tokio::select! {
        answer = &mut answer => answer,
        // Its error is that of the answer, too.
        _ = &mut connection => answer.await,
    };
    Some(answer.ok()?.status().as_u16())
}

/// Without the body, which may be long.
impl fmt::Debug for Delivery {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Delivery")
            .field("request_id", &self.request_id)
            .field("url", &self.url)
            .field("attempt", &self.attempt)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}
