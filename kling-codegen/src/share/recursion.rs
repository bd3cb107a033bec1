//! Types that contain themselves get an allocation of their own where the circle closes.

use std::collections::{BTreeMap, BTreeSet};

use crate::ir::api::Api;
use crate::ir::definition::{Definition, DefinitionKind};
use crate::ir::names::TypeName;
use crate::ir::types::Type;

/// Boxes every place through which a type directly contains itself.
pub(super) fn box_cycles(api: &mut Api) {
    let cyclic = closing(&edges(api.shared.iter_mut()));
    for (name, definition) in &mut api.shared {
        box_in(name, definition, &cyclic);
    }
    for endpoint in &mut api.endpoints {
        let cyclic = closing(&edges(endpoint.types.iter_mut()));
        for (name, definition) in &mut endpoint.types {
            box_in(name, definition, &cyclic);
        }
    }
}

type Graph = BTreeMap<TypeName, BTreeSet<TypeName>>;

/// Which types stand in which without a list or a map in between, since those allocate anyway.
fn edges<'a>(definitions: impl Iterator<Item = (&'a TypeName, &'a mut Definition)>) -> Graph {
    definitions
        .map(|(name, definition)| {
            let mut inside = BTreeSet::new();
            for ty in places(definition) {
                direct(ty, &mut inside);
            }
            (name.clone(), inside)
        })
        .collect()
}

/// The types that stand in a definition itself; what a record keeps beside its fields stands in a map.
fn places(definition: &mut Definition) -> Vec<&mut Type> {
    match &mut definition.kind {
        DefinitionKind::Record(record) => record
            .fields
            .iter_mut()
            .map(|field| &mut field.ty)
            .collect(),
        DefinitionKind::Union(variants) => {
            variants.iter_mut().map(|variant| &mut variant.ty).collect()
        }
        DefinitionKind::Alias(slot) => vec![&mut slot.ty],
        DefinitionKind::StringEnum(_) | DefinitionKind::IntegerEnum(_) => Vec::new(),
    }
}

fn direct(ty: &Type, inside: &mut BTreeSet<TypeName>) {
    match ty {
        Type::Named(name) | Type::Boxed(name) => {
            inside.insert(name.clone());
        }
        Type::Tuple(places) => places.iter().for_each(|place| direct(&place.ty, inside)),
        Type::Boolean
        | Type::Integer(_)
        | Type::Number(_)
        | Type::String(_)
        | Type::Array(_)
        | Type::Map(_)
        | Type::Any => {}
    }
}

/// The edges that lie on a circle: those between two types that lead to each other.
fn closing(graph: &Graph) -> BTreeSet<(TypeName, TypeName)> {
    let circles = Circles::of(graph);
    graph
        .iter()
        .flat_map(|(from, targets)| targets.iter().map(move |to| (from, to)))
        .filter(|(from, to)| circles.hold_both(from, to))
        .map(|(from, to)| (from.clone(), to.clone()))
        .collect()
}

/// The strongly connected components of a graph, by Tarjan's algorithm. It keeps a stack of its own, since a document
/// decides how deep it goes.
#[derive(Default)]
struct Circles<'a> {
    places: BTreeMap<&'a TypeName, Place>,
    /// Those visited that belong to no circle yet.
    open: Vec<&'a TypeName>,
    /// How many circles are closed.
    closed: usize,
}

struct Place {
    number: usize,
    /// The smallest number that it leads back to.
    low: usize,
    circle: Option<usize>,
}

impl<'a> Circles<'a> {
    fn of(graph: &'a Graph) -> Self {
        let mut circles = Self::default();
        for name in graph.keys() {
            if !circles.places.contains_key(name) {
                circles.visit(name, graph);
            }
        }
        circles
    }

    fn hold_both(&self, one: &TypeName, other: &TypeName) -> bool {
        let circle = |name| self.places.get(name).and_then(|place| place.circle);
        // What is not in the graph is in no circle.
        circle(one).is_some_and(|found| circle(other) == Some(found))
    }

    fn visit(&mut self, from: &'a TypeName, graph: &'a Graph) {
        let mut path = vec![(from, self.enter(from, graph))];
        while let Some((name, targets)) = path.last_mut() {
            let name = *name;
            if let Some(target) = targets.next() {
                match self.places.get(target) {
                    None => {
                        let targets = self.enter(target, graph);
                        path.push((target, targets));
                    }
                    Some(Place {
                        number,
                        circle: None,
                        ..
                    }) => {
                        let number = *number;
                        self.lower(name, number);
                    }
                    Some(_) => {}
                }
                continue;
            }
            path.pop();
            let low = self.leave(name);
            if let Some((parent, _)) = path.last() {
                self.lower(parent, low);
            }
        }
    }

    fn enter(
        &mut self,
        name: &'a TypeName,
        graph: &'a Graph,
    ) -> impl Iterator<Item = &'a TypeName> + use<'a> {
        let number = self.places.len();
        self.places.insert(
            name,
            Place {
                number,
                low: number,
                circle: None,
            },
        );
        self.open.push(name);
        graph
            .get(name)
            .into_iter()
            .flatten()
            .filter(|target| graph.contains_key(*target))
    }

    fn lower(&mut self, name: &TypeName, number: usize) {
        if let Some(place) = self.places.get_mut(name) {
            place.low = place.low.min(number);
        }
    }

    /// Closes the circle that begins with a type from which all has been visited, and says how far back it leads.
    fn leave(&mut self, name: &TypeName) -> usize {
        let Some(&Place { number, low, .. }) = self.places.get(name) else {
            return usize::MAX;
        };
        if number == low {
            while let Some(inside) = self.open.pop() {
                if let Some(place) = self.places.get_mut(inside) {
                    place.circle = Some(self.closed);
                }
                if inside == name {
                    break;
                }
            }
            self.closed += 1;
        }
        low
    }
}

fn box_in(name: &TypeName, definition: &mut Definition, cyclic: &BTreeSet<(TypeName, TypeName)>) {
    for ty in places(definition) {
        replace(name, ty, cyclic);
    }
}

fn replace(owner: &TypeName, ty: &mut Type, cyclic: &BTreeSet<(TypeName, TypeName)>) {
    match ty {
        Type::Named(name) if cyclic.contains(&(owner.clone(), name.clone())) => {
            *ty = Type::Boxed(name.clone());
        }
        Type::Tuple(places) => places
            .iter_mut()
            .for_each(|place| replace(owner, &mut place.ty, cyclic)),
        Type::Named(_)
        | Type::Boxed(_)
        | Type::Boolean
        | Type::Integer(_)
        | Type::Number(_)
        | Type::String(_)
        | Type::Array(_)
        | Type::Map(_)
        | Type::Any => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn closed(edges: &[(&str, &str)]) -> Vec<String> {
        let mut graph = Graph::new();
        for (from, to) in edges {
            graph.entry(TypeName::unchecked(*to)).or_default();
            let targets = graph.entry(TypeName::unchecked(*from)).or_default();
            targets.insert(TypeName::unchecked(*to));
        }
        closing(&graph)
            .iter()
            .map(|(from, to)| format!("{from}{to}"))
            .collect()
    }

    #[test]
    fn edges_on_a_circle_are_found_and_no_others() {
        assert_eq!(closed(&[("A", "A")]), ["AA"]);
        assert_eq!(closed(&[("A", "B"), ("B", "C")]), [""; 0]);
        // Two circles that share C, one that stands apart, and ways into and between them.
        let edges = [
            ("A", "B"),
            ("B", "C"),
            ("C", "B"),
            ("C", "D"),
            ("D", "C"),
            ("D", "E"),
            ("E", "F"),
            ("F", "G"),
            ("G", "E"),
            ("A", "G"),
        ];
        assert_eq!(closed(&edges), ["BC", "CB", "CD", "DC", "EF", "FG", "GE"]);
    }

    #[test]
    fn a_circle_of_thousands_needs_no_stack() {
        let names: Vec<String> = (0..20_000).map(|number| format!("T{number:05}")).collect();
        let edges: Vec<(&str, &str)> = (0..names.len())
            .map(|index| {
                let next = (index + 1) % names.len();
                (names[index].as_str(), names[next].as_str())
            })
            .collect();
        assert_eq!(closed(&edges).len(), names.len());
    }
}
