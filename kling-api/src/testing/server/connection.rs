//! One connection of a client: hyper reads and writes it, until a fault takes it out of hyper's hands.

use std::convert::Infallible;
use std::future::pending;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use crate::testing::fault::Fault;
use crate::testing::fault::rules::Strike;
use crate::testing::recorder::RecordedRequest;
use crate::testing::routes::carry_out;
use crate::testing::routes::router::{Operation, Route, route};
use crate::testing::server::inject::{Reply, spoil};
use crate::testing::state::Shared;
use crate::testing::wire::encode;
use crate::testing::wire::response::Answer;

/// The most that the fake reads of one request.
const REQUEST_LIMIT: usize = 256 << 20;

/// What a request may order for the connection that it came on.
#[derive(Debug)]
pub(crate) enum Order {
    /// Close with RST, so that the client sees a reset whatever was sent before.
    Reset,
    /// Write these bytes as they are, and close.
    Write(Vec<u8>),
}

/// Gives orders to a connection.
#[derive(Clone)]
pub(crate) struct Orders(mpsc::UnboundedSender<Order>);

impl Orders {
    pub(crate) fn give(&self, order: Order) {
        // Without a receiver the connection is gone already, which is all that an order can ask for.
        let _ = self.0.send(order);
    }
}

/// Serves a connection until one side closes it.
pub(crate) async fn serve(stream: TcpStream, shared: Arc<Shared>) {
    // Small answers should leave at once; where the option is refused they leave a little later.
    let _ = stream.set_nodelay(true);
    let (sender, mut orders) = mpsc::unbounded_channel();
    let service = service_fn(move |request| {
        let (shared, orders) = (Arc::clone(&shared), Orders(sender.clone()));
        async move { Ok::<_, Infallible>(respond(&shared, request, orders).await) }
    });
    let mut connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    let order = tokio::select! {
        biased;
        Some(order) = orders.recv() => order,
        // An error here says that the client went away or spoke no HTTP: its own affair.
        _ = &mut connection => return,
    };
    let mut stream = connection.into_parts().io.into_inner();
    match order {
        Order::Reset => {
            // Where this fails the client sees an orderly close in place of a reset: no answer either way.
            let _ = stream.set_zero_linger();
        }
        Order::Write(bytes) => {
            // The client may have left meanwhile.
            let _ = stream.write_all(&bytes).await;
            let _ = stream.shutdown().await;
        }
    }
}

type Body = UnsyncBoxBody<Bytes, Infallible>;

async fn respond(
    shared: &Arc<Shared>,
    request: Request<Incoming>,
    orders: Orders,
) -> Response<Body> {
    let (head, incoming) = request.into_parts();
    let route = route(head.method.as_str(), head.uri.path());
    let mut record = RecordedRequest::new(route.operation(), &head, &shared.key);
    name_job(shared, &route, &mut record);
    let strike = shared.faults.strike(
        record.operation,
        record.endpoint.as_deref(),
        record.request_id.as_deref(),
    );
    record.faulted = strike.is_some();

    let unread = strike
        .as_ref()
        .is_some_and(|strike| *strike.fault == Fault::ResetBefore && !strike.takes_effect);
    let mut body = Bytes::new();
    if !unread {
        let Ok(collected) = Limited::new(incoming, REQUEST_LIMIT).collect().await else {
            // The client went away in the midst of its request, or sends without end.
            shared.recorder.arrived(&record);
            orders.give(Order::Reset);
            return pending().await;
        };
        body = collected.to_bytes();
        // A file may be large, and is kept once: where the uploads are.
        if !matches!(record.operation, Operation::Upload | Operation::UploadPart) {
            record.body = body.to_vec();
        }
    }
    let number = shared.recorder.arrived(&record);

    let passes = strike.as_ref().is_none_or(|strike| strike.takes_effect);
    let urls_under = match strike.as_ref().map(|strike| &*strike.fault) {
        Some(Fault::ForeignUrls { base }) => base.trim_end_matches('/'),
        _ => &shared.base_url,
    };
    let answer = passes.then(|| {
        carry_out(
            shared,
            &route,
            &head,
            &mut record,
            &body,
            urls_under,
            &orders,
        )
    });
    shared.recorder.answered(number, &record);
    let reply = reply(record.operation, strike, answer).await;

    record.status = reply.status();
    shared.recorder.answered(number, &record);
    if let Some(on_request) = &shared.on_request {
        on_request(&record);
    }
    match reply {
        Reply::Send(answer) => encode::response(answer, head.method == hyper::Method::HEAD),
        Reply::Write { bytes, .. } => {
            orders.give(Order::Write(bytes));
            pending().await
        }
        Reply::Reset => {
            orders.give(Order::Reset);
            pending().await
        }
        Reply::Silence => pending().await,
    }
}

async fn reply(operation: Operation, strike: Option<Strike>, answer: Option<Answer>) -> Reply {
    match (strike, answer) {
        (Some(strike), answer) => spoil(operation, &strike.fault, answer).await,
        (None, Some(answer)) => Reply::Send(answer),
        (None, None) => Reply::Silence,
    }
}

/// Notes the endpoint and the job that a path names.
fn name_job(shared: &Shared, route: &Route<'_>, record: &mut RecordedRequest) {
    match route {
        Route::Submit(endpoint) | Route::Run { endpoint, .. } => {
            record.endpoint = Some(endpoint.clone());
        }
        Route::Job { id, .. } => {
            record.endpoint = shared.jobs.get(id).map(|job| job.endpoint.to_string());
            record.request_id = Some((*id).to_owned());
        }
        Route::Storage { .. }
        | Route::WebhookKeys
        | Route::Platform(_)
        | Route::File(_)
        | Route::WrongMethod { .. }
        | Route::Nothing => {}
    }
}
