//! fal's file storage: names a place for each file, and takes the file whole or in parts.

use bytes::Bytes;
use serde_json::{Value, json};

use crate::testing::operation::Operation;
use crate::testing::recorder::{KeySent, RecordedRequest};
use crate::testing::state::Shared;
use crate::testing::state::files::etag;
use crate::testing::state::storage::{Place, file_url};
use crate::testing::wire::response::{Response, invalid_key, not_found};

/// Carries out one step of an upload.
pub(crate) fn serve(
    shared: &Shared,
    operation: Operation,
    path: &str,
    record: &mut RecordedRequest,
    body: &Bytes,
) -> Response {
    let response = if operation == Operation::InitiateUpload {
        initiate(shared, path, record)
    } else if record.key != KeySent::None {
        // The storage belongs to somebody else: a key that is seen there has leaked.
        refused("AccessDenied", "the storage takes no Authorization header")
    } else {
        let mut places = shared.storage.places();
        match at_place(&mut places, path, record) {
            None => refused(
                "SignatureDoesNotMatch",
                "the URL is not one that was handed out",
            ),
            Some((place, rest)) => match operation {
                Operation::Upload => whole(place, record, body),
                Operation::UploadPart => part(place, rest, body),
                _ => complete(place, body),
            },
        }
    };
    record.took_effect = response.code == 200;
    response
}

fn initiate(shared: &Shared, path: &str, record: &RecordedRequest) -> Response {
    if !shared.accepts(record.key) {
        return invalid_key();
    }
    let is_multipart = match path {
        "initiate" => false,
        "initiate-multipart" => true,
        _ => return not_found(),
    };
    let body = record.json().unwrap_or_default();
    let text = |name: &str| body[name].as_str().filter(|text| !text.is_empty());
    let (Some(file_name), Some(content_type)) = (text("file_name"), text("content_type")) else {
        return invalid("file_name and content_type are needed");
    };
    if record.query_value("storage_type").as_deref() != Some("fal-cdn-v3") {
        return invalid("storage_type must be fal-cdn-v3");
    }
    let lifecycle = record.header("x-fal-object-lifecycle");
    let Ok(lifecycle) = lifecycle.map(serde_json::from_str).transpose() else {
        return invalid("the lifecycle is no JSON");
    };
    let place = Place::new(file_name, content_type, lifecycle, is_multipart);
    let number = shared.storage.add(place);
    let (base_url, signature) = (&shared.base_url, signature(number));
    Response::json(
        200,
        &json!({
            "upload_url": format!("{base_url}/-/storage/{number}/file?signature={signature}"),
            "file_url": file_url(base_url, number, file_name),
        }),
    )
}

fn invalid(detail: &str) -> Response {
    Response::json(422, &json!({"detail": detail}))
}

/// The signature in the URL of a place. It is no secret, but a text that tests find where it leaks.
fn signature(number: usize) -> String {
    format!("signed-for-this-upload-{number}")
}

/// The place that a path and its signature lead to, and the rest of the path.
fn at_place<'a, 'p>(
    places: &'a mut [Place],
    path: &'p str,
    record: &RecordedRequest,
) -> Option<(&'a mut Place, &'p str)> {
    let (number, rest) = path.split_once("/file")?;
    let number: usize = number.parse().ok()?;
    let is_signed = record.query_value("signature")? == signature(number);
    let place = places.get_mut(number).filter(|_| is_signed)?;
    Some((place, rest.trim_start_matches('/')))
}

fn whole(place: &mut Place, record: &RecordedRequest, body: &Bytes) -> Response {
    if place.is_multipart {
        return refused("InvalidRequest", "the place is one for parts");
    }
    if record.header("content-type") != Some(&place.content_type) {
        return refused(
            "SignatureDoesNotMatch",
            "the content type is not the one that was named",
        );
    }
    place.fill(body);
    Response::new(200, "text/plain", "").header("etag", etag(body))
}

fn part(place: &mut Place, number: &str, body: &Bytes) -> Response {
    let number = number.parse().ok().filter(|number| *number > 0);
    let Some(number) = number.filter(|_| place.is_multipart) else {
        return refused(
            "InvalidRequest",
            "parts are numbered from 1, at a place for parts",
        );
    };
    place.add_part(number, body);
    let etag = etag(body);
    Response::json(200, &json!({"partNumber": number, "etag": etag})).header("etag", etag)
}

fn complete(place: &mut Place, body: &Bytes) -> Response {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let named = body["parts"].as_array().map(Vec::as_slice);
    if place.join(named.unwrap_or_default()) {
        Response::json(200, &json!({}))
    } else {
        let text = "One or more of the specified parts could not be found";
        Response::json(400, &json!({"detail": text}))
    }
}

/// A refusal as object storages send it.
fn refused(code: &str, message: &str) -> Response {
    let text = format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>");
    Response::new(403, "application/xml", text)
}
