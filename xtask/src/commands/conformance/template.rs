//! The files of the crate that the documents become, beside the generated code.

use std::fmt::Write as _;
use std::fs;

use anyhow::{Context, Result};
use kling_codegen::ir::{Endpoint, Identifier};

use crate::repository::Repository;

/// The library with the generated code.
pub(super) const LIBRARY: &str = "//! Generated endpoints.\ninclude!(\"endpoints.rs\");\n";

/// Its Cargo.toml, with the edition and the profile of the workspace.
pub(super) fn manifest(repository: &Repository, package: &str) -> Result<String> {
    let workspace: toml::Table = fs::read_to_string(repository.path("Cargo.toml"))
        .context("Cargo.toml cannot be read.")?
        .parse()
        .context("Cargo.toml cannot be read.")?;
    let edition = workspace
        .get("workspace")
        .and_then(|workspace| workspace.get("package")?.get("edition")?.as_str())
        .context("Cargo.toml names no edition.")?;
    let runtime = toml::Value::from(repository.path("kling-api").display().to_string());
    let mut manifest: toml::Table = toml::from_str(&format!(
        "package = {{ name = {package:?}, version = \"0.0.0\", edition = {edition:?}, publish = false }}\n\
         lib = {{ name = \"endpoints\", doctest = false }}\n\
         lints.rust = {{ warnings = \"deny\", missing_docs = \"deny\", unreachable_pub = \"deny\" }}\n\
         [dependencies]\n\
         kling-api = {{ path = {runtime} }}\n\
         serde = {{ version = \"1\", features = [\"derive\"] }}\n\
         serde_json = \"1\"\n\
         [workspace]\n"
    ))?;
    if let Some(profile) = workspace.get("profile") {
        manifest.insert("profile".into(), profile.clone());
    }
    Ok(manifest.to_string())
}

/// A program that reads lines of `[endpoint, side, value]` and prints for each `{"Ok": text}` or `{"Err": text}`.
pub(super) fn main(endpoints: &[Endpoint]) -> String {
    let mut table = String::new();
    for endpoint in endpoints {
        let module: Vec<&str> = endpoint.module.iter().map(Identifier::as_str).collect();
        let module = module.join("::");
        let _ = writeln!(
            table,
            "    [through::<endpoints::{module}::Output>, through::<endpoints::{module}::Input>],"
        );
    }
    format!(
        "//! Reads and writes values through the types of the endpoints.\n\
         #![allow(deprecated)]\n\
         type Through = fn(&str) -> Result<String, String>;\n\
         static TYPES: &[[Through; 2]] = &[\n{table}];\n\
         fn through<T: serde::Serialize + serde::de::DeserializeOwned>(text: &str) -> Result<String, String> {{\n\
             let value: T = serde_json::from_str(text).map_err(|error| error.to_string())?;\n\
             serde_json::to_string(&value).map_err(|error| error.to_string())\n\
         }}\n\
         fn main() {{\n\
             for line in std::io::stdin().lines() {{\n\
                 let line = line.expect(\"the values are text\");\n\
                 let (endpoint, sent, value): (usize, bool, String) = serde_json::from_str(&line).expect(\"each line is a value\");\n\
                 println!(\"{{}}\", serde_json::to_string(&TYPES[endpoint][usize::from(sent)](&value)).expect(\"a text is JSON\"));\n\
             }}\n\
         }}\n"
    )
}
