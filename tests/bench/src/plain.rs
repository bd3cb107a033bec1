//! The floor: the same types as plain structs and closed enums with serde's derives, as one would write them by hand,
//! and nothing else. No bounds, setters, documentation or room for new values.

use std::fmt::Write as _;

use kling_codegen::ir::{
    Api, Definition, DefinitionKind, Endpoint, Presence, Slot, Type, TypeName,
};

/// The whole API as one text of nested modules; `derives` stands before serde's own.
pub(crate) fn text(api: &Api, derives: &str) -> String {
    let mut text = String::new();
    let shared = api.shared.iter();
    let _ = writeln!(text, "pub mod types {{\n{}}}", types(shared, derives));
    for endpoint in &api.endpoints {
        let own = types(endpoint.types.iter(), derives);
        let imports = imports(api, endpoint);
        let _ = writeln!(text, "pub mod {} {{\n{imports}{own}}}", endpoint.method);
    }
    text
}

fn imports(api: &Api, endpoint: &Endpoint) -> String {
    let mut names = Vec::new();
    for definition in endpoint.types.values() {
        definition.visit_types(&mut |ty| {
            if let Type::Named(name) | Type::Boxed(name) = ty
                && !endpoint.types.contains_key(name)
                && api.shared.contains_key(name)
            {
                names.push(name.as_str());
            }
        });
    }
    names.sort_unstable();
    names.dedup();
    if names.is_empty() {
        String::new()
    } else {
        format!("use super::types::{{{}}};\n", names.join(", "))
    }
}

fn types<'a>(types: impl Iterator<Item = (&'a TypeName, &'a Definition)>, derives: &str) -> String {
    let mut text = String::new();
    for (name, definition) in types {
        let _ = match &definition.kind {
            DefinitionKind::Alias(slot) => writeln!(text, "pub type {name} = {};", slot_text(slot)),
            kind => {
                let _ = writeln!(
                    text,
                    "#[derive({derives}serde::Deserialize, serde::Serialize)]"
                );
                body(&mut text, name, kind)
            }
        };
    }
    text
}

fn body(text: &mut String, name: &TypeName, kind: &DefinitionKind) -> std::fmt::Result {
    match kind {
        DefinitionKind::Record(record) => {
            writeln!(text, "pub struct {name} {{")?;
            for field in &record.fields {
                let ty = type_text(&field.ty);
                if field.ident.as_str().trim_start_matches("r#") != field.wire {
                    writeln!(text, "    #[serde(rename = {:?})]", field.wire)?;
                }
                match field.presence {
                    Presence::Required => writeln!(text, "    pub {}: {ty},", field.ident)?,
                    Presence::RequiredNullable => {
                        writeln!(text, "    pub {}: Option<{ty}>,", field.ident)?;
                    }
                    Presence::Optional => {
                        writeln!(
                            text,
                            "    #[serde(skip_serializing_if = \"Option::is_none\")]"
                        )?;
                        writeln!(text, "    pub {}: Option<{ty}>,", field.ident)?;
                    }
                }
            }
            writeln!(text, "}}")
        }
        DefinitionKind::StringEnum(variants) => {
            writeln!(text, "pub enum {name} {{")?;
            for variant in variants {
                writeln!(
                    text,
                    "    #[serde(rename = {:?})]\n    {},",
                    variant.value, variant.ident
                )?;
            }
            writeln!(text, "}}")
        }
        // serde has no derive for numbers; whoever writes by hand takes the number.
        DefinitionKind::IntegerEnum(_) => writeln!(text, "pub struct {name}(pub i64);"),
        DefinitionKind::Union(variants) => {
            writeln!(text, "#[serde(untagged)]\npub enum {name} {{")?;
            for variant in variants {
                writeln!(text, "    {}({}),", variant.ident, type_text(&variant.ty))?;
            }
            writeln!(text, "}}")
        }
        DefinitionKind::Alias(_) => Ok(()),
    }
}

fn slot_text(slot: &Slot) -> String {
    let ty = type_text(&slot.ty);
    if slot.nullable {
        format!("Option<{ty}>")
    } else {
        ty
    }
}

fn type_text(ty: &Type) -> String {
    match ty {
        Type::Boolean => "bool".to_owned(),
        Type::Integer(_) => "i64".to_owned(),
        Type::Number(_) => "f64".to_owned(),
        Type::String(_) => "String".to_owned(),
        Type::Array(array) => format!("Vec<{}>", slot_text(&array.item)),
        Type::Tuple(places) => format!(
            "({},)",
            places.iter().map(slot_text).collect::<Vec<_>>().join(", ")
        ),
        Type::Map(value) => format!("std::collections::BTreeMap<String, {}>", slot_text(value)),
        Type::Named(name) => name.to_string(),
        Type::Boxed(name) => format!("Box<{name}>"),
        Type::Any => "serde_json::Value".to_owned(),
    }
}
