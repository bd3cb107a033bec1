//! The one error of the generator: what is wrong, where, and what to do.

use std::fmt;

/// A document or a setting from which no code can be generated.
///
/// Its text names the endpoint, the place in the document as a JSON pointer, the problem and the remedy. So does `{:?}`, which
/// is what cargo shows of the `main` of a build script.
#[derive(Clone, PartialEq, Eq)]
pub struct Error {
    endpoint: String,
    pointer: String,
    problem: String,
    remedy: &'static str,
}

impl Error {
    pub(crate) fn new(
        endpoint: impl Into<String>,
        pointer: impl Into<String>,
        problem: impl Into<String>,
        remedy: &'static str,
    ) -> Self {
        Self {
            endpoint: endpoint.into(),
            pointer: pointer.into(),
            problem: problem.into(),
            remedy,
        }
    }

    /// The endpoint id that the document or the setting is about.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The place in the document, as a JSON pointer; empty for the whole document or a setting.
    #[must_use]
    pub fn pointer(&self) -> &str {
        &self.pointer
    }

    /// What is wrong there, without the place.
    #[must_use]
    pub fn problem(&self) -> &str {
        &self.problem
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            endpoint,
            pointer,
            problem,
            remedy,
        } = self;
        if endpoint.is_empty() {
            formatter.write_str("the settings")?;
        } else {
            // An id may come from a hostile document: control characters stay visible and harmless.
            write!(formatter, "{}", endpoint.escape_debug())?;
        }
        if !pointer.is_empty() {
            write!(formatter, " at {}", shortened(pointer).escape_debug())?;
        }
        write!(formatter, ": {problem}. {remedy}.")
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{self}")
    }
}

impl std::error::Error for Error {}

/// Cuts a text that a hostile document made long; what is left still finds the place.
pub(crate) fn shortened(text: &str) -> String {
    const LONGEST: usize = 400;
    if text.len() <= LONGEST {
        return text.to_owned();
    }
    let start: String = text.chars().take(LONGEST / 2).collect();
    let end: Vec<char> = text.chars().rev().take(LONGEST / 4).collect();
    format!("{start}…{}", end.into_iter().rev().collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_place_and_the_remedy() {
        let error = Error::new(
            "acme/app",
            "/components/schemas/Input",
            "`type` is 5",
            "Write a type name",
        );
        assert_eq!(
            error.to_string(),
            "acme/app at /components/schemas/Input: `type` is 5. Write a type name."
        );
        assert_eq!(format!("{error:?}"), error.to_string());
    }

    #[test]
    fn shows_control_characters_and_shortens_long_places() {
        let error = Error::new("a\nb", "/x".repeat(1000), "no", "Stop");
        let text = error.to_string();
        assert!(text.starts_with("a\\nb at /x"));
        assert!(text.len() < 1000);
    }
}
