//! Finds which type of the old state is which type of the new state, and all places that each pair is reached from.

use indexmap::IndexMap;

use crate::diff::change::{Place, Side};
use crate::diff::matching::{Matched, match_fields, match_variants};
use crate::ir::api::{Api, Endpoint};
use crate::ir::assignable::Names;
use crate::ir::definition::{Definition, DefinitionKind};
use crate::ir::names::{EndpointId, TypeName};
use crate::ir::types::Type;

/// A name together with the place where it is defined.
#[derive(Clone, Copy)]
pub(super) struct Reference<'a> {
    /// The endpoint that owns the definition; `None` for a shared one.
    pub(super) owner: Option<&'a Endpoint>,
    pub(super) name: &'a TypeName,
    pub(super) definition: &'a Definition,
}

/// A state of the API as it looks from inside a definition: names are looked up from here.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    pub(super) api: &'a Api,
    pub(super) owner: Option<&'a Endpoint>,
}

impl<'a> Scope<'a> {
    /// Finds a name. A shared definition sees shared names only, whatever an endpoint calls its own.
    pub(super) fn find(self, name: &TypeName) -> Option<Reference<'a>> {
        let own = self
            .owner
            .and_then(|endpoint| Some((endpoint, endpoint.types.get_key_value(name)?)));
        if let Some((endpoint, (name, definition))) = own {
            return Some(Reference {
                owner: Some(endpoint),
                name,
                definition,
            });
        }
        let name = self
            .owner
            .map_or(name, |endpoint| endpoint.shared_name(name));
        let (name, definition) = self.api.shared.get_key_value(name)?;
        Some(Reference {
            owner: None,
            name,
            definition,
        })
    }

    /// What a type that is a name stands for.
    pub(super) fn definition(self, ty: &Type) -> Option<&'a DefinitionKind> {
        match ty {
            Type::Named(name) | Type::Boxed(name) => Some(&self.find(name)?.definition.kind),
            _ => None,
        }
    }

    pub(super) fn inside(self, reference: Reference<'a>) -> Self {
        Self {
            owner: reference.owner,
            ..self
        }
    }
}

impl<'a> Names<'a> for Scope<'a> {
    fn kind(self, name: &TypeName) -> Option<(&'a DefinitionKind, Self)> {
        let reference = self.find(name)?;
        Some((&reference.definition.kind, self.inside(reference)))
    }
}

/// A type before and after.
pub(super) struct Pair<'a> {
    pub(super) old: Reference<'a>,
    pub(super) new: Reference<'a>,
    pub(super) places: Vec<Place>,
}

type Key<'a> = (
    Option<&'a EndpointId>,
    &'a TypeName,
    Option<&'a EndpointId>,
    &'a TypeName,
);

/// The pairs in the order of first use.
#[derive(Default)]
pub(super) struct Pairs<'a> {
    pairs: IndexMap<Key<'a>, Pair<'a>>,
}

impl<'a> Pairs<'a> {
    /// Adds all types that the endpoint's input or output reaches in both states.
    pub(super) fn reach(&mut self, side: Side, old: Scope<'a>, new: Scope<'a>, root: &TypeName) {
        let (Some(old_root), Some(new_root)) = (old.find(root), new.find(root)) else {
            return;
        };
        let Some(endpoint) = new.owner else { return };
        let mut walk = Walk {
            old: old.api,
            new: new.api,
            endpoint: &endpoint.id,
            side,
            pairs: &mut self.pairs,
            stack: Vec::new(),
        };
        walk.visit(old_root, new_root, side.as_str());
    }

    pub(super) fn into_iter(self) -> impl Iterator<Item = Pair<'a>> {
        self.pairs.into_values()
    }
}

struct Walk<'a, 'p> {
    old: &'a Api,
    new: &'a Api,
    endpoint: &'a EndpointId,
    side: Side,
    pairs: &'p mut IndexMap<Key<'a>, Pair<'a>>,
    stack: Vec<Key<'a>>,
}

impl<'a> Walk<'a, '_> {
    fn visit(&mut self, old: Reference<'a>, new: Reference<'a>, path: &str) {
        let id = |reference: Reference<'a>| reference.owner.map(|endpoint| &endpoint.id);
        let key = (id(old), old.name, id(new), new.name);
        if self.stack.contains(&key) {
            return;
        }
        let pair = self.pairs.entry(key).or_insert_with(|| Pair {
            old,
            new,
            places: Vec::new(),
        });
        let mut known = pair
            .places
            .iter()
            .filter(|place| place.endpoint == *self.endpoint && place.side == Some(self.side))
            .peekable();
        // A union takes what it does not know, so a way into an answer without one counts for all that is inside.
        let is_caught = |path: &str| self.side == Side::Input || path.contains('<');
        let nothing_new = known.peek().is_some()
            && (is_caught(path) || !known.all(|place| is_caught(&place.path)));
        pair.places.push(Place {
            endpoint: self.endpoint.clone(),
            side: Some(self.side),
            path: path.to_owned(),
            pointer: String::new(),
            file: None,
            line: None,
        });
        if nothing_new {
            return;
        }
        self.stack.push(key);
        let old_scope = Scope {
            api: self.old,
            owner: old.owner,
        };
        let new_scope = Scope {
            api: self.new,
            owner: new.owner,
        };
        let mut children = Children {
            old: old_scope,
            new: new_scope,
            found: Vec::new(),
        };
        children.definitions(&old.definition.kind, &new.definition.kind, path);
        for (old, new, path) in children.found {
            self.visit(old, new, &path);
        }
        self.stack.pop();
    }
}

/// The pairs that stand directly inside a pair.
struct Children<'a> {
    old: Scope<'a>,
    new: Scope<'a>,
    found: Vec<(Reference<'a>, Reference<'a>, String)>,
}

impl<'a> Children<'a> {
    fn definitions(&mut self, old: &'a DefinitionKind, new: &'a DefinitionKind, path: &str) {
        match (old, new) {
            (DefinitionKind::Record(old), DefinitionKind::Record(new)) => {
                for matched in match_fields(old, new) {
                    if let Matched::Both(old, new) = matched {
                        self.types(&old.ty, &new.ty, &format!("{path}.{}", new.wire));
                    }
                }
                if let (Some(old), Some(new)) = (&old.rest, &new.rest) {
                    self.types(&old.value.ty, &new.value.ty, &format!("{path}.*"));
                }
            }
            (DefinitionKind::Union(old), DefinitionKind::Union(new)) => {
                for matched in match_variants(old, new, self.old, self.new) {
                    if let Matched::Both(old, new) = matched {
                        self.types(&old.ty, &new.ty, &format!("{path}<{}>", new.ident));
                    }
                }
            }
            (DefinitionKind::Alias(old), DefinitionKind::Alias(new)) => {
                self.types(&old.ty, &new.ty, path);
            }
            _ => {}
        }
    }

    fn types(&mut self, old: &'a Type, new: &'a Type, path: &str) {
        match (old, new) {
            (Type::Array(old), Type::Array(new)) => {
                self.types(&old.item.ty, &new.item.ty, &format!("{path}[]"));
            }
            (Type::Map(old), Type::Map(new)) => {
                self.types(&old.ty, &new.ty, &format!("{path}{{}}"));
            }
            (Type::Tuple(old), Type::Tuple(new)) if old.len() == new.len() => {
                for (index, (old, new)) in old.iter().zip(new).enumerate() {
                    self.types(&old.ty, &new.ty, &format!("{path}[{index}]"));
                }
            }
            (
                Type::Named(old_name) | Type::Boxed(old_name),
                Type::Named(new_name) | Type::Boxed(new_name),
            ) => {
                if let (Some(old), Some(new)) = (self.old.find(old_name), self.new.find(new_name))
                    && pair_up(self.old, self.new, old, new)
                {
                    self.found.push((old, new, path.to_owned()));
                }
            }
            _ => {}
        }
    }
}

/// Whether the second is what became of the first: a type of the same kind and name, or of a name that replaces one that
/// is gone. A field that went from one living type to another has changed its type instead.
pub(super) fn pair_up<'a>(
    old_scope: Scope<'a>,
    new_scope: Scope<'a>,
    old: Reference<'a>,
    new: Reference<'a>,
) -> bool {
    let same_kind = std::mem::discriminant(&old.definition.kind)
        == std::mem::discriminant(&new.definition.kind);
    let renamed = || new_scope.find(old.name).is_none() && old_scope.find(new.name).is_none();
    same_kind && (old.name == new.name || renamed())
}
