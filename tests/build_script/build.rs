//! Generates the endpoints whose documents lie below `schemas/`.

use kling_codegen::{BuildError, Config};

fn main() -> Result<(), BuildError> {
    Config::new()
        .folder("schemas")
        .prefix("acme")
        .variant("acme/lantern/glow", "Shade", "rose", "DustyRose")
        .write()?;
    Ok(())
}
