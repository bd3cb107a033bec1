//! The two spaces of type names.
//!
//! A type that is written in a place of an endpoint's input or output is named after that place. A component of fal's is
//! named after its key, and what is written inside it after the component. The two never compete: until `share` has
//! decided which components several endpoints have in common, the names of components carry a mark. Then a component
//! that is shared has its name in `types`, whatever an endpoint calls its own types; and inside an endpoint it is called
//! otherwise only where a place has the name.

use crate::ir::TypeName;

const MARK: &str = "types::";

/// The marked name of a component, or of a type inside one.
pub(crate) fn of_component(plain: &str) -> TypeName {
    TypeName::unchecked(format!("{MARK}{plain}"))
}

/// The name without its mark, where it has one.
pub(crate) fn component_part(name: &TypeName) -> Option<&str> {
    name.as_str().strip_prefix(MARK)
}

/// The name without its mark.
pub(crate) fn plain(name: &TypeName) -> &str {
    component_part(name).unwrap_or(name.as_str())
}
