//! A document in normal form becomes IR. Every decision about types and names is taken here and nowhere later.

mod annotations;
mod conforms;
mod media;
mod module;
mod named;
mod price;
mod record;
mod references;
mod types;
mod union;
mod variants;

use std::cell::Cell;
use std::collections::BTreeMap;

use indexmap::IndexMap;
use openapiv3::{OpenAPI, ReferenceOr, Schema, SchemaKind};

use crate::error::Error;
use crate::ir::api::{Endpoint, INPUT, OUTPUT};
use crate::ir::assignable::Names;
use crate::ir::definition::{Definition, DefinitionKind, Origin};
use crate::ir::names::TypeName;
use crate::ir::note::{Note, NoteKind};
use crate::lower::named::{NamedKind, component_types, named_kind};
use crate::names;
use crate::names::unique::UniqueNames;
use crate::normalize::NormalDocument;
use crate::pointer::Pointer;
use crate::settings::{EndpointSettings, Settings};

/// An endpoint before its records are shared with others, and what was noticed on the way.
#[derive(Clone, Debug, PartialEq)]
pub struct Lowered {
    /// The endpoint with all types that its document holds. The names of components carry a mark that [`share`] takes away
    /// when it decides where each of them goes.
    ///
    /// [`share`]: crate::share
    pub endpoint: Endpoint,
    /// What was guessed, dropped or looks wrong.
    pub notes: Vec<Note>,
}

/// Lowers one document.
///
/// # Errors
///
/// When the input is no object, or when the settings of this endpoint name something that its document does not have.
pub fn lower(document: &NormalDocument, settings: &Settings) -> Result<Lowered, Error> {
    let id = document.id();
    let parsed: OpenAPI = serde_json::from_value(document.value().clone()).map_err(|error| {
        Error::new(
            id.as_str(),
            "",
            format!("the normal form is no OpenAPI 3.0 ({error})"),
            "Report this as a fault of the generator",
        )
    })?;
    let none = EndpointSettings::default();
    let own = settings.endpoint(id.as_str()).unwrap_or(&none);
    let schemas = parsed
        .components
        .map(|components| components.schemas)
        .unwrap_or_default();
    let mut lowering = Lowering::new(document, &schemas, own);
    lowering.root(INPUT, Side::Input)?;
    lowering.root(OUTPUT, Side::Output)?;
    lowering.check_overrides()?;
    let types = lowering.finish();
    let price = own
        .price
        .as_ref()
        .map(|price| price::price(id, price, &types))
        .transpose()?;
    let mut notes = document.notes().to_vec();
    notes.append(&mut lowering.notes);
    let module = module::path(id, own, settings)?;
    let metadata = |key: &str| {
        let place = Pointer::root().key("info").key("x-fal-metadata").key(key);
        place
            .look_up(document.value())
            .and_then(serde_json::Value::as_str)
            .map(str::to_owned)
    };
    let deprecated = Pointer::root()
        .key("paths")
        .key(&format!("/{id}"))
        .key("post")
        .key("deprecated");
    let endpoint = Endpoint {
        id: id.clone(),
        method: names::method(&module),
        module,
        title: own.title.clone(),
        description: own
            .description
            .clone()
            .or(parsed.info.description)
            .or_else(|| metadata("about")),
        category: metadata("category"),
        documentation_url: metadata("documentationUrl"),
        deprecated: deprecated.look_up(document.value()).is_some(),
        price,
        types,
        imports: BTreeMap::new(),
    };
    Ok(Lowered { endpoint, notes })
}

/// Whether a type is sent or received; what is both counts as sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Input,
    Output,
}

/// Where a schema stands: what names a type written there, and to which component of fal's it belongs.
#[derive(Clone, Debug)]
struct Place {
    /// The words that a type written here is named after.
    words: String,
    origin: Origin,
    side: Side,
    pointer: Pointer,
}

impl Place {
    fn below(&self, word: &str, pointer: Pointer) -> Self {
        Self {
            words: format!("{} {word}", self.words),
            origin: self.origin.inside(),
            pointer,
            ..self.clone()
        }
    }
}

/// The deepest nesting of types. The stack overflows far beyond it.
const DEEPEST: usize = 64;
/// The most places of a document. Components that use each other twice could fill any memory, and so could a
/// description that holds for many places.
const MOST_PLACES: usize = 50_000;

type Schemas = IndexMap<String, ReferenceOr<Schema>>;

struct Lowering<'a> {
    document: &'a NormalDocument,
    schemas: &'a Schemas,
    settings: &'a EndpointSettings,
    /// The names of the components that become definitions.
    components: BTreeMap<&'a str, TypeName>,
    /// In the order of first use; `None` while one is being built.
    types: IndexMap<TypeName, Option<Definition>>,
    /// The names of types written in places of the input and the output.
    place_names: UniqueNames,
    /// The names of components and of types written inside them.
    component_names: UniqueNames,
    used_overrides: Vec<(String, String)>,
    notes: Vec<Note>,
    /// The components without a name of their own that are being followed, outermost first.
    following: Vec<&'a str>,
    /// How many types stand around the one that is being lowered.
    depth: usize,
    /// How many places have been lowered, with the values and words that stand there.
    places: usize,
    /// How many steps it took to compare values with their types.
    steps: Cell<usize>,
}

impl<'a> Lowering<'a> {
    fn new(
        document: &'a NormalDocument,
        schemas: &'a Schemas,
        settings: &'a EndpointSettings,
    ) -> Self {
        let mut component_names = UniqueNames::new([INPUT, OUTPUT]);
        let components = component_types(schemas, &mut component_names);
        let mut lowering = Self {
            document,
            schemas,
            settings,
            components,
            types: IndexMap::new(),
            place_names: UniqueNames::new([INPUT, OUTPUT]),
            component_names,
            used_overrides: Vec::new(),
            notes: Vec::new(),
            following: Vec::new(),
            depth: 0,
            places: 0,
            steps: Cell::new(0),
        };
        for root in [INPUT, OUTPUT] {
            lowering.components.insert(root, TypeName::unchecked(root));
            lowering.types.insert(TypeName::unchecked(root), None);
        }
        lowering
    }

    fn root(&mut self, name: &'static str, side: Side) -> Result<(), Error> {
        let type_name = TypeName::unchecked(name);
        if self.types.get(&type_name).is_some_and(Option::is_some) {
            return Ok(());
        }
        let place = Place {
            // A type written inside the input is named after its field alone, one inside the output says so.
            words: if side == Side::Input {
                String::new()
            } else {
                names::RETURNED.to_owned()
            },
            origin: Origin::Place,
            side,
            pointer: Pointer::root().key("components").key("schemas").key(name),
        };
        let Some(ReferenceOr::Item(schema)) = self.schemas.get(name) else {
            return Err(self.error(
                &place.pointer,
                "the schema is missing",
                "Report this as a fault of the generator",
            ));
        };
        let definition = self.definition(schema, &place)?.filter(|definition| {
            let is_plain = matches!(
                definition.kind,
                DefinitionKind::StringEnum(_) | DefinitionKind::IntegerEnum(_)
            );
            side == Side::Output || !is_plain
        });
        let definition = match (definition, side, &schema.schema_kind) {
            (Some(definition), _, _) => definition,
            (None, Side::Input, SchemaKind::Type(openapiv3::Type::Object(object))) => Definition {
                kind: DefinitionKind::Record(self.record(object, schema, &place)?),
                ..described(schema, Origin::Place, &self.document.source(&place.pointer))
            },
            (None, Side::Input, _) => {
                return Err(self.error(
                    &place.pointer,
                    "the input is no object",
                    "The queue takes JSON objects; generate from another document",
                ));
            }
            (None, Side::Output, _) => Definition {
                kind: DefinitionKind::Alias(self.slot_of(schema, &place)?),
                ..described(schema, Origin::Place, &self.document.source(&place.pointer))
            },
        };
        self.types.insert(type_name, Some(definition));
        Ok(())
    }

    /// The definition that a schema needs under a name, if it is one that needs a name.
    fn definition(
        &mut self,
        schema: &'a Schema,
        place: &Place,
    ) -> Result<Option<Definition>, Error> {
        let kind = match named_kind(schema, self.schemas) {
            None => return Ok(None),
            Some(NamedKind::Record(object)) => {
                DefinitionKind::Record(self.record(object, schema, place)?)
            }
            Some(NamedKind::Strings(values)) => {
                self.places += values.len();
                DefinitionKind::StringEnum(self.string_variants(values, place)?)
            }
            Some(NamedKind::Integers(values)) => {
                self.places += values.len();
                DefinitionKind::IntegerEnum(self.integer_variants(values, place)?)
            }
            Some(NamedKind::Union(forms)) => DefinitionKind::Union(self.union(&forms, place)?),
        };
        let pointer = match &kind {
            DefinitionKind::StringEnum(_) | DefinitionKind::IntegerEnum(_) => {
                self.document.source(&place.pointer.key("enum"))
            }
            DefinitionKind::Record(_) | DefinitionKind::Union(_) | DefinitionKind::Alias(_) => {
                self.document.source(&place.pointer)
            }
        };
        Ok(Some(Definition {
            kind,
            ..described(schema, place.origin.clone(), &pointer)
        }))
    }

    fn finish(&mut self) -> IndexMap<TypeName, Definition> {
        std::mem::take(&mut self.types)
            .into_iter()
            .filter_map(|(name, definition)| Some((name, definition?)))
            .collect()
    }

    fn note(&mut self, kind: NoteKind, at: &Pointer, message: impl Into<String>) {
        // What the next place says of too many places holds for notes about them too.
        self.places += 1;
        if self.places > MOST_PLACES {
            return;
        }
        self.notes.push(Note {
            endpoint: self.document.id().clone(),
            pointer: self.document.source(at).as_str().to_owned(),
            kind,
            message: message.into(),
        });
    }

    fn error(&self, at: &Pointer, problem: impl Into<String>, remedy: &'static str) -> Error {
        let at = self.document.source(at);
        Error::new(self.document.id().as_str(), at.as_str(), problem, remedy)
    }
}

/// A type that is still being built is not known yet.
impl<'a> Names<'a> for &'a Lowering<'_> {
    fn kind(self, name: &TypeName) -> Option<(&'a DefinitionKind, Self)> {
        Some((&self.built(name)?.kind, self))
    }
}

fn described(schema: &Schema, origin: Origin, pointer: &Pointer) -> Definition {
    Definition {
        kind: DefinitionKind::Union(Vec::new()),
        description: schema.schema_data.description.clone(),
        deprecated: schema.schema_data.deprecated,
        origin,
        pointer: pointer.as_str().to_owned(),
    }
}
