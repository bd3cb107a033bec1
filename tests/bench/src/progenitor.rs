//! progenitor on the same documents. As fal serves them it takes none; in normal form, with an `operationId` for each
//! operation and without titles, it takes nearly all.

use kling_bench::maker;
use kling_codegen::{Document, normalize};
use openapiv3::OpenAPI;
use progenitor_impl::{GenerationSettings, Generator, InterfaceStyle};
use serde_json::Value;

use crate::child::{peak_memory, processor_time};

/// A role: has progenitor generate from so many documents, in builder style.
pub(crate) fn generate(arguments: &[String]) {
    let count = arguments[0].parse().expect("a number of documents");
    let documents: Vec<String> = maker::documents(count).iter().map(readable).collect();
    std::panic::set_hook(Box::new(|_| ()));
    let (before, mut taken, mut lines, mut tokens_only) = (processor_time(), 0, 0, 0.0);
    for text in &documents {
        let start = processor_time();
        let tokens = tokens(text, InterfaceStyle::Builder);
        tokens_only += processor_time() - start;
        if let Some(tokens) = tokens {
            let file: syn::File = syn::parse2(tokens).expect("progenitor gives Rust");
            lines += prettyplease::unparse(&file).lines().count();
            taken += 1;
        }
    }
    let total = processor_time() - before;
    println!(
        "total={total}\ntokens={tokens_only}\ntaken={taken}\nlines={lines}\npeak={}",
        peak_memory()
    );
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
    for (number, path) in paths.values_mut().enumerate() {
        for operation in path
            .as_object_mut()
            .expect("a path has operations")
            .values_mut()
        {
            operation["operationId"] = ["submit", "result", "status", "cancel"][number].into();
        }
    }
    strip_titles(&mut value["components"]["schemas"]);
    value.to_string()
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
