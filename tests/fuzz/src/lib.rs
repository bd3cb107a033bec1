//! What must hold of the generator, whatever documents it is given.

pub mod dialect;
#[path = "../../markup.rs"]
pub mod markup;

use kling_codegen::ir::Api;
use kling_codegen::{
    Document, Error, Generated, Settings, Target, diff, generate, normalize, read,
};
use serde_json::Value;

/// Generates for each target, twice for one of them, and looks at what comes of it. That nothing takes long is for the fuzzer to see.
///
/// # Panics
///
/// Where something does not hold.
pub fn check(documents: &[Document], settings: &Settings) {
    for target in [Target::Elsewhere, Target::Runtime] {
        let outcome = generate(documents, settings, target);
        if target == Target::Elsewhere {
            assert_eq!(
                outcome,
                generate(documents, settings, target),
                "the same documents give different results"
            );
        }
        match outcome {
            Ok(generated) => check_code(&generated, target),
            Err(error) => check_error(&error, documents),
        }
    }
    for document in documents {
        check_normal_form(document);
    }
    check_reports(documents, settings);
}

/// The report of a change hides nothing: all fields go, and all fields come.
fn check_reports(documents: &[Document], settings: &Settings) {
    let Ok(api) = read(documents, settings) else {
        return;
    };
    let emptied: Vec<Document> = documents.iter().map(emptied).collect();
    // Settings may name what is not there any more.
    let bare = read(&emptied, settings)
        .or_else(|_| read(&emptied, &Settings::default()))
        .unwrap_or_else(|_| Api::default());
    for (old, new) in [(&api, &bare), (&bare, &api), (&api, &api)] {
        markup::check_report(&diff(old, new));
    }
}

/// The document without the fields of its schemas.
fn emptied(document: &Document) -> Document {
    let mut value: Value = serde_json::from_str(&document.text).unwrap_or_default();
    let schemas = value.pointer_mut("/components/schemas");
    for schema in schemas
        .and_then(Value::as_object_mut)
        .into_iter()
        .flat_map(|schemas| schemas.values_mut())
    {
        if let Some(schema) = schema.as_object_mut() {
            for keyword in ["properties", "required", "x-fal-order-properties"] {
                schema.shift_remove(keyword);
            }
        }
    }
    Document {
        id: document.id.clone(),
        text: value.to_string(),
    }
}

fn check_code(generated: &Generated, target: Target) {
    assert!(!generated.files.is_empty());
    for (path, text) in &generated.files {
        let parts: Vec<&str> = path.split('/').collect();
        for part in parts {
            let (stem, extension) = part.split_once('.').unwrap_or((part, "rs"));
            let plain = |character: char| character == '_' || character.is_alphanumeric();
            assert!(
                !stem.is_empty() && stem.chars().all(plain) && matches!(extension, "rs" | "json"),
                "a file that is no module: {path:?}"
            );
        }
        if path.ends_with(".json") {
            assert!(serde_json::from_str::<Value>(text).is_ok(), "{path}");
            continue;
        }
        if let Err(error) = syn::parse_file(text) {
            panic!("{path} is no Rust: {error}\n{text}");
        }
        let markup = markup::markup(text, target == Target::Runtime);
        assert!(
            markup.is_empty(),
            "{path} documents more than words: {markup:#?}"
        );
        let is_odd = |character: char| character.is_control() && character != '\n';
        assert!(!text.contains(is_odd), "{path} holds a control character");
    }
    for note in &generated.api.notes {
        assert!(is_pointer(&note.pointer), "{note:?}");
    }
}

fn check_error(error: &Error, documents: &[Document]) {
    let text = error.to_string();
    assert!(!text.contains("fault of the generator"), "{text}");
    assert!(text.len() < 4_000, "an error of {} bytes", text.len());
    assert!(is_pointer(error.pointer()), "{error:?}");
    let about_the_id = ["this is no endpoint id", "would have the same name"]
        .iter()
        .any(|words| error.problem().contains(words));
    if about_the_id {
        return;
    }
    let mut texts = documents
        .iter()
        .filter(|document| document.id == error.endpoint())
        .map(|document| serde_json::from_str::<Value>(&document.text))
        .peekable();
    assert!(
        texts.peek().is_some(),
        "an error about no endpoint: {error:?}"
    );
    // What the document lacks is named by where it would stand.
    let lacks = error.pointer().starts_with("/paths/") || error.pointer() == "/openapi";
    let leads = texts.any(|text| match text {
        Ok(value) if value.is_object() => {
            !error.pointer().is_empty() && (lacks || value.pointer(error.pointer()).is_some())
        }
        _ => true,
    });
    assert!(leads, "the error leads nowhere: {error:?}");
}

/// The normal form of a normal form is itself, or the lock would never rest.
fn check_normal_form(document: &Document) {
    let Ok(normal) = normalize(document) else {
        return;
    };
    let text = normal.to_text();
    let again = normalize(&Document {
        id: document.id.clone(),
        text: text.clone(),
    });
    match again {
        Ok(again) => assert_eq!(
            text,
            again.to_text(),
            "the normal form of {}",
            document.text
        ),
        Err(error) => panic!("the normal form is refused: {error}\n{text}"),
    }
}

fn is_pointer(text: &str) -> bool {
    text.is_empty() || text.starts_with('/')
}
