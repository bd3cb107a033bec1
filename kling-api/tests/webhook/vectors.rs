//! The vectors of `vectors.json`, made by another implementation: see `make_vectors.py` beside it.

use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use kling_api::Raw;
use kling_api::webhook::{Event, Keys, Verifier, WebhookError};
use proptest::prelude::*;
use serde_json::{Value, json};

static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("vectors.json")).unwrap());

pub(crate) struct Vector {
    pub(crate) name: String,
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    pub(crate) body: Vec<u8>,
    pub(crate) verifier: Verifier,
    pub(crate) now: SystemTime,
    pub(crate) verdict: String,
}

pub(crate) fn vectors() -> Vec<Vector> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let all = DOCUMENT["vectors"].as_array().unwrap();
    let read = |vector: &Value| {
        let headers = vector["headers"].as_array().unwrap().iter();
        let names = vector["keys"].as_array().unwrap().iter();
        let keys: Vec<&Value> = names.map(|name| &DOCUMENT["keys"][text(name)]).collect();
        let keys = Keys::from_jwks(json!({ "keys": keys }).to_string()).unwrap();
        Vector {
            name: text(&vector["name"]),
            headers: headers
                .map(|pair| (text(&pair[0]), text(&pair[1]).into_bytes()))
                .collect(),
            body: hex::decode(text(&vector["body_hex"])).unwrap(),
            verifier: Verifier::new(keys),
            now: SystemTime::UNIX_EPOCH + Duration::from_secs_f64(vector["now"].as_f64().unwrap()),
            verdict: text(&vector["verdict"]),
        }
    };
    all.iter().map(read).collect()
}

/// The one that is as fal sends it.
pub(crate) fn genuine() -> Vector {
    vectors().remove(0)
}

impl Vector {
    fn check(&self) -> Result<(), WebhookError> {
        let event = self
            .verifier
            .verify_at::<Raw>(&self.headers, &self.body, self.now);
        match event {
            // Some of the bodies are signed and are no events.
            Err(error) if error.is_unreadable() => Ok(()),
            other => other.map(drop),
        }
    }
}

fn verdict(error: &WebhookError) -> &'static str {
    let text = format!("{error:#}");
    if error.is_signature() {
        "signature"
    } else if error.is_out_of_time() {
        if text.contains("ahead") {
            "early"
        } else {
            "old"
        }
    } else if error.is_malformed() {
        match &text {
            text if text.contains("has no header") => "missing",
            text if text.contains("more than once") => "repeated",
            _ => "malformed",
        }
    } else {
        "something else"
    }
}

#[test]
fn every_vector_gets_its_verdict() {
    let vectors = vectors();
    assert!(vectors.len() > 40);
    for vector in &vectors {
        let found = match vector.check() {
            Ok(()) => "ok",
            Err(error) => verdict(&error),
        };
        assert_eq!(found, vector.verdict, "{}", vector.name);
    }
    for verdict in [
        "ok",
        "missing",
        "repeated",
        "malformed",
        "old",
        "early",
        "signature",
    ] {
        assert!(vectors.iter().any(|it| it.verdict == verdict), "{verdict}");
    }
}

#[test]
fn the_headers_of_the_http_crate_get_the_same_verdicts() {
    for vector in vectors() {
        let mut headers = http::HeaderMap::new();
        let all_fit = vector.headers.iter().all(|(name, value)| {
            let name = http::HeaderName::from_bytes(name.as_bytes()).unwrap();
            let value = http::HeaderValue::from_bytes(value);
            value.is_ok_and(|value| {
                headers.append(name, value);
                true
            })
        });
        if !all_fit {
            continue;
        }
        let event = vector
            .verifier
            .verify_at::<Raw>(&headers, &vector.body, vector.now);
        let is_taken = event.map_or_else(|error| error.is_unreadable(), |_| true);
        assert_eq!(is_taken, vector.verdict == "ok", "{}", vector.name);
    }
}

#[test]
fn every_change_of_one_bit_is_noticed() {
    let mut vector = genuine();
    vector.check().unwrap();
    let mut changes = 0;
    for header in 0..vector.headers.len() {
        for bit in 0..vector.headers[header].1.len() * 8 {
            vector.headers[header].1[bit / 8] ^= 1 << (bit % 8);
            let name = &vector.headers[header].0;
            assert!(vector.check().is_err(), "bit {bit} of {name}");
            vector.headers[header].1[bit / 8] ^= 1 << (bit % 8);
            changes += 1;
        }
    }
    for bit in 0..vector.body.len() * 8 {
        vector.body[bit / 8] ^= 1 << (bit % 8);
        let error = vector.check().expect_err("a changed body was taken");
        assert!(error.is_signature(), "bit {bit} of the body: {error}");
        vector.body[bit / 8] ^= 1 << (bit % 8);
        changes += 1;
    }
    assert!(changes > 3000, "{changes} changes");
    vector.check().unwrap();
}

/// Header names are the same in any case, which is one bit. Any other bit makes it another header.
#[test]
fn a_change_of_one_bit_in_a_name_takes_the_header_away() {
    let vector = genuine();
    for header in 0..vector.headers.len() {
        let original = vector.headers[header].0.clone();
        for bit in 0..original.len() * 7 {
            let mut name = original.clone().into_bytes();
            name[bit / 7] ^= 1 << (bit % 7);
            let name = String::from_utf8(name).unwrap();
            let mut changed = genuine();
            changed.headers[header].0.clone_from(&name);
            match changed.check() {
                Ok(()) => assert!(name.eq_ignore_ascii_case(&original), "{name}"),
                Err(error) => assert_eq!(verdict(&error), "missing", "{name}"),
            }
        }
    }
}

#[test]
fn no_body_is_taken_that_is_cut_short_or_made_longer() {
    let mut vector = genuine();
    let whole = vector.body.clone();
    for length in 0..whole.len() {
        vector.body = whole[..length].to_vec();
        assert!(vector.check().is_err_and(|error| error.is_signature()));
    }
    vector.body = [&whole[..], &whole[..]].concat();
    assert!(vector.check().is_err_and(|error| error.is_signature()));
}

proptest! {
    #[test]
    fn any_headers_and_any_body_get_a_verdict(
        values in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..140), 4),
        timestamp in any::<u64>(),
        has_timestamp in any::<bool>(),
        signature in "[0-9a-f]{128}",
        has_signature in any::<bool>(),
        body in proptest::collection::vec(any::<u8>(), 0..200),
        now in any::<u32>(),
    ) {
        let mut vector = genuine();
        for (header, value) in vector.headers.iter_mut().zip(values) {
            header.1 = value;
        }
        if has_timestamp {
            vector.headers[2].1 = timestamp.to_string().into_bytes();
        }
        if has_signature {
            vector.headers[3].1 = signature.into_bytes();
        }
        vector.body = body;
        vector.now = SystemTime::UNIX_EPOCH + Duration::from_secs(now.into());
        prop_assert!(vector.check().is_err());
        let before = SystemTime::UNIX_EPOCH.checked_sub(Duration::from_secs(now.into()));
        vector.now = before.unwrap_or(SystemTime::UNIX_EPOCH);
        prop_assert!(vector.check().is_err());
    }

    #[test]
    fn any_bytes_can_be_read_as_an_event_or_refused(body in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = Event::<Raw>::parse_unverified(&body);
    }
}

#[test]
fn what_is_wrong_is_said_in_sentences() {
    let of = |name: &str| {
        let all = vectors();
        let vector = all.iter().find(|vector| vector.name == name).unwrap();
        vector.check().unwrap_err().to_string()
    };
    for (name, expected) in [
        (
            "from tomorrow",
            "the delivery was signed 86400 s ahead of this machine's clock, and more than 300 s are not \
             taken. Refuse it, and set the clock of this machine right",
        ),
        (
            "301 s old",
            "the delivery was signed 301 s ago, and more than 300 s are not taken. Refuse it, and see \
             that this machine's clock is right: fal delivers again with a new time",
        ),
        (
            "without X-Fal-Webhook-Signature",
            "the delivery has no header x-fal-webhook-signature. fal sends it with every webhook: if \
             this one came from fal, see whether a proxy takes it away",
        ),
        (
            "with X-Fal-Webhook-User-Id twice",
            "the delivery has the header x-fal-webhook-user-id more than once, and fal signs one. \
             Refuse it",
        ),
        (
            "a signature of 63 bytes",
            "the header x-fal-webhook-signature of the delivery has 126 characters, and a signature has \
             128 hexadecimal digits. Refuse it: fal sends no such header",
        ),
        (
            "a timestamp that is no number",
            "the header x-fal-webhook-timestamp of the delivery is no count of seconds since 1970. \
             Refuse it: fal sends no such header",
        ),
        (
            "another body",
            "the signature of the delivery fits no key of fal's, 1 tried. Refuse it, and if it came from fal, \
             see that the body is handed over byte for byte and that the keys are the present ones",
        ),
    ] {
        assert_eq!(of(name), expected, "{name}");
    }
}

#[test]
fn each_verdict_has_a_status_to_answer_with() {
    for vector in vectors() {
        let expected = match vector.verdict.as_str() {
            "ok" => continue,
            "old" | "early" | "signature" => 401,
            _ => 400,
        };
        let error = vector.check().unwrap_err();
        assert_eq!(error.status_code(), expected, "{}", vector.name);
        assert!(!error.is_key_unavailable());
    }
}

/// Whatever a stranger writes into a header stays out of our logs.
#[test]
fn no_error_repeats_what_a_delivery_said() {
    for header in 0..4 {
        let mut vector = genuine();
        vector.headers[header].1 = b"\x1b]0;SHOWN\x07".to_vec();
        let error = vector.check().unwrap_err();
        assert!(!format!("{error} {error:?}").contains("SHOWN"), "{error:?}");
    }
}
