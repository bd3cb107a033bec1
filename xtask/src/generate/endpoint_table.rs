//! The table of endpoints, in the README and on the page of the crate.

use std::fmt::Write as _;

use anyhow::{Result, bail};
use kling_codegen::ir::{Api, Endpoint, Identifier};
use kling_codegen::settings::{PriceSettings, Settings};

use crate::repository::README;

/// The table of the crate's page, below the folder of generated code.
pub(crate) const FILE: &str = "endpoints.md";

const START: &str = "<!-- The table is written by `cargo xtask regen`. -->";
const END: &str = "<!-- The end of the table. -->";

/// The table of the crate's page.
pub(crate) fn of_crate(api: &Api, settings: &Settings) -> String {
    let mut table = String::from("| module | method | category | price |\n|---|---|---|---|\n");
    for endpoint in &api.endpoints {
        let module = module(endpoint);
        let _ = writeln!(
            table,
            "| [`{module}`] | `{}` | {} | {} |",
            endpoint.method,
            cell(endpoint.category.as_deref().unwrap_or_default()),
            price(settings, endpoint.id.as_str())
        );
    }
    table
}

/// The README with the table between its two markers.
pub(crate) fn in_readme(readme: &str, api: &Api, settings: &Settings) -> Result<String> {
    let Some((before, rest)) = readme.split_once(START) else {
        bail!("{README} has no line {START}. Write it where the table of endpoints shall begin.");
    };
    let Some((_, after)) = rest.split_once(END) else {
        bail!(
            "{README} has no line {END} after {START}. Write it where the table of endpoints shall end."
        );
    };
    let mut table =
        String::from("| endpoint | module and method | published price |\n|---|---|---|\n");
    for endpoint in &api.endpoints {
        let _ = writeln!(
            table,
            "| `{}` | `{}` | {} |",
            endpoint.id,
            module(endpoint),
            price(settings, endpoint.id.as_str())
        );
    }
    Ok(format!("{before}{START}\n\n{table}\n{END}{after}"))
}

fn module(endpoint: &Endpoint) -> String {
    let path: Vec<&str> = endpoint.module.iter().map(Identifier::as_str).collect();
    path.join("::")
}

fn price(settings: &Settings, id: &str) -> String {
    match settings.endpoint(id).and_then(|entry| entry.price.as_ref()) {
        None => "unknown".to_owned(),
        Some(PriceSettings::PerCall(price)) => format!("${} per call", price.per_call),
        Some(PriceSettings::PerSecond(price)) => format!("${} per second", price.per_second),
        Some(PriceSettings::FirstSeconds(price)) => format!(
            "${} for {} s, ${} for each further second",
            price.first, price.first_seconds, price.further_second
        ),
    }
}

/// Text that stays within its cell.
fn cell(text: &str) -> String {
    let text: Vec<&str> = text.split_whitespace().collect();
    text.join(" ")
        .replace('\\', "\\\\")
        .replace(['|', '<', '['], " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_between_the_markers_changes() {
        let readme = format!("# A\n\n{START}\nold\n{END}\n\nB\n");
        let new = in_readme(&readme, &Api::default(), &Settings::default()).unwrap();
        assert!(
            new.starts_with(&format!("# A\n\n{START}\n\n| endpoint |")),
            "{new}"
        );
        assert!(
            new.ends_with(&format!("|---|---|---|\n\n{END}\n\nB\n")),
            "{new}"
        );
        assert_eq!(
            in_readme(&new, &Api::default(), &Settings::default()).unwrap(),
            new
        );
    }

    #[test]
    fn a_missing_marker_is_named() {
        for readme in ["", START] {
            let error = in_readme(readme, &Api::default(), &Settings::default()).unwrap_err();
            assert!(
                error.to_string().contains("README.md has no line"),
                "{error}"
            );
        }
    }
}
