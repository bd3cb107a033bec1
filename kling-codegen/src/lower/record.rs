//! Records and their fields.

use std::collections::{BTreeMap, BTreeSet};

use openapiv3::{AdditionalProperties, ObjectType, ReferenceOr, Schema, SchemaKind};
use serde_json::Value;

use super::{Lowering, NamedKind, Place, Side, named_kind};
use crate::error::Error;
use crate::ir::{Field, Identifier, NoteKind, Presence, Record, Rest, Slot, Type};
use crate::limits;
use crate::names::{self, Distinct};

/// Methods that every input has; a setter of such a name would hide one.
const METHODS: [&str; 4] = ["estimated_cost", "example", "new", "validate"];

impl<'a> Lowering<'a> {
    pub(super) fn record(
        &mut self,
        object: &'a ObjectType,
        schema: &'a Schema,
        place: &Place,
    ) -> Result<Record, Error> {
        let mut distinct = Distinct::new([]);
        let mut fields = Vec::new();
        let required: BTreeSet<&str> = object.required.iter().map(String::as_str).collect();
        for wire in ordered(object, schema) {
            let Some(property) = object.properties.get(wire) else {
                continue;
            };
            let below = place.below(wire, place.pointer.key("properties").key(wire));
            let wanted = names::field(wire);
            let ident = distinct.settle(&wanted, &[names::field_difference(wire, &wanted)]);
            fields.push(self.field(wire, ident, property, required.contains(wire), &below)?);
        }
        let below = place.below("value", place.pointer.key("additionalProperties"));
        let value = match &object.additional_properties {
            Some(AdditionalProperties::Schema(value)) => Some(self.slot(value, &below)?),
            // Only a root without known properties comes here; elsewhere such an object is a map.
            Some(AdditionalProperties::Any(true)) if object.properties.is_empty() => Some(Slot {
                ty: Type::Any,
                nullable: false,
            }),
            Some(AdditionalProperties::Any(_)) | None => None,
        };
        let rest = value.map(|value| Rest {
            ident: distinct.settle(&Identifier::unchecked("extra"), &[]),
            value,
        });
        Ok(Record { fields, rest })
    }

    fn field(
        &mut self,
        wire: &str,
        ident: Identifier,
        property: &'a ReferenceOr<Box<Schema>>,
        required: bool,
        place: &Place,
    ) -> Result<Field, Error> {
        let setter = if METHODS.contains(&ident.as_str()) {
            Identifier::unchecked(format!("set_{ident}"))
        } else {
            ident.clone()
        };
        let mut field = Field {
            wire: wire.to_owned(),
            ident,
            setter,
            ty: Type::Any,
            presence: Presence::Optional,
            required_by_fal: false,
            default: None,
            examples: Vec::new(),
            description: None,
            deprecated: false,
            file_limits: BTreeMap::new(),
        };
        let slot = match property {
            ReferenceOr::Reference { reference } => Slot {
                ty: self.reference(reference, place)?,
                nullable: self.target_takes_null(reference),
            },
            ReferenceOr::Item(schema) => self.slot_of(schema, place)?,
        };
        let layers = self.layers(property);
        // A component that becomes a type of its own keeps its words.
        let words = layers
            .iter()
            .filter(|layer| layer.own || named_kind(layer.schema, self.schemas).is_none());
        for layer in words {
            let data = &layer.schema.schema_data;
            if field.description.is_none() {
                field.description.clone_from(&data.description);
            }
            field.deprecated |= data.deprecated;
        }
        let data = || layers.iter().map(|layer| &layer.schema.schema_data);
        field.default = data()
            .find_map(|data| data.default.clone())
            .and_then(|value| self.fitting(value, &slot, "default", place));
        if let Some(Value::Array(examples)) =
            data().find_map(|data| data.extensions.get("x-examples"))
        {
            field.examples = examples
                .iter()
                .filter_map(|value| self.fitting(value.clone(), &slot, "example", place))
                .collect();
        }
        if let Some(Value::Object(limits)) = data().find_map(|data| data.extensions.get("x-fal")) {
            field.file_limits = limits
                .iter()
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect();
        }
        self.places += field
            .examples
            .iter()
            .chain(&field.default)
            .chain(field.file_limits.values())
            .map(limits::weight)
            .sum::<usize>();
        self.places += field.description.as_ref().map_or(0, String::len) / limits::BYTES_OF_A_WORD;
        self.check_places(&place.pointer)?;
        // What fal fills in need not be sent, whatever the list of required properties says.
        field.presence = match (required, slot.nullable) {
            (true, _) if place.side == Side::Input && field.default.is_some() => Presence::Optional,
            (true, false) => Presence::Required,
            (true, true) => Presence::RequiredNullable,
            (false, _) => Presence::Optional,
        };
        field.required_by_fal = required && field.presence == Presence::Optional;
        field.ty = slot.ty;
        Ok(field)
    }

    /// What speaks about a property: the place itself, then the components behind it that are no records. What such a
    /// component says holds wherever it stands; a record speaks of itself.
    fn layers(&self, property: &'a ReferenceOr<Box<Schema>>) -> Vec<Layer<'a>> {
        let mut layers = Vec::new();
        let mut reference = match property {
            ReferenceOr::Reference { reference } => Some(reference),
            ReferenceOr::Item(schema) => {
                layers.push(Layer { schema, own: true });
                behind(schema)
            }
        };
        // A chain of references is never longer than the list of components.
        for _ in 0..=self.schemas.len() {
            let target = reference
                .and_then(|reference| reference.strip_prefix(crate::normalize::REFERENCE))
                .and_then(|key| self.schemas.get(key));
            reference = match target {
                Some(ReferenceOr::Reference { reference }) => Some(reference),
                Some(ReferenceOr::Item(schema)) => {
                    if let Some(NamedKind::Record(_)) = named_kind(schema, self.schemas) {
                        break;
                    }
                    layers.push(Layer { schema, own: false });
                    behind(schema)
                }
                None => break,
            };
        }
        layers
    }

    /// A default or an example, if it is a value of the type.
    fn fitting(&mut self, value: Value, slot: &Slot, what: &str, place: &Place) -> Option<Value> {
        if value.is_null() {
            return None;
        }
        if self.fits(&value, &slot.ty) {
            return Some(value);
        }
        let text = crate::error::shortened(&value.to_string());
        self.note(
            NoteKind::Dropped,
            &place.pointer,
            format!(
                "the {what} {} is no value of the field's type",
                text.escape_debug()
            ),
        );
        None
    }
}

/// One schema that speaks about a property.
struct Layer<'a> {
    schema: &'a Schema,
    /// Whether it stands in the place itself.
    own: bool,
}

/// The reference that a schema is no more than words around.
fn behind(schema: &Schema) -> Option<&String> {
    let SchemaKind::AllOf { all_of } = &schema.schema_kind else {
        return None;
    };
    let [ReferenceOr::Reference { reference }] = all_of.as_slice() else {
        return None;
    };
    Some(reference)
}

/// The properties in fal's order, which the normal form always spells out.
fn ordered<'a>(object: &'a ObjectType, schema: &'a Schema) -> Vec<&'a str> {
    let order = schema.schema_data.extensions.get("x-fal-order-properties");
    match order.and_then(Value::as_array) {
        Some(names) => names.iter().filter_map(Value::as_str).collect(),
        None => object.properties.keys().map(String::as_str).collect(),
    }
}
