//! Small states of the API for tests, written tersely.

use indexmap::IndexMap;
use serde_json::{Number, Value};

use crate::ir::api::{Api, Endpoint, INPUT, OUTPUT};
use crate::ir::definition::{
    Definition, DefinitionKind, Field, Origin, Presence, Record, UnionVariant, Variant,
};
use crate::ir::names::{EndpointId, Identifier, TypeName};
use crate::ir::types::{Array, Facts, Limit, NumberBounds, Slot, StringBounds, Type};

pub(crate) const ID: &str = "fal-ai/kling-video/v1/standard/image-to-video";

pub(crate) fn ident(text: &str) -> Identifier {
    Identifier::unchecked(text)
}

pub(crate) fn name(text: &str) -> TypeName {
    TypeName::unchecked(text)
}

/// A field that must be there.
pub(crate) fn req(wire: &str, ty: Type) -> Field {
    Field {
        wire: wire.to_owned(),
        ident: ident(wire),
        setter: ident(wire),
        ty,
        presence: Presence::Required,
        required_by_fal: false,
        default: None,
        facts: Facts::default(),
    }
}

/// A field that may be left out.
pub(crate) fn opt(wire: &str, ty: Type) -> Field {
    Field {
        presence: Presence::Optional,
        ..req(wire, ty)
    }
}

/// A field that must be there and may be null.
pub(crate) fn null(wire: &str, ty: Type) -> Field {
    Field {
        presence: Presence::RequiredNullable,
        ..req(wire, ty)
    }
}

pub(crate) fn defaulted(field: Field, default: impl Into<Value>) -> Field {
    Field {
        default: Some(default.into()),
        ..field
    }
}

pub(crate) fn text() -> Type {
    Type::String(StringBounds::default())
}

pub(crate) fn int() -> Type {
    Type::Integer(NumberBounds::default())
}

pub(crate) fn number() -> Type {
    Type::Number(NumberBounds::default())
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "a bound is optional wherever a test sets one"
)]
pub(crate) fn limit(value: impl Into<Number>) -> Option<Limit> {
    Some(Limit {
        value: value.into(),
        exclusive: false,
    })
}

/// An integer with these bounds.
pub(crate) fn within(minimum: Option<Limit>, maximum: Option<Limit>) -> Type {
    Type::Integer(NumberBounds {
        minimum,
        maximum,
        multiple_of: None,
    })
}

pub(crate) fn slot(ty: Type) -> Slot {
    Slot {
        ty,
        nullable: false,
        facts: Facts::default(),
    }
}

pub(crate) fn list(ty: Type) -> Type {
    Type::Array(Box::new(Array {
        item: slot(ty),
        min_items: None,
        max_items: None,
        unique_items: false,
    }))
}

pub(crate) fn map(ty: Type) -> Type {
    Type::Map(Box::new(slot(ty)))
}

pub(crate) fn named(text: &str) -> Type {
    Type::Named(name(text))
}

pub(crate) fn definition(kind: DefinitionKind) -> Definition {
    Definition {
        kind,
        description: None,
        deprecated: false,
        origin: Origin::Place,
        pointer: String::new(),
    }
}

pub(crate) fn record(fields: impl IntoIterator<Item = Field>) -> Definition {
    definition(DefinitionKind::Record(Record {
        fields: fields.into_iter().collect(),
        rest: None,
    }))
}

/// A string enum; the variants are called `V` and the value.
pub(crate) fn values(values: &[&str]) -> Definition {
    let variant = |value: &&str| Variant {
        ident: ident(&format!("V{value}")),
        value: (*value).to_owned(),
    };
    definition(DefinitionKind::StringEnum(
        values.iter().map(variant).collect(),
    ))
}

pub(crate) fn integers(values: &[i64]) -> Definition {
    let variant = |value: &i64| Variant {
        ident: ident(&format!("V{value}")),
        value: *value,
    };
    definition(DefinitionKind::IntegerEnum(
        values.iter().map(variant).collect(),
    ))
}

pub(crate) fn union(forms: impl IntoIterator<Item = (&'static str, Type)>) -> Definition {
    let form = |(name, ty)| UnionVariant {
        ident: ident(name),
        ty,
        facts: Facts::default(),
    };
    definition(DefinitionKind::Union(forms.into_iter().map(form).collect()))
}

/// Types of an endpoint or shared ones, by name.
pub(crate) type Types = Vec<(&'static str, Definition)>;

pub(crate) fn endpoint(
    id: &str,
    input: impl IntoIterator<Item = Field>,
    output: impl IntoIterator<Item = Field>,
    types: Types,
) -> Endpoint {
    let path = id.rsplit('/').next().unwrap().replace('-', "_");
    let mut all = IndexMap::from([(name(INPUT), record(input)), (name(OUTPUT), record(output))]);
    all.extend(types.into_iter().map(|(text, ty)| (name(text), ty)));
    Endpoint {
        id: EndpointId::unchecked(id),
        module: vec![ident("v1"), ident(&path)],
        method: ident(&format!("v1_{path}")),
        title: None,
        description: None,
        category: None,
        documentation_url: None,
        deprecated: false,
        price: None,
        types: all,
        imports: std::collections::BTreeMap::new(),
    }
}

pub(crate) fn api(endpoints: impl IntoIterator<Item = Endpoint>, shared: Types) -> Api {
    let shared = shared.into_iter().map(|(text, mut ty)| {
        ty.origin = Origin::Component(text.to_owned());
        (name(text), ty)
    });
    Api {
        endpoints: endpoints.into_iter().collect(),
        shared: shared.collect(),
        notes: Vec::new(),
        alone: std::collections::BTreeMap::new(),
    }
}

/// One endpoint that is sent these fields.
pub(crate) fn sends(fields: impl IntoIterator<Item = Field>) -> Api {
    sends_with(fields, Vec::new())
}

pub(crate) fn sends_with(fields: impl IntoIterator<Item = Field>, types: Types) -> Api {
    api([endpoint(ID, fields, [], types)], Vec::new())
}

/// One endpoint that answers these fields.
pub(crate) fn answers(fields: impl IntoIterator<Item = Field>) -> Api {
    answers_with(fields, Vec::new())
}

pub(crate) fn answers_with(fields: impl IntoIterator<Item = Field>, types: Types) -> Api {
    api([endpoint(ID, [], fields, types)], Vec::new())
}
