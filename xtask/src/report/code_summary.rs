//! What a change of generated code means in types and fields.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fmt::Write;
use std::path::Path;

use similar::{ChangeTag, TextDiff};

use crate::repository::file_changes::FileChange;

/// Names the lines, types, fields and values that came, went or changed in a generated file.
pub(crate) fn summarize(file: &FileChange<'_>) -> String {
    let (old, new) = texts(file);
    let difference = TextDiff::from_lines(old.as_str(), new.as_str());
    let count = |tag| {
        difference
            .iter_all_changes()
            .filter(|change| change.tag() == tag)
            .count()
    };
    let mut summary = format!(
        "  {} {} (+{} -{})",
        file.verb(),
        file.path,
        count(ChangeTag::Insert),
        count(ChangeTag::Delete)
    );
    if Path::new(file.path).extension() != Some(OsStr::new("rs")) {
        return summary;
    }
    let (before, after) = (items(&old), items(&new));
    if file.old.is_none() {
        let types: Vec<&str> = after
            .keys()
            .map(String::as_str)
            .filter(|name| !name.contains("::"))
            .collect();
        return if types.is_empty() {
            summary
        } else {
            format!("{summary}: {}", types.join(", "))
        };
    }
    for (name, form) in &after {
        match before.get(name) {
            None => push(&mut summary, '+', name, form),
            Some(other) if other != form => {
                push(&mut summary, '~', name, &format!("{other} -> {form}"));
            }
            Some(_) => {}
        }
    }
    for (name, form) in before.iter().filter(|(name, _)| !after.contains_key(*name)) {
        push(&mut summary, '-', name, form);
    }
    summary
}

/// The change as a patch.
pub(crate) fn patch(file: &FileChange<'_>) -> String {
    let (old, new) = texts(file);
    TextDiff::from_lines(old.as_str(), new.as_str())
        .unified_diff()
        .header(&format!("a/{}", file.path), &format!("b/{}", file.path))
        .to_string()
}

fn texts(file: &FileChange<'_>) -> (String, String) {
    let text =
        |bytes: Option<&[u8]>| String::from_utf8_lossy(bytes.unwrap_or_default()).into_owned();
    (text(file.old), text(file.new))
}

fn push(summary: &mut String, sign: char, name: &str, form: &str) {
    let separator = if form.is_empty() { "" } else { ": " };
    let _ = write!(summary, "\n    {sign} {name}{separator}{form}");
}

/// The types of a formatted file with their fields and values, and the methods on the client.
///
/// Generated code has one form, so its lines can be told apart without a parser.
fn items(text: &str) -> BTreeMap<String, String> {
    let mut items = BTreeMap::new();
    let mut inside = None;
    for line in text.lines() {
        if line == "}" {
            inside = None;
        } else if let Some((keyword, rest)) = line
            .strip_prefix("pub ")
            .and_then(|rest| rest.split_once(' '))
        {
            let end = rest
                .find(|character: char| !is_name(character))
                .unwrap_or(rest.len());
            let name = &rest[..end];
            if let "struct" | "enum" | "type" = keyword {
                items.insert(name.to_owned(), keyword.to_owned());
                inside = line
                    .ends_with('{')
                    .then(|| (keyword.to_owned(), name.to_owned()));
            }
        } else if let Some((keyword, name)) = &inside
            && let Some((member, form)) = member(keyword, line)
        {
            items.insert(format!("{name}::{member}"), form.to_owned());
        }
    }
    items
}

/// A field or a value, and its form, in the body of a type.
fn member<'a>(keyword: &str, line: &'a str) -> Option<(&'a str, &'a str)> {
    let line = line.strip_prefix("    ")?.trim_end_matches(',');
    if keyword == "struct" {
        return line.strip_prefix("pub ")?.split_once(": ");
    }
    let end = line
        .find(|character: char| !is_name(character))
        .unwrap_or(line.len());
    (end > 0).then(|| line.split_at(end))
}

fn is_name(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "/// Words.\npub struct Input {\n    /// More.\n    #[serde(skip)]\n    pub prompt: String,\n    pub old: Option<i64>,\n}\nimpl Input {\n    pub fn new() -> Self {\n        Self\n    }\n}\npub enum Duration {\n    /// `\"5\"`\n    Five,\n    Other(String),\n}\n";

    #[test]
    fn names_what_came_and_went() {
        let new = OLD
            .replace(
                "    pub old: Option<i64>,\n",
                "    pub seed: Option<i64>,\n",
            )
            .replace("prompt: String", "prompt: Prompt")
            .replace("    Five,\n", "    Five,\n    Ten,\n");
        let file = FileChange {
            path: "generated/input.rs",
            old: Some(OLD.as_bytes()),
            new: Some(new.as_bytes()),
        };
        assert_eq!(
            summarize(&file),
            "  changed generated/input.rs (+3 -2)\n    + Duration::Ten\n    ~ Input::prompt: String -> Prompt\n    + Input::seed: Option<i64>\n    - Input::old: Option<i64>"
        );
    }

    #[test]
    fn a_new_file_lists_its_types() {
        let file = FileChange {
            path: "x.rs",
            old: None,
            new: Some(b"pub type Output = String;\n"),
        };
        assert_eq!(summarize(&file), "  new x.rs (+1 -0): Output");
    }

    #[test]
    fn a_patch_names_both_sides() {
        let file = FileChange {
            path: "x.rs",
            old: Some(b"a\n"),
            new: Some(b"b\n"),
        };
        assert_eq!(
            patch(&file),
            "--- a/x.rs\n+++ b/x.rs\n@@ -1 +1 @@\n-a\n+b\n"
        );
    }
}
