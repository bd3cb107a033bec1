//! Compares the values of two enums.

use std::fmt::Display;

use crate::diff::finding::Finding;
use crate::diff::matching::{Matched, match_members, reordered};
use crate::diff::recorder::{Recorder, both};
use crate::diff::rules::Rule;
use crate::ir::definition::Variant;
use crate::ir::names::Identifier;

/// Adds what changed between the values of two enums.
pub(super) fn compare<T: PartialEq + Display>(
    recorder: &mut Recorder<'_, '_>,
    old: &[Variant<T>],
    new: &[Variant<T>],
    show: impl Fn(&T) -> String,
) {
    let matches = match_members(
        old,
        new,
        |old, new| old.value == new.value,
        |old, new| old.ident == new.ident,
    );
    for matched in &matches {
        match matched {
            Matched::Added(variant) => added(recorder, &variant.ident, show(&variant.value)),
            Matched::Removed(variant) => removed(recorder, &variant.ident, show(&variant.value)),
            Matched::Both(before, after) if before.value != after.value => {
                replaced(
                    recorder,
                    &after.ident,
                    show(&before.value),
                    show(&after.value),
                );
            }
            Matched::Both(before, after) if before.ident != after.ident => {
                let owner = |all: &[Variant<T>], ident: &Identifier| {
                    let owner = all.iter().find(|variant| variant.ident == *ident)?;
                    Some(show(&owner.value))
                };
                let finding = renamed(
                    (&before.ident, owner(new, &before.ident)),
                    (&after.ident, owner(old, &after.ident)),
                    &show(&after.value),
                );
                let values = both(before.ident.as_str(), after.ident.as_str());
                recorder.finding("", values, finding);
            }
            Matched::Both(..) => {}
        }
    }
    if let Some((old, new)) = reordered(&matches, old) {
        // It shows in the documentation and in `KNOWN`.
        let list = |variants: Vec<&Variant<T>>| {
            let values: Vec<String> = variants.iter().map(|one| show(&one.value)).collect();
            Some(values.join(", "))
        };
        recorder.documentation("", "The order of the values", list(old), list(new));
    }
}

fn added(recorder: &mut Recorder<'_, '_>, ident: &Identifier, value: String) {
    let sent = Rule::InputValueAdded.because(
        format!("fal takes {value} too."),
        format!("The enum has a new variant `{ident}`."),
    );
    let received = Rule::OutputValueAdded.because(
        format!("fal may return {value} too; published crates read it as `Other`."),
        format!("The enum has a new variant `{ident}`."),
    );
    recorder.sided("", (None, Some(value)), sent, received);
}

fn removed(recorder: &mut Recorder<'_, '_>, ident: &Identifier, value: String) {
    let gone = format!("Code that names the variant `{ident}` must change.");
    let sent = Rule::InputValueRemoved.because(format!("fal refuses {value}."), gone.clone());
    let received =
        Rule::OutputValueRemoved.because(format!("fal no longer returns {value}."), gone);
    recorder.sided("", (Some(value), None), sent, received);
}

fn replaced(recorder: &mut Recorder<'_, '_>, ident: &Identifier, before: String, after: String) {
    let stands = format!("The variant `{ident}` stands for {after}; no code has to change.");
    let sent = Rule::InputValueReplaced.because(
        format!(
            "fal refuses {before}, which published crates send for `{ident}`, and takes {after}."
        ),
        stands.clone(),
    );
    let received = Rule::OutputValueReplaced.because(
        format!("fal returns {after} in place of {before}; published crates read it as `Other`."),
        stands,
    );
    recorder.sided("", both(before, after), sent, received);
}

/// A value under another name in Rust. With each name comes the value that has it in the other state.
fn renamed(
    (before, heir): (&Identifier, Option<String>),
    (after, former): (&Identifier, Option<String>),
    value: &str,
) -> Finding {
    let renamed = format!("The variant for {value} is called `{after}`");
    match (heir, former) {
        (Some(heir), _) => Rule::VariantRenamed
            .because("", format!("{renamed}. Code that names `{before}` compiles and means {heir}: check it."))
            .silent(),
        (None, Some(former)) => Rule::VariantRenamed
            .because("", format!("{renamed}, which stood for {former}. Code that names it compiles and means another value: check it."))
            .silent(),
        (None, None) => Rule::VariantRenamed
            .because("", format!("{renamed}: code that names `{before}` must change.")),
    }
}
