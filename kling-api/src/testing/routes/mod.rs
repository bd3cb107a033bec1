//! What the fake does for each request: from a route and the shared state to a response.

mod files;
mod job;
mod platform;
mod result;
pub(crate) mod router;
mod run;
mod storage;
mod submit;
mod webhook_delivery;
pub(crate) mod webhooks;

use std::sync::Arc;

use bytes::Bytes;

use crate::testing::recorder::RecordedRequest;
use crate::testing::routes::router::Route;
use crate::testing::state::Shared;
use crate::testing::wire::response::{
    Response, invalid_key, not_found, path_not_found, wrong_method,
};

/// Carries a request out. Notes in `record` whether it took effect, and the id of the job that it bought.
///
/// `body` is the body of the request, which `record` does not keep for files.
pub(crate) fn dispatch(
    shared: &Arc<Shared>,
    route: &Route<'_>,
    record: &mut RecordedRequest,
    body: &Bytes,
) -> Response {
    match route {
        Route::File(name) => files::serve(shared, name, record),
        Route::Storage { operation, path } => {
            storage::serve(shared, *operation, path, record, body)
        }
        Route::WebhookKeys => webhooks::keys(shared, record),
        Route::Platform(path) => platform::serve(shared, path, record),
        _ if !shared.accepts(record.key) => invalid_key(),
        Route::Submit(endpoint) => submit::submit(shared, endpoint, record),
        Route::Run { endpoint, streams } => run::run(shared, endpoint, *streams, record),
        Route::Job { operation, app, id } => match job::find(shared, app, id) {
            Some(job) => job::serve(shared, *operation, &job, record),
            None => not_found(),
        },
        Route::WrongMethod { allow, .. } => wrong_method(allow),
        Route::Nothing => path_not_found(&record.path),
    }
}
