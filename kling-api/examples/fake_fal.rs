//! Runs FakeFal for programs in any language.
//!
//! `cargo run -p kling-api --features testing --example fake_fal -- --help`

use std::error::Error;
use std::io::{self, Read as _};

use clap::Parser as _;
use kling_api::testing::FakeFal;

/// Runs FakeFal, a server on this machine that speaks fal's protocols and costs nothing.
///
/// Prints its URLs and its key as `name=value`, one a line, and each request to the standard error. Runs until its
/// standard input is closed (Ctrl-D) or until Ctrl-C.
#[derive(clap::Parser)]
struct Arguments {
    /// The port to listen on; 0 chooses a free one.
    #[arg(default_value_t = 0)]
    port: u16,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    let fake = FakeFal::builder()
        .port(arguments.port)
        .record(false)
        .on_request(|request| eprintln!("{request}"))
        .start_blocking()?;
    for (name, value) in settings(&fake) {
        println!("{name}={value}");
    }
    io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

/// What a client has to be told: the base URL of each of fal's hosts, and the key.
fn settings(fake: &FakeFal) -> [(&'static str, String); 6] {
    [
        ("queue_url", fake.url().to_owned()),
        ("run_url", fake.run_url()),
        ("rest_url", fake.rest_url()),
        ("platform_url", fake.platform_url()),
        ("cdn_url", fake.cdn_url()),
        ("key", fake.key().to_owned()),
    ]
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use clap::CommandFactory as _;
    use kling_api::Client;
    use kling_api::v2_1::master::image_to_video::Input;

    use super::*;

    #[test]
    fn help_says_what_it_prints_and_how_it_ends() {
        let help = Arguments::command().render_long_help().to_string();
        for part in ["URLs", "key", "Ctrl-C", "[PORT]"] {
            assert!(help.contains(part), "{help}");
        }
    }

    #[tokio::test]
    async fn a_client_needs_no_more_than_the_settings() {
        let fake = FakeFal::start().await.unwrap();
        let settings = HashMap::from(settings(&fake));
        let client = Client::builder()
            .key(&settings["key"])
            .queue_url(&settings["queue_url"])
            .run_url(&settings["run_url"])
            .rest_url(&settings["rest_url"])
            .platform_url(&settings["platform_url"]);
        let client = client.build().unwrap();
        client.call(Input::example()).await.unwrap();
        client.call(Input::example()).run().await.unwrap();
        client.upload("a nest", "image/png").await.unwrap();
    }
}
