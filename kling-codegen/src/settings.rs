//! What the generator is told beside the documents: names, prices, overrides. `schemas/manifest.toml` has this form.

use std::collections::BTreeMap;

use serde::Deserialize;

/// The settings for a set of documents.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The start of the endpoint ids that the module paths leave out, such as `fal-ai/kling-video`.
    #[serde(default)]
    pub prefix: String,
    /// What is known about single endpoints. An endpoint needs no entry to be generated.
    #[serde(default, rename = "endpoint")]
    pub endpoints: Vec<EndpointSettings>,
}

impl Settings {
    /// The entry of an endpoint, if it has one.
    #[must_use]
    pub fn endpoint(&self, id: &str) -> Option<&EndpointSettings> {
        self.endpoints.iter().find(|endpoint| endpoint.id == id)
    }
}

/// What is known about one endpoint.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndpointSettings {
    /// The endpoint id.
    pub id: String,
    /// The model's display name.
    #[serde(default)]
    pub title: Option<String>,
    /// The published price.
    #[serde(default)]
    pub price: Option<PriceSettings>,
    /// Rust names for enum values, by type name and value, where the rule gives a poor one.
    #[serde(default)]
    pub variants: BTreeMap<String, BTreeMap<String, String>>,
}

/// A published price in US dollars, written as decimal text such as `"0.045"`, since a float cannot hold it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum PriceSettings {
    /// The same for each call.
    PerCall(PerCall),
    /// The same for each second.
    PerSecond(PerSecond),
    /// A sum for the first seconds, and one for each further second.
    FirstSeconds(FirstSeconds),
}

/// See [`PriceSettings::PerCall`].
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PerCall {
    /// Dollars for one call.
    pub per_call: String,
}

/// See [`PriceSettings::PerSecond`].
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PerSecond {
    /// Dollars for one second.
    pub per_second: String,
    /// The input field that holds the seconds.
    #[serde(default = "duration")]
    pub seconds: String,
}

/// See [`PriceSettings::FirstSeconds`].
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FirstSeconds {
    /// How many seconds `first` pays for.
    pub first_seconds: u32,
    /// Dollars for the first seconds together.
    pub first: String,
    /// Dollars for each further second.
    pub further_second: String,
    /// The input field that holds the seconds.
    #[serde(default = "duration")]
    pub seconds: String,
}

fn duration() -> String {
    "duration".to_owned()
}

/// Reads dollars into whole micro-dollars; `None` for anything but digits with at most six decimals.
pub(crate) fn micros(dollars: &str) -> Option<u64> {
    let (whole, fraction) = dollars.split_once('.').unwrap_or((dollars, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) || fraction.len() > 6 {
        return None;
    }
    let fraction: u64 = format!("{fraction:0<6}").parse().ok()?;
    whole
        .parse::<u64>()
        .ok()?
        .checked_mul(1_000_000)?
        .checked_add(fraction)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dollars_become_whole_micro_dollars() {
        assert_eq!(micros("0.045"), Some(45_000));
        assert_eq!(micros("1.40"), Some(1_400_000));
        assert_eq!(micros("2"), Some(2_000_000));
        assert_eq!(micros("0.000001"), Some(1));
    }

    #[test]
    fn what_is_no_sum_is_refused() {
        for text in [
            "",
            ".5",
            "-1",
            "1e3",
            "0.0000001",
            "1,5",
            "99999999999999999999",
        ] {
            assert_eq!(micros(text), None, "{text}");
        }
    }
}
