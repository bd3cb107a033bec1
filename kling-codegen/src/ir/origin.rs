//! Where fal wrote a type.

/// Where fal wrote a type: what it is named after, and where it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// In a place of an endpoint's input or output.
    Place,
    /// Among the components, under this key.
    Component(String),
    /// In a place inside of the component of this key.
    Inside(String),
}

impl Origin {
    /// The key of the component that the type is or stands inside of.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        match self {
            Self::Place => None,
            Self::Component(key) | Self::Inside(key) => Some(key),
        }
    }

    /// Where a type is written that stands inside of this one.
    pub(crate) fn inside(&self) -> Self {
        match self {
            Self::Component(key) => Self::Inside(key.clone()),
            Self::Place | Self::Inside(_) => self.clone(),
        }
    }
}
