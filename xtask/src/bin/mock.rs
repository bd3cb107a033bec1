//! The server behind `cargo xtask mock`: a program of its own, since it links the generated crate.

use std::convert::Infallible;
use std::env;
use std::process::ExitCode;
use std::thread;

use kling_api::testing::{FakeFal, StartError};

fn main() -> ExitCode {
    match serve(
        env::args()
            .nth(1)
            .and_then(|port| port.parse().ok())
            .unwrap_or_default(),
    ) {
        Ok(never) => match never {},
        Err(error) => {
            eprintln!("error: The mock cannot be started: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What stands in the place of fal's platform API, without the version, and of the server of documents.
fn platform(fake: &FakeFal) -> String {
    fake.platform_url().trim_end_matches("/v1").to_owned()
}

/// Serves until the program is ended from outside.
fn serve(port: u16) -> Result<Infallible, StartError> {
    let fake = FakeFal::builder()
        .port(port)
        .record(false)
        .on_request(|request| println!("{request}"))
        .start_blocking()?;
    println!(
        "FakeFal speaks fal's queue protocol at {} until Ctrl-C. It knows:",
        fake.url()
    );
    for endpoint in fake.endpoints() {
        println!("  {endpoint}");
    }
    println!("For `discover` and `fetch`: --base-url {}", platform(&fake));
    println!("A program that uses kling-api talks to it where these variables are set:");
    for (name, value) in fake.environment() {
        println!("  {name}={value}");
    }
    loop {
        thread::park();
    }
}
