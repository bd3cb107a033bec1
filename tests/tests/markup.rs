//! Whatever a document says, the documentation of the generated code is plain text, and a report shows every change.

use std::path::Path;

use kling_codegen::diff::Report;
use kling_codegen::settings::EndpointSettings;
use kling_codegen::{Document, Settings, Target, generate};
use kling_tests::markup::{check_report, markup};
use proptest::prelude::*;
use serde_json::{Value, json};

/// What means something in Markdown, in HTML, or to rustdoc.
const SIGNS: [&str; 77] = [
    "1.     code",
    "7)     code",
    "0.  #",
    "1)",
    "-",
    "+",
    "*",
    "- [ ] ",
    "#",
    "###### ",
    "===",
    "---",
    "***",
    "_ _ _",
    "```",
    "```rust",
    "~~~",
    "    fn main() {}",
    "\t",
    "`",
    "``",
    "\\",
    "\\`",
    "[",
    "]",
    "](",
    "[a](b)",
    "[a]: b",
    "[^1]",
    "[^1]: note",
    "![",
    "<",
    ">",
    "> ",
    "<!--",
    "-->",
    "<script>",
    "</p>",
    "<?",
    "<![CDATA[",
    "<a@b.c>",
    "<https://x.y>",
    "https://x.y",
    "https://x.y/`a`|b",
    "http://x.y",
    "www.x.y",
    "mailto:a@b",
    "|",
    "| a |",
    "|---|",
    ":-:",
    "~~",
    "**",
    "__",
    "_",
    "*a*",
    "&",
    "&lt;",
    "&#35;",
    "&nbsp;",
    "$x$",
    "^",
    ":",
    "\u{a0}",
    "\u{2028}",
    "\r",
    "\u{202e}",
    "\u{1b}[31m",
    "\u{85}",
    "\"",
    "'",
    "[x] y",
    "#![no_std]",
    "word",
    "::error ::",
    "##[error]",
    "</details>",
];

fn words() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        6 => prop::sample::select(SIGNS.as_slice()).prop_map(str::to_owned),
        1 => "[ -~]{0,6}",
        1 => Just(" ".to_owned()),
        1 => Just("      ".to_owned()),
        3 => Just("\n".to_owned()),
        1 => Just("\n\n".to_owned()),
        1 => any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..9).prop_map(|pieces| pieces.concat())
}

/// A document with these words in every place that has room for words.
fn document(words: &[String]) -> Document {
    let mut index = 0;
    let mut next = || {
        index += 1;
        words[index % words.len()].clone()
    };
    let mut record = |extra: Value| {
        let mut field = json!({
            "type": "string", "description": next(), "title": next(), "default": next(), "examples": [next(), next()],
            "x-fal": {"max_file_size": 5, "limit_description": next()}, "limit_description": next(),
        });
        field
            .as_object_mut()
            .unwrap()
            .extend(extra.as_object().unwrap().clone());
        field
    };
    let (plain, format, pattern) = (
        record(json!({})),
        record(json!({"format": words[0]})),
        record(json!({"pattern": "a`b"})),
    );
    let schemas = json!({
        "AppInput": {
            "type": "object", "title": next(), "description": next(), "required": ["plain"],
            "properties": {
                "plain": plain,
                "format": format,
                "pattern": pattern,
                "list": {"type": "array", "description": next(), "items": {"type": "string", "description": next(), "examples": [next()]}},
                "map": {"type": "object", "description": next(), "additionalProperties": {"type": "string", "description": next()}},
                "choice": {"enum": ["a", next(), next()], "type": "string", "description": next(), "default": "a"},
                "union": {"description": next(), "anyOf": [
                    {"type": "integer", "description": next()}, {"type": "array", "description": next(), "items": {"type": "string"}},
                ]},
                "reference": {"$ref": "#/components/schemas/Part", "description": next(), "examples": [{"a": next()}]},
                format!("z{}", next()): {"type": "boolean", "description": next()},
            },
        },
        "AppOutput": {"type": "object", "description": next(), "properties": {"part": {"$ref": "#/components/schemas/Part"}}},
        "Part": {"type": "object", "title": next(), "description": next(), "properties": {
            format!("a{}", next()): {"type": "string", "description": next()},
        }},
    });
    let reference = |name: &str| {
        let schema = json!({"$ref": format!("#/components/schemas/{name}")});
        json!({"content": {"application/json": {"schema": schema}}})
    };
    let text = json!({
        "openapi": "3.0.4",
        "info": {"title": next(), "version": "1.0.0", "description": next(), "x-fal-metadata": {
            "endpointId": "acme/app", "category": next(), "documentationUrl": format!("https://x.y/{}", next()), "about": next(),
        }},
        "components": {"schemas": schemas},
        "paths": {
            "/acme/app": {"post": {"requestBody": reference("AppInput"), "responses": {"200": {}}}},
            "/acme/app/requests/{request_id}": {"get": {"responses": {"200": reference("AppOutput")}}},
        },
    });
    Document {
        id: "acme/app".into(),
        text: text.to_string(),
    }
}

fn check(words: &[String]) {
    let mut settings = Settings::default();
    settings.endpoints.push(EndpointSettings {
        id: "acme/app".to_owned(),
        title: Some(words[0].clone()),
        ..EndpointSettings::default()
    });
    for target in [Target::Elsewhere, Target::Runtime] {
        let generated = generate(&[document(words)], &settings, target).unwrap();
        for (path, code) in &generated.files {
            if Path::new(path).extension().is_some_and(|it| it == "rs") {
                let found = markup(code, target == Target::Runtime);
                assert!(found.is_empty(), "{path}: {}", found.join("\n"));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_words_of_a_document_become_markup(words in prop::collection::vec(words(), 1..12)) {
        check(&words);
    }
}

#[test]
fn what_became_code_once_stays_words() {
    for text in [
        "1.     code",
        "7)     code",
        "0.  #",
        "text\n1.     code",
        "a\n\n1.     fn main() { panic!() }\n       more",
    ] {
        check(&[text.to_owned()]);
    }
}

/// A report on an endpoint whose fields and values have these names, all of them new or gone.
fn report(words: &[String]) -> Report {
    let document = |index: usize| {
        let mut properties = serde_json::Map::new();
        properties.insert(
            "plain".into(),
            json!({"type": "string", "default": words[index % words.len()]}),
        );
        for word in words.iter().skip(index).step_by(2) {
            properties.insert(
                format!("z{word}"),
                json!({"type": "string", "description": word}),
            );
            properties.insert(
                format!("e{word}"),
                json!({"type": "string", "enum": ["a", word]}),
            );
        }
        let input = json!({"type": "object", "properties": properties});
        let reference = |name: &str| json!({"content": {"application/json": {"schema": {"$ref": format!("#/components/schemas/{name}")}}}});
        let text = json!({
            "openapi": "3.0.4",
            "info": {"title": "x", "version": "1.0.0", "description": words[index % words.len()]},
            "components": {"schemas": {"AppInput": input, "AppOutput": {"type": "object", "properties": {}}}},
            "paths": {
                "/acme/app": {"post": {"requestBody": reference("AppInput"), "responses": {"200": {}}}},
                "/acme/app/requests/{request_id}": {"get": {"responses": {"200": reference("AppOutput")}}},
            },
        });
        let document = Document {
            id: "acme/app".into(),
            text: text.to_string(),
        };
        kling_codegen::read(&[document], &Settings::default()).unwrap()
    };
    kling_codegen::diff(&document(0), &document(1))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_name_hides_a_change(words in prop::collection::vec(words(), 1..8)) {
        check_report(&report(&words));
    }
}

#[test]
fn what_hid_changes_once_is_shown() {
    for text in [
        "a\n<!--",
        "`",
        "a`b",
        "::error ::x",
        "x ##[error]y",
        "</details>",
        "\u{1b}[2J",
        "words ::error file=a::b",
    ] {
        check_report(&report(&[text.to_owned(), "b".to_owned(), text.to_owned()]));
    }
}

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
