//! Records and their fields.

use std::collections::BTreeMap;

use openapiv3::{AdditionalProperties, ObjectType, ReferenceOr, Schema};
use serde_json::Value;

use super::{Lowering, Place, Side};
use crate::error::Error;
use crate::ir::{Field, Identifier, NoteKind, Presence, Record, Rest, Slot, Type};
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
        for wire in ordered(object, schema) {
            let Some(property) = object.properties.get(wire) else {
                continue;
            };
            let below = place.below(wire, place.pointer.key("properties").key(wire));
            let ident = distinct.settle(&names::field(wire), &[]);
            fields.push(self.field(wire, ident, property, object, &below)?);
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
        object: &ObjectType,
        place: &Place,
    ) -> Result<Field, Error> {
        let required = object.required.iter().any(|name| name == wire);
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
            ReferenceOr::Item(schema) => {
                let slot = self.slot_of(schema, place)?;
                let data = &schema.schema_data;
                field.description.clone_from(&data.description);
                field.deprecated = data.deprecated;
                field.default = data
                    .default
                    .clone()
                    .and_then(|value| self.fitting(value, &slot, "default", place));
                if let Some(Value::Array(examples)) = data.extensions.get("x-examples") {
                    field.examples = examples
                        .iter()
                        .filter_map(|value| self.fitting(value.clone(), &slot, "example", place))
                        .collect();
                }
                if let Some(Value::Object(limits)) = data.extensions.get("x-fal") {
                    field.file_limits = limits
                        .iter()
                        .map(|(key, value)| (key.clone(), value.clone()))
                        .collect();
                }
                slot
            }
        };
        // What fal fills in need not be sent, whatever the list of required properties says.
        field.presence = match (required, slot.nullable) {
            (true, _) if place.side == Side::Input && field.default.is_some() => Presence::Optional,
            (true, false) => Presence::Required,
            (true, true) => Presence::RequiredNullable,
            (false, _) => Presence::Optional,
        };
        field.ty = slot.ty;
        Ok(field)
    }

    /// A default or an example, if it is a value of the type.
    fn fitting(&mut self, value: Value, slot: &Slot, what: &str, place: &Place) -> Option<Value> {
        if value.is_null() {
            return None;
        }
        if self.fits(&value, &slot.ty, 0) {
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

/// The properties in fal's order, which the normal form always spells out.
fn ordered<'a>(object: &'a ObjectType, schema: &'a Schema) -> Vec<&'a str> {
    let order = schema.schema_data.extensions.get("x-fal-order-properties");
    match order.and_then(Value::as_array) {
        Some(names) => names.iter().filter_map(Value::as_str).collect(),
        None => object.properties.keys().map(String::as_str).collect(),
    }
}
