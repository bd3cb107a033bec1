//! Compares two types that have names: records, enums, unions.

use crate::diff::endpoints::deprecation;
use crate::diff::facts::Spot;
use crate::diff::matching::{Matched, match_variants, reordered};
use crate::diff::pairs::{Pair, Reference};
use crate::diff::recorder::{Difference, Recorder, both};
use crate::diff::rules::Rule;
use crate::diff::{enums, facts, fields, render, types};
use crate::ir::api::Api;
use crate::ir::definition::{Definition, DefinitionKind, Origin, UnionVariant};

/// Adds what changed in the pair itself; the types inside it are pairs of their own.
pub(super) fn compare(old: &Api, new: &Api, pair: &Pair<'_>, found: &mut Vec<Difference>) {
    let mut recorder = Recorder::new(old, new, pair, found);
    names(&mut recorder, pair);
    let (before, after) = (pair.old.definition, pair.new.definition);
    recorder.documentation(
        "",
        &format!("The description of `{}`", pair.new.name),
        before.description.clone(),
        after.description.clone(),
    );
    let what = format!("`{}`", pair.new.name);
    if let Some(finding) = deprecation(before.deprecated, after.deprecated, &what) {
        recorder.finding("", (None, None), finding);
    }
    match (&before.kind, &after.kind) {
        (DefinitionKind::Record(old), DefinitionKind::Record(new)) => {
            fields::compare(&mut recorder, old, new);
        }
        (DefinitionKind::StringEnum(old), DefinitionKind::StringEnum(new)) => {
            enums::compare(&mut recorder, old, new, |value| render::text(value));
        }
        (DefinitionKind::IntegerEnum(old), DefinitionKind::IntegerEnum(new)) => {
            enums::compare(&mut recorder, old, new, i64::to_string);
        }
        (DefinitionKind::Union(old), DefinitionKind::Union(new)) => {
            variants(&mut recorder, old, new);
        }
        (DefinitionKind::Alias(old), DefinitionKind::Alias(new)) => {
            types::slots(&mut recorder, "", old, new);
        }
        _ => types::changed_root(&mut recorder, pair),
    }
}

/// The name and the home of the type: what a caller writes after `use`.
fn names(recorder: &mut Recorder<'_, '_>, pair: &Pair<'_>) {
    let (old, new) = (pair.old, pair.new);
    if old.name != new.name {
        let rust = format!("Write `{}` in place of `{}`.", new.name, old.name);
        let values = both(old.name.as_str(), new.name.as_str());
        recorder.finding("", values, Rule::TypeRenamed.because("", rust));
    } else if old.definition.origin != new.definition.origin
        && old.owner.is_some() == new.owner.is_some()
    {
        let component = |definition: &Definition| definition.origin.key().map(ToString::to_string);
        let wire = format!("fal's own name for `{}` changed.", new.name);
        recorder.finding(
            "",
            (component(old.definition), component(new.definition)),
            Rule::ComponentRenamed.because(wire, ""),
        );
    }
    if !moves_by_itself(old) && !moves_by_itself(new) {
        return;
    }
    let home = |reference: Reference<'_>| match reference.owner {
        Some(endpoint) => format!("a type of {}", endpoint.id),
        None => "a shared type".to_owned(),
    };
    let values = both(home(old), home(new));
    match (old.owner, new.owner) {
        (None, Some(_)) => {
            let rust = format!(
                "`{}` is a type of the endpoint's own: a value of `types::{}` no longer fits here.",
                new.name, old.name,
            );
            recorder.finding("", values, Rule::RecordLeftShared.because("", rust));
        }
        (Some(_), None) => {
            let rust = format!(
                "`{}` is one type for several endpoints. Its old path stays; only code that implements a trait for several of the former types must change.",
                new.name,
            );
            recorder.finding("", values, Rule::RecordBecameShared.because("", rust));
        }
        _ => {}
    }
}

/// What a record named by fal is made of goes wherever that record goes.
fn moves_by_itself(reference: Reference<'_>) -> bool {
    let Definition { origin, kind, .. } = reference.definition;
    match origin {
        Origin::Place => true,
        Origin::Component(_) => matches!(kind, DefinitionKind::Record(_)),
        Origin::Inside(_) => false,
    }
}

fn variants(recorder: &mut Recorder<'_, '_>, old: &[UnionVariant], new: &[UnionVariant]) {
    let (old_scope, new_scope) = (recorder.old, recorder.new);
    let matches = match_variants(old, new, old_scope, new_scope);
    for matched in &matches {
        match matched {
            Matched::Added(variant) => {
                let path = format!("<{}>", variant.ident);
                let ty = render::ty(&variant.ty, new_scope);
                let rust = format!("The union has a new variant `{}`.", variant.ident);
                let sent = Rule::InputVariantAdded
                    .because(format!("fal takes values of type {ty} too."), rust.clone());
                let received = Rule::OutputVariantAdded.because(
                    format!(
                        "fal may return values of type {ty}; published crates read them as `Other`."
                    ),
                    rust,
                );
                recorder.sided(&path, (None, Some(ty)), sent, received);
            }
            Matched::Removed(variant) => {
                let path = format!("<{}>", variant.ident);
                let ty = render::ty(&variant.ty, old_scope);
                let rust = format!(
                    "Code that names the variant `{}` must change.",
                    variant.ident
                );
                let sent = Rule::InputVariantRemoved
                    .because(format!("fal refuses values of type {ty}."), rust.clone());
                let received = Rule::OutputVariantRemoved
                    .because(format!("fal no longer returns values of type {ty}."), rust);
                recorder.sided(&path, (Some(ty), None), sent, received);
            }
            Matched::Both(old, new) => {
                let path = format!("<{}>", new.ident);
                if old.ident != new.ident {
                    let rust = format!("Write `{}` in place of `{}`.", new.ident, old.ident);
                    let values = both(old.ident.as_str(), new.ident.as_str());
                    recorder.finding(&path, values, Rule::VariantRenamed.because("", rust));
                }
                types::types(recorder, &path, &old.ty, &new.ty);
                facts::compare(
                    recorder,
                    &path,
                    Spot::Inside,
                    (&old.ty, &old.facts),
                    (&new.ty, &new.facts),
                );
            }
        }
    }
    if let Some((old, new)) = reordered(&matches, old) {
        let list = |variants: Vec<&UnionVariant>| {
            let names: Vec<&str> = variants.iter().map(|one| one.ident.as_str()).collect();
            names.join(", ")
        };
        let finding = Rule::UnionReordered.because(
            "The variants are tried in this order: a value that fits several is read as another one.",
            "",
        );
        recorder.finding("", both(list(old), list(new)), finding);
    }
}
