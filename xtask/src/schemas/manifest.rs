//! `schemas/manifest.toml`: the list of endpoints, read for the generator and edited for the maintainer.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use anyhow::{Context, Result, bail};
use kling_codegen::ir::EndpointId;
use kling_codegen::settings::{EndpointSettings, PriceSettings, Settings};

use crate::repository::MANIFEST;

/// The manifest as text, and what it says.
#[derive(Clone, Debug, Default)]
pub(crate) struct Manifest {
    text: String,
    settings: Settings,
}

const ENTRY: &str = "[[endpoint]]";

impl Manifest {
    /// Reads a manifest; `place` names it in errors.
    pub(crate) fn parse(text: String, place: &str) -> Result<Self> {
        let settings: Settings = toml::from_str(&text).with_context(|| {
            format!("{place} cannot be read. Correct the line that is named below.")
        })?;
        let mut seen = BTreeSet::new();
        for endpoint in &settings.endpoints {
            EndpointId::new(&endpoint.id)
                .with_context(|| format!("{place} lists an endpoint that cannot be one."))?;
            // One file system in two takes two such ids for the same file.
            if !seen.insert(endpoint.id.to_ascii_lowercase()) {
                bail!(
                    "{place} lists {} twice. Delete one of the entries.",
                    endpoint.id
                );
            }
        }
        Ok(Self { text, settings })
    }

    /// The text of the manifest.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// What it says, as the generator takes it.
    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The endpoint ids in the order of the manifest.
    pub(crate) fn ids(&self) -> impl Iterator<Item = &str> {
        self.settings
            .endpoints
            .iter()
            .map(|endpoint| endpoint.id.as_str())
    }

    /// The endpoint ids with the titles that stand beside them.
    pub(crate) fn titles(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        let endpoints = self.settings.endpoints.iter();
        endpoints.map(|endpoint| (endpoint.id.as_str(), endpoint.title.as_deref()))
    }

    /// Whether the manifest lists an endpoint.
    pub(crate) fn lists(&self, id: &str) -> bool {
        self.settings.endpoint(id).is_some()
    }

    /// The settings that concern one endpoint alone.
    pub(crate) fn settings_of(&self, id: &str) -> Settings {
        let mut settings = self.settings.clone();
        settings.endpoints.retain(|endpoint| endpoint.id == id);
        settings
    }

    /// The manifest with one more endpoint at its end, of which title, description and price are written.
    pub(crate) fn with(&self, mut endpoint: EndpointSettings) -> Result<Self> {
        for words in [&mut endpoint.title, &mut endpoint.description] {
            *words = words.as_deref().map(on_one_line);
        }
        let mut text = format!("{}\n\n{ENTRY}\n", self.text.trim_end());
        let words = [
            ("id", Some(&endpoint.id)),
            ("title", endpoint.title.as_ref()),
            ("description", endpoint.description.as_ref()),
        ];
        for (key, value) in words {
            if let Some(value) = value {
                let _ = writeln!(text, "{key} = {}", quoted(value));
            }
        }
        if let Some(price) = &endpoint.price {
            let _ = writeln!(text, "price = {}", inline(price));
        }
        let mut wanted = self.settings.clone();
        wanted.endpoints.push(endpoint);
        Self::edited(text, &wanted)
    }

    /// The manifest without an endpoint, nor the comments inside of its entry and right above it.
    pub(crate) fn without(&self, id: &str) -> Result<Self> {
        let lines: Vec<&str> = self.text.lines().collect();
        let mut starts: Vec<usize> = (0..lines.len())
            .filter(|number| lines[*number].trim() == ENTRY)
            .map(|header| {
                let above = lines[..header].iter().rev();
                header - above.take_while(|line| line.starts_with('#')).count()
            })
            .collect();
        starts.push(lines.len());
        let mut wanted = self.settings.clone();
        wanted.endpoints.retain(|endpoint| endpoint.id != id);
        let position = self.ids().position(|other| other == id);
        let entry = position.and_then(|position| starts.get(position..=position + 1));
        let kept = match entry {
            Some(&[start, end]) => [&lines[..start], &lines[end..]].concat(),
            _ => lines,
        };
        Self::edited(format!("{}\n", kept.join("\n").trim_end()), &wanted)
    }

    /// An edit works on lines, so that comments stay; that it did what it should is checked here.
    fn edited(text: String, wanted: &Settings) -> Result<Self> {
        match Self::parse(text, MANIFEST) {
            Ok(edited) if edited.settings == *wanted => Ok(edited),
            _ => bail!(
                "{MANIFEST} is laid out in a way that cannot be edited. Start each endpoint with a line {ENTRY}, or edit the file by hand and run `cargo xtask regen`."
            ),
        }
    }
}

/// A price as it is written in a manifest.
pub(crate) fn inline(price: &PriceSettings) -> String {
    let field = |name: &str| match name {
        "duration" => String::new(),
        name => format!(", seconds = {}", quoted(name)),
    };
    match price {
        PriceSettings::PerCall(price) => format!("{{ per_call = {} }}", quoted(&price.per_call)),
        PriceSettings::PerSecond(price) => format!(
            "{{ per_second = {}{} }}",
            quoted(&price.per_second),
            field(&price.seconds)
        ),
        PriceSettings::FirstSeconds(price) => format!(
            "{{ first_seconds = {}, first = {}, further_second = {}{} }}",
            price.first_seconds,
            quoted(&price.first),
            quoted(&price.further_second),
            field(&price.seconds)
        ),
    }
}

fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Text in TOML.
fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use kling_codegen::settings::{EndpointSettings, PerCall, PriceSettings};

    use super::Manifest;

    fn entry(id: &str) -> EndpointSettings {
        EndpointSettings {
            id: id.to_owned(),
            ..EndpointSettings::default()
        }
    }

    const TEXT: &str = "# About prices.\nprefix = \"acme/video\"\n\n[[endpoint]]\nid = \"acme/video/a\"\n# \"$1 per call\"\nprice = { per_call = \"1\" }\n\n[[endpoint]]\nid = \"acme/video/b\"\n# No price.\n";

    fn manifest() -> Manifest {
        Manifest::parse(TEXT.to_owned(), "manifest.toml").unwrap()
    }

    #[test]
    fn an_added_endpoint_leaves_the_rest_as_it_was() {
        let added = manifest().with(entry("acme/video/c")).unwrap();
        assert_eq!(
            added.text(),
            format!("{TEXT}\n[[endpoint]]\nid = \"acme/video/c\"\n")
        );
        assert!(added.lists("acme/video/c"));
    }

    #[test]
    fn words_and_prices_are_written_as_they_will_be_read() {
        let price = PerCall {
            per_call: "0.28".to_owned(),
        };
        let told = EndpointSettings {
            title: Some("A \"C\" \\".to_owned()),
            price: Some(PriceSettings::PerCall(price)),
            ..entry("acme/video/c")
        };
        let added = manifest().with(told.clone()).unwrap();
        assert_eq!(added.settings().endpoint("acme/video/c"), Some(&told));
    }

    #[test]
    fn a_removed_endpoint_takes_its_comments_along() {
        let last = manifest().without("acme/video/b").unwrap();
        assert_eq!(
            last.text(),
            "# About prices.\nprefix = \"acme/video\"\n\n[[endpoint]]\nid = \"acme/video/a\"\n# \"$1 per call\"\nprice = { per_call = \"1\" }\n"
        );
        let first = manifest().without("acme/video/a").unwrap();
        assert_eq!(
            first.text(),
            "# About prices.\nprefix = \"acme/video\"\n\n[[endpoint]]\nid = \"acme/video/b\"\n# No price.\n"
        );
        let again = manifest().with(entry("acme/video/c")).unwrap();
        assert_eq!(again.without("acme/video/c").unwrap().text(), TEXT);
    }

    #[test]
    fn an_entry_with_tables_of_its_own_goes_as_a_whole() {
        let text = format!(
            "{TEXT}[endpoint.variants.Duration]\n5 = \"Short\"\n\n# The third.\n[[endpoint]]\nid = \"acme/c\"\n"
        );
        let manifest = Manifest::parse(text, "manifest.toml").unwrap();
        let kept = manifest.without("acme/video/b").unwrap();
        assert!(
            kept.text()
                .ends_with("\"1\" }\n\n# The third.\n[[endpoint]]\nid = \"acme/c\"\n"),
            "{}",
            kept.text()
        );
    }

    #[test]
    fn a_layout_that_cannot_be_edited_is_left_alone() {
        let text = "endpoint = [{ id = \"acme/a\" }]\n".to_owned();
        let manifest = Manifest::parse(text, "manifest.toml").unwrap();
        assert!(manifest.with(entry("acme/b")).is_err());
        assert!(manifest.without("acme/a").is_err());
    }

    #[test]
    fn an_id_that_leads_out_of_the_folder_is_refused() {
        let error = Manifest::parse(
            "[[endpoint]]\nid = \"../../etc/passwd\"\n".to_owned(),
            "manifest.toml",
        )
        .unwrap_err();
        assert!(
            format!("{error:#}").contains("../../etc/passwd"),
            "{error:#}"
        );
    }

    #[test]
    fn a_second_entry_for_the_same_file_is_refused() {
        let text = "[[endpoint]]\nid = \"acme/a\"\n[[endpoint]]\nid = \"acme/A\"\n";
        let error = Manifest::parse(text.to_owned(), "manifest.toml").unwrap_err();
        assert_eq!(
            error.to_string(),
            "manifest.toml lists acme/A twice. Delete one of the entries."
        );
    }
}
