//! Uploads to fal's CDN, as its Python client makes them: with a token, whole or in parts.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use serde_json::{Value, json};

use crate::testing::jobs::logs::timestamp;
use crate::testing::operation::Operation;
use crate::testing::recorder::{RecordedRequest, UPLOAD_TOKEN};
use crate::testing::state::Shared;
use crate::testing::state::files::etag;
use crate::testing::state::storage::{Place, file_url};
use crate::testing::wire::response::{Response, not_found};

/// How long a token is valid.
const VALID_FOR: Duration = Duration::from_secs(3600);

/// A token for uploads, for whoever has the key.
pub(crate) fn token(shared: &Shared, record: &mut RecordedRequest) -> Response {
    record.took_effect = true;
    // Older versions of Python read no `Z`.
    let expires_at = timestamp(SystemTime::now() + VALID_FOR).replace('Z', "+00:00");
    Response::json(
        200,
        &json!({
            "token": UPLOAD_TOKEN,
            "token_type": "Bearer",
            "base_url": format!("{}/-/cdn", shared.base_url),
            "expires_at": expires_at,
        }),
    )
}

/// Carries out one step of an upload.
pub(crate) fn serve(
    shared: &Shared,
    operation: Operation,
    path: &str,
    record: &mut RecordedRequest,
    body: &Bytes,
) -> Response {
    if !record.has_upload_token {
        return Response::json(401, &json!({"detail": "invalid token"}));
    }
    let response = match operation {
        Operation::Upload | Operation::InitiateUpload => {
            let is_multipart = operation == Operation::InitiateUpload;
            add(shared, is_multipart, record, body)
        }
        Operation::CompleteUpload => complete(shared, path, body).unwrap_or_else(not_found),
        _ => part(shared, path, body).unwrap_or_else(not_found),
    };
    record.took_effect = response.code == 200;
    response
}

/// Names a place, and fills it where the file comes whole.
fn add(shared: &Shared, is_multipart: bool, record: &RecordedRequest, body: &Bytes) -> Response {
    let file_name = record.header("x-fal-file-name").unwrap_or("file");
    let content_type = record.header("content-type");
    let content_type = content_type.unwrap_or("application/octet-stream");
    let lifecycle = record.header("x-fal-object-lifecycle");
    let Ok(lifecycle) = lifecycle.map(serde_json::from_str).transpose() else {
        return Response::json(422, &json!({"detail": "the lifecycle is no JSON"}));
    };
    let mut place = Place::new(file_name, content_type, lifecycle, is_multipart);
    if !is_multipart {
        place.fill(body);
    }
    let number = shared.storage.add(place);
    let mut response = json!({"access_url": file_url(&shared.base_url, number, file_name)});
    if is_multipart {
        response["uploadId"] = json!(number.to_string());
    }
    Response::json(200, &response)
}

fn part(shared: &Shared, path: &str, body: &Bytes) -> Option<Response> {
    let (number, step) = read_path(path)?;
    let mut places = shared.storage.places();
    let is_part = places.get_mut(number)?.add_part(step.parse().ok()?, body);
    is_part.then(|| Response::new(200, "text/plain", "").header("etag", etag(body)))
}

fn complete(shared: &Shared, path: &str, body: &Bytes) -> Option<Response> {
    let (number, _) = read_path(path).filter(|(_, step)| *step == "complete")?;
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    // The parts are sent at the same time, and are listed in the order in which they have arrived.
    let mut parts = body["parts"].as_array().cloned().unwrap_or_default();
    parts.sort_by_key(|part| part["partNumber"].as_u64());
    let mut places = shared.storage.places();
    Some(if places.get_mut(number)?.join(&parts) {
        Response::json(200, &json!({}))
    } else {
        Response::json(
            400,
            &json!({"detail": "The parts are not those that have arrived"}),
        )
    })
}

/// Reads `{number}/{file name}/multipart/{number}/{step}`: the number of the place, and the step.
fn read_path(path: &str) -> Option<(usize, &str)> {
    let (file, step) = path.rsplit_once("/multipart/")?;
    let (number, _) = file.split_once('/')?;
    let step = step.strip_prefix(number)?.strip_prefix('/')?;
    Some((number.parse().ok()?, step))
}
