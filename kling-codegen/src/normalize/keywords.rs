//! The one list of schema keywords: what is modelled, what is knowingly ignored, what limits a file.

/// What the generator does with a keyword inside a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Treatment {
    /// It becomes part of the normal form.
    Modelled,
    /// It limits the file behind a URL; kept together under `x-fal`.
    FileLimit,
    /// It is for people, forms or other tools.
    Ignored,
    /// It changes what is valid, and the generator cannot express that.
    Unmodelled,
    /// No keyword that the generator knows. JSON Schema says that such a keyword is an annotation.
    Unknown,
}

/// Says what the generator does with a keyword.
pub(super) fn treatment(keyword: &str) -> Treatment {
    match keyword {
        "$ref" | "additionalProperties" | "allOf" | "anyOf" | "const" | "default" | "deprecated" | "description"
        | "enum" | "example" | "examples" | "exclusiveMaximum" | "exclusiveMinimum" | "format" | "items"
        | "maxItems" | "maxLength" | "maximum" | "minItems" | "minLength" | "minimum" | "multipleOf" | "nullable"
        | "oneOf" | "pattern" | "prefixItems" | "properties" | "required" | "type" | "uniqueItems" | "x-examples"
        | "x-fal"
        | "x-prefix-items"
        | "x-fal-order-properties" => Treatment::Modelled,
        "limit_description" | "max_file_size" | "timeout" => Treatment::FileLimit,
        // A display name; different enums share one in practice, so no type is named after it.
        "title"
        // Hints for fal's web form.
        | "ui" | "_fal_ui_field" | "hidden" | "placeholder" | "order" | "field" | "widget"
        // For other readers of the schema.
        | "$comment" | "$defs" | "$id" | "$schema" | "contentEncoding" | "contentMediaType" | "discriminator"
        | "externalDocs" | "readOnly" | "writeOnly" | "xml"
        // Bounds on the number of keys of a free object; nothing in the generated type could say them.
        | "maxProperties" | "minProperties" | "propertyNames" => Treatment::Ignored,
        // Assertions and applicators of any draft of JSON Schema.
        "$dynamicRef" | "$recursiveRef" | "additionalItems" | "contains" | "dependencies" | "dependentRequired"
        | "dependentSchemas" | "else" | "if" | "maxContains" | "minContains" | "not" | "patternProperties" | "then"
        | "unevaluatedItems" | "unevaluatedProperties" => Treatment::Unmodelled,
        other => match other {
            _ if other.starts_with("x-") || other.starts_with("_fal") => Treatment::Ignored,
            _ if is_range_limit(other) => Treatment::FileLimit,
            _ => Treatment::Unknown,
        },
    }
}

/// Whether a keyword says what a value may be, and not only something about it or about the place.
pub(super) fn shapes(keyword: &str) -> bool {
    treatment(keyword) == Treatment::Modelled
        && !matches!(
            keyword,
            "default"
                | "deprecated"
                | "description"
                | "example"
                | "examples"
                | "nullable"
                | "x-examples"
                | "x-fal"
                | "x-fal-order-properties"
        )
}

/// `min_width`, `max_aspect_ratio` and the like: lower snake case, unlike every keyword of JSON Schema.
fn is_range_limit(keyword: &str) -> bool {
    (keyword.starts_with("min_") || keyword.starts_with("max_"))
        && keyword
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_of_files_and_of_values_are_told_apart() {
        assert_eq!(treatment("max_file_size"), Treatment::FileLimit);
        assert_eq!(treatment("min_aspect_ratio"), Treatment::FileLimit);
        assert_eq!(treatment("maxLength"), Treatment::Modelled);
    }

    #[test]
    fn the_rest_is_ignored_by_name_unmodelled_or_unknown() {
        assert_eq!(treatment("_fal_ui_field"), Treatment::Ignored);
        assert_eq!(treatment("x-anything"), Treatment::Ignored);
        assert_eq!(treatment("le"), Treatment::Unknown);
        assert_eq!(treatment("patternProperties"), Treatment::Unmodelled);
        assert_eq!(treatment("if"), Treatment::Unmodelled);
    }
}
