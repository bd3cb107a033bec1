//! Any bytes as a document; the catalogue is what they start from.
#![no_main]

use kling_codegen::{Document, Settings};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let says = serde_json::from_str::<Value>(&text).ok();
    let id = says
        .as_ref()
        .and_then(|value| value.pointer("/info/x-fal-metadata/endpointId")?.as_str())
        .unwrap_or("acme/bytes")
        .to_owned();
    kling_fuzz::check(&[Document { id, text }], &Settings::default());
});
