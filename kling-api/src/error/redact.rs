//! Taking the key out of JSON, however the server that sent it back has written it.

use std::borrow::Cow;

use serde_json::Value;

/// The text without what `redact` takes out: from the text as it stands and, where it is JSON with
/// escapes in it, from what its strings mean.
pub(crate) fn json(text: &str, redact: impl Fn(&str) -> String) -> Cow<'_, str> {
    let clean = redact(text);
    if clean.contains('\\')
        && let Ok(value) = serde_json::from_str::<Value>(&clean)
    {
        let cleaner = strings(value.clone(), &redact);
        if cleaner != value {
            return cleaner.to_string().into();
        }
    }
    if clean == text {
        text.into()
    } else {
        clean.into()
    }
}

fn strings(value: Value, redact: &impl Fn(&str) -> String) -> Value {
    match value {
        Value::String(text) => Value::String(redact(&text)),
        Value::Array(items) => items
            .into_iter()
            .map(|item| strings(item, redact))
            .collect(),
        Value::Object(fields) => fields
            .into_iter()
            .map(|(name, value)| (redact(&name), strings(value, redact)))
            .collect(),
        plain => plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clean(text: &str) -> Cow<'_, str> {
        json(text, |text| text.replace("SECRET", "[key]"))
    }

    #[test]
    fn no_spelling_of_the_key_is_kept() {
        assert_eq!(clean(r#"{"a": "a SECRET"}"#), r#"{"a": "a [key]"}"#);
        assert_eq!(
            clean(r#"{"SE\u0043RET":["\u0053ECRET",1]}"#),
            r#"{"[key]":["[key]",1]}"#
        );
        assert_eq!(clean("SECRET \\"), "[key] \\");
    }

    #[test]
    fn what_holds_no_key_stays_as_it_is() {
        for text in [r#"{"b": "a\nb", "a" :1.0}"#, "no JSON \\", ""] {
            assert!(
                matches!(clean(text), Cow::Borrowed(kept) if kept == text),
                "{text}"
            );
        }
    }
}
