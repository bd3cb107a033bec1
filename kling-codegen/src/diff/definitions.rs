//! Compares two types that have names: records, enums, unions.

use crate::diff::change::Change;
use crate::diff::endpoints::deprecation;
use crate::diff::facts::Spot;
use crate::diff::matching::{Matched, match_variants, reordered};
use crate::diff::pairs::{Pair, Reference};
use crate::diff::recorder::{Recorder, both};
use crate::diff::rules::Rule;
use crate::diff::{enums, facts, fields, render, types};
use crate::ir::api::Api;
use crate::ir::definition::{Definition, DefinitionKind, Origin, UnionVariant};

/// Adds what changed in the pair itself; the types inside it are pairs of their own.
pub(super) fn compare(old: &Api, new: &Api, pair: &Pair<'_>, changes: &mut Vec<Change>) {
    let mut recorder = Recorder::new(old, new, pair, changes);
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
        recorder.plain("", (None, None), finding.rule, finding.sentence);
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
            forms(&mut recorder, old, new);
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
        let sentence = format!(
            "The type `{}` is now called `{}`: callers that name it must change.",
            old.name, new.name,
        );
        let values = both(old.name.as_str(), new.name.as_str());
        recorder.plain("", values, Rule::TypeRenamed, sentence);
    } else if old.definition.origin != new.definition.origin
        && old.owner.is_some() == new.owner.is_some()
    {
        let component = |definition: &Definition| definition.origin.key().map(ToString::to_string);
        recorder.plain(
            "",
            (component(old.definition), component(new.definition)),
            Rule::ComponentRenamed,
            format!(
                "fal's own name for `{}` changed; the type keeps its name.",
                new.name
            ),
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
            let sentence = format!(
                "`{}` is no longer a shared type: a value of `types::{}` does not fit here any more.",
                new.name, old.name,
            );
            recorder.plain("", values, Rule::RecordLeftShared, sentence);
        }
        (Some(_), None) => {
            let sentence = format!(
                "`{}` is now one type for all endpoints; its old path stays as a re-export, and only code that \
                 implements a trait for several of the former types breaks.",
                new.name,
            );
            recorder.plain("", values, Rule::RecordBecameShared, sentence);
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

fn forms(recorder: &mut Recorder<'_, '_>, old: &[UnionVariant], new: &[UnionVariant]) {
    let (old_scope, new_scope) = (recorder.old, recorder.new);
    let matches = match_variants(old, new, old_scope, new_scope);
    for matched in &matches {
        match matched {
            Matched::Added(form) => {
                let path = format!("<{}>", form.ident);
                let values = render::ty(&form.ty, new_scope);
                let received = Rule::OutputVariantAdded.because(format!(
                    "fal may now answer values of type {values} here; published crates read it as `Other`, the new one as `{}`.",
                    form.ident
                ));
                let sent = Rule::InputVariantAdded.because(format!(
                    "Values of type {values} may stand here too, as `{}`.",
                    form.ident
                ));
                recorder.sided(
                    &path,
                    (None, Some(values.clone())),
                    Some(sent),
                    Some(received),
                );
            }
            Matched::Removed(form) => {
                let path = format!("<{}>", form.ident);
                let values = render::ty(&form.ty, old_scope);
                let sentence = |verb: &str| {
                    format!(
                        "fal no longer {verb} values of type {values} here; `{}` is gone.",
                        form.ident
                    )
                };
                recorder.sided(
                    &path,
                    (Some(values.clone()), None),
                    Some(Rule::InputVariantRemoved.because(sentence("takes"))),
                    Some(Rule::OutputVariantRemoved.because(sentence("answers"))),
                );
            }
            Matched::Both(old, new) => {
                let path = format!("<{}>", new.ident);
                if old.ident != new.ident {
                    let sentence =
                        format!("The form `{}` is now called `{}`.", old.ident, new.ident);
                    let values = both(old.ident.as_str(), new.ident.as_str());
                    recorder.plain(&path, values, Rule::VariantRenamed, sentence);
                }
                types::types(recorder, &path, &old.ty, &new.ty);
                facts::compare(recorder, &path, Spot::Inside, &old.facts, &new.facts);
            }
        }
    }
    if let Some((old, new)) = reordered(&matches, old) {
        let list = |forms: Vec<&UnionVariant>| {
            let names: Vec<&str> = forms.iter().map(|form| form.ident.as_str()).collect();
            names.join(", ")
        };
        let sentence = "The forms are tried in this order, so a value that fits several is read as another one.";
        recorder.plain(
            "",
            both(list(old), list(new)),
            Rule::UnionReordered,
            sentence,
        );
    }
}
