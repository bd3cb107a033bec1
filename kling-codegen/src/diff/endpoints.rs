//! Compares what is known of an endpoint as a whole.

use crate::diff::change::Place;
use crate::diff::finding::Finding;
use crate::diff::recorder::{Difference, rendered};
use crate::diff::render;
use crate::diff::rules::Rule;
use crate::ir::api::{Endpoint, INPUT};
use crate::ir::definition::DefinitionKind;
use crate::ir::names::Identifier;
use crate::ir::price::Price;

/// A new endpoint.
pub(super) fn added(endpoint: &Endpoint) -> Difference {
    let rust = format!(
        "The types are in `{}` and the method is `{}`.",
        module(endpoint),
        endpoint.method,
    );
    let finding = Rule::EndpointAdded.because("fal offers a new endpoint.", rust);
    difference(endpoint, "", (None, Some(endpoint.id.to_string())), finding)
}

/// An endpoint that is gone.
pub(super) fn removed(endpoint: &Endpoint) -> Difference {
    let rust = format!(
        "`{}` and `{}` are gone: keep them as deprecated for one release if fal still serves the endpoint.",
        module(endpoint),
        endpoint.method,
    );
    let finding = Rule::EndpointRemoved.because("The endpoint is gone.", rust);
    difference(endpoint, "", (Some(endpoint.id.to_string()), None), finding)
}

/// Adds what differs in the endpoint as a whole; its types are compared elsewhere.
pub(super) fn compare(old: &Endpoint, new: &Endpoint, found: &mut Vec<Difference>) {
    if old.module != new.module || old.method != new.method {
        let rust = format!(
            "The settings give it other names: write `{}` and `{}`.",
            module(new),
            new.method,
        );
        let values = (Some(names(old)), Some(names(new)));
        found.push(difference(
            new,
            "",
            values,
            Rule::EndpointMoved.because("", rust),
        ));
    }
    if let Some(finding) = deprecation(old.deprecated, new.deprecated, "the endpoint") {
        found.push(difference(new, "/paths", (None, None), finding));
    }
    if !same_price(old, new) {
        let show = |endpoint: &Endpoint| endpoint.price.as_ref().map(render::price);
        let rust = "`INFO` and `estimated_cost` give the new price.";
        let finding = Rule::PriceChanged.because("The published price changed.", rust);
        found.push(difference(new, "", (show(old), show(new)), finding));
    }
    let facts = [
        ("title", "/info", &old.title, &new.title),
        (
            "description",
            "/info/description",
            &old.description,
            &new.description,
        ),
        (
            "category",
            "/info/x-fal-metadata/category",
            &old.category,
            &new.category,
        ),
        (
            "documentation URL",
            "/info/x-fal-metadata/documentationUrl",
            &old.documentation_url,
            &new.documentation_url,
        ),
    ];
    for (what, pointer, old, value) in facts {
        let words = |text: &Option<String>| text.as_deref().map(rendered);
        if words(old) != words(value) {
            let finding =
                Rule::Documentation.because(format!("The endpoint's {what} changed."), "");
            found.push(difference(
                new,
                pointer,
                (old.clone(), value.clone()),
                finding,
            ));
        }
    }
}

/// What a change of the mark means, if there is one.
pub(super) fn deprecation(old: bool, new: bool, what: &str) -> Option<Finding> {
    match (old, new) {
        (false, true) => Some(Rule::Deprecated.because(
            format!("fal marks {what} as deprecated."),
            "The compiler warns where it is used.",
        )),
        (true, false) => Some(
            Rule::NoLongerDeprecated
                .because(format!("fal no longer marks {what} as deprecated."), ""),
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

fn difference(
    endpoint: &Endpoint,
    pointer: &str,
    (old, new): (Option<String>, Option<String>),
    finding: Finding,
) -> Difference {
    Difference {
        rule: finding.rule,
        verdict: finding.verdict,
        wire: finding.wire,
        rust: finding.rust,
        shared: None,
        below: String::new(),
        places: vec![Place {
            endpoint: endpoint.id.clone(),
            side: None,
            path: String::new(),
            pointer: pointer.to_owned(),
            file: None,
            line: None,
        }],
        old,
        new,
    }
}

fn names(endpoint: &Endpoint) -> String {
    format!("{}, {}", module(endpoint), endpoint.method)
}

fn module(endpoint: &Endpoint) -> String {
    let segments: Vec<&str> = endpoint.module.iter().map(Identifier::as_str).collect();
    segments.join("::")
}
