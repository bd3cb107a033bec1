//! Which schemas become a definition with a name of its own, and what the components among them are called.

use std::collections::BTreeMap;

use openapiv3::{ReferenceOr, Schema, SchemaKind};

use crate::ir::api::{INPUT, OUTPUT};
use crate::ir::names::{Identifier, TypeName};
use crate::lower::{Schemas, union};
use crate::names;
use crate::names::unique::UniqueNames;

/// The schemas that become a definition with a name of its own.
pub(super) enum NamedKind<'a> {
    Record(&'a openapiv3::ObjectType),
    Strings(&'a [Option<String>]),
    Integers(&'a [Option<i64>]),
    Union(Vec<union::VariantSchema<'a>>),
}

pub(super) fn named_kind<'a>(schema: &'a Schema, schemas: &'a Schemas) -> Option<NamedKind<'a>> {
    match &schema.schema_kind {
        SchemaKind::Type(openapiv3::Type::Object(object))
            if !object.properties.is_empty()
                || matches!(
                    object.additional_properties,
                    None | Some(openapiv3::AdditionalProperties::Any(false))
                ) =>
        {
            Some(NamedKind::Record(object))
        }
        SchemaKind::Type(openapiv3::Type::String(string)) if !string.enumeration.is_empty() => {
            Some(NamedKind::Strings(&string.enumeration))
        }
        SchemaKind::Type(openapiv3::Type::Integer(integer)) if !integer.enumeration.is_empty() => {
            Some(NamedKind::Integers(&integer.enumeration))
        }
        SchemaKind::AnyOf { any_of } => {
            let forms = union::variants(any_of, schemas);
            (forms.len() > 1).then_some(NamedKind::Union(forms))
        }
        SchemaKind::Type(_)
        | SchemaKind::OneOf { .. }
        | SchemaKind::AllOf { .. }
        | SchemaKind::Not { .. }
        | SchemaKind::Any(_) => None,
    }
}

/// The names of the components that become definitions. Of several keys that become one name, the one that is that name
/// has it, then one whose path ends in it, whatever other keys there are; the others are told apart.
pub(super) fn component_types<'a>(
    schemas: &'a Schemas,
    distinct: &mut UniqueNames,
) -> BTreeMap<&'a str, TypeName> {
    let mut keys: Vec<(&str, Vec<TypeName>)> = schemas
        .iter()
        .filter(|(key, schema)| match schema {
            ReferenceOr::Item(schema) => {
                *key != INPUT && *key != OUTPUT && named_kind(schema, schemas).is_some()
            }
            ReferenceOr::Reference { .. } => false,
        })
        .map(|(key, _)| (key.as_str(), names::component(key)))
        .collect();
    keys.sort_by_key(|(key, wanted)| {
        let name = wanted.first().map_or("", TypeName::as_str);
        (*key != name, key.rsplit("__").next() != Some(name))
    });
    keys.into_iter()
        .filter_map(|(key, wanted)| {
            let free = wanted.iter().find(|name| distinct.claim(name.as_str()));
            let name = if let Some(name) = free {
                name.as_str().to_owned()
            } else {
                let first = Identifier::unchecked(wanted.first()?.as_str());
                distinct.assign(&first, &[]).to_string()
            };
            Some((key, TypeName::of_component(&name)))
        })
        .collect()
}
