//! What a schema says about a place beside what it allows there: words, defaults, examples, limits of files.

use serde_json::{Map, Value, json};

use crate::error::Error;
use crate::ir::note::NoteKind;
use crate::limits;
use crate::normalize::keywords::{Treatment, treatment};
use crate::normalize::schema::Normalizer;
use crate::pointer::Pointer;

impl Normalizer<'_> {
    pub(super) fn annotations(
        &mut self,
        map: &Map<String, Value>,
        at: &Pointer,
    ) -> Result<Map<String, Value>, Error> {
        let mut found = Map::new();
        self.weigh(map, at)?;
        if let Some(text) = map.get("description").and_then(Value::as_str)
            && !text.trim().is_empty()
        {
            found.insert(
                "description".into(),
                Value::from(text.trim().replace("\r\n", "\n")),
            );
        }
        if map.get("deprecated") == Some(&Value::Bool(true)) {
            found.insert("deprecated".into(), Value::Bool(true));
        }
        if let Some(default) = map.get("default") {
            found.insert("default".into(), default.clone());
        }
        // The normal form has another name for them, since OpenAPI 3.0 has none.
        match (
            map.get("examples").or_else(|| map.get("x-examples")),
            map.get("example"),
        ) {
            (Some(Value::Array(examples)), _) if !examples.is_empty() => {
                found.insert("x-examples".into(), Value::Array(examples.clone()));
            }
            (Some(Value::Array(_)) | None, None) => {}
            (Some(Value::Array(_)) | None, Some(example)) => {
                found.insert("x-examples".into(), json!([example]));
            }
            (Some(_), _) => self.note(
                NoteKind::Dropped,
                &at.key("examples"),
                "`examples` is no list",
            ),
        }
        let mut limits = match map.get("x-fal") {
            Some(Value::Object(limits)) => limits.clone(),
            Some(_) => {
                return Err(self.error(
                    &at.key("x-fal"),
                    "`x-fal` is no object",
                    "Correct the document by hand",
                ));
            }
            None => Map::new(),
        };
        for (keyword, value) in map {
            if treatment(keyword) == Treatment::FileLimit {
                limits.insert(keyword.clone(), value.clone());
            }
        }
        limits.retain(|_, value| !value.is_null());
        if !limits.is_empty() {
            found.insert("x-fal".into(), Value::Object(limits));
        }
        Ok(found)
    }

    /// Counts what is copied from here to each place that it describes.
    fn weigh(&mut self, map: &Map<String, Value>, at: &Pointer) -> Result<(), Error> {
        for keyword in [
            "default",
            "description",
            "example",
            "examples",
            "x-examples",
            "x-fal",
        ] {
            let Some(value) = map.get(keyword) else {
                continue;
            };
            let at = at.key(keyword);
            if keyword == "description"
                && value
                    .as_str()
                    .is_some_and(|text| text.len() > limits::WORDS_BYTES)
            {
                let problem = format!("the text is longer than {} bytes", limits::WORDS_BYTES);
                return Err(self.error(&at, problem, limits::REMEDY));
            }
            self.spend(limits::weight(value), &at)?;
        }
        Ok(())
    }
}
