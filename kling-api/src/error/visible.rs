//! Words of a server for a terminal or a log: what cannot be seen is written out.

use std::fmt::{self, Write};

/// Writes text in which a character that would move the cursor, break the line, change colours or turn the text around it
/// stands as its escape, `\u{1b}`.
pub(crate) struct Visible<'a, 'b>(pub(crate) &'a mut fmt::Formatter<'b>);

impl Write for Visible<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut rest = text;
        while let Some(at) = rest.find(is_invisible) {
            let (plain, from) = rest.split_at(at);
            self.0.write_str(plain)?;
            let mut letters = from.chars();
            if let Some(letter) = letters.next() {
                write!(self.0, "{}", letter.escape_unicode())?;
            }
            rest = letters.as_str();
        }
        self.0.write_str(rest)
    }
}

/// Whether a character cannot be seen: it moves the cursor, breaks the line or turns the text around it.
pub(crate) fn is_invisible(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{61c}')
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Text(&'static str);

    impl fmt::Display for Text {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(Visible(f), "<{}>", self.0)
        }
    }

    #[test]
    fn what_cannot_be_seen_is_written_out() {
        let shown = |text| Text(text).to_string();
        assert_eq!(shown("plain, ünïcode"), "<plain, ünïcode>");
        assert_eq!(
            shown("a\u{1b}[31m\u{9b}b\u{202e}\n::error"),
            "<a\\u{1b}[31m\\u{9b}b\\u{202e}\\u{a}::error>"
        );
    }
}
