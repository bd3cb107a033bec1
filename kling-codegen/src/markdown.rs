//! Markdown that says what a text says: nothing of a document's words becomes markup, in documentation or in a report.
//!
//! Escaping makes text that reads well; a CommonMark parser with rustdoc's extensions then says whether it is plain.
//! Where it is not, every sign in it is escaped, which leaves a parser no choice.

use std::fmt;

use pulldown_cmark::{Event, LinkType, Options, Parser, Tag, TagEnd};

use crate::visible::is_harmless;

/// fal's words as Markdown that says what they say: no link, tag, fence or heading comes of them.
pub(crate) fn prose(text: &str) -> String {
    let escaped = readable(text);
    match said(&escaped, RUSTDOC) {
        Some(words) if words == collapsed(&harmless(text)) => escaped,
        _ => unmistakable(text),
    }
}

/// A paragraph as it is where it is plain: made of text, line breaks, code spans and links to https. Else its words.
pub(crate) fn plain(paragraph: &str) -> String {
    match said(paragraph, RUSTDOC) {
        Some(_) => paragraph.to_owned(),
        None => unmistakable(paragraph),
    }
}

/// A part of a line of Markdown that is plain, whatever document it is made of. Nothing but this file makes one.
#[derive(Clone, Debug)]
pub(crate) struct Span(String);

impl Span {
    /// A name or a value.
    pub(crate) fn code(text: &str) -> Self {
        // A runner of workflows takes these three signs for a command wherever they stand.
        Self(code(&text.replace("##[", "#\\#[")))
    }

    /// A sentence that quotes names and values between backticks.
    pub(crate) fn sentence(text: &str) -> Self {
        let text = collapsed(&harmless(text));
        let spanned: String = text
            .split('`')
            .enumerate()
            .map(|(index, part)| match index % 2 {
                0 => marked(part),
                _ => Self::code(part).0,
            })
            .collect();
        match said(&spanned, GITHUB) {
            Some(words) if words == text.replace('`', "").replace("##[", "#\\#[") => Self(spanned),
            _ => Self(unmistakable(&text)),
        }
    }
}

impl fmt::Display for Span {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Words for a page of GitHub's, where an @ calls a person and a # names an issue.
fn marked(words: &str) -> String {
    let mut text = String::with_capacity(words.len());
    for character in words.chars() {
        if "\\`*_<>[]~|@#$&!".contains(character) {
            text.push('\\');
        }
        text.push(character);
    }
    text
}

/// What rustdoc has on, but for quotes that it bends: they change no structure.
const RUSTDOC: Options = Options::ENABLE_TABLES
    .union(Options::ENABLE_FOOTNOTES)
    .union(Options::ENABLE_STRIKETHROUGH)
    .union(Options::ENABLE_TASKLISTS);

/// What a page of GitHub's has on.
const GITHUB: Options = RUSTDOC
    .union(Options::ENABLE_GFM)
    .union(Options::ENABLE_MATH);

/// What plain Markdown says, in words with single spaces; nothing for Markdown that is not plain.
fn said(markdown: &str, extensions: Options) -> Option<String> {
    let mut words = String::new();
    for event in Parser::new_ext(markdown, extensions) {
        match event {
            Event::Text(text) | Event::Code(text) => words.push_str(&text),
            Event::SoftBreak | Event::HardBreak | Event::End(TagEnd::Paragraph) => words.push(' '),
            Event::Start(Tag::Link {
                link_type: LinkType::Autolink,
                dest_url,
                ..
            }) if dest_url.starts_with("https://") => {}
            Event::Start(Tag::Paragraph) | Event::End(TagEnd::Link) => {}
            _ => return None,
        }
    }
    Some(collapsed(&words))
}

/// Every sign of ASCII with a backslash before it, on one line: nothing can begin a block or a span.
fn unmistakable(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    for character in collapsed(&harmless(text)).chars() {
        if character.is_ascii_punctuation() {
            result.push('\\');
        }
        result.push(character);
    }
    result
}

fn collapsed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The text without what moves a cursor or turns text around.
fn harmless(text: &str) -> String {
    let plain = |character: char| character.is_whitespace() || is_harmless(character);
    text.chars()
        .map(|character| {
            if plain(character) {
                character
            } else {
                '\u{fffd}'
            }
        })
        .collect()
}

fn readable(text: &str) -> String {
    let mut result = Vec::new();
    for line in text.lines() {
        let line = line.replace(char::is_whitespace, " ");
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
        .map(|(index, word)| linked(word).unwrap_or_else(|| escaped_word(word, index == 0)))
        .collect();
    words.join(" ")
}

/// A word that holds a URL, with angle brackets around that: rustdoc links it then, and does not complain. One that it
/// would not link as it stands is a code span.
fn linked(word: &str) -> Option<String> {
    let Some(start) = word.find("https://") else {
        return word.contains("http://").then(|| code(word));
    };
    let (before, url) = word.split_at(start);
    let end = url
        .trim_end_matches(['.', ',', ';', ':', '!', '?', ')', '\'', '"'])
        .len();
    let (url, after) = url.split_at(end);
    let plain = url
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && !b"\\\"'<>`".contains(&byte));
    Some(if plain {
        format!(
            "{}<{url}>{}",
            escaped_word(before, true),
            escaped_word(after, false)
        )
    } else {
        code(word)
    })
}

fn escaped_word(word: &str, is_first: bool) -> String {
    let mut text = String::with_capacity(word.len());
    let mut before = None;
    let mut rest = word.chars().enumerate().peekable();
    while let Some((position, character)) = rest.next() {
        // Inside a word an underscore is no emphasis.
        let inside = [before, rest.peek().map(|(_, next)| *next)]
            .into_iter()
            .all(|beside| beside.is_some_and(char::is_alphanumeric));
        before = Some(character);
        match character {
            '_' if !inside => text.push_str("\\_"),
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
    let loses_spaces = text.starts_with(' ') && text.ends_with(' ');
    let space = if text.starts_with('`') || text.ends_with('`') || text.is_empty() || loses_spaces {
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
    fn a_line_that_would_be_more_than_text_is_escaped_whole() {
        assert_eq!(prose("1.     code"), "1\\. code");
        assert_eq!(prose("a\n\n7)     code"), "a 7\\) code");
        assert_eq!(prose("0.  #"), "0\\. \\#");
        assert_eq!(plain("words\n===="), "words \\=\\=\\=\\=");
    }

    #[test]
    fn urls_are_linked() {
        assert_eq!(
            prose("see https://fal.ai/a?b=1&c=2."),
            "see <https://fal.ai/a?b=1&c=2>."
        );
        assert_eq!(prose("(https://x.y)"), "(<https://x.y>)");
        assert_eq!(prose("(http://x.y)"), "`(http://x.y)`");
    }

    #[test]
    fn code_spans_hold_anything() {
        assert_eq!(code("a`b"), "``a`b``");
        assert_eq!(code("`"), "`` ` ``");
        assert_eq!(code("a\nb"), "`a b`");
    }
}
