//! From fal's unit prices to the prices of the manifest.

use kling_codegen::Document;
use kling_codegen::ir::{Api, DefinitionKind, INPUT};
use kling_codegen::settings::{EndpointSettings, PerCall, PerSecond, PriceSettings};

use crate::schemas::Schemas;
use crate::schemas::catalogue::UnitPrice;

/// What an endpoint's unit price means for a call, and why it means nothing where it does.
pub(crate) fn of_endpoint(
    schemas: &Schemas,
    id: &str,
    unit: &UnitPrice,
) -> (Option<PriceSettings>, Option<String>) {
    let price = match of_unit(unit) {
        Ok(price) => price,
        Err(reason) => return (None, Some(reason)),
    };
    let mut settings = schemas.manifest.settings_of(id);
    settings.endpoints = vec![EndpointSettings {
        id: id.to_owned(),
        price: Some(price.clone()),
        ..EndpointSettings::default()
    }];
    let document = Document {
        id: id.to_owned(),
        text: schemas.documents.get(id).cloned().unwrap_or_default(),
    };
    match kling_codegen::read(&[document], &settings) {
        Ok(api) if matches!(price, PriceSettings::PerCall(_)) && makes_several(&api) => {
            let reason = format!("fal counts each {}, and a call may make several", unit.unit);
            (None, Some(reason))
        }
        Ok(_) => (Some(price), None),
        // The generator knows which fields a price needs.
        Err(error) => (None, Some(error.to_string())),
    }
}

/// Whether an input says how many outputs it asks for, as `num_images` does.
fn makes_several(api: &Api) -> bool {
    let types = api.endpoints.iter().flat_map(|endpoint| &endpoint.types);
    types
        .filter(|(name, _)| name.as_str() == INPUT)
        .any(|(_, definition)| match &definition.kind {
            DefinitionKind::Record(input) => {
                input.fields.iter().any(|it| it.wire.starts_with("num_"))
            }
            _ => false,
        })
}

fn of_unit(unit: &UnitPrice) -> Result<PriceSettings, String> {
    let amount = unit.amount.to_string();
    if unit.currency != "USD" {
        return Err(format!("it is in {}", unit.currency.escape_debug()));
    }
    match unit.unit.trim().to_ascii_lowercase().as_str() {
        "second" | "seconds" => Ok(PriceSettings::PerSecond(PerSecond {
            per_second: amount,
            seconds: "duration".to_owned(),
        })),
        "video" | "videos" | "image" | "images" | "audio" | "audios" | "generation" | "request" => {
            Ok(PriceSettings::PerCall(PerCall { per_call: amount }))
        }
        other => Err(format!(
            "fal counts in \"{}\", which does not say what a call costs",
            other.escape_debug()
        )),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn price(amount: &str, unit: &str, currency: &str) -> Result<PriceSettings, String> {
        let amount: serde_json::Number = serde_json::from_str(amount).unwrap();
        let price =
            json!({"endpoint_id": "a", "unit_price": amount, "unit": unit, "currency": currency});
        of_unit(&serde_json::from_value(price).unwrap())
    }

    #[test]
    fn seconds_and_outputs_are_prices_of_a_call() {
        assert_eq!(
            price("0.045", "Seconds", "USD"),
            Ok(PriceSettings::PerSecond(PerSecond {
                per_second: "0.045".into(),
                seconds: "duration".into()
            }))
        );
        assert_eq!(
            price("0.28", "video", "USD"),
            Ok(PriceSettings::PerCall(PerCall {
                per_call: "0.28".into()
            }))
        );
    }

    #[test]
    fn units_that_count_something_else_are_none() {
        assert!(
            price("1", "credits", "USD")
                .unwrap_err()
                .contains("credits")
        );
        assert!(price("1", "second", "EUR").unwrap_err().contains("EUR"));
    }
}
