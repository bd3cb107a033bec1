//! Runs FakeFal for other programs: prints its URL and its key, one a line, and serves until its input is closed.
//!
//! `cargo run -p kling-api --features testing --example fake_fal [PORT]`

use std::error::Error;
use std::io::{self, Read as _};

use kling_api::testing::FakeFal;

fn main() -> Result<(), Box<dyn Error>> {
    let port = match std::env::args().nth(1) {
        Some(port) => port
            .parse()
            .map_err(|_| format!("`{port}` is no port. Give a number from 0 to 65535"))?,
        None => 0,
    };
    let fake = FakeFal::builder()
        .port(port)
        .record(false)
        .on_request(|request| eprintln!("{request}"))
        .start_blocking()?;
    println!("{}\n{}", fake.url(), fake.key());
    io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
