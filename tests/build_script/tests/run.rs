//! The endpoints that the build script made, called against a fake of fal.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;

use kling_api::Client;
use kling_api::testing::FakeFal;
use kling_build_script::Endpoints as _;
use kling_build_script::lantern::{animate, glow};

fn document(name: &str) -> serde_json::Value {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("schemas/acme/lantern/{name}.json"));
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

#[tokio::test]
async fn both_endpoints_run() {
    let fake = FakeFal::builder()
        .document("acme/lantern/glow", document("glow"))
        .document("acme/lantern/animate", document("animate"))
        .start()
        .await
        .unwrap();
    let client = Client::builder()
        .key(fake.key())
        .queue_url(fake.url())
        .build()
        .unwrap();
    let input = glow::Input::new("a paper lantern")
        .shade(glow::Shade::DustyRose)
        .warmth(0.25);
    let glowing = client.lantern_glow(input).await.unwrap();
    assert!(!glowing.image.url.is_empty());
    let input = animate::Input::new(glowing.image.url.clone()).duration(animate::Duration::Ten);
    let moving = client.lantern_animate(input).await.unwrap();
    assert!(!moving.video.url.is_empty());
    assert_ne!(glowing.request_id(), moving.request_id());
}

#[tokio::test]
async fn bounds_of_the_documents_hold_before_anything_is_sent() {
    let fake = FakeFal::builder()
        .document("acme/lantern/glow", document("glow"))
        .start()
        .await
        .unwrap();
    let client = Client::builder()
        .key(fake.key())
        .queue_url(fake.url())
        .build()
        .unwrap();
    let input = glow::Input::new("a paper lantern").warmth(2.0);
    let error = client.lantern_glow(input).await.unwrap_err();
    assert!(error.to_string().contains("warmth"), "{error}");
}

/// Cargo runs the script again where something that it named has changed, and it names the documents alone.
#[test]
fn the_script_depends_on_the_documents_alone() {
    let said = Path::new(env!("OUT_DIR")).parent().unwrap().join("output");
    assert_eq!(
        fs::read_to_string(said).unwrap(),
        "cargo::rerun-if-changed=schemas\n"
    );
}
