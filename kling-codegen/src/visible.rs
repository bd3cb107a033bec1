//! Text of a document for a terminal or a log: what cannot be seen is written out, and nothing of it is a command.

use std::fmt::Write as _;

/// The text on one line. A character that would move the cursor, change colours or turn the text around it is written as
/// its escape, `\u{1b}`.
pub(crate) fn visible(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for character in text.chars() {
        if is_harmless(character) {
            line.push(character);
        } else {
            line.extend(character.escape_unicode());
        }
    }
    line
}

/// JSON text in which such characters stand as JSON's own escapes. They are inside strings; between them, JSON has line
/// breaks alone.
pub(crate) fn visible_json(text: &str) -> String {
    let mut json = String::with_capacity(text.len());
    for character in text.chars() {
        if character == '\n' || is_harmless(character) {
            json.push(character);
        } else {
            let _ = write!(json, "\\u{:04x}", u32::from(character));
        }
    }
    json
}

/// A line that the runner of a workflow does not take for a command: `::error` at its start, `##[error]` anywhere.
pub(crate) fn no_command(line: &str) -> String {
    let line = line.replace("##[", "#\\#[");
    let words = line.trim_start();
    if words.starts_with("::") {
        let indent = line.len() - words.len();
        return format!("{}\\{words}", &line[..indent]);
    }
    line
}

/// Neither a control character nor one that turns the direction of the text around it.
pub(crate) fn is_harmless(character: char) -> bool {
    !character.is_control()
        && !matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{61c}')
        // Line breaks that are no control characters.
        && !matches!(character, '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_written_out() {
        assert_eq!(
            visible("a\u{1b}[31m\u{9b}b\u{202e}\n"),
            "a\\u{1b}[31m\\u{9b}b\\u{202e}\\u{a}"
        );
        assert_eq!(
            visible_json("{\n\"a\": \"\u{202e}\u{9b}\"\n}"),
            "{\n\"a\": \"\\u202e\\u009b\"\n}"
        );
    }

    #[test]
    fn no_line_is_a_command() {
        assert_eq!(no_command("  ::error ::x"), "  \\::error ::x");
        assert_eq!(no_command("a ##[error]b"), "a #\\#[error]b");
        assert_eq!(no_command("a :: b"), "a :: b");
    }
}
