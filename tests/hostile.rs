//! Documents that are too large to be fixtures, made to exhaust a generator, and how each must end: with an error that
//! names the place, or with code. The test tries them all; the example `hostile_times` measures how long each takes.

use kling_codegen::{Document, Error, Generated, Settings, Target, generate};
use serde_json::{Map, Value, json};

use crate::documents;

/// One hostile document.
#[derive(Clone, Debug)]
pub struct Hostile {
    /// What it does.
    pub name: &'static str,
    /// The documents; making them takes time too, which is not the generator's.
    pub make: fn() -> Vec<Document>,
    /// How it must end.
    pub end: End,
}

/// How the generator ends.
#[derive(Clone, Copy, Debug)]
pub enum End {
    /// With an error: the start of its pointer, and words of its problem.
    Refused(&'static str, &'static str),
    /// With code that holds these words.
    Code(&'static str),
}

/// The endpoint of all these documents.
pub const ID: &str = "acme/hostile";

impl Hostile {
    /// Generates from documents.
    ///
    /// # Errors
    ///
    /// The generator's own.
    pub fn run(documents: &[Document]) -> Result<Generated, Error> {
        generate(documents, &Settings::default(), Target::Elsewhere)
    }
}

const fn refused(
    name: &'static str,
    make: fn() -> Vec<Document>,
    pointer: &'static str,
    problem: &'static str,
) -> Hostile {
    Hostile {
        name,
        make,
        end: End::Refused(pointer, problem),
    }
}

const fn taken(name: &'static str, make: fn() -> Vec<Document>, code: &'static str) -> Hostile {
    Hostile {
        name,
        make,
        end: End::Code(code),
    }
}

/// Every hostile document.
pub const CASES: &[Hostile] = &[
    refused(
        "10 MB of lists in each other",
        || text("[".repeat(10_000_000)),
        "/0/0/0/0",
        "nested deeper than 120 levels",
    ),
    refused(
        "10 MB of unions in each other",
        || text("{\"anyOf\":[".repeat(1_000_000)),
        "/anyOf/0/anyOf/0",
        "nested deeper than 120 levels",
    ),
    refused(
        "10 MB of items in each other",
        || text("{\"items\":".repeat(1_000_000)),
        "/items/items",
        "nested deeper than 120 levels",
    ),
    refused(
        "a document of 100 MB",
        || text(format!("{{\"a\":\"{}\"}}", " ".repeat(100_000_000))),
        "",
        "longer than 16000000 bytes",
    ),
    refused(
        "15 MB of spaces, and no value",
        || text(" ".repeat(15_000_000)),
        "",
        "this is no JSON document (EOF while parsing",
    ),
    refused(
        "8 million zeros",
        || text(format!("{{\"a\":[{}0]}}", "0,".repeat(7_900_000))),
        "/a",
        "more than 100000 items",
    ),
    refused(
        "70 lists of 99,999 zeros",
        || {
            let list = format!("[{}0]", "0,".repeat(99_998));
            text(format!("[{}]", vec![list; 70].join(",")))
        },
        "/2/99998",
        "more than 300000 values",
    ),
    refused(
        "a document that ends in the middle",
        || {
            let whole = record(fields(1_900)).remove(0).text;
            text(whole[..whole.len() / 2].to_owned())
        },
        "/components/schemas/Input/properties/property_",
        "this is no JSON document (EOF while parsing",
    ),
    refused(
        "lists of lists",
        || {
            one(nested(
                80,
                |schema| json!({ "type": "array", "items": schema }),
            ))
        },
        "/components/schemas/Input/properties/only/items/items",
        "nested deeper than 64 levels",
    ),
    refused(
        "maps of maps",
        || {
            one(nested(
                80,
                |schema| json!({ "type": "object", "additionalProperties": schema }),
            ))
        },
        "/components/schemas/Input/properties/only/additionalProperties/additionalProperties",
        "nested deeper than 64 levels",
    ),
    refused(
        "a million properties",
        || {
            million(
                record([("@".to_owned(), json!({}))]),
                "\"@\":{}",
                |number| format!("\"{number}\":{{}}"),
            )
        },
        "/components/schemas/Input/properties",
        "more than 2000 properties",
    ),
    refused(
        "a million components",
        || {
            million(
                components([("@".to_owned(), json!({}))]),
                "\"@\":{}",
                |number| format!("\"C{number}\":{{}}"),
            )
        },
        "/components/schemas",
        "more than 2000 properties",
    ),
    taken(
        "two records of 1,900 properties",
        || {
            components([
                ("Input".to_owned(), object(fields(1_900))),
                ("Output".to_owned(), object(fields(1_900))),
            ])
        },
        "pub property_1899: Option<String>",
    ),
    taken(
        "1,900 properties with one name",
        || {
            record((0..1_900).map(|number| {
                (
                    format!("a{}", " ".repeat(number % 490) + &"-".repeat(number / 490)),
                    string(),
                )
            }))
        },
        "pub a_1899: Option<String>",
    ),
    refused(
        "a million values in an enum",
        || {
            million(one(json!({ "enum": ["@"] })), "\"@\"", |number| {
                format!("\"{number}\"")
            })
        },
        "/components/schemas/Input/properties/only/enum",
        "more than 100000 items",
    ),
    refused(
        "90,000 values in an enum",
        || one(json!({ "enum": numbers(90_000) })),
        "/components/schemas/Input/properties/only/enum",
        "more than 2000 values",
    ),
    taken(
        "2,000 values in an enum",
        || one(json!({ "enum": numbers(2_000) })),
        "Only1999",
    ),
    taken(
        "2,000 values in each of 9 enums",
        || record((0..9).map(|number| (format!("p{number}"), json!({ "enum": numbers(2_000) })))),
        "pub p8: Option<P8>",
    ),
    refused(
        "2,000 values in each of 100 enums",
        || record((0..100).map(|number| (format!("p{number}"), json!({ "enum": numbers(2_000) })))),
        "/components/schemas/Input/properties/p",
        "enums of the document have more than 20000 values",
    ),
    refused(
        "an enum of 2,000 values in a list that 1,900 properties share",
        || {
            let list = json!({ "type": "array", "items": { "enum": numbers(2_000) } });
            sharing(1_900, &[("List", list)], &reference("List"))
        },
        "/components/schemas/",
        "more than 50000 places, values and words",
    ),
    refused(
        "an enum of 2,000 values that 1,900 properties join",
        || {
            let join = json!({ "allOf": [reference("Values"), { "type": "object", "properties": { "a": string() } }] });
            let values =
                json!({ "type": "object", "properties": { "a": { "enum": numbers(2_000) } } });
            sharing(1_900, &[("Values", values)], &join)
        },
        "/components/schemas/Values/properties/a/enum",
        "enums of the document have more than 20000 values",
    ),
    refused(
        "a million names that are required",
        || {
            million(record_of("required", &["@"]), "\"@\"", |number| {
                format!("\"n{number}\"")
            })
        },
        "/components/schemas/Input/required",
        "more than 100000 items",
    ),
    refused(
        "90,000 names that are required",
        || named_list("required", 90_000),
        "/components/schemas/Input/required",
        "more than 2000 properties",
    ),
    refused(
        "90,000 names in an order",
        || named_list("x-fal-order-properties", 90_000),
        "/components/schemas/Input/x-fal-order-properties",
        "more than 2000 properties",
    ),
    refused(
        "a chain of 900 records",
        || chain(|next| json!({ "type": "object", "properties": { "next": next } })),
        "/components/schemas/C",
        "deeper than 64 levels",
    ),
    refused(
        "a chain of 900 lists",
        || chain(|next| json!({ "type": "array", "items": next })),
        "/components/schemas/C",
        "deeper than 64 levels",
    ),
    refused(
        "a chain of 900 maps",
        || chain(|next| json!({ "type": "object", "additionalProperties": next })),
        "/components/schemas/C",
        "deeper than 64 levels",
    ),
    refused(
        "a chain of 900 unions",
        || chain(|next| json!({ "anyOf": [next, { "type": "integer" }, { "type": "boolean" }] })),
        "/components/schemas/C",
        "deeper than 64 levels",
    ),
    refused(
        "a chain of 900 joins",
        || chain(|next| json!({ "allOf": [next], "description": "Another name." })),
        "/components/schemas/C",
        "deeper than 64 levels",
    ),
    refused(
        "a chain of 900 names of the input",
        || {
            let links = (0..900)
                .map(|number| (format!("C{number}"), reference(&format!("C{}", number + 1))));
            components(links.chain([
                ("Input".to_owned(), reference("C0")),
                (
                    "C900".to_owned(),
                    json!({ "type": "object", "properties": { "a": string() } }),
                ),
            ]))
        },
        "/components/schemas/C",
        "more than 64 components",
    ),
    refused(
        "tuples that hold the next one twice, 30 times",
        || multiplying(|next| json!({ "type": "array", "prefixItems": [next, next] })),
        "/components/schemas/C",
        "more than 50000 places",
    ),
    refused(
        "joins that hold the next one twice, 30 times",
        || {
            multiplying(
                |next| json!({ "allOf": [next, next, { "type": "object", "properties": { "a": string() } }] }),
            )
        },
        "/components/schemas/C",
        "more than 4000 schemas",
    ),
    taken(
        "every component in one circle",
        || circle(60, 60),
        "pub to_7: Option<Box<C7>>",
    ),
    refused(
        "a circle of 790 components that each hold two",
        || circle(790, 2),
        "/components/schemas/C",
        "deeper than 64 levels",
    ),
    taken(
        "a default with a billion readings",
        readings,
        "pub tree: Option<Either>",
    ),
    taken(
        "a thousand defaults with a billion readings",
        many_readings,
        "pub tree_999: Option<Either>",
    ),
    taken(
        "3,000 examples of an enum of 2,000 values",
        || {
            let values: Vec<Value> = numbers(2_000);
            let examples: Vec<&str> = vec!["no value of it"; 3_000];
            one(json!({ "enum": values, "examples": examples }))
        },
        "pub only: Option<Only>",
    ),
    refused(
        "a name of 3 MB",
        || record([("日本語 ".repeat(300_000), string())]),
        "/components/schemas/Input/properties",
        "a name in this object is longer than 500 bytes",
    ),
    refused(
        "a value of 3 MB",
        || one(json!({ "enum": ["a", "日本語 ".repeat(300_000)] })),
        "/components/schemas/Input/properties/only/enum/1",
        "longer than 1000 bytes",
    ),
    refused(
        "a description of 3 MB",
        || one(json!({ "type": "string", "description": "日本語 ".repeat(300_000) })),
        "/components/schemas/Input/properties/only/description",
        "longer than 200000 bytes",
    ),
    refused(
        "a description of the endpoint of 3 MB",
        || components([("$description".to_owned(), json!("日本語 ".repeat(300_000)))]),
        "/info/description",
        "longer than 200000 bytes",
    ),
    taken(
        "a description of 199 KB that is one line of signs",
        || one(json!({ "type": "string", "description": "_ ".repeat(99_000) })),
        "pub only: Option<String>",
    ),
    taken(
        "a default and an example of 1 MB",
        || {
            one(
                json!({ "type": "string", "default": "日本語 ".repeat(100_000), "examples": ["語`".repeat(250_000)] }),
            )
        },
        "pub only: Option<String>",
    ),
    refused(
        "a description of 199 KB of what 1,900 properties share",
        || {
            let words = json!({ "type": "string", "description": "word ".repeat(39_800) });
            sharing(1_900, &[("Words", words)], &reference("Words"))
        },
        "/components/schemas/",
        "more than 50000 places, values and words",
    ),
    refused(
        "names of 499 bytes in each other",
        || {
            one(nested(
                20,
                |schema| json!({ "type": "object", "properties": { "n".repeat(499): schema } }),
            ))
        },
        "/components/schemas/Input/properties/only",
        "longer than 10000 bytes",
    ),
    refused(
        "a thousand forms",
        || {
            let forms: Vec<Value> = (0..1_000).map(|number| json!({ "type": "object", "properties": { format!("p{number}"): string() } })).collect();
            one(json!({ "anyOf": forms }))
        },
        "/components/schemas/Input/properties/only/anyOf",
        "more than 250 forms",
    ),
    taken(
        "a union of 200 forms in 1,000 places",
        || {
            let forms: Vec<Value> = (0..200).map(|number| json!({ "type": "object", "properties": { format!("p{number}"): string() } })).collect();
            sharing(
                1_000,
                &[("Union", json!({ "anyOf": forms }))],
                &reference("Union"),
            )
        },
        "pub p999: Option<Union>",
    ),
    refused(
        "ninety thousand names of types",
        || one(json!({ "type": vec!["string"; 90_000] })),
        "/components/schemas/Input/properties/only/type",
        "more than 250 forms",
    ),
    refused(
        "4,500 mistakes",
        || {
            record((0..1_500).map(|number| {
                (
                    format!("p{number}"),
                    json!({ "type": "string", "maximum": 1, "minimum": 1, "multipleOf": 1 }),
                )
            }))
        },
        "/components/schemas/Input/properties/p",
        "more to note about the document than 4000 things",
    ),
    taken(
        "700 records that hold what cannot be shared",
        || {
            let links = (0..700).map(|number| {
                (format!("R{number}"), json!({ "type": "object", "properties": { "input": reference("Input"), "text": string() } }))
            });
            let fields = (0..700).map(|number| {
                (
                    format!("r{number}"),
                    json!({ "type": "array", "items": reference(&format!("R{number}")) }),
                )
            });
            components(links.chain([("Input".to_owned(), object(fields))]))
        },
        "pub struct R699",
    ),
    refused(
        "a keyword that is not modelled behind a long way",
        || {
            record([(
                "x".repeat(499),
                json!({ "type": "object", "properties": { "x".repeat(499): { "not": {} } } }),
            )])
        },
        "/components/schemas/Input/properties/x",
        "changes what is valid",
    ),
];

/// A text that needs not be JSON.
fn text(text: String) -> Vec<Document> {
    vec![Document {
        id: ID.to_owned(),
        text,
    }]
}

/// A document written tersely, as the fixtures are.
fn components(entries: impl IntoIterator<Item = (String, Value)>) -> Vec<Document> {
    let mut all = Map::from_iter(entries);
    all.entry("Input")
        .or_insert_with(|| json!({ "type": "object" }));
    documents(&json!({ ID: all }).to_string()).0
}

/// An input with these properties.
fn record(properties: impl IntoIterator<Item = (String, Value)>) -> Vec<Document> {
    components([("Input".to_owned(), object(properties))])
}

fn object(properties: impl IntoIterator<Item = (String, Value)>) -> Value {
    json!({ "type": "object", "properties": Map::from_iter(properties) })
}

/// An input with one property.
fn one(schema: Value) -> Vec<Document> {
    record([("only".to_owned(), schema)])
}

fn string() -> Value {
    json!({ "type": "string" })
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

fn fields(count: usize) -> impl Iterator<Item = (String, Value)> {
    (0..count).map(|number| (format!("property_{number}"), string()))
}

fn numbers(count: usize) -> Vec<Value> {
    (0..count).map(|number| number.to_string().into()).collect()
}

fn nested(levels: usize, around: fn(Value) -> Value) -> Value {
    (0..levels).fold(string(), |schema, _| around(schema))
}

/// A document with a million entries in the place of one.
fn million(documents: Vec<Document>, place: &str, entry: fn(usize) -> String) -> Vec<Document> {
    let entries: Vec<String> = (0..1_000_000).map(entry).collect();
    let entries = entries.join(",");
    documents
        .into_iter()
        .map(|document| Document {
            text: document.text.replacen(place, &entries, 1),
            ..document
        })
        .collect()
}

fn named_list(keyword: &str, count: usize) -> Vec<Document> {
    let names: Vec<String> = (0..count).map(|number| format!("n{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    record_of(keyword, &names)
}

/// An input with one property and a list of names.
fn record_of(keyword: &str, names: &[&str]) -> Vec<Document> {
    let mut input = object([("n7".to_owned(), string())]);
    input[keyword] = json!(names);
    components([("Input".to_owned(), input)])
}

/// Properties that all say the same, and the components that it needs.
fn sharing(count: usize, parts: &[(&str, Value)], schema: &Value) -> Vec<Document> {
    let properties = (0..count).map(|number| (format!("p{number}"), schema.clone()));
    let parts = parts
        .iter()
        .map(|(name, part)| ((*name).to_owned(), part.clone()));
    components(parts.chain([("Input".to_owned(), object(properties))]))
}

/// Each component holds the next one, by a form that needs no name of its own, or by one that does.
fn chain(link: fn(Value) -> Value) -> Vec<Document> {
    linked(900, link, string())
}

/// Each component holds the next one twice: a billion places.
fn multiplying(twice: fn(Value) -> Value) -> Vec<Document> {
    linked(30, twice, object([("b".to_owned(), string())]))
}

fn linked(count: usize, link: fn(Value) -> Value, end: Value) -> Vec<Document> {
    let links = (0..count).map(|number| {
        let next = reference(&format!("C{}", number + 1));
        (format!("C{number}"), link(next))
    });
    components(links.chain([
        (format!("C{count}"), end),
        (
            "Input".to_owned(),
            object([("first".to_owned(), reference("C0"))]),
        ),
    ]))
}

/// Components that each hold some of the others, the next ones by number; in lists where they are only two.
fn circle(count: usize, held: usize) -> Vec<Document> {
    let all = (0..count).map(|number| {
        let others = (0..held).map(|offset| {
            let other = reference(&format!("C{}", (number + offset + 1) % count));
            let schema = if held == 2 {
                json!({ "type": "array", "items": other })
            } else {
                other
            };
            (format!("to_{offset}"), schema)
        });
        (format!("C{number}"), object(others))
    });
    components(all.chain([(
        "Input".to_owned(),
        object([("first".to_owned(), reference("C0"))]),
    )]))
}

/// A value that fits only at the very bottom, below unions whose forms all look alike until there.
fn unreadable() -> Value {
    (0..30).fold(json!({ "end": 5 }), |value, _| json!({ "next": value }))
}

fn either() -> [(String, Value); 3] {
    let form = |end: &str| json!({ "type": "object", "properties": { "next": reference("Either"), "end": { "type": end } } });
    [
        (
            "Either".to_owned(),
            json!({ "anyOf": [reference("One"), reference("Another")] }),
        ),
        ("One".to_owned(), form("string")),
        ("Another".to_owned(), form("boolean")),
    ]
}

fn readings() -> Vec<Document> {
    let tree = json!({ "allOf": [reference("Either")], "default": unreadable() });
    components(
        either()
            .into_iter()
            .chain([("Input".to_owned(), object([("tree".to_owned(), tree)]))]),
    )
}

fn many_readings() -> Vec<Document> {
    let tree = json!({ "allOf": [reference("Either")], "default": unreadable() });
    let trees = (0..1_000).map(|number| (format!("tree_{number}"), tree.clone()));
    components(
        either()
            .into_iter()
            .chain([("Input".to_owned(), object(trees))]),
    )
}
