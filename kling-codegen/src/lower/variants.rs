//! The known values of enums, and the names that the settings give them.

use crate::error::Error;
use crate::ir::definition::Variant;
use crate::ir::names::{Identifier, TypeName};
use crate::lower::{Lowering, Place};
use crate::names;
use crate::names::unique;
use crate::names::unique::UniqueNames;
use crate::pointer::Pointer;

impl Lowering<'_> {
    pub(super) fn string_variants(
        &mut self,
        values: &[Option<String>],
        place: &Place,
    ) -> Result<Vec<Variant<String>>, Error> {
        let type_name = TypeName::unchecked(place.words.replace(' ', ""));
        let mut distinct = UniqueNames::new(["Other"]);
        let mut variants = Vec::new();
        for value in values.iter().flatten() {
            let wanted = match self.override_for(&type_name, value, &place.pointer)? {
                Some(ident) => ident,
                None => names::variant(&type_name, value),
            };
            let ident = distinct.assign(&wanted, &[unique::difference(value)]);
            variants.push(Variant {
                ident,
                value: value.clone(),
            });
        }
        Ok(variants)
    }

    pub(super) fn integer_variants(
        &mut self,
        values: &[Option<i64>],
        place: &Place,
    ) -> Result<Vec<Variant<i64>>, Error> {
        let type_name = TypeName::unchecked(place.words.replace(' ', ""));
        let mut distinct = UniqueNames::new(["Other"]);
        let mut variants = Vec::new();
        for value in values.iter().flatten() {
            let wanted = match self.override_for(&type_name, &value.to_string(), &place.pointer)? {
                Some(ident) => ident,
                None => names::integer_variant(&type_name, *value),
            };
            variants.push(Variant {
                ident: distinct.assign(&wanted, &[]),
                value: *value,
            });
        }
        Ok(variants)
    }

    fn override_for(
        &mut self,
        type_name: &TypeName,
        value: &str,
        at: &Pointer,
    ) -> Result<Option<Identifier>, Error> {
        let Some(text) = self
            .settings
            .variants
            .get(type_name.as_str())
            .and_then(|values| values.get(value))
        else {
            return Ok(None);
        };
        self.used_overrides
            .push((type_name.as_str().to_owned(), value.to_owned()));
        match names::checked(text) {
            Some(ident) => Ok(Some(ident)),
            None => Err(self.error(
                at,
                format!(
                    "the settings name a value `{}`, which is no Rust name of plain letters",
                    text.escape_debug()
                ),
                "Correct the entry under `variants` in the manifest",
            )),
        }
    }

    /// An override that no longer applies is an error, so that none is forgotten.
    pub(super) fn check_overrides(&self) -> Result<(), Error> {
        for (type_name, values) in &self.settings.variants {
            for value in values.keys() {
                if !self
                    .used_overrides
                    .iter()
                    .any(|used| (&used.0, &used.1) == (type_name, value))
                {
                    return Err(self.error(&Pointer::root(), format!("the settings name the value {value:?} of `{type_name}`, which the document does not have"), "Remove the entry under `variants` in the manifest"));
                }
            }
        }
        Ok(())
    }
}
