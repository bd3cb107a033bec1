//! Compares what is known of an endpoint as a whole.

use crate::diff::change::{Change, Place};
use crate::diff::render;
use crate::diff::rules::{Finding, Rule};
use crate::ir::api::{Endpoint, INPUT};
use crate::ir::definition::DefinitionKind;
use crate::ir::names::Identifier;
use crate::ir::price::Price;

/// The change that a new endpoint is.
pub(super) fn added(endpoint: &Endpoint) -> Change {
    let sentence = format!(
        "New endpoint; its types are in `{}` and its method is `{}`.",
        module(endpoint),
        endpoint.method,
    );
    let id = endpoint.id.to_string();
    change(
        endpoint,
        (None, Some(id)),
        Rule::EndpointAdded.because(sentence),
    )
}

/// The change that an endpoint's absence is.
pub(super) fn removed(endpoint: &Endpoint) -> Change {
    let sentence = format!(
        "The endpoint is gone, and with it `{}` and `{}`; keep it as deprecated for one release if fal still serves it.",
        module(endpoint),
        endpoint.method,
    );
    let id = endpoint.id.to_string();
    change(
        endpoint,
        (Some(id), None),
        Rule::EndpointRemoved.because(sentence),
    )
}

/// Adds what changed in the endpoint's facts; its types are compared elsewhere.
pub(super) fn compare(old: &Endpoint, new: &Endpoint, changes: &mut Vec<Change>) {
    if old.module != new.module || old.method != new.method {
        let sentence = format!(
            "The names follow the settings: callers must now write `{}` and `{}`.",
            module(new),
            new.method,
        );
        let values = (Some(names(old)), Some(names(new)));
        changes.push(change(new, values, Rule::EndpointMoved.because(sentence)));
    }
    if let Some(finding) = deprecation(old.deprecated, new.deprecated, "the endpoint") {
        changes.push(change(new, (None, None), finding));
    }
    if !same_price(old, new) {
        let sentence =
            "The published price changed: `INFO` and `estimated_cost` return another amount.";
        let show = |endpoint: &Endpoint| endpoint.price.as_ref().map(render::price);
        changes.push(change(
            new,
            (show(old), show(new)),
            Rule::PriceChanged.because(sentence),
        ));
    }
    let facts = [
        ("title", &old.title, &new.title),
        ("description", &old.description, &new.description),
        ("category", &old.category, &new.category),
        (
            "documentation URL",
            &old.documentation_url,
            &new.documentation_url,
        ),
    ];
    for (what, old, value) in facts {
        if old != value {
            let sentence = format!("The endpoint's {what} changed; only facts for people differ.");
            let values = (old.clone(), value.clone());
            changes.push(change(new, values, Rule::Documentation.because(sentence)));
        }
    }
}

/// What a change of the mark means, if there is one.
pub(super) fn deprecation(old: bool, new: bool, what: &str) -> Option<Finding> {
    match (old, new) {
        (false, true) => Some(Rule::Deprecated.because(format!(
            "fal marks {what} as deprecated; callers get a warning from the compiler."
        ))),
        (true, false) => Some(
            Rule::NoLongerDeprecated.because(format!("fal no longer marks {what} as deprecated.")),
        ),
        _ => None,
    }
}

/// Whether the price is the same. How the input holds the seconds follows from the input, whose changes are listed there;
/// it counts only where the price moved to another field although the old one lives on.
fn same_price(old: &Endpoint, new: &Endpoint) -> bool {
    match (&old.price, &new.price) {
        (
            Some(Price::PerSecond {
                first_seconds: old_seconds,
                first_micros: old_first,
                further_micros: old_further,
                seconds: old_field,
            }),
            Some(Price::PerSecond {
                first_seconds,
                first_micros,
                further_micros,
                seconds,
            }),
        ) => {
            let same_money = (old_seconds, old_first, old_further)
                == (first_seconds, first_micros, further_micros);
            let moved = old_field.ident != seconds.ident
                && has_field(new, old_field.ident.as_str())
                && has_field(old, seconds.ident.as_str());
            same_money && !moved
        }
        (old, new) => old == new,
    }
}

fn has_field(endpoint: &Endpoint, ident: &str) -> bool {
    let input = endpoint.definition(INPUT);
    let Some(DefinitionKind::Record(record)) = input.map(|input| &input.kind) else {
        return false;
    };
    record
        .fields
        .iter()
        .any(|field| field.ident.as_str() == ident)
}

fn change(
    endpoint: &Endpoint,
    (old, new): (Option<String>, Option<String>),
    finding: Finding,
) -> Change {
    Change {
        rule: finding.rule,
        shared: None,
        path: String::new(),
        places: vec![Place {
            endpoint: endpoint.id.clone(),
            side: None,
            path: String::new(),
        }],
        old,
        new,
        verdict: finding.verdict,
        sentence: finding.sentence,
    }
}

fn names(endpoint: &Endpoint) -> String {
    format!("{}, {}", module(endpoint), endpoint.method)
}

fn module(endpoint: &Endpoint) -> String {
    let segments: Vec<&str> = endpoint.module.iter().map(Identifier::as_str).collect();
    segments.join("::")
}
