//! Prices: from the decimal text of the settings, and the field of the input that they depend on.

use indexmap::IndexMap;
use serde_json::Value;

use crate::error::Error;
use crate::ir::api::INPUT;
use crate::ir::definition::{Definition, DefinitionKind, Field, Presence};
use crate::ir::names::{EndpointId, TypeName};
use crate::ir::price::{Price, SecondsField, SecondsKind};
use crate::ir::types::Type;
use crate::settings::{FirstSeconds, PerCall, PerSecond, PriceSettings, micros};

const REMEDY: &str = "Correct the entry `price` in the manifest";

/// The price of an endpoint.
pub(super) fn price(
    id: &EndpointId,
    settings: &PriceSettings,
    types: &IndexMap<TypeName, Definition>,
) -> Result<Price, Error> {
    let fields: &[Field] = match types
        .get(&TypeName::unchecked(INPUT))
        .map(|input| &input.kind)
    {
        Some(DefinitionKind::Record(input)) => &input.fields,
        // A union of inputs has no field of its own that a price could depend on.
        Some(
            DefinitionKind::StringEnum(_)
            | DefinitionKind::IntegerEnum(_)
            | DefinitionKind::Union(_)
            | DefinitionKind::Alias(_),
        )
        | None => &[],
    };
    let fail = |problem: String| Error::new(id.as_str(), "", problem, REMEDY);
    let sum = |dollars: &str| {
        micros(dollars).ok_or_else(|| {
            fail(format!(
                "the price {dollars:?} is no sum in dollars with at most six decimals"
            ))
        })
    };
    let seconds = |name: &str| {
        let field = fields.iter().find(|field| field.wire == name);
        let field = field.ok_or_else(|| {
            fail(format!(
                "the price depends on `{name}`, which the input does not have"
            ))
        })?;
        seconds_field(field, types).ok_or_else(|| {
            fail(format!(
                "the price depends on `{name}`, which holds no number of seconds"
            ))
        })
    };
    match settings {
        PriceSettings::PerCall(PerCall { per_call }) => Ok(Price::PerCall {
            micros: sum(per_call)?,
        }),
        PriceSettings::PerSecond(PerSecond {
            per_second,
            seconds: name,
        }) => Ok(Price::PerSecond {
            first_seconds: 0,
            first_micros: 0,
            further_micros: sum(per_second)?,
            seconds: seconds(name)?,
        }),
        PriceSettings::FirstSeconds(FirstSeconds {
            first_seconds,
            first,
            further_second,
            seconds: name,
        }) => Ok(Price::PerSecond {
            first_seconds: *first_seconds,
            first_micros: sum(first)?,
            further_micros: sum(further_second)?,
            seconds: seconds(name)?,
        }),
    }
}

fn seconds_field(field: &Field, types: &IndexMap<TypeName, Definition>) -> Option<SecondsField> {
    let kind = match &field.ty {
        Type::String(_) => SecondsKind::String,
        Type::Integer(_) => SecondsKind::Integer,
        Type::Number(_) => SecondsKind::Number,
        Type::Named(name) => match types.get(name)?.kind {
            DefinitionKind::StringEnum(_) => SecondsKind::StringEnum,
            DefinitionKind::IntegerEnum(_) => SecondsKind::IntegerEnum,
            DefinitionKind::Record(_) | DefinitionKind::Union(_) | DefinitionKind::Alias(_) => {
                return None;
            }
        },
        Type::Boolean
        | Type::Array(_)
        | Type::Tuple(_)
        | Type::Map(_)
        | Type::Boxed(_)
        | Type::Any => return None,
    };
    let default = match &field.default {
        Some(Value::String(text)) => text.parse().ok(),
        Some(Value::Number(number)) => number
            .as_u64()
            .and_then(|number| u32::try_from(number).ok()),
        Some(_) | None => None,
    };
    Some(SecondsField {
        ident: field.ident.clone(),
        kind,
        optional: field.presence == Presence::Optional,
        default,
    })
}
