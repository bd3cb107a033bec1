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
    /// Further families, each below a module of its own.
    #[serde(default, rename = "family")]
    pub families: Vec<Family>,
    /// The endpoint that the pages and examples of `kling-api` call. Generated code does not depend on it.
    #[serde(default)]
    pub example: Option<String>,
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

    /// The families, each the start of its ids and its module; the module of the first is the root.
    pub fn families(&self) -> impl Iterator<Item = (&str, &str)> {
        let root = (self.prefix.as_str(), "");
        let others = self.families.iter();
        std::iter::once(root)
            .chain(others.map(|family| (family.prefix.as_str(), family.module.as_str())))
            .map(|(prefix, module)| (prefix.trim_end_matches('/'), module))
            .filter(|(prefix, _)| !prefix.is_empty())
    }

    /// The family of an endpoint: the one with the longest start of its id, in whole segments.
    #[must_use]
    pub fn family(&self, id: &str) -> Option<(&str, &str)> {
        let holds = |prefix: &str| {
            id.strip_prefix(prefix)
                .is_some_and(|rest| rest.len() > 1 && rest.starts_with('/'))
        };
        self.families()
            .filter(|(prefix, _)| holds(prefix))
            .max_by_key(|(prefix, _)| prefix.len())
    }
}

/// A family of endpoints, such as `fal-ai/kling-image`, and the module that it becomes, such as `kling_image`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Family {
    /// The start of the endpoint ids.
    pub prefix: String,
    /// The module path that takes its place.
    pub module: String,
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
    /// What the model does, in the place of what its document says.
    #[serde(default)]
    pub description: Option<String>,
    /// The module path, where the one that is made of the id is a poor one.
    #[serde(default)]
    pub module: Option<String>,
    /// The published price.
    #[serde(default)]
    pub price: Option<PriceSettings>,
    /// Rust names for enum values, by type name and value, where the rule gives a poor one.
    #[serde(default)]
    pub variants: BTreeMap<String, BTreeMap<String, String>>,
}

/// A published price in US dollars, written as decimal text such as `"0.045"`, since a float cannot hold it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PriceSettings {
    /// The same for each call.
    PerCall(PerCall),
    /// The same for each second.
    PerSecond(PerSecond),
    /// A sum for the first seconds, and one for each further second.
    FirstSeconds(FirstSeconds),
}

/// What a price may look like, for whoever wrote another.
const FORMS: &str = "a price is { per_call = \"0.28\" }, { per_second = \"0.045\" } or { first_seconds = 5, first = \
                     \"0.28\", further_second = \"0.056\" }, the latter two with seconds = \"<field>\" where the field is \
                     not `duration`";

/// A price with all that any of its forms may hold; a sum may be of any type, so that a number can be told from text.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AnyPrice {
    per_call: Option<Sum>,
    per_second: Option<Sum>,
    first_seconds: Option<u32>,
    first: Option<Sum>,
    further_second: Option<Sum>,
    seconds: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Sum {
    Text(String),
    Integer(i64),
    Float(f64),
}

impl Sum {
    fn text<E: serde::de::Error>(self, key: &str) -> Result<String, E> {
        let number = match self {
            Self::Text(text) => return Ok(text),
            Self::Integer(number) => number.to_string(),
            Self::Float(number) => number.to_string(),
        };
        Err(E::custom(format!(
            "write the price as text: {key} = \"{number}\""
        )))
    }
}

impl<'de> Deserialize<'de> for PriceSettings {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        let price = AnyPrice::deserialize(deserializer)
            .map_err(|error| D::Error::custom(format!("{error}; {FORMS}")))?;
        match price {
            AnyPrice {
                per_call: Some(sum),
                per_second: None,
                first_seconds: None,
                first: None,
                further_second: None,
                seconds: None,
            } => Ok(Self::PerCall(PerCall {
                per_call: sum.text("per_call")?,
            })),
            AnyPrice {
                per_call: None,
                per_second: Some(sum),
                first_seconds: None,
                first: None,
                further_second: None,
                seconds,
            } => Ok(Self::PerSecond(PerSecond {
                per_second: sum.text("per_second")?,
                seconds: seconds.unwrap_or_else(duration),
            })),
            AnyPrice {
                per_call: None,
                per_second: None,
                first_seconds: Some(first_seconds),
                first: Some(first),
                further_second: Some(further_second),
                seconds,
            } => Ok(Self::FirstSeconds(FirstSeconds {
                first_seconds,
                first: first.text("first")?,
                further_second: further_second.text("further_second")?,
                seconds: seconds.unwrap_or_else(duration),
            })),
            _ => Err(D::Error::custom(FORMS)),
        }
    }
}

/// See [`PriceSettings::PerCall`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PerCall {
    /// Dollars for one call.
    pub per_call: String,
}

/// See [`PriceSettings::PerSecond`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PerSecond {
    /// Dollars for one second.
    pub per_second: String,
    /// The input field that holds the seconds.
    pub seconds: String,
}

/// See [`PriceSettings::FirstSeconds`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirstSeconds {
    /// How many seconds `first` pays for.
    pub first_seconds: u32,
    /// Dollars for the first seconds together.
    pub first: String,
    /// Dollars for each further second.
    pub further_second: String,
    /// The input field that holds the seconds.
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

/// Whole micro-dollars as dollars, with two decimals at least.
pub(crate) fn dollars(micros: u64) -> String {
    let decimals = format!("{:06}", micros % 1_000_000);
    let (cents, rest) = decimals.split_at(2);
    format!(
        "{}.{cents}{}",
        micros / 1_000_000,
        rest.trim_end_matches('0')
    )
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
    fn a_price_that_cannot_be_read_says_how_to_write_it() {
        let read = |text: &str| serde_json::from_str::<PriceSettings>(text);
        assert_eq!(
            read(r#"{ "per_second": "0.045" }"#).unwrap(),
            PriceSettings::PerSecond(PerSecond {
                per_second: "0.045".into(),
                seconds: "duration".into()
            })
        );
        let message = |text: &str| read(text).unwrap_err().to_string();
        let number = message(r#"{ "per_second": 0.045 }"#);
        assert!(
            number.starts_with("write the price as text: per_second = \"0.045\""),
            "{number}"
        );
        for text in [
            r#"{ "per_seconds": "0.045" }"#,
            r#"{ "per_call": "1", "per_second": "1" }"#,
            r#"{ "first": "1" }"#,
            "{}",
        ] {
            let message = message(text);
            assert!(message.contains("a price is { per_call"), "{message}");
        }
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

    #[test]
    fn dollars_keep_every_digit_that_counts() {
        assert_eq!(dollars(45_000), "0.045");
        assert_eq!(dollars(1_400_000), "1.40");
        assert_eq!(dollars(12_000_001), "12.000001");
    }
}
