//! Names over the whole catalogue: the same with any subset of the documents, and the hardest of them reviewed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;

use kling_codegen::ir::{Api, Definition, DefinitionKind, Endpoint, Identifier, Type, TypeName};
use kling_codegen::{Document, Settings, Target, generate};
use kling_tests::{catalogue, fixtures};

/// The code of one endpoint's module, and the names of the shared records that it uses.
fn modules(documents: &[Document]) -> (Api, BTreeMap<String, String>) {
    let generated = generate(documents, &Settings::default(), Target::Runtime).unwrap();
    let codes = generated
        .api
        .endpoints
        .iter()
        .map(|endpoint| {
            let path: Vec<&str> = endpoint
                .module
                .iter()
                .map(|part| part.as_str().trim_start_matches("r#"))
                .collect();
            let path = path.join("/");
            let code = generated
                .files
                .get(&format!("{path}.rs"))
                .or_else(|| generated.files.get(&format!("{path}/mod.rs")))
                .unwrap();
            (endpoint.id.to_string(), code.clone())
        })
        .collect();
    (generated.api, codes)
}

/// The module without what its neighbours may change: the example in the documentation, which builds shared records, the
/// list of the shared records that it reaches, and the modules below it.
fn own_code(code: &str) -> String {
    let mut kept = String::new();
    let mut example = false;
    let mut shared = false;
    for line in code.lines() {
        shared |= line.starts_with("pub use ");
        if shared {
            shared = !line.ends_with(';');
        } else if line.trim_start().starts_with("/// ```") {
            example = !example;
        } else if !example && !line.starts_with("pub mod ") && !line.is_empty() {
            let _ = writeln!(kept, "{line}");
        }
    }
    kept
}

#[test]
fn an_endpoint_has_the_same_code_in_any_company() {
    let all = catalogue();
    let (whole, codes) = modules(&all);
    // A record of which two endpoints disagree belongs to each; which endpoint that is depends on the company.
    let disputed: BTreeSet<&str> = whole
        .notes
        .iter()
        .filter(|note| note.message.contains("is not the shared type of that name"))
        .map(|note| note.endpoint.as_str())
        .collect();
    let mut subsets: Vec<Vec<Document>> =
        all.iter().map(|document| vec![document.clone()]).collect();
    for step in 2..7 {
        for start in 0..step {
            subsets.push(all.iter().skip(start).step_by(step).cloned().collect());
        }
    }
    let mut compared = 0;
    for subset in subsets {
        let (_, alone) = modules(&subset);
        for (id, code) in alone {
            if !disputed.contains(id.as_str()) {
                let (alone, together) = (own_code(&code), own_code(&codes[&id]));
                assert!(
                    alone == together,
                    "{id} beside {} others:\n{}",
                    subset.len() - 1,
                    similar::TextDiff::from_lines(&alone, &together).unified_diff()
                );
                compared += 1;
            }
        }
    }
    assert!(disputed.len() <= 2, "{disputed:?}");
    assert!(compared > 5 * (all.len() - disputed.len()));
}

#[test]
fn every_name_is_the_same_in_any_company() {
    let all = catalogue();
    let together = names(&modules(&all).0);
    let mut seen = BTreeSet::new();
    for document in &all {
        let alone = names(&modules(std::slice::from_ref(document)).0);
        for (place, name) in alone {
            assert_eq!(together.get(&place), Some(&name), "{place}");
            seen.insert(place);
        }
    }
    assert!(seen.len() > 1000);
}

/// `fixtures/hard_names.txt` lists places, and what their names become.
#[test]
fn the_hardest_names_are_those_that_were_reviewed() {
    let names = names(&modules(&catalogue()).0);
    let path = fixtures().join("hard_names.txt");
    let pinned = fs::read_to_string(&path).unwrap();
    let mut text = String::new();
    for line in pinned.lines() {
        let place = line.split(" -> ").next().unwrap();
        let name = names
            .get(place)
            .unwrap_or_else(|| panic!("nothing stands at {place}"));
        let _ = writeln!(text, "{place} -> {name}");
    }
    assert!(text.lines().count() >= 60);
    if text != pinned && std::env::var_os("UPDATE_FIXTURES").is_some() {
        fs::write(&path, &text).unwrap();
    } else {
        assert_eq!(text, pinned);
    }
}

/// No name ends in a count, unless its own words do.
#[test]
fn no_name_counts_where_the_words_can_tell() {
    let mut counted = Vec::new();
    for (place, name) in names(&modules(&catalogue()).0) {
        let digits: String = name
            .chars()
            .rev()
            .take_while(char::is_ascii_digit)
            .collect();
        let digits: String = digits.chars().rev().collect();
        if !digits.is_empty() && !place.contains(&digits) {
            counted.push(format!("{place} -> {name}"));
        }
    }
    assert_eq!(counted, Vec::<String>::new());
}

/// Every name by its place.
fn names(api: &Api) -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    for endpoint in &api.endpoints {
        let id = &endpoint.id;
        let module: Vec<&str> = endpoint.module.iter().map(Identifier::as_str).collect();
        names.insert(format!("module {id}"), module.join("::"));
        names.insert(format!("method {id}"), endpoint.method.to_string());
        for (name, definition) in reachable(api, endpoint) {
            let prefix = format!("{id} {name}");
            match &definition.kind {
                DefinitionKind::Record(record) => {
                    for field in &record.fields {
                        let place = format!("{prefix}.{}", field.wire.escape_debug());
                        if let Some(name) = named(&field.ty) {
                            names.insert(format!("type {place}"), name.to_string());
                        }
                        names.insert(format!("setter {place}"), field.setter.to_string());
                        names.insert(format!("field {place}"), field.ident.to_string());
                    }
                }
                DefinitionKind::StringEnum(variants) => {
                    for variant in variants {
                        names.insert(
                            format!("value {prefix} {:?}", variant.value),
                            variant.ident.to_string(),
                        );
                    }
                }
                DefinitionKind::IntegerEnum(variants) => {
                    for variant in variants {
                        names.insert(
                            format!("value {prefix} {}", variant.value),
                            variant.ident.to_string(),
                        );
                    }
                }
                DefinitionKind::Union(variants) => {
                    let forms: Vec<&str> = variants
                        .iter()
                        .map(|variant| variant.ident.as_str())
                        .collect();
                    names.insert(format!("forms {prefix}"), forms.join(" "));
                }
                DefinitionKind::Alias(_) => {}
            }
        }
    }
    names
}

fn named(ty: &Type) -> Option<&TypeName> {
    let mut found = None;
    ty.visit(&mut |inner| {
        if let Type::Named(name) | Type::Boxed(name) = inner {
            found = Some(name);
        }
    });
    found
}

/// The types that an endpoint reaches, by the names that they have there.
fn reachable<'a>(api: &'a Api, endpoint: &'a Endpoint) -> BTreeMap<String, &'a Definition> {
    let mut found = BTreeMap::new();
    let mut open: Vec<(Option<&Endpoint>, TypeName)> = endpoint
        .types
        .keys()
        .map(|name| (Some(endpoint), name.clone()))
        .collect();
    while let Some((scope, name)) = open.pop() {
        let own = scope.filter(|endpoint| endpoint.types.contains_key(&name));
        let definition = api.resolve(scope, &name).unwrap();
        let place = if own.is_some() || !endpoint.types.contains_key(&name) {
            name.to_string()
        } else {
            format!("types::{name}")
        };
        if found.insert(place, definition).is_none() {
            definition.visit_types(&mut |ty| {
                if let Type::Named(name) | Type::Boxed(name) = ty {
                    open.push((own, name.clone()));
                }
            });
        }
    }
    found
}
