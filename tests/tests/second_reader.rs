//! progenitor as a second reader: it lowers the same documents by its own rules, and what it finds must agree with
//! the IR in names, requiredness and types.
//!
//! It reads the normal form, with the `operationId`s that fal leaves out. Bounds, defaults and null are outside of
//! this comparison: progenitor drops the first, always sends the second, and keeps no word of the third for a field
//! that may be left out.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::path::Path;

use kling_codegen::ir::{Api, DefinitionKind, Endpoint, Presence, Type, TypeName};
use kling_codegen::{Document, Settings, normalize, read};
use progenitor_impl::Generator;
use typify::{TypeDetails, TypeEnumVariant, TypeId, TypeSpace};

/// A type in words that both readers can say.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Shape {
    Boolean,
    Integer,
    Number,
    Text,
    /// An enum of strings, and how many values it has.
    Values(usize),
    List(Box<Shape>),
    Map(Box<Shape>),
    Record(BTreeMap<String, (bool, Shape)>),
    Other(String),
}

fn documents() -> Vec<Document> {
    let schemas = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas");
    let manifest: toml::Table = std::fs::read_to_string(schemas.join("manifest.toml"))
        .unwrap()
        .parse()
        .unwrap();
    let endpoints = manifest["endpoint"].as_array().unwrap();
    endpoints
        .iter()
        .map(|endpoint| {
            let id = endpoint["id"].as_str().unwrap().to_owned();
            let text = std::fs::read_to_string(schemas.join(format!("{id}.json"))).unwrap();
            Document { id, text }
        })
        .collect()
}

#[test]
fn both_readers_agree_on_every_endpoint() {
    let documents = documents();
    assert!(documents.len() >= 5);
    for document in documents {
        let api = read(std::slice::from_ref(&document), &Settings::default()).unwrap();
        let endpoint = &api.endpoints[0];
        let theirs = second_reading(&document);
        for root in ["Input", "Output"] {
            let ours = our_definition(&api, endpoint, root);
            assert!(
                matches!(&ours, Shape::Record(fields) if !fields.is_empty()),
                "{}",
                document.id
            );
            assert_eq!(ours, theirs[root], "{} {root}", document.id);
        }
    }
}

fn our_definition(api: &Api, endpoint: &Endpoint, name: &str) -> Shape {
    let definition = endpoint
        .types
        .get(name)
        .or_else(|| api.shared.get(name))
        .unwrap();
    match &definition.kind {
        DefinitionKind::Record(record) => Shape::Record(
            record
                .fields
                .iter()
                .map(|field| {
                    (
                        field.wire.clone(),
                        (
                            field.presence != Presence::Optional,
                            our_type(api, endpoint, &field.ty),
                        ),
                    )
                })
                .collect(),
        ),
        DefinitionKind::StringEnum(variants) => Shape::Values(variants.len()),
        other => Shape::Other(format!("{other:?}")),
    }
}

fn our_type(api: &Api, endpoint: &Endpoint, ty: &Type) -> Shape {
    match ty {
        Type::Boolean => Shape::Boolean,
        Type::Integer(_) => Shape::Integer,
        Type::Number(_) => Shape::Number,
        Type::String(_) => Shape::Text,
        Type::Array(array) => Shape::List(Box::new(our_type(api, endpoint, &array.item.ty))),
        Type::Map(value) => Shape::Map(Box::new(our_type(api, endpoint, &value.ty))),
        Type::Named(name) | Type::Boxed(name) => {
            our_definition(api, endpoint, TypeName::as_str(name))
        }
        other => Shape::Other(format!("{other:?}")),
    }
}

fn second_reading(document: &Document) -> BTreeMap<&'static str, Shape> {
    let mut value = normalize(document).unwrap().value().clone();
    for (number, path) in value["paths"]
        .as_object_mut()
        .unwrap()
        .values_mut()
        .enumerate()
    {
        for operation in path.as_object_mut().unwrap().values_mut() {
            operation["operationId"] = format!("operation_{number}").into();
        }
    }
    let specification: openapiv3::OpenAPI = serde_json::from_value(value).unwrap();
    let mut generator = Generator::default();
    generator.generate_tokens(&specification).unwrap();
    let types = generator.get_type_space();
    ["Input", "Output"]
        .into_iter()
        .map(|name| {
            let found = types.iter_types().find(|ty| ty.name() == name).unwrap();
            (name, their_details(types, found.details()))
        })
        .collect()
}

fn their_type(types: &TypeSpace, id: &TypeId) -> Shape {
    their_details(types, types.get_type(id).unwrap().details())
}

fn their_details(types: &TypeSpace, details: TypeDetails<'_>) -> Shape {
    match details {
        TypeDetails::Struct(record) => Shape::Record(
            record
                .properties_info()
                .map(|property| {
                    (
                        property.name.to_owned(),
                        (property.required, their_type(types, &property.type_id)),
                    )
                })
                .collect(),
        ),
        // A text with a bound becomes a type of its own, and so does what may be null.
        TypeDetails::Newtype(newtype) => their_type(types, &newtype.inner()),
        TypeDetails::Option(inner) | TypeDetails::Box(inner) => their_type(types, &inner),
        TypeDetails::Vec(item) => Shape::List(Box::new(their_type(types, &item))),
        TypeDetails::Map(_, value) => Shape::Map(Box::new(their_type(types, &value))),
        TypeDetails::Enum(values) => {
            let variants: Vec<_> = values.variants_info().collect();
            assert!(
                variants
                    .iter()
                    .all(|variant| matches!(variant.details, TypeEnumVariant::Simple))
            );
            Shape::Values(variants.len())
        }
        TypeDetails::String => Shape::Text,
        TypeDetails::Builtin("bool") => Shape::Boolean,
        TypeDetails::Builtin("i64") => Shape::Integer,
        TypeDetails::Builtin("f64") => Shape::Number,
        TypeDetails::Builtin(other) => Shape::Other(other.to_owned()),
        TypeDetails::Set(_)
        | TypeDetails::Tuple(_)
        | TypeDetails::Array(..)
        | TypeDetails::Unit => Shape::Other("another type".to_owned()),
    }
}
