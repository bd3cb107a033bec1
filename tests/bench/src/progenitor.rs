//! progenitor on the same documents. As fal serves them it takes none; in normal form, with an `operationId` for each
//! operation and without titles, it takes nearly all.

use ::progenitor::{GenerationSettings, Generator, InterfaceStyle};
use kling_bench::maker;
use kling_codegen::{Document, normalize};
use openapiv3::OpenAPI;
use serde_json::Value;

use crate::child::{peak_memory, processor_time};

/// A role: has progenitor generate from so many documents, in builder style; from each alone, or from all `merged`.
pub(crate) fn generate(arguments: &[String]) {
    let count = arguments[0].parse().expect("a number of documents");
    let mut documents: Vec<String> = maker::documents(count).iter().map(readable).collect();
    if arguments.get(1).is_some_and(|word| word == "merged") {
        documents = vec![merged(&documents)];
    }
    std::panic::set_hook(Box::new(|_| ()));
    let (before, mut taken, mut lines, mut tokens_only) = (processor_time(), 0, 0, 0.0);
    for text in &documents {
        let start = processor_time();
        let tokens = tokens(text, InterfaceStyle::Builder);
        tokens_only += processor_time() - start;
        if let Some(tokens) = tokens {
            lines += formatted(tokens).lines().count();
            taken += count / documents.len();
        }
    }
    let total = processor_time() - before;
    println!(
        "total={total}\ntokens={tokens_only}\ntaken={taken}\nlines={lines}\npeak={}",
        peak_memory()
    );
}

pub(crate) fn formatted(tokens: proc_macro2::TokenStream) -> String {
    let file: syn::File = syn::parse2(tokens).expect("progenitor gives Rust");
    prettyplease::unparse(&file)
}

/// One document with the endpoints of all: what progenitor makes one client of.
pub(crate) fn merged(documents: &[String]) -> String {
    let mut documents = documents
        .iter()
        .map(|text| serde_json::from_str::<Value>(text).expect("JSON"));
    let mut whole = documents.next().expect("there are documents");
    for mut other in documents {
        for place in ["/paths", "/components/schemas"] {
            let from = other.pointer_mut(place).and_then(Value::as_object_mut);
            let into = whole.pointer_mut(place).and_then(Value::as_object_mut);
            let (from, into) = from.zip(into).expect("a document has both");
            into.append(from);
        }
    }
    whole.to_string()
}

/// The code for a document that [`readable`] has prepared; `None` where progenitor cannot read it, or panics.
pub(crate) fn tokens(text: &str, style: InterfaceStyle) -> Option<proc_macro2::TokenStream> {
    let specification: OpenAPI = serde_json::from_str(text).ok()?;
    std::panic::catch_unwind(move || {
        let mut settings = GenerationSettings::new();
        settings.with_interface(style);
        Generator::new(&settings)
            .generate_tokens(&specification)
            .ok()
    })
    .ok()?
}

/// A document in the form that progenitor can read.
pub(crate) fn readable(document: &Document) -> String {
    let mut value = normalize(document)
        .expect("the maker makes fal's dialect")
        .value()
        .clone();
    let paths = value["paths"]
        .as_object_mut()
        .expect("a document has paths");
    let name = document.id.replace(['/', '-', '.'], "_");
    for (number, path) in paths.values_mut().enumerate() {
        for operation in path
            .as_object_mut()
            .expect("a path has operations")
            .values_mut()
        {
            let verb = ["submit", "result", "status", "cancel"][number];
            operation["operationId"] = format!("{name}_{verb}").into();
        }
    }
    strip_titles(&mut value["components"]["schemas"]);
    // The normal form calls the roots the same in every document; in one document they need names of their own.
    let mut text = value.to_string();
    for root in ["Input", "Output"] {
        let own = format!("{name}_{root}");
        let reference = |name: &str| format!("\"#/components/schemas/{name}\"");
        text = text.replace(&reference(root), &reference(&own));
        text = text.replace(&format!("\"{root}\":{{"), &format!("\"{own}\":{{"));
    }
    text
}

/// A title names a type for progenitor; fal's titles are for people, and two types may share one.
fn strip_titles(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            if fields.get("title").is_some_and(Value::is_string) {
                fields.shift_remove("title");
            }
            fields.values_mut().for_each(strip_titles);
        }
        Value::Array(items) => items.iter_mut().for_each(strip_titles),
        _ => {}
    }
}
