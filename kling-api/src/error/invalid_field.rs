//! What is not valid in an input, whoever found it.

use crate::error::Error;
use crate::values::error_type::ErrorType;

/// A field of an input that is not valid: [`Error::invalid_fields`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidField<'a> {
    path: String,
    message: &'a str,
    error_type: Option<&'a ErrorType>,
}

impl InvalidField<'_> {
    /// The field, for example `dynamic_masks[0].mask_url`. Empty where the input as a whole is meant.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What is wrong, for people.
    #[must_use]
    pub fn message(&self) -> &str {
        self.message
    }

    /// fal's name for what is wrong; `None` where this crate found it.
    #[must_use]
    pub fn error_type(&self) -> Option<&ErrorType> {
        self.error_type
    }
}

impl Error {
    /// What is not valid in the input, field by field: the [violations](Self::violations) that the check
    /// before sending found, or else the [field errors](Self::field_errors) of fal, with paths of one form.
    #[must_use]
    pub fn invalid_fields(&self) -> Vec<InvalidField<'_>> {
        if let Some(violations) = self.violations() {
            let fields = violations.violations().iter();
            return fields
                .map(|violation| InvalidField {
                    path: violation.path().to_owned(),
                    message: violation.message(),
                    error_type: None,
                })
                .collect();
        }
        let fields = self.field_errors().iter();
        fields
            .map(|field| InvalidField {
                path: field.path(),
                message: &field.msg,
                error_type: Some(&field.error_type),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::error::Error;
    use crate::error::body::ErrorBody;
    use crate::error::kind::{Kind, Phase};
    use crate::values::error_type::ErrorType;
    use crate::values::validation::{Validate, Validator};
    use crate::values::violations::Violations;

    struct Masks;

    impl Validate for Masks {
        fn validate_with(&self, validator: &mut Validator) {
            validator.field("masks", |validator| {
                validator.each(&["abc"], |url, validator| {
                    validator.field("url", |validator| validator.max_length(url, 2));
                });
            });
        }
    }

    #[test]
    fn both_sides_name_a_field_in_the_same_way() {
        let here = Error::from(Violations::of(&Masks).unwrap_err());
        let mut there = Error::new(Kind::Refused, Phase::Submit);
        there.inner_mut().status = Some(422);
        there.inner_mut().body = ErrorBody::from(
            r#"{"detail": [{"loc": ["body", "masks", 0, "url"], "msg": "too small", "type": "image_too_small"}]}"#,
        );
        assert!(here.is_validation() && there.is_validation());
        for (error, message, error_type) in [
            (&here, "has 3 characters but may have at most 2", None),
            (&there, "too small", Some(&ErrorType::ImageTooSmall)),
        ] {
            let fields = error.invalid_fields();
            assert_eq!(fields.len(), 1);
            assert_eq!(fields[0].path(), "masks[0].url");
            assert_eq!(fields[0].message(), message);
            assert_eq!(fields[0].error_type(), error_type);
        }
        assert!(
            Error::new(Kind::Connect, Phase::Submit)
                .invalid_fields()
                .is_empty()
        );
    }
}
