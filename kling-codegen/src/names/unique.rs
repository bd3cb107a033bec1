//! Names that must differ within one space.

use std::collections::{BTreeMap, BTreeSet};

use crate::ir::names::Identifier;

/// Names that differ from each other. The first of several equal names stays as it is; a later one gets a word that says
/// what makes it different, or a number.
pub(crate) struct UniqueNames {
    taken: BTreeSet<String>,
    /// The last count that a name was given.
    counts: BTreeMap<String, usize>,
}

impl UniqueNames {
    pub(crate) fn new<'a>(reserved: impl IntoIterator<Item = &'a str>) -> Self {
        Self {
            taken: reserved.into_iter().map(str::to_owned).collect(),
            counts: BTreeMap::new(),
        }
    }

    /// Takes a name if it is free.
    pub(crate) fn claim(&mut self, name: &str) -> bool {
        self.taken.insert(name.to_owned())
    }

    pub(crate) fn assign(&mut self, wanted: &Identifier, differently: &[&str]) -> Identifier {
        let base = wanted.as_str();
        let plain = base.trim_start_matches("r#");
        let worded = differently
            .iter()
            .filter(|suffix| !suffix.is_empty())
            .map(|suffix| format!("{plain}{suffix}"));
        for candidate in std::iter::once(base.to_owned()).chain(worded) {
            if self.taken.insert(candidate.clone()) {
                return Identifier::unchecked(candidate);
            }
        }
        // A document may give one name thousands of times, so the count continues from the last one.
        let count = self.counts.entry(base.to_owned()).or_insert(1);
        loop {
            *count += 1;
            let candidate = format!("{plain}{}{count}", separator(base));
            if self.taken.insert(candidate.clone()) {
                return Identifier::unchecked(candidate);
            }
        }
    }
}

fn separator(base: &str) -> &'static str {
    let camel = base.starts_with(char::is_uppercase);
    // Two underscores in a row are no snake case.
    if base.ends_with('_') || camel && !base.ends_with(char::is_numeric) {
        ""
    } else {
        "_"
    }
}

/// What makes a property different from another of the same name.
pub(crate) fn field_difference(wire: &str, name: &Identifier) -> &'static str {
    let spaced = name.as_str().ends_with('_');
    let starts_upper = wire.starts_with(char::is_uppercase);
    match (starts_upper, wire.chars().any(char::is_lowercase), spaced) {
        (true, true, true) => "capitalized",
        (true, true, false) => "_capitalized",
        (true, false, true) => "uppercase",
        (true, false, false) => "_uppercase",
        (false, ..) => "",
    }
}

/// What makes a value different from another of the same name.
pub(crate) fn difference(value: &str) -> &'static str {
    if value.ends_with(char::is_whitespace) {
        "TrailingSpace"
    } else if value.starts_with(char::is_whitespace) {
        "LeadingSpace"
    } else if value.chars().any(char::is_uppercase) && !value.chars().any(char::is_lowercase) {
        "Uppercase"
    } else if value.chars().any(char::is_lowercase) && !value.chars().any(char::is_uppercase) {
        "Lowercase"
    } else {
        "Spelled"
    }
}
