//! The limits that an input breaks.

use std::fmt;

use crate::values::validation::{Validate, Validator};

/// The published limits that an input breaks: all of them, not only the first.
///
/// Nothing was sent. fal may have loosened a limit since this version of the crate was generated:
/// `Call::skip_validation` sends the input all the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violations {
    violations: Vec<Violation>,
}

impl Violations {
    /// Checks `value`.
    ///
    /// # Errors
    /// Every broken limit, in the order of the fields.
    pub fn of(value: &impl Validate) -> Result<(), Self> {
        let mut validator = Validator::default();
        value.validate_with(&mut validator);
        let violations = validator.into_violations();
        if violations.is_empty() {
            Ok(())
        } else {
            Err(Self { violations })
        }
    }

    #[cfg(feature = "client")]
    pub(crate) fn one(violation: Violation) -> Self {
        Self {
            violations: vec![violation],
        }
    }

    /// Each broken limit, in the order of the fields. Never empty.
    #[must_use]
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }
}

impl fmt::Display for Violations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, violation) in self.violations.iter().enumerate() {
            if index > 0 {
                f.write_str("; ")?;
            }
            violation.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Violations {}

/// One broken limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    path: String,
    message: String,
}

impl Violation {
    pub(crate) fn new(path: String, message: String) -> Self {
        Self { path, message }
    }

    /// The field, for example `dynamic_masks[0].mask_url`. Empty where the input as a whole is meant.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What is wrong, for example `has 2501 characters but may have at most 2500`. Never the text of
    /// the field itself.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = if self.path.is_empty() {
            "the input"
        } else {
            &self.path
        };
        write!(f, "{path} {}", self.message)
    }
}
