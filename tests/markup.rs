//! Reads the documentation of generated code and the texts of a report back, and says where they are more than plain text.

use kling_codegen::diff::Report;
use kling_codegen::report::TextStyle;
use pulldown_cmark::{CodeBlockKind, Event, LinkType, Options, Parser, Tag, TagEnd};
use quote::ToTokens;
use syn::visit::Visit;

/// What stands in the documentation of generated code and is neither a paragraph nor words in one; with `examples`, the
/// example of a method may stand there too.
///
/// # Panics
///
/// When the code does not parse.
#[must_use]
pub fn markup(code: &str, examples: bool) -> Vec<String> {
    let file = syn::parse_file(code).unwrap_or_else(|error| panic!("{error}:\n{code}"));
    let mut found = Blocks::default();
    found.block(&file.attrs);
    found.visit_file(&file);
    found
        .0
        .iter()
        .flat_map(|block| markup_of(block, examples))
        .collect()
}

/// Every change is there for a reader of the page, and nothing on it is markup but what the report itself writes.
///
/// # Panics
///
/// Where a change is hidden, or a text is more than words.
pub fn check_report(report: &Report) {
    let markdown = report.to_markdown();
    let extensions = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_GFM;
    let mut codes = Vec::new();
    for event in Parser::new_ext(&markdown, extensions) {
        match event {
            Event::Code(code) => codes.push(code.to_string()),
            Event::InlineHtml(html) | Event::Html(html) => {
                let ours = ["<br>", "<details>", "</details>", "<summary>", "</summary>"];
                let rest = ours
                    .iter()
                    .fold(html.to_string(), |rest, tag| rest.replace(tag, ""));
                assert!(!rest.contains('<'), "{html} in:\n{markdown}");
            }
            Event::Start(
                Tag::BlockQuote(_)
                | Tag::CodeBlock(_)
                | Tag::Table(_)
                | Tag::Strikethrough
                | Tag::Image { .. }
                | Tag::FootnoteDefinition(_),
            )
            | Event::Rule
            | Event::FootnoteReference(_) => panic!("{event:?} in:\n{markdown}"),
            _ => {}
        }
    }
    for change in report
        .changes
        .iter()
        .filter(|change| !change.path.is_empty())
    {
        assert!(
            codes.contains(&shown(&change.path)),
            "{:?} is not in:\n{markdown}",
            change.path
        );
    }
    let style = TextStyle {
        width: 30,
        all: true,
        ..TextStyle::default()
    };
    let changelog = report.changelog_lines().join("\n");
    for text in [report.to_text(&style), markdown, changelog] {
        for line in text.lines() {
            assert!(
                !line.trim_start().starts_with("::") && !line.contains("##["),
                "{line}"
            );
            assert!(!line.contains(is_hidden), "{}", line.escape_unicode());
        }
    }
    for line in report.to_github().lines() {
        assert!(
            line.starts_with("::notice") || line.starts_with("::warning "),
            "{line}"
        );
    }
    assert!(
        !report
            .to_json()
            .contains(|letter: char| letter != '\n' && letter.is_control())
    );
}

/// The path of a change as a code span shows it.
fn shown(path: &str) -> String {
    path.chars()
        .map(|letter| match letter {
            '\n' | '\r' | '\t' => ' ',
            letter if is_hidden(letter) => '\u{fffd}',
            letter => letter,
        })
        .collect::<String>()
        .replace("##[", "#\\#[")
}

/// A control character, a mark that turns the direction of the text around it, or a line break that is neither.
fn is_hidden(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The documentation of each item, field and variant.
#[derive(Default)]
struct Blocks(Vec<String>);

impl Blocks {
    fn block(&mut self, attributes: &[syn::Attribute]) {
        let lines: Vec<String> = attributes
            .iter()
            .filter(|attribute| attribute.path().is_ident("doc"))
            .filter_map(|attribute| match &attribute.meta {
                syn::Meta::NameValue(meta) => match &meta.value {
                    syn::Expr::Lit(literal) => match &literal.lit {
                        syn::Lit::Str(text) => Some(text.value()),
                        _ => None,
                    },
                    _ => None,
                },
                _ => None,
            })
            .collect();
        // rustdoc takes away the space that all lines begin with, and joins the attributes of an item.
        let indent = lines
            .iter()
            .filter(|line| !line.trim().is_empty())
            .map(|line| line.len() - line.trim_start_matches(' ').len())
            .min()
            .unwrap_or_default();
        let lines: Vec<&str> = lines
            .iter()
            .map(|line| line.get(indent..).unwrap_or_default())
            .collect();
        if !lines.is_empty() {
            self.0.push(lines.join("\n"));
        }
    }
}

impl<'a> Visit<'a> for Blocks {
    fn visit_item(&mut self, item: &'a syn::Item) {
        match item {
            syn::Item::Struct(item) => self.block(&item.attrs),
            syn::Item::Enum(item) => self.block(&item.attrs),
            syn::Item::Mod(item) => self.block(&item.attrs),
            syn::Item::Trait(item) => self.block(&item.attrs),
            syn::Item::Type(item) => self.block(&item.attrs),
            syn::Item::Const(item) => self.block(&item.attrs),
            syn::Item::Static(item) => self.block(&item.attrs),
            syn::Item::Fn(item) => self.block(&item.attrs),
            syn::Item::Impl(item) => self.block(&item.attrs),
            syn::Item::Use(item) => self.block(&item.attrs),
            syn::Item::Macro(item) => self.block(&item.attrs),
            other => assert!(
                !other.to_token_stream().to_string().contains("doc ="),
                "documentation in a place that this test does not read"
            ),
        }
        syn::visit::visit_item(self, item);
    }

    fn visit_field(&mut self, field: &'a syn::Field) {
        self.block(&field.attrs);
        syn::visit::visit_field(self, field);
    }

    fn visit_variant(&mut self, variant: &'a syn::Variant) {
        self.block(&variant.attrs);
        syn::visit::visit_variant(self, variant);
    }

    fn visit_impl_item_fn(&mut self, function: &'a syn::ImplItemFn) {
        self.block(&function.attrs);
        syn::visit::visit_impl_item_fn(self, function);
    }

    fn visit_trait_item_fn(&mut self, function: &'a syn::TraitItemFn) {
        self.block(&function.attrs);
        syn::visit::visit_trait_item_fn(self, function);
    }
}

/// What every `validate` says; nothing in it is a document's.
const OURS: &str = "Checks every published bound. A call does this before it sends anything.\n\n# Errors\n\n\
                    All violations at once, each with its field.";

/// What one block of documentation holds beside plain text.
fn markup_of(block: &str, examples: bool) -> Vec<String> {
    let extensions = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_SMART_PUNCTUATION;
    if block == OURS {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut example = false;
    for event in Parser::new_ext(block, extensions) {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(kind)))
                if examples && &*kind == "no_run" =>
            {
                example = true;
            }
            Event::End(TagEnd::CodeBlock) if example => example = false,
            Event::Text(text) if example => {
                if !text.starts_with("# async fn example() -> Result<(), kling_api::Error> {\n") {
                    found.push(format!("an example that is not ours: {text}"));
                }
            }
            Event::Start(Tag::Link {
                link_type: LinkType::Autolink,
                dest_url,
                ..
            }) if dest_url.starts_with("https://") => {}
            Event::Text(_)
            | Event::Code(_)
            | Event::SoftBreak
            | Event::HardBreak
            | Event::Start(Tag::Paragraph)
            | Event::End(TagEnd::Paragraph | TagEnd::Link) => {}
            other => found.push(format!("{other:?} in:\n{block}")),
        }
    }
    found
}
