//! JSON pointers (RFC 6901) that grow on the way down.

use serde_json::Value;

/// A place in a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pointer(String);

impl Pointer {
    pub(crate) fn root() -> Self {
        Self(String::new())
    }

    /// The place below this one under a key of an object.
    pub(crate) fn key(&self, key: &str) -> Self {
        Self(format!(
            "{}/{}",
            self.0,
            key.replace('~', "~0").replace('/', "~1")
        ))
    }

    /// The place below this one at an index of an array.
    pub(crate) fn index(&self, index: usize) -> Self {
        Self(format!("{}/{index}", self.0))
    }

    /// The place below this one that the end of another pointer leads to.
    pub(crate) fn followed_by(&self, rest: &str) -> Self {
        Self(format!("{}{rest}", self.0))
    }

    /// The component that this place stands in.
    pub(crate) fn component(&self) -> Option<String> {
        let below = self.0.strip_prefix("/components/schemas/")?;
        let name = below.split('/').next()?;
        Some(name.replace("~1", "/").replace("~0", "~"))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn look_up<'a>(&self, value: &'a Value) -> Option<&'a Value> {
        value.pointer(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_its_component() {
        let place = Pointer::root().key("components").key("schemas").key("a/~1");
        assert_eq!(place.component().as_deref(), Some("a/~1"));
        assert_eq!(place.key("items").component().as_deref(), Some("a/~1"));
        assert_eq!(Pointer::root().key("paths").component(), None);
    }

    #[test]
    fn escapes_slashes_and_tildes() {
        let place = Pointer::root().key("paths").key("/a~b").index(2);
        assert_eq!(place.as_str(), "/paths/~1a~0b/2");
        let value = serde_json::json!({ "paths": { "/a~b": [0, 1, 7] } });
        assert_eq!(place.look_up(&value), Some(&Value::from(7)));
    }
}
