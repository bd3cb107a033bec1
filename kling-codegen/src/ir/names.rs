//! Names that are known to be well formed.

use std::fmt;

macro_rules! text_newtype {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            pub(crate) fn unchecked(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    };
}

text_newtype! {
    /// An endpoint id that is known to be well formed: path segments of letters, digits, `.`, `_` and `-`, at least two.
    EndpointId
}
text_newtype! {
    /// A valid Rust identifier in snake case (a keyword as `r#…`) or, for a variant, in camel case.
    Identifier
}

/// A valid Rust type name in camel case that hides nothing of the prelude, and the scope that it is looked up in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TypeName {
    text: String,
    scope: NameScope,
}

/// A type that is written in a place of an endpoint's input or output is named after that place. A component of fal's is
/// named after its key, and what is written inside it after the component. The two never compete until `share` has
/// decided which components several endpoints have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum NameScope {
    Place,
    Component,
}

impl TypeName {
    pub(crate) fn unchecked(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            scope: NameScope::Place,
        }
    }

    /// The name of a component, or of a type inside one, which is no place's name until `share` makes it one.
    pub(crate) fn of_component(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            scope: NameScope::Component,
        }
    }

    pub(crate) fn is_of_component(&self) -> bool {
        self.scope == NameScope::Component
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for TypeName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}
