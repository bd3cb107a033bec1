//! Spells types and values for people, in the words of the documents.

use serde_json::Value;

use crate::diff::pairs::Scope;
use crate::ir::definition::{DefinitionKind, Field, Presence};
use crate::ir::names::TypeName;
use crate::ir::price::Price;
use crate::ir::types::{Limit, Slot, Type};
use crate::settings::dollars;

/// A field as a whole: `optional string, default "5"`.
pub(super) fn field(field: &Field, scope: Scope<'_>) -> String {
    let presence = match field.presence {
        Presence::Required | Presence::RequiredNullable => "required",
        Presence::Optional => "optional",
    };
    let null = match field.presence {
        Presence::RequiredNullable => " or null",
        Presence::Required | Presence::Optional => "",
    };
    let default = field
        .default
        .as_ref()
        .map(|default| format!(", default {default}"))
        .unwrap_or_default();
    format!("{presence} {}{null}{default}", ty(&field.ty, scope))
}

/// A type: `array of DynamicMask`, `enum Duration ("5", "10")`.
pub(super) fn ty(ty: &Type, scope: Scope<'_>) -> String {
    match ty {
        Type::Boolean => "boolean".to_owned(),
        Type::Integer(_) => "integer".to_owned(),
        Type::Number(_) => "number".to_owned(),
        Type::String(_) => "string".to_owned(),
        Type::Array(array) => format!("array of {}", slot(&array.item, scope)),
        Type::Tuple(slots) => {
            let slots: Vec<String> = slots.iter().map(|one| slot(one, scope)).collect();
            format!("tuple of ({})", slots.join(", "))
        }
        Type::Map(value) => format!("map of {}", slot(value, scope)),
        Type::Named(name) => named(name, scope),
        Type::Boxed(name) => format!("boxed {}", named(name, scope)),
        Type::Any => "any value".to_owned(),
    }
}

/// A type and whether it may be null.
pub(super) fn slot(slot: &Slot, scope: Scope<'_>) -> String {
    let null = if slot.nullable { " or null" } else { "" };
    format!("{}{null}", ty(&slot.ty, scope))
}

fn named(name: &TypeName, scope: Scope<'_>) -> String {
    let Some(reference) = scope.find(name) else {
        return name.to_string();
    };
    match &reference.definition.kind {
        DefinitionKind::Record(_) => name.to_string(),
        DefinitionKind::StringEnum(variants) => {
            let values = variants.iter().map(|variant| text(&variant.value));
            format!("enum {name} ({})", some(values))
        }
        DefinitionKind::IntegerEnum(variants) => {
            let values = variants.iter().map(|variant| variant.value.to_string());
            format!("enum {name} ({})", some(values))
        }
        DefinitionKind::Union(forms) => {
            let forms = forms.iter().map(|form| form.ident.to_string());
            format!("union {name} ({})", some(forms))
        }
        DefinitionKind::Alias(inner) => slot(inner, scope.inside(reference)),
    }
}

/// The first few of a list that can hold hundreds.
fn some(values: impl ExactSizeIterator<Item = String>) -> String {
    const SHOWN: usize = 6;
    let further = values.len().saturating_sub(SHOWN);
    let mut shown: Vec<String> = values.take(SHOWN).collect();
    if further > 0 {
        shown.push(format!("{further} more"));
    }
    shown.join(", ")
}

/// A text as JSON writes it, so that an empty one and one with a space at its end can be seen.
pub(super) fn text(text: &str) -> String {
    Value::from(text).to_string()
}

/// A bound of a number.
pub(super) fn limit(limit: &Limit) -> String {
    let exclusive = if limit.exclusive {
        " (itself excluded)"
    } else {
        ""
    };
    format!("{}{exclusive}", limit.value)
}

/// A price in US dollars.
pub(super) fn price(price: &Price) -> String {
    match price {
        Price::PerCall { micros } => format!("{} USD per call", dollars(*micros)),
        Price::PerSecond {
            first_seconds: 0,
            further_micros,
            ..
        } => format!("{} USD per second", dollars(*further_micros)),
        Price::PerSecond {
            first_seconds,
            first_micros,
            further_micros,
            ..
        } => format!(
            "{} USD for {first_seconds} s, {} USD for each further second",
            dollars(*first_micros),
            dollars(*further_micros),
        ),
    }
}
