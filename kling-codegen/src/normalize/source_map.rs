//! Where in the document the places of the normal form stand.

use std::collections::BTreeMap;

use crate::pointer::Pointer;

/// The places of a schema in normal form that the document spells in another place, such as the one form beside a null.
///
/// A key is the end of a pointer into the normal form. One that ends with a slash means what stands below: the place
/// itself is the same in both. What has no key stands where the place around it leads to.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct SourceMap(BTreeMap<String, Pointer>);

impl SourceMap {
    /// What stands below was written below `at`.
    pub(super) fn below(&mut self, at: &Pointer) {
        // What is known already leads further in.
        self.0.entry("/".to_owned()).or_insert_with(|| at.clone());
    }

    /// What stands at `step` was written at `at`, with all that is inside.
    pub(super) fn put(&mut self, step: &Pointer, at: &Pointer, inside: Self) {
        let step = step.as_str();
        let below = format!("{step}/");
        self.0
            .retain(|key, _| key != step && !key.starts_with(&below));
        self.0.insert(step.to_owned(), at.clone());
        self.0.extend(
            inside
                .0
                .into_iter()
                .map(|(key, place)| (format!("{step}{key}"), place)),
        );
    }

    /// What stands at `step` is written there too, but for something inside.
    pub(super) fn keep(&mut self, step: &Pointer, inside: Self) {
        let step = step.as_str();
        self.0.extend(
            inside
                .0
                .into_iter()
                .map(|(key, place)| (format!("{step}{key}"), place)),
        );
    }

    /// What is inside of `step`.
    pub(super) fn inside(&self, step: &Pointer) -> Self {
        let below = format!("{}/", step.as_str());
        let inside = self
            .0
            .iter()
            .filter(|(key, _)| key.starts_with(&below))
            .filter_map(|(key, place)| {
                Some((key.strip_prefix(step.as_str())?.to_owned(), place.clone()))
            });
        Self(inside.collect())
    }

    /// What stands at `step` comes from another schema, which was written at `around`.
    pub(super) fn take(&mut self, step: &Pointer, other: &Self, around: &Pointer) {
        let found = other.find(step);
        let at = if found == *step {
            around.followed_by(step.as_str())
        } else {
            found
        };
        self.put(step, &at, other.inside(step));
    }

    /// The place in the document of a place in the normal form.
    pub(super) fn find(&self, at: &Pointer) -> Pointer {
        let text = at.as_str();
        if let Some(place) = self.0.get(text) {
            return place.clone();
        }
        let mut end = text.len();
        while let Some(slash) = text.get(..end).and_then(|start| start.rfind('/')) {
            let (around, rest) = text.split_at(slash);
            let known = self
                .0
                .get(&format!("{around}/"))
                .or_else(|| self.0.get(around));
            if let Some(place) = known {
                return place.followed_by(rest);
            }
            end = slash;
        }
        at.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Pointer {
        text.split('/')
            .skip(1)
            .fold(Pointer::root(), |place, key| place.key(key))
    }

    #[test]
    fn the_longest_way_that_is_known_leads_to_the_place() {
        let mut form = SourceMap::default();
        form.below(&at("/s/p/anyOf/1/anyOf/0"));
        form.below(&at("/s/p/anyOf/1"));
        let mut source_map = SourceMap::default();
        source_map.put(&at("/Input"), &at("/s"), SourceMap::default());
        source_map.keep(&at("/Input/p"), form);
        for (normal, source) in [
            ("/Input", "/s"),
            ("/Input/q/items", "/s/q/items"),
            ("/Input/p", "/s/p"),
            ("/Input/p/items", "/s/p/anyOf/1/anyOf/0/items"),
            ("/Inputs", "/Inputs"),
        ] {
            assert_eq!(source_map.find(&at(normal)).as_str(), source);
        }
    }

    #[test]
    fn what_is_said_again_counts_from_then_on() {
        let (mut first, mut source_map) = (SourceMap::default(), SourceMap::default());
        first.below(&at("/a/anyOf/0"));
        source_map.put(&at("/p"), &at("/a"), first);
        source_map.put(&at("/p"), &at("/b"), SourceMap::default());
        assert_eq!(source_map.find(&at("/p/items")).as_str(), "/b/items");
        assert_eq!(source_map.inside(&at("/p")), SourceMap::default());
    }
}
