//! Reads the documentation of generated code back, and says where it is more than plain text.

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_more_than_text_is_found() {
        for line in [
            "1.     code",
            "# heading",
            "<b>",
            "[a](b)",
            "- item",
            "    code",
            "http://x.y <http://x.y>",
        ] {
            let code =
                format!("#[doc = {line:?}]\n#[doc = \"\"]\n#[doc = \"words\"]\npub struct Name;");
            assert!(!markup(&code, true).is_empty(), "{line}");
        }
        assert_eq!(
            markup("/// `1.     code` <https://x.y>\npub struct Name;", false),
            [""; 0]
        );
    }
}
