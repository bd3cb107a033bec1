//! One attempt to deliver an event.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper::header::{CONTENT_TYPE, HOST};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use url::{Host, Position, Url};

use crate::testing::jobs::job::Job;
use crate::testing::operation::Operation;
use crate::testing::state::Shared;
use crate::testing::state::deliveries::Delivery;

/// How long fal waits for the response to a first attempt.
const TIMEOUT: Duration = Duration::from_secs(15);

/// The URL of a webhook, where the fake delivers to it: a plain one on this machine.
pub(crate) fn target(webhook: &str) -> Option<Url> {
    let url = Url::parse(webhook).ok()?;
    let is_loopback = match url.host()? {
        Host::Domain(name) => name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    };
    (url.scheme() == "http" && is_loopback).then_some(url)
}

/// Delivers once, or as a fault demands. Returns the status of the response.
pub(crate) async fn deliver(
    shared: &Shared,
    job: &Job,
    target: &Url,
    body: &[u8],
    attempt: u32,
) -> Option<u16> {
    let (id, endpoint) = (&job.request_id, &job.submit.endpoint);
    let fault = shared
        .faults
        .active(Operation::Webhook, Some(endpoint), Some(id));
    if let Some(fault) = &fault {
        sleep(fault.delay).await;
    }
    let change = fault.map(|fault| fault.delivery).unwrap_or_default();
    let signed_at = change.signed_at.unwrap_or_else(SystemTime::now);
    let keys = &shared.webhook_keys;
    let mut headers = if change.is_forged {
        keys.forge(id, body, signed_at)
    } else {
        keys.sign(id, body, signed_at)
    };
    if let Some(missing) = change.without_header {
        headers.retain(|(name, _)| !name.eq_ignore_ascii_case(&missing));
    }
    let body = [body, change.added].concat();
    let mut status = None;
    for _ in 0..=u8::from(change.comes_twice) {
        let posted = timeout(TIMEOUT, post(target, &headers, &body)).await;
        status = posted.ok().flatten();
        shared.deliveries.add(Delivery {
            request_id: id.clone(),
            url: target.to_string(),
            attempt,
            headers: headers.clone(),
            body: body.clone(),
            status,
        });
        shared.recorder.counted(Operation::Webhook);
    }
    status
}

/// Posts over a connection of its own. Returns no status where no response came.
async fn post(target: &Url, headers: &[(String, String)], body: &[u8]) -> Option<u16> {
    let addresses = target.socket_addrs(|| None).ok()?;
    let stream = TcpStream::connect(&*addresses).await.ok()?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.ok()?;
    let mut request = Request::builder()
        .method(Method::POST)
        .uri(&target[Position::BeforePath..Position::AfterQuery])
        .header(HOST, &target[Position::BeforeHost..Position::AfterPort])
        .header(CONTENT_TYPE, "application/json");
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let request = request.body(Full::new(Bytes::copy_from_slice(body))).ok()?;
    let mut connection = std::pin::pin!(connection);
    let mut response = std::pin::pin!(sender.send_request(request));
    let response = tokio::select! {
        response = &mut response => response,
        // Its error is that of the response, too.
        _ = &mut connection => response.await,
    };
    Some(response.ok()?.status().as_u16())
}
