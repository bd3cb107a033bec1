//! Records and their fields.

use std::collections::BTreeSet;

use openapiv3::{AdditionalProperties, ObjectType, ReferenceOr, Schema};
use serde_json::Value;

use crate::error::Error;
use crate::ir::definition::{Field, Presence, Record, Rest};
use crate::ir::names::Identifier;
use crate::ir::types::Slot;
use crate::lower::{Lowering, Place, Side};
use crate::names::unique;
use crate::names::unique::UniqueNames;
use crate::{limits, names};

/// Methods that every input has; a setter of such a name would hide one.
const METHODS: [&str; 4] = ["estimated_cost", "example", "new", "validate"];

impl<'a> Lowering<'a> {
    pub(super) fn record(
        &mut self,
        object: &'a ObjectType,
        schema: &'a Schema,
        place: &Place,
    ) -> Result<Record, Error> {
        let mut distinct = UniqueNames::new([]);
        let mut fields = Vec::new();
        let required: BTreeSet<&str> = object.required.iter().map(String::as_str).collect();
        for wire in ordered(object, schema) {
            let Some(property) = object.properties.get(wire) else {
                continue;
            };
            let below = place.below(wire, place.pointer.key("properties").key(wire));
            let wanted = names::field(wire);
            let ident = distinct.assign(&wanted, &[unique::field_difference(wire, &wanted)]);
            fields.push(self.field(wire, ident, property, required.contains(wire), &below)?);
        }
        crate::lower::media::mark(&mut fields, place.side);
        let below = place.below("value", place.pointer.key("additionalProperties"));
        let value = match &object.additional_properties {
            Some(AdditionalProperties::Schema(value)) => Some(self.slot(value, &below)?),
            // Only a root without known properties comes here; elsewhere such an object is a map.
            Some(AdditionalProperties::Any(true)) if object.properties.is_empty() => {
                Some(Slot::any())
            }
            Some(AdditionalProperties::Any(_)) | None => None,
        };
        let rest = value.map(|value| Rest {
            ident: distinct.assign(&Identifier::unchecked("extra"), &[]),
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
        let Slot {
            ty,
            nullable,
            facts,
        } = self.slot(property, place)?;
        let default = self
            .layers(property)
            .iter()
            .find_map(|layer| layer.schema.schema_data.default.clone())
            .and_then(|value| self.conforming(value, &ty, "default", place));
        self.places += default.as_ref().map_or(0, limits::weight);
        self.check_places(&place.pointer)?;
        // What fal fills in need not be sent, whatever the list of required properties says.
        let presence = match (required, nullable) {
            (true, _) if place.side == Side::Input && default.is_some() => Presence::Optional,
            (true, false) => Presence::Required,
            (true, true) => Presence::RequiredNullable,
            (false, _) => Presence::Optional,
        };
        Ok(Field {
            wire: wire.to_owned(),
            ident,
            setter,
            ty,
            presence,
            required_by_fal: required && presence == Presence::Optional,
            default,
            facts,
        })
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
