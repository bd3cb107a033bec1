//! Runs FakeFal for programs in any language.
//!
//! `cargo run -p kling-api --features testing --example fake_fal -- --help`

use std::error::Error;
use std::io::{self, Read as _};

use clap::Parser as _;
use kling_api::testing::FakeFal;

/// Runs FakeFal, a server on this machine that speaks fal's protocols and costs nothing.
///
/// Prints its key and its URLs as variables, `NAME=value`, one a line, and each request to the standard error. A program
/// that uses kling-api talks to it where these variables are set. Runs until its standard input is closed (Ctrl-D) or
/// until Ctrl-C.
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
    for (name, value) in environment(&fake) {
        println!("{name}={value}");
    }
    io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

/// The environment of a client. The last variable is for fal's Python client alone, which uploads to a CDN.
fn environment(fake: &FakeFal) -> Vec<(&'static str, String)> {
    let mut variables = fake.environment().to_vec();
    variables.push(("KLING_API_CDN_URL", fake.cdn_url()));
    variables
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn help_says_what_it_prints_and_how_it_ends() {
        let help = Arguments::command().render_long_help().to_string();
        for part in ["URLs", "key", "Ctrl-C", "[PORT]"] {
            assert!(help.contains(part), "{help}");
        }
    }

    #[tokio::test]
    async fn the_environment_has_the_key_and_every_url() {
        let fake = FakeFal::start().await.unwrap();
        let variables = environment(&fake);
        assert_eq!(variables[0], ("FAL_KEY", fake.key().to_owned()));
        for (name, value) in &variables[1..] {
            assert!(name.starts_with("KLING_API_") && name.ends_with("_URL"));
            assert!(value.starts_with(fake.url()), "{value}");
        }
        assert_eq!(variables.len(), 6);
    }
}
