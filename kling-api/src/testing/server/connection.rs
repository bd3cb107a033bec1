//! One connection of a client: hyper reads and writes it, until a fault breaks it.

use std::convert::Infallible;
use std::future::pending;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::testing::operation::Operation;
use crate::testing::recorder::RecordedRequest;
use crate::testing::routes::dispatch;
use crate::testing::routes::router::{Route, route};
use crate::testing::server::inject::{Reply, inject};
use crate::testing::state::Shared;
use crate::testing::wire::encode;
use crate::testing::wire::encode::HyperBody;
use crate::testing::wire::orders::{Order, Orders};

/// The most that the fake reads of one request.
const REQUEST_LIMIT: usize = 256 << 20;

/// Serves a connection until one side closes it.
pub(crate) async fn serve(stream: TcpStream, shared: Arc<Shared>) {
    // Small responses should leave at once; where the option is refused they leave a little later.
    let _ = stream.set_nodelay(true);
    let (sender, mut orders) = Orders::new();
    let service = service_fn(move |request| {
        let (shared, orders) = (Arc::clone(&shared), sender.clone());
        async move { Ok::<_, Infallible>(respond(&shared, request, orders).await) }
    });
    let mut connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    let order = tokio::select! {
        biased;
        Some(order) = orders.recv() => order,
        // An error here says that the client went away or spoke no HTTP, which concerns the client alone.
        _ = &mut connection => return,
    };
    let mut stream = connection.into_parts().io.into_inner();
    match order {
        Order::Reset => {
            // Where this fails the client sees an orderly close in place of a reset: no response either way.
            let _ = stream.set_zero_linger();
        }
        Order::Write(bytes) => {
            // The client may have left meanwhile.
            let _ = stream.write_all(&bytes).await;
            let _ = stream.shutdown().await;
        }
    }
}

async fn respond(
    shared: &Arc<Shared>,
    request: hyper::Request<Incoming>,
    orders: Orders,
) -> hyper::Response<HyperBody> {
    let (head, incoming) = request.into_parts();
    let route = route(head.method.as_str(), head.uri.path());
    let operation = route.operation();
    let mut record = RecordedRequest::new(operation, &head, &shared.key);
    name_job(shared, &route, &mut record);
    let fault = shared.faults.active(
        operation,
        record.endpoint.as_deref(),
        record.request_id.as_deref(),
    );
    record.faulted = fault.is_some();
    let takes_effect = fault.as_ref().is_none_or(|fault| fault.takes_effect);

    let body = if takes_effect || fault.as_ref().is_some_and(|fault| fault.reads_body) {
        let Ok(body) = Limited::new(incoming, REQUEST_LIMIT).collect().await else {
            // The client left in the middle of its request, or sends without end.
            shared.recorder.arrived(&record);
            orders.give(Order::Reset);
            return pending().await;
        };
        body.to_bytes()
    } else {
        Bytes::new()
    };
    // A file may be large, and is kept once: where the uploads are.
    if !matches!(operation, Operation::Upload | Operation::UploadPart) {
        record.body = body.to_vec();
    }
    let number = shared.recorder.arrived(&record);

    let response = takes_effect.then(|| dispatch(shared, &route, &mut record, &body));
    shared.recorder.responded(number, &record);
    let reply = match (fault, response) {
        (Some(fault), response) => {
            inject(fault, response, operation, &shared.base_url, &orders).await
        }
        (None, Some(response)) => Reply::Send(response),
        (None, None) => Reply::Silence,
    };

    record.status = match &reply {
        Reply::Send(response) => Some(response.code),
        Reply::Break(_, status) => *status,
        Reply::Silence => None,
    };
    shared.recorder.responded(number, &record);
    if let Some(on_request) = &shared.on_request {
        on_request(&record);
    }
    match reply {
        Reply::Send(response) => encode::response(response, head.method == hyper::Method::HEAD),
        Reply::Break(order, _) => {
            orders.give(order);
            pending().await
        }
        Reply::Silence => pending().await,
    }
}

/// Notes the endpoint and the job that a path names.
fn name_job(shared: &Shared, route: &Route<'_>, record: &mut RecordedRequest) {
    match route {
        Route::Submit(endpoint) | Route::Run { endpoint, .. } => {
            record.endpoint = Some(endpoint.clone());
        }
        Route::Job { id, .. } => {
            let job = shared.jobs.get(id);
            record.endpoint = job.map(|job| job.submit.endpoint.to_string());
            record.request_id = Some((*id).to_owned());
        }
        _ => {}
    }
}
