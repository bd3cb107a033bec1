//! Changes a good response into the one that a fault demands.

use std::future::pending;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{self, BoxStream, StreamExt as _};
use serde_json::json;
use tokio::time::sleep;

use crate::testing::fault::active::{ActiveFault, Change, Interruption};
use crate::testing::operation::Operation;
use crate::testing::wire::encode;
use crate::testing::wire::orders::{Order, Orders};
use crate::testing::wire::response::{Body, Response};

/// What happens on the connection in the end.
pub(crate) enum Reply {
    /// A well-formed response.
    Send(Response),
    /// The end of the connection, and the status that the client sees before it.
    Break(Order, Option<u16>),
    /// Nothing: the connection stays open.
    Silence,
}

/// Applies a fault. There is no response where the request was not carried out.
pub(crate) async fn inject(
    fault: ActiveFault,
    response: Option<Response>,
    operation: Operation,
    base_url: &str,
    orders: &Orders,
) -> Reply {
    if !fault.delay.is_zero() {
        sleep(fault.delay).await;
    }
    // A rule may stop a request whose fault needs a response to change.
    let response = response.unwrap_or_else(|| {
        let body = json!({"detail": "not carried out"}).to_string();
        Response::new(200, operation.content_type(), body)
    });
    Reply::Send(match fault.change {
        Change::Keep => response,
        Change::Replace(other) => other,
        Change::Truncate => {
            let (response, bytes) = first_bytes(response).await;
            let order = Order::Write(encode::truncated(&response, &bytes));
            return Reply::Break(order, Some(response.code));
        }
        Change::Trickle(pause) => {
            let (response, bytes) = first_bytes(response).await;
            Response {
                body: Body::Stream(trickle(bytes, pause)),
                ..response
            }
        }
        Change::MoveUrls(base) => {
            let (response, bytes) = first_bytes(response).await;
            let text = String::from_utf8_lossy(&bytes).replace(base_url, &base);
            Response {
                body: Body::Whole(text.into()),
                ..response
            }
        }
        Change::Interrupt(after, interruption) => match response.body {
            Body::Whole(_) => response,
            Body::Stream(events) => Response {
                body: Body::Stream(interrupt(events, after, interruption, orders.clone())),
                ..response
            },
        },
        Change::Reset => return Reply::Break(Order::Reset, None),
        Change::Silence => return Reply::Silence,
    })
}

/// A response without its body, and the body; of a stream, its first event.
async fn first_bytes(response: Response) -> (Response, Bytes) {
    let bytes = match response.body {
        Body::Whole(bytes) => bytes,
        Body::Stream(mut chunks) => chunks.next().await.unwrap_or_default(),
    };
    let body = Body::Whole(Bytes::new());
    (Response { body, ..response }, bytes)
}

fn trickle(bytes: Bytes, pause: Duration) -> BoxStream<'static, Bytes> {
    let send_one = move |mut bytes: Bytes| async move {
        if bytes.is_empty() {
            return None;
        }
        sleep(pause).await;
        Some((bytes.split_to(1), bytes))
    };
    stream::unfold(bytes, send_one).boxed()
}

/// A stream that is interrupted when it has sent this many events. Comments do not count.
fn interrupt(
    events: BoxStream<'static, Bytes>,
    after: usize,
    interruption: Interruption,
    orders: Orders,
) -> BoxStream<'static, Bytes> {
    let send_one = move |(mut events, left): (BoxStream<'static, Bytes>, usize)| {
        let orders = orders.clone();
        async move {
            if left == 0 {
                match interruption {
                    Interruption::End => return None,
                    Interruption::Stall => pending::<()>().await,
                    Interruption::Garbage => {
                        let event = Bytes::from_static(b"data: {\"status\": \"IN_PRO\n\n");
                        return Some((event, (events, usize::MAX)));
                    }
                    Interruption::Reset => {
                        // The connection reads its orders when hyper has sent what it holds, so no event is lost.
                        orders.give(Order::Reset);
                        pending::<()>().await;
                    }
                }
            }
            let chunk = events.next().await?;
            let is_event = chunk.starts_with(b"data:");
            Some((chunk, (events, left - usize::from(is_event))))
        }
    };
    stream::unfold((events, after), send_one).boxed()
}
