//! What the runtime costs between the caller and the wire, on loopback, against the same requests by bare reqwest.

pub(crate) mod bare;
pub(crate) mod calls;
pub(crate) mod completion;
pub(crate) mod journal;
pub(crate) mod json;
pub(crate) mod memory;
pub(crate) mod server;
pub(crate) mod throughput;

use kling_api::v2_1::master::image_to_video::{Duration, Input};
use kling_api::{Client, ClientBuilder};

/// Measures and prints this group.
pub(crate) fn measure() {
    calls::measure();
    json::measure();
    throughput::measure();
    completion::measure();
    memory::measure();
}

const KEY: &str = "bench-id:bench-secret-part";
const ENDPOINT: &str = "fal-ai/kling-video/v1/standard/image-to-video";
const PROMPT: &str = "Snowflakes fall as a car moves forward along the road, and the light of its lamps sweeps over the trees.";
const IMAGE: &str = "https://storage.example.com/kling/kling_input.jpeg";

fn input() -> Input {
    Input::new(PROMPT, IMAGE)
        .duration(Duration::Ten)
        .negative_prompt("blur")
        .cfg_scale(0.5)
}

fn settings(url: &str) -> ClientBuilder {
    let settings = Client::builder().key(KEY).queue_url(url);
    // The certificates of the system take longer to read than all calls, and none is needed here.
    settings.configure_http(|transport| transport.no_proxy().tls_certs_only([]))
}

fn one_thread() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
}

fn two_threads() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime")
}
