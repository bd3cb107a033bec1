//! Markdown that says what a text says: nothing of a document's words becomes markup.

/// fal's words as Markdown that says what they say: no link, tag, fence or heading comes of them.
pub(crate) fn prose(text: &str) -> String {
    let mut result = Vec::new();
    for line in text.lines() {
        let line = line.trim();
        if line.is_empty() && result.last().is_none_or(String::is_empty) {
            continue;
        }
        result.push(escaped_line(line));
    }
    while result.last().is_some_and(String::is_empty) {
        result.pop();
    }
    result.join("\n")
}

fn escaped_line(line: &str) -> String {
    let words: Vec<String> = line
        .split(' ')
        .enumerate()
        .map(|(index, word)| escaped_word(word, index == 0))
        .collect();
    linked(&words.join(" "))
}

fn escaped_word(word: &str, is_first: bool) -> String {
    let mut text = String::with_capacity(word.len());
    // A URL is linked as it is.
    let is_url = word.contains("https://") || word.contains("http://");
    let mut before = None;
    let mut rest = word.chars().enumerate().peekable();
    while let Some((position, character)) = rest.next() {
        // Inside a word an underscore is no emphasis.
        let inside = [before, rest.peek().map(|(_, next)| *next)]
            .into_iter()
            .all(|beside| beside.is_some_and(char::is_alphanumeric));
        before = Some(character);
        match character {
            '_' if !inside && !is_url => text.push_str("\\_"),
            // Each could open a link, a tag, a code span, a table or an emphasis that never closes.
            '\\' | '`' | '[' | ']' | '<' | '>' | '*' | '|' | '~' | '$' => {
                text.push('\\');
                text.push(character);
            }
            '#' | '=' | '-' | '+' if position == 0 && is_first => {
                text.push('\\');
                text.push(character);
            }
            '&' => text.push_str("&amp;"),
            _ if is_harmless(character) => text.push(character),
            _ => text.push('\u{fffd}'),
        }
    }
    text
}

/// Neither a control character nor one that turns the direction of the text around it.
fn is_harmless(character: char) -> bool {
    !character.is_control()
        && !matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{61c}')
}

/// Puts angle brackets around URLs, so that rustdoc links them and does not complain.
fn linked(text: &str) -> String {
    let words: Vec<String> = text
        .split(' ')
        .map(|word| {
            let start = word.find("https://").or_else(|| word.find("http://"));
            let Some(start) = start else {
                return word.to_owned();
            };
            let (before, url) = word.split_at(start);
            let end = url
                .trim_end_matches(['.', ',', ';', ':', '!', '?', ')', '\'', '"'])
                .len();
            let (url, after) = url.split_at(end);
            let plain = url
                .bytes()
                .all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'\\' | b'"' | b'\''));
            if plain {
                format!("{before}<{}>{after}", url.replace("&amp;", "&"))
            } else {
                code(word)
            }
        })
        .collect();
    words.join(" ")
}

/// A code span around a text, whatever is in it.
pub(crate) fn code(text: &str) -> String {
    let text: String = text
        .chars()
        .map(|character| match character {
            '\n' | '\r' | '\t' => ' ',
            other if is_harmless(other) => other,
            _ => '\u{fffd}',
        })
        .collect();
    let longest = text
        .split(|character| character != '`')
        .map(str::len)
        .max()
        .unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    let space = if text.starts_with('`') || text.ends_with('`') || text.is_empty() {
        " "
    } else {
        ""
    };
    format!("{fence}{space}{text}{space}{fence}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_fal_become_no_markup() {
        let text = "# Title\n```rust\nfn main() {}\n```\n    indented\n[a](b) <script> #![x] *y*";
        assert_eq!(
            prose(text),
            "\\# Title\n\\`\\`\\`rust\nfn main() {}\n\\`\\`\\`\nindented\n\\[a\\](b) \\<script\\> #!\\[x\\] \\*y\\*"
        );
        assert_eq!(
            prose("__init__ of image_url _"),
            "\\_\\_init\\_\\_ of image_url \\_"
        );
        assert_eq!(prose("https://x.y/_a_"), "<https://x.y/_a_>");
        assert_eq!(prose("a\u{202e}b\u{0}c"), "a\u{fffd}b\u{fffd}c");
    }

    #[test]
    fn urls_are_linked() {
        assert_eq!(
            prose("see https://fal.ai/a?b=1&c=2."),
            "see <https://fal.ai/a?b=1&c=2>."
        );
        assert_eq!(prose("(http://x.y)"), "(<http://x.y>)");
    }

    #[test]
    fn code_spans_hold_anything() {
        assert_eq!(code("a`b"), "``a`b``");
        assert_eq!(code("`"), "`` ` ``");
        assert_eq!(code("a\nb"), "`a b`");
    }
}
