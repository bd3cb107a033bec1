//! Two readings of a document, side by side.

use std::collections::BTreeSet;

use kling_codegen::ir::{
    Api, Definition, DefinitionKind, Presence, Record, Slot, Type, TypeName, UnionVariant,
};
use typify::{TypeDetails, TypeEnum, TypeEnumVariant, TypeId, TypeSpace, TypeStruct};

/// What progenitor cannot say, or says otherwise, and is right in its own terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Gap {
    ContradictingDefault,
    NamesOfValues,
    IntegerEnum,
    Tuple,
    OverlappingForms,
    TwoKindsOfNumbers,
    CircleWithoutProperties,
}

impl Gap {
    /// Why the readers differ, and why ours may stay as it is.
    pub(super) fn reason(self) -> &'static str {
        match self {
            Self::ContradictingDefault => {
                "a default that is no value of its schema ends its reading; fal publishes some, so ours drops them with a note"
            }
            Self::NamesOfValues => {
                "values whose names differ in case or signs alone, or have no letter, make it panic; ours tells them apart"
            }
            Self::IntegerEnum => "an enum of whole numbers is a plain integer to it",
            Self::Tuple => {
                "OpenAPI 3.0 has no tuples: the normal form gives its readers a list of any of the places"
            }
            Self::OverlappingForms => {
                "forms that one value may fit both become a struct with a field for each; a value of ours has the form that is tried first"
            }
            Self::TwoKindsOfNumbers => {
                "an integer beside a number is a form of its own to it; every integer is a number"
            }
            Self::CircleWithoutProperties => {
                "a list of itself has a name of its own there; ours, which names records alone, leaves it open with a note"
            }
        }
    }
}

/// Where two readings differ, and how many places are the same.
#[derive(Debug, Default)]
pub(super) struct Places {
    pub(super) agreed: usize,
    pub(super) gaps: Vec<(Gap, String)>,
    pub(super) wrong: Vec<String>,
}

impl Places {
    /// Their reading ended with an error, or with a panic.
    pub(super) fn refused(&mut self, error: &str) {
        if error.contains("value does not conform to the given schema") {
            self.gaps
                .push((Gap::ContradictingDefault, "as a whole".to_owned()));
        } else if error == PANIC {
            self.gaps
                .push((Gap::NamesOfValues, "as a whole".to_owned()));
        } else {
            self.wrong.push(format!("is refused: {error}"));
        }
    }

    pub(super) fn compare(&mut self, api: &Api, theirs: &TypeSpace) {
        let endpoint = &api.endpoints[0];
        let mut both = Both {
            api,
            theirs,
            places: Self::default(),
            seen: BTreeSet::new(),
            is_shared: false,
        };
        for root in ["Input", "Output"] {
            let ours = endpoint.types.keys().find(|name| name.as_str() == root);
            let found = theirs.iter_types().find(|ty| ty.name() == root);
            match (ours, found) {
                (Some(ours), Some(found)) => both.named(ours, found.details(), root),
                _ => both.wrong(root, "only one reader has this type"),
            }
        }
        *self = both.places;
    }
}

/// What stands for the message of a panic.
pub(super) const PANIC: &str = "it panics";

struct Both<'a> {
    api: &'a Api,
    theirs: &'a TypeSpace,
    places: Places,
    /// The pairs of types that are compared already, or are being compared.
    seen: BTreeSet<(TypeName, TypeId)>,
    /// Whether names are those of the shared types, and not of the endpoint.
    is_shared: bool,
}

impl Both<'_> {
    fn wrong(&mut self, at: &str, problem: &str) {
        self.places.wrong.push(format!("{at}: {problem}"));
    }

    fn gap(&mut self, gap: Gap, at: &str) {
        self.places.gaps.push((gap, at.to_owned()));
    }

    fn agree(&mut self) {
        self.places.agreed += 1;
    }

    fn slot(&mut self, ours: &Slot, theirs: &TypeId, at: &str) {
        self.types(&ours.ty, theirs, at);
    }

    fn types(&mut self, ours: &Type, theirs: &TypeId, at: &str) {
        let space = self.theirs;
        let Ok(found) = space.get_type(theirs) else {
            return self.wrong(at, "a type that is none");
        };
        if let Type::Named(name) | Type::Boxed(name) = ours {
            // A circle leads back to a pair that is compared already.
            if self.seen.insert((name.clone(), theirs.clone())) {
                self.named(name, found.details(), at);
            }
            return;
        }
        match (ours, found.details()) {
            // A text with a bound becomes a type of its own, and so does what may be null.
            (_, TypeDetails::Newtype(newtype)) => self.types(ours, &newtype.inner(), at),
            (_, TypeDetails::Option(inner) | TypeDetails::Box(inner)) => {
                self.types(ours, &inner, at);
            }
            (Type::Boolean, TypeDetails::Builtin("bool"))
            | (Type::String(_), TypeDetails::String)
            | (Type::Number(_), TypeDetails::Builtin("f64" | "f32"))
            | (Type::Any, TypeDetails::Builtin("::serde_json::Value")) => self.agree(),
            (Type::Integer(_), TypeDetails::Builtin(name)) if is_integer(name) => self.agree(),
            (Type::Array(array), TypeDetails::Vec(item) | TypeDetails::Set(item)) => {
                self.slot(&array.item, &item, &format!("{at}[]"));
            }
            (Type::Array(array), TypeDetails::Array(item, length)) => {
                let length = u64::try_from(length).ok();
                if (array.min_items, array.max_items) == (length, length) {
                    self.slot(&array.item, &item, &format!("{at}[]"));
                } else {
                    self.wrong(at, "a list of another length");
                }
            }
            (Type::Tuple(_), TypeDetails::Vec(_) | TypeDetails::Array(..)) => {
                self.gap(Gap::Tuple, at);
            }
            (Type::Any, TypeDetails::Vec(_)) => self.gap(Gap::CircleWithoutProperties, at),
            (Type::Number(_), TypeDetails::Enum(found)) if self.holds_numbers(&found) => {
                self.gap(Gap::TwoKindsOfNumbers, at);
            }
            (Type::Map(value), TypeDetails::Map(_, inner)) => {
                self.slot(value, &inner, &format!("{at}.*"));
            }
            (_, details) => self.wrong(
                at,
                &format!("{} against {}", words(ours), their_words(&details)),
            ),
        }
    }

    fn named(&mut self, ours: &TypeName, theirs: TypeDetails<'_>, at: &str) {
        let was_shared = self.is_shared;
        let endpoint = self.api.endpoints.first().filter(|_| !was_shared);
        match self.api.resolve(endpoint, ours) {
            None => self.wrong(at, "a name that is none"),
            Some(definition) => {
                self.is_shared = endpoint.is_none_or(|own| !own.types.contains_key(ours));
                self.definition(definition, theirs, at);
            }
        }
        self.is_shared = was_shared;
    }

    fn definition(&mut self, definition: &Definition, theirs: TypeDetails<'_>, at: &str) {
        let space = self.theirs;
        match (&definition.kind, theirs) {
            (DefinitionKind::Alias(slot), TypeDetails::Newtype(newtype)) => {
                self.slot(slot, &newtype.inner(), at);
            }
            (_, TypeDetails::Newtype(newtype)) => {
                let inner = newtype.inner();
                if let Ok(found) = space.get_type(&inner) {
                    self.definition(definition, found.details(), at);
                }
            }
            (_, TypeDetails::Option(inner) | TypeDetails::Box(inner)) => {
                if let Ok(found) = space.get_type(&inner) {
                    self.definition(definition, found.details(), at);
                }
            }
            (DefinitionKind::Record(record), TypeDetails::Struct(found)) => {
                self.records(record, &found, at);
            }
            (DefinitionKind::Record(record), TypeDetails::Map(_, value))
                if record.fields.is_empty() =>
            {
                match &record.rest {
                    Some(rest) => self.slot(&rest.value, &value, &format!("{at}.*")),
                    None => self.agree(),
                }
            }
            (DefinitionKind::StringEnum(values), TypeDetails::Enum(found)) => {
                if simple(&found) == Some(values.len()) {
                    self.agree();
                } else {
                    self.wrong(at, &format!("{} values against another enum", values.len()));
                }
            }
            // An enum beside any other text: one of ours keeps the text.
            (DefinitionKind::StringEnum(values), TypeDetails::Struct(found))
                if found
                    .properties_info()
                    .any(|field| self.values_of(&field.type_id) == Some(values.len())) =>
            {
                self.gap(Gap::OverlappingForms, at);
            }
            (DefinitionKind::IntegerEnum(_), TypeDetails::Builtin(name)) if is_integer(name) => {
                self.gap(Gap::IntegerEnum, at);
            }
            (DefinitionKind::Union(variants), TypeDetails::Enum(found)) => {
                self.unions(variants, forms(&found), at);
            }
            (DefinitionKind::Union(variants), TypeDetails::Struct(found))
                if found.properties_info().enumerate().all(|(index, field)| {
                    field.name == format!("subtype_{index}") && !field.required
                }) =>
            {
                let theirs = found.properties_info().map(|field| field.type_id);
                self.unions(variants, theirs.collect(), at);
                self.gap(Gap::OverlappingForms, at);
            }
            (kind, details) => {
                let kind: String = format!("{kind:?}")
                    .chars()
                    .take_while(|next| next.is_alphanumeric())
                    .collect();
                self.wrong(at, &format!("{kind} against {}", their_words(&details)));
            }
        }
    }

    /// The number of values of an enum, which may be optional.
    fn values_of(&self, id: &TypeId) -> Option<usize> {
        let found = self.theirs.get_type(id).ok()?;
        match found.details() {
            TypeDetails::Enum(found) => simple(&found),
            TypeDetails::Option(inner) => self.values_of(&inner),
            _ => None,
        }
    }

    /// The forms of a union stand in another order there.
    fn unions(&mut self, ours: &[UnionVariant], mut theirs: Vec<TypeId>, at: &str) {
        if ours.len() != theirs.len() {
            let problem = format!("{} forms against {}", ours.len(), theirs.len());
            return self.wrong(at, &problem);
        }
        for variant in ours {
            let place = format!("{at}|{}", variant.ident);
            match theirs.iter().position(|form| self.fits(&variant.ty, form)) {
                Some(index) => self.types(&variant.ty, &theirs.remove(index), &place),
                None => self.wrong(&place, "they have no such form"),
            }
        }
    }

    /// Whether two types are the same, without a word about where they are not.
    fn fits(&self, ours: &Type, theirs: &TypeId) -> bool {
        let mut trial = Both {
            api: self.api,
            theirs: self.theirs,
            places: Places::default(),
            seen: self.seen.clone(),
            is_shared: self.is_shared,
        };
        trial.types(ours, theirs, "");
        trial.places.wrong.is_empty()
    }

    fn holds_numbers(&self, found: &TypeEnum<'_>) -> bool {
        forms(found).iter().all(|form| {
            let details = self.theirs.get_type(form).ok();
            details.is_some_and(|ty| match ty.details() {
                TypeDetails::Builtin(name) => is_integer(name) || name == "f64",
                _ => false,
            })
        })
    }

    fn records(&mut self, ours: &Record, theirs: &TypeStruct<'_>, at: &str) {
        let mut theirs: Vec<_> = theirs.properties_info().collect();
        for field in &ours.fields {
            let place = format!("{at}.{}", field.wire);
            let Some(index) = theirs
                .iter()
                .position(|found| is_same_name(found.name, &field.wire))
            else {
                self.wrong(&place, "they have no such field");
                continue;
            };
            let found = theirs.remove(index);
            let required = field.presence != Presence::Optional || field.required_by_fal;
            if found.required != required {
                self.wrong(
                    &place,
                    &format!("{:?} against required: {}", field.presence, found.required),
                );
            }
            self.types(&field.ty, &found.type_id, &place);
        }
        if ours.rest.is_some() {
            theirs.retain(|found| found.name != "extra");
        }
        for found in theirs {
            self.wrong(&format!("{at}.{}", found.name), "only they have this field");
        }
    }
}

/// Both write a property as Rust does, each in its own way: of the wire's name letters and digits are left, and before a
/// digit progenitor puts an `x`.
fn is_same_name(theirs: &str, wire: &str) -> bool {
    let plain = |name: &str| -> String {
        name.chars()
            .filter(|next| next.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .collect()
    };
    let (theirs, ours) = (plain(theirs), plain(wire));
    theirs == ours
        || (ours.starts_with(char::is_numeric) && theirs.strip_prefix('x') == Some(ours.as_str()))
}

/// The types of the forms of an enum that has nothing else.
fn forms(found: &TypeEnum<'_>) -> Vec<TypeId> {
    found
        .variants_info()
        .filter_map(|variant| match variant.details {
            TypeEnumVariant::Tuple(types) => types.into_iter().next(),
            TypeEnumVariant::Simple | TypeEnumVariant::Struct(_) => None,
        })
        .collect()
}

fn is_integer(name: &str) -> bool {
    let name = name.trim_start_matches("::std::num::NonZero");
    matches!(
        name.to_lowercase().as_str(),
        "i8" | "i16" | "i32" | "i64" | "u8" | "u16" | "u32" | "u64"
    )
}

/// How many values an enum has that has nothing else.
fn simple(found: &TypeEnum<'_>) -> Option<usize> {
    let mut variants = found.variants_info();
    let count = found.variants_info().count();
    variants
        .all(|variant| matches!(variant.details, TypeEnumVariant::Simple))
        .then_some(count)
}

fn words(ours: &Type) -> String {
    format!("{ours:?}")
        .chars()
        .take_while(|next| next.is_alphanumeric())
        .collect()
}

fn their_words(theirs: &TypeDetails<'_>) -> String {
    match theirs {
        TypeDetails::Enum(found) => format!("an enum of {}", found.variants_info().count()),
        TypeDetails::Struct(found) => format!(
            "a struct of {}",
            found
                .properties_info()
                .map(|found| found.name.to_owned())
                .collect::<Vec<_>>()
                .join(", ")
        ),
        TypeDetails::Newtype(_) => "a newtype".to_owned(),
        TypeDetails::Option(_) => "an option".to_owned(),
        TypeDetails::Vec(_) => "a list".to_owned(),
        TypeDetails::Map(..) => "a map".to_owned(),
        TypeDetails::Set(_) => "a set".to_owned(),
        TypeDetails::Box(_) => "a box".to_owned(),
        TypeDetails::Tuple(_) => "a tuple".to_owned(),
        TypeDetails::Array(..) => "an array".to_owned(),
        TypeDetails::Builtin(name) => (*name).to_owned(),
        TypeDetails::Unit => "nothing".to_owned(),
        TypeDetails::String => "text".to_owned(),
    }
}
