//! fal's file storage: a place is named for each file, the file arrives there whole or in parts, and is served from
//! then on.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use form_urlencoded::byte_serialize;
use hyper::http::request::Parts;
use serde_json::{Value, json};

use crate::testing::recorder::{KeySent, RecordedRequest};
use crate::testing::routes::files::{ServedFile, etag};
use crate::testing::routes::router::{Operation, Route};
use crate::testing::state::Shared;
use crate::testing::wire::response::{Answer, invalid_key, not_found};

/// A file that was uploaded to the fake.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct UploadRecord {
    /// The name that the client gave it.
    pub file_name: String,
    /// The type that the client gave it.
    pub content_type: String,
    /// What arrived.
    pub bytes: Bytes,
    /// What `X-Fal-Object-Lifecycle` asked for, where it was sent.
    pub lifecycle: Option<Value>,
    /// In how many parts it came; 0 where it came whole.
    pub parts: usize,
    /// Where it is served.
    pub url: String,
}

/// All places that were named, and what arrived there.
#[derive(Default)]
pub(crate) struct Storage(Mutex<Vec<Place>>);

struct Place {
    file_name: String,
    content_type: String,
    lifecycle: Option<Value>,
    is_multipart: bool,
    parts: BTreeMap<u32, Bytes>,
    /// What is served, once all of it is there.
    whole: Option<Bytes>,
}

impl Storage {
    /// What has arrived completely, in the order in which places were named.
    pub(crate) fn uploads(&self, base_url: &str) -> Vec<UploadRecord> {
        let places = self.lock();
        let whole = places.iter().enumerate().filter_map(|(index, place)| {
            Some(UploadRecord {
                file_name: place.file_name.clone(),
                content_type: place.content_type.clone(),
                bytes: place.whole.clone()?,
                lifecycle: place.lifecycle.clone(),
                parts: place.parts.len(),
                url: file_url(base_url, index, &place.file_name),
            })
        });
        whole.collect()
    }

    /// The file below `/files/` of this name, which starts with the number of its place.
    pub(crate) fn file(&self, name: &str) -> Option<ServedFile> {
        let (index, _) = name.split_once('/')?;
        let places = self.lock();
        let place = places.get(index.parse::<usize>().ok()?)?;
        Some(ServedFile {
            content_type: place.content_type.clone(),
            bytes: place.whole.clone()?,
        })
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Place>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Carries a step of an upload out.
pub(crate) fn carry_out(
    shared: &Shared,
    route: &Route<'_>,
    head: &Parts,
    record: &mut RecordedRequest,
    body: &Bytes,
) -> Answer {
    let Route::Storage { operation, path } = route else {
        return not_found();
    };
    let answer = if *operation == Operation::InitiateUpload {
        initiate(shared, path, record)
    } else if record.key != KeySent::None {
        // The storage belongs to somebody else: a key that is seen there has leaked.
        refused("AccessDenied", "the storage takes no Authorization header")
    } else {
        let mut places = shared.storage.lock();
        match at_place(&mut places, path, head) {
            None => refused(
                "SignatureDoesNotMatch",
                "the URL is not one that was handed out",
            ),
            Some((place, rest)) => match *operation {
                Operation::Upload => whole(place, head, body),
                Operation::UploadPart => part(place, rest, body),
                _ => complete(place, body),
            },
        }
    };
    record.took_effect = answer.code == 200;
    answer
}

fn initiate(shared: &Shared, path: &str, record: &RecordedRequest) -> Answer {
    if shared.require_key && record.key != KeySent::Right {
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
        return Answer::json(
            422,
            &json!({"detail": "file_name and content_type are needed"}),
        );
    };
    if record.query_value("storage_type").as_deref() != Some("fal-cdn-v3") {
        return Answer::json(422, &json!({"detail": "storage_type must be fal-cdn-v3"}));
    }
    let lifecycle = match record
        .header("x-fal-object-lifecycle")
        .map(serde_json::from_str)
    {
        None => None,
        Some(Ok(lifecycle)) => Some(lifecycle),
        Some(Err(_)) => return Answer::json(422, &json!({"detail": "the lifecycle is no JSON"})),
    };
    let mut places = shared.storage.lock();
    let index = places.len();
    places.push(Place {
        file_name: file_name.to_owned(),
        content_type: content_type.to_owned(),
        lifecycle,
        is_multipart,
        parts: BTreeMap::new(),
        whole: None,
    });
    let base_url = &shared.base_url;
    Answer::json(
        200,
        &json!({
            "upload_url": format!("{base_url}/-/storage/{index}/file?signature={}", signature(index)),
            "file_url": file_url(base_url, index, file_name),
        }),
    )
}

fn file_url(base_url: &str, index: usize, file_name: &str) -> String {
    let name: String = byte_serialize(file_name.as_bytes()).collect();
    format!("{base_url}/files/{index}/{}", name.replace('+', "%20"))
}

/// What a URL of this place is signed with. It is no secret of anybody's, but a text that tests find where it leaks.
fn signature(index: usize) -> String {
    format!("signed-for-this-upload-{index}")
}

/// The place that a path and its signature lead to, and what stands after it in the path.
fn at_place<'a, 'p>(
    places: &'a mut [Place],
    path: &'p str,
    head: &Parts,
) -> Option<(&'a mut Place, &'p str)> {
    let (index, rest) = path.split_once("/file")?;
    let index: usize = index.parse().ok()?;
    let given = crate::testing::recorder::query_value(head.uri.query(), "signature")?;
    let place = places.get_mut(index)?;
    (given == signature(index)).then_some((place, rest.trim_start_matches('/')))
}

fn whole(place: &mut Place, head: &Parts, body: &Bytes) -> Answer {
    let content_type = head
        .headers
        .get("content-type")
        .map(hyper::header::HeaderValue::as_bytes);
    if place.is_multipart {
        return refused("InvalidRequest", "the place is one for parts");
    }
    if content_type != Some(place.content_type.as_bytes()) {
        return refused(
            "SignatureDoesNotMatch",
            "the content type is not the one that was named",
        );
    }
    place.whole = Some(body.clone());
    Answer::new(200, "text/plain", "").header("etag", etag(body))
}

fn part(place: &mut Place, number: &str, body: &Bytes) -> Answer {
    let Some(number) = number
        .parse()
        .ok()
        .filter(|number| *number > 0 && place.is_multipart)
    else {
        return refused(
            "InvalidRequest",
            "parts are numbered from 1, at a place for parts",
        );
    };
    place.parts.insert(number, body.clone());
    let etag = etag(body);
    Answer::json(200, &json!({"partNumber": number, "etag": etag})).header("etag", etag)
}

fn complete(place: &mut Place, body: &Bytes) -> Answer {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let named = body["parts"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let is_right = !named.is_empty()
        && named.len() == place.parts.len()
        && named
            .iter()
            .zip(&place.parts)
            .all(|(named, (number, bytes))| {
                named["partNumber"] == *number && named["etag"] == etag(bytes)
            });
    if !is_right {
        let text = "One or more of the specified parts could not be found";
        return Answer::json(400, &json!({"detail": text}));
    }
    let parts: Vec<&[u8]> = place.parts.values().map(AsRef::as_ref).collect();
    place.whole = Some(parts.concat().into());
    Answer::json(200, &json!({}))
}

/// A refusal in the manner of object storages.
fn refused(code: &str, message: &str) -> Answer {
    let text = format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>");
    Answer::new(403, "application/xml", text)
}
