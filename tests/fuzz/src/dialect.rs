//! Documents in fal's dialect, as the fuzzer's bytes decide: schemas of all keywords, references, unions and odd names,
//! alone or in the place of a schema in a document of the catalogue.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use arbitrary::Arbitrary;
use kling_codegen::{Document, Settings};
use serde_json::{Map, Value, json};

/// One to three documents and the prefix of their ids.
#[derive(Arbitrary, Debug)]
pub struct Documents {
    prefix: Prefix,
    documents: Vec<Written>,
}

#[derive(Arbitrary, Debug)]
enum Prefix {
    None,
    Owner,
    App,
}

#[derive(Arbitrary, Debug)]
enum Written {
    Own {
        id: Id,
        description: Option<Text>,
        category: Option<Text>,
        input: Root,
        output: Root,
        components: Vec<(Name, Schema)>,
    },
    /// A document of the catalogue, with schemas in the places of some of its own.
    Grafted {
        number: u8,
        grafts: Vec<(u16, Schema)>,
    },
}

#[derive(Arbitrary, Debug)]
enum Root {
    Component(u8),
    Record(Vec<(Name, Schema)>),
    Schema(Schema),
}

#[derive(Arbitrary, Debug)]
enum Id {
    Short,
    Long,
    Keyword,
    Digits,
    Other(String),
}

/// A schema: as people write it, or any keywords beside each other.
#[derive(Arbitrary, Debug)]
enum Schema {
    Text,
    Integer,
    Number,
    Flag,
    Component(u8),
    Record(Vec<(Name, Schema, bool)>),
    Values(Vec<Name>),
    Optional(Box<Schema>),
    List(Box<Schema>),
    Map(Box<Schema>),
    Choice(Vec<Schema>),
    Described(Text, Box<Schema>),
    Defaulted(Plain, Box<Schema>),
    Keywords(Vec<Keyword>),
}

#[derive(Arbitrary, Debug)]
enum Keyword {
    Type(Type),
    Types(Vec<Type>),
    Reference(u8),
    ReferenceTo(Text),
    AnyOf(Vec<Schema>),
    OneOf(Vec<Schema>),
    AllOf(Vec<Schema>),
    Enum(Vec<Plain>),
    Const(Plain),
    Properties(Vec<(Name, Schema)>),
    Required(Vec<Name>),
    Order(Vec<Name>),
    AdditionalSchema(Box<Schema>),
    Additional(bool),
    Items(Box<Schema>),
    PrefixItems(Vec<Schema>),
    Count(Count, u32),
    Bound(Bound, Plain),
    Unique(bool),
    Nullable(bool),
    Deprecated(bool),
    Format(Text),
    Pattern(Text),
    Title(Text),
    Description(Text),
    Default(Plain),
    Example(Plain),
    Examples(Vec<Plain>),
    Limits(Vec<(Name, Plain)>),
    FileLimit(Plain),
    Other(Name, Plain),
}

#[derive(Arbitrary, Debug)]
enum Type {
    Null,
    Boolean,
    String,
    Integer,
    Number,
    Array,
    Object,
}

#[derive(Arbitrary, Debug)]
enum Count {
    MinItems,
    MaxItems,
    MinLength,
    MaxLength,
}

#[derive(Arbitrary, Debug)]
enum Bound {
    Minimum,
    Maximum,
    ExclusiveMinimum,
    ExclusiveMaximum,
    MultipleOf,
}

/// A JSON value.
#[derive(Arbitrary, Debug)]
enum Plain {
    Null,
    Flag(bool),
    Small(i8),
    Integer(i64),
    Large(u64),
    Number(f64),
    Text(Text),
    Name(Name),
    List(Vec<Plain>),
    Record(Vec<(Name, Plain)>),
}

/// A name: one that has been seen, one that is dangerous, or any.
#[derive(Arbitrary, Debug)]
enum Name {
    Usual(u8),
    Odd(u8),
    Any(String),
}

#[derive(Arbitrary, Debug)]
enum Text {
    Odd(u8),
    Any(String),
}

const USUAL: [&str; 16] = [
    "prompt",
    "image_url",
    "duration",
    "seed",
    "mode",
    "video",
    "url",
    "File",
    "Image",
    "Input",
    "Output",
    "DynamicMask",
    "aspect_ratio",
    "16:9",
    "5",
    "Hope",
];

const ODD: [&str; 32] = [
    "",
    " ",
    "_",
    "__",
    "a__b",
    "type",
    "self",
    "Self",
    "crate",
    "r#loop",
    "new",
    "validate",
    "Other",
    "other",
    "Vec",
    "String",
    "Option",
    "extra",
    "KNOWN",
    "*/ fn main() {} /*",
    "\"]; panic!(); #[doc = \"",
    "]] #![feature(x)] ```rust",
    "<script>[a](b)</script> https://a.b/_c_`",
    "line\nbreak\r\n\ttab\u{0}\u{7f}\u{85}\u{2028}",
    "\u{202e}right\u{2066}to left\u{200f}",
    "~0~1/..%2f",
    "../../x",
    "日本語",
    "ﬀ²Ⅷ",
    "1.5-2_3",
    "Ǆ",
    "e\u{301}",
];

static CATALOGUE: LazyLock<Vec<Document>> = LazyLock::new(|| {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/catalogue");
    let mut files = Vec::new();
    collect(&root, &mut files);
    files.sort();
    assert!(!files.is_empty(), "{} holds no document", root.display());
    files
        .iter()
        .map(|file| {
            let below = file.strip_prefix(&root).unwrap_or(file).with_extension("");
            let parts: Vec<_> = below.iter().map(|part| part.to_string_lossy()).collect();
            let text = std::fs::read_to_string(file).unwrap_or_default();
            Document {
                id: parts.join("/"),
                text,
            }
        })
        .collect()
});

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            files.push(path);
        }
    }
}

impl Documents {
    /// The documents as text, and the settings for them.
    #[must_use]
    pub fn written(self) -> (Vec<Document>, Settings) {
        let prefix = match self.prefix {
            Prefix::None => "",
            Prefix::Owner => "acme",
            Prefix::App => "acme/app",
        };
        let settings = Settings {
            prefix: prefix.to_owned(),
            ..Settings::default()
        };
        let mut documents = self.documents;
        documents.truncate(3);
        (
            documents.into_iter().map(Written::written).collect(),
            settings,
        )
    }
}

impl Written {
    fn written(self) -> Document {
        match self {
            Self::Own {
                id,
                description,
                category,
                input,
                output,
                components,
            } => {
                let id = match id {
                    Id::Short => "acme/app".to_owned(),
                    Id::Long => "acme/app/v2.1/image-to-video".to_owned(),
                    Id::Keyword => "acme/app/type/self".to_owned(),
                    Id::Digits => "acme/3d/360".to_owned(),
                    Id::Other(id) => id,
                };
                let names: Vec<String> = components.iter().map(|(name, _)| name.text()).collect();
                let schemas: Map<String, Value> = components
                    .into_iter()
                    .map(|(name, schema)| (name.text(), schema.value(&names)))
                    .collect();
                let body = |root: Root| json!({ "content": { "application/json": { "schema": root.value(&names) } } });
                let mut info = json!({ "title": id, "version": "1.0.0", "x-fal-metadata": { "endpointId": id } });
                if let Some(description) = description {
                    info["description"] = description.text().into();
                }
                if let Some(category) = category {
                    info["x-fal-metadata"]["category"] = category.text().into();
                }
                let paths = Map::from_iter([
                    (
                        format!("/{id}"),
                        json!({ "post": { "requestBody": body(input) } }),
                    ),
                    (
                        format!("/{id}/requests/{{request_id}}"),
                        json!({ "get": { "responses": { "200": body(output) } } }),
                    ),
                ]);
                let document = json!({ "openapi": "3.0.4", "info": info, "paths": paths, "components": { "schemas": schemas } });
                Document {
                    id,
                    text: document.to_string(),
                }
            }
            Self::Grafted { number, grafts } => {
                let Document { id, text } = &CATALOGUE[usize::from(number) % CATALOGUE.len()];
                let mut value: Value = serde_json::from_str(text).unwrap_or_default();
                if let Some(components) = value
                    .pointer_mut("/components/schemas")
                    .and_then(Value::as_object_mut)
                {
                    let names: Vec<String> = components.keys().cloned().collect();
                    for (place, schema) in grafts {
                        let mut places = Vec::new();
                        for component in components.values_mut() {
                            schemas_of(component, &mut places);
                        }
                        let count = places.len().max(1);
                        if let Some(found) = places.into_iter().nth(usize::from(place) % count) {
                            *found = schema.value(&names);
                        }
                    }
                }
                Document {
                    id: id.clone(),
                    text: value.to_string(),
                }
            }
        }
    }
}

/// The innermost schemas in a schema, each of which could be another.
fn schemas_of<'a>(schema: &'a mut Value, found: &mut Vec<&'a mut Value>) {
    let holds = ["properties", "items", "anyOf", "allOf"];
    if !holds.iter().any(|keyword| schema.get(keyword).is_some()) {
        found.push(schema);
        return;
    }
    for (keyword, value) in schema.as_object_mut().into_iter().flatten() {
        match (keyword.as_str(), value) {
            ("properties", Value::Object(properties)) => {
                properties
                    .values_mut()
                    .for_each(|property| schemas_of(property, found));
            }
            ("anyOf" | "allOf", Value::Array(branches)) => {
                branches
                    .iter_mut()
                    .for_each(|branch| schemas_of(branch, found));
            }
            ("items", items) => schemas_of(items, found),
            _ => {}
        }
    }
}

impl Root {
    fn value(self, names: &[String]) -> Value {
        match self {
            Self::Component(number) => reference(number, names),
            Self::Record(fields) => {
                json!({ "type": "object", "properties": record(fields, names) })
            }
            Self::Schema(schema) => schema.value(names),
        }
    }
}

impl Schema {
    fn value(self, names: &[String]) -> Value {
        match self {
            Self::Text => json!({ "type": "string" }),
            Self::Integer => json!({ "type": "integer" }),
            Self::Number => json!({ "type": "number" }),
            Self::Flag => json!({ "type": "boolean" }),
            Self::Component(number) => reference(number, names),
            Self::Record(fields) => {
                let required: Vec<String> = fields
                    .iter()
                    .filter(|field| field.2)
                    .map(|field| field.0.text())
                    .collect();
                let fields = fields
                    .into_iter()
                    .map(|(name, schema, _)| (name, schema))
                    .collect();
                json!({ "type": "object", "properties": record(fields, names), "required": required })
            }
            Self::Values(values) => {
                let values: Vec<String> = values.iter().map(Name::text).collect();
                json!({ "type": "string", "enum": values })
            }
            Self::Optional(schema) => json!({ "anyOf": [schema.value(names), { "type": "null" }] }),
            Self::List(schema) => json!({ "type": "array", "items": schema.value(names) }),
            Self::Map(schema) => {
                json!({ "type": "object", "additionalProperties": schema.value(names) })
            }
            Self::Choice(forms) => json!({ "anyOf": list(forms, names) }),
            Self::Described(text, schema) => {
                with(schema.value(names), "description", text.text().into())
            }
            Self::Defaulted(value, schema) => with(schema.value(names), "default", value.value()),
            Self::Keywords(keywords) => Value::Object(
                keywords
                    .into_iter()
                    .map(|keyword| keyword.entry(names))
                    .collect(),
            ),
        }
    }
}

impl Keyword {
    fn entry(self, names: &[String]) -> (String, Value) {
        let (keyword, value) = match self {
            Self::Type(ty) => ("type", ty.name().into()),
            Self::Types(types) => ("type", types.iter().map(Type::name).collect()),
            Self::Reference(number) => ("$ref", reference(number, names)["$ref"].take()),
            Self::ReferenceTo(text) => ("$ref", text.text().into()),
            Self::AnyOf(forms) => ("anyOf", list(forms, names)),
            Self::OneOf(forms) => ("oneOf", list(forms, names)),
            Self::AllOf(parts) => ("allOf", list(parts, names)),
            Self::Enum(values) => ("enum", plain(values)),
            Self::Const(value) => ("const", value.value()),
            Self::Properties(fields) => ("properties", record(fields, names)),
            Self::Required(fields) => ("required", fields.iter().map(Name::text).collect()),
            Self::Order(fields) => (
                "x-fal-order-properties",
                fields.iter().map(Name::text).collect(),
            ),
            Self::AdditionalSchema(schema) => ("additionalProperties", schema.value(names)),
            Self::Additional(allowed) => ("additionalProperties", allowed.into()),
            Self::Items(schema) => ("items", schema.value(names)),
            Self::PrefixItems(places) => ("prefixItems", list(places, names)),
            Self::Count(count, number) => {
                let keyword = match count {
                    Count::MinItems => "minItems",
                    Count::MaxItems => "maxItems",
                    Count::MinLength => "minLength",
                    Count::MaxLength => "maxLength",
                };
                (keyword, number.into())
            }
            Self::Bound(bound, number) => {
                let keyword = match bound {
                    Bound::Minimum => "minimum",
                    Bound::Maximum => "maximum",
                    Bound::ExclusiveMinimum => "exclusiveMinimum",
                    Bound::ExclusiveMaximum => "exclusiveMaximum",
                    Bound::MultipleOf => "multipleOf",
                };
                (keyword, number.value())
            }
            Self::Unique(unique) => ("uniqueItems", unique.into()),
            Self::Nullable(nullable) => ("nullable", nullable.into()),
            Self::Deprecated(deprecated) => ("deprecated", deprecated.into()),
            Self::Format(text) => ("format", text.text().into()),
            Self::Pattern(text) => ("pattern", text.text().into()),
            Self::Title(text) => ("title", text.text().into()),
            Self::Description(text) => ("description", text.text().into()),
            Self::Default(value) => ("default", value.value()),
            Self::Example(value) => ("example", value.value()),
            Self::Examples(values) => ("examples", plain(values)),
            Self::Limits(limits) => (
                "x-fal",
                Value::Object(
                    limits
                        .into_iter()
                        .map(|(name, value)| (name.text(), value.value()))
                        .collect(),
                ),
            ),
            Self::FileLimit(value) => ("max_file_size", value.value()),
            Self::Other(name, value) => return (name.text(), value.value()),
        };
        (keyword.to_owned(), value)
    }
}

impl Type {
    fn name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean => "boolean",
            Self::String => "string",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Array => "array",
            Self::Object => "object",
        }
    }
}

impl Plain {
    fn value(self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Flag(flag) => flag.into(),
            Self::Small(number) => number.into(),
            Self::Integer(number) => number.into(),
            Self::Large(number) => number.into(),
            Self::Number(number) => number.into(),
            Self::Text(text) => text.text().into(),
            Self::Name(name) => name.text().into(),
            Self::List(items) => plain(items),
            Self::Record(fields) => Value::Object(
                fields
                    .into_iter()
                    .map(|(name, value)| (name.text(), value.value()))
                    .collect(),
            ),
        }
    }
}

impl Name {
    fn text(&self) -> String {
        match self {
            Self::Usual(number) => USUAL[usize::from(*number) % USUAL.len()].to_owned(),
            Self::Odd(number) => ODD[usize::from(*number) % ODD.len()].to_owned(),
            Self::Any(text) => text.clone(),
        }
    }
}

impl Text {
    fn text(&self) -> String {
        match self {
            Self::Odd(number) => ODD[usize::from(*number) % ODD.len()].to_owned(),
            Self::Any(text) => text.clone(),
        }
    }
}

fn with(mut schema: Value, keyword: &str, value: Value) -> Value {
    schema[keyword] = value;
    schema
}

fn list(schemas: Vec<Schema>, names: &[String]) -> Value {
    schemas
        .into_iter()
        .map(|schema| schema.value(names))
        .collect()
}

fn plain(values: Vec<Plain>) -> Value {
    values.into_iter().map(Plain::value).collect()
}

fn record(fields: Vec<(Name, Schema)>, names: &[String]) -> Value {
    Value::Object(
        fields
            .into_iter()
            .map(|(name, schema)| (name.text(), schema.value(names)))
            .collect(),
    )
}

/// A reference to one of the components; the last number leads nowhere.
fn reference(number: u8, names: &[String]) -> Value {
    let name = names
        .get(usize::from(number) % (names.len() + 1))
        .map_or("nowhere", String::as_str);
    let name = name.replace('~', "~0").replace('/', "~1");
    json!({ "$ref": format!("#/components/schemas/{name}") })
}
