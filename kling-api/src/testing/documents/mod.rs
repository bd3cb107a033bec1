//! The OpenAPI documents of the endpoints that a fake serves.

mod json_schema;
pub(crate) mod pydantic;
mod sample;
pub(crate) mod sample_file;

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use jsonschema::Validator;
use serde_json::Value;

/// Endpoint id to document, in the normal form, as `xtask regen` writes it.
const OF_THE_CRATE: &str = include_str!("../../generated/documents.json");

/// All endpoints of one fake.
pub(crate) struct Documents {
    by_id: BTreeMap<String, Document>,
}

impl Documents {
    /// All endpoints of the crate. Read once in a process.
    pub(crate) fn of_the_crate() -> Result<Arc<Self>, String> {
        static DOCUMENTS: OnceLock<Result<Arc<Documents>, String>> = OnceLock::new();
        DOCUMENTS
            .get_or_init(|| {
                let values: BTreeMap<String, Value> =
                    serde_json::from_str(OF_THE_CRATE).map_err(|error| {
                        format!("The crate's own documents cannot be read: {error}")
                    })?;
                Ok(Arc::new(Self::new(values)?))
            })
            .clone()
    }

    pub(crate) fn new(values: impl IntoIterator<Item = (String, Value)>) -> Result<Self, String> {
        let documents = values
            .into_iter()
            .map(|(id, value)| Ok((id.clone(), Document::new(&id, value)?)));
        Ok(Self {
            by_id: documents.collect::<Result<_, String>>()?,
        })
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Document> {
        self.by_id.get(id)
    }

    pub(crate) fn ids(&self) -> impl Iterator<Item = &str> {
        self.by_id.keys().map(String::as_str)
    }

    /// Fails on the first document whose input schema cannot be used.
    pub(crate) fn check(&self) -> Result<(), String> {
        self.by_id
            .values()
            .try_for_each(|document| document.check().map(|_| ()))
    }
}

/// One endpoint's document, with what is read from it.
pub(crate) struct Document {
    id: Arc<str>,
    value: Value,
    input: Value,
    output: Value,
    check: OnceLock<Result<Check, String>>,
}

/// An input schema, ready to use.
struct Check {
    schema: Value,
    validator: Validator,
    property_order: Vec<String>,
}

impl Document {
    fn new(id: &str, value: Value) -> Result<Self, String> {
        let input = body_schema(
            &value,
            "post",
            "/requestBody/content/application~1json/schema",
            |_| true,
        )
        .ok_or_else(|| format!("The document of {id} has no POST path with a JSON body"))?;
        let output = body_schema(
            &value,
            "get",
            "/responses/200/content/application~1json/schema",
            |path| path.ends_with("/requests/{request_id}"),
        )
        .ok_or_else(|| {
            format!("The document of {id} has no GET path of a result with a JSON body")
        })?;
        Ok(Self {
            id: Arc::from(id),
            input: input.clone(),
            output: output.clone(),
            value,
            check: OnceLock::new(),
        })
    }

    pub(crate) fn value(&self) -> &Value {
        &self.value
    }

    pub(crate) fn id(&self) -> &Arc<str> {
        &self.id
    }

    /// The items of `detail` for an input: none where the input is valid.
    pub(crate) fn check_input(&self, input: &Value) -> Result<Vec<Value>, String> {
        let check = self.check()?;
        Ok(pydantic::details(
            &check.validator,
            &check.schema,
            input,
            &check.property_order,
        ))
    }

    /// The output that the document gives as an example.
    pub(crate) fn example_output(&self, base_url: &str) -> Value {
        sample::sample(&self.output, &self.value, base_url)
    }

    fn check(&self) -> Result<&Check, String> {
        let build = || {
            let schema = json_schema::validation_schema(&self.input, &self.value);
            let options = jsonschema::options().with_draft(jsonschema::Draft::Draft202012);
            let validator = options.build(&schema).map_err(|error| {
                format!(
                    "The input schema of {} is no JSON Schema at {}: {error}",
                    self.id,
                    error.instance_path()
                )
            })?;
            Ok(Check {
                validator,
                property_order: json_schema::property_order(&self.input, &self.value),
                schema,
            })
        };
        self.check.get_or_init(build).as_ref().map_err(Clone::clone)
    }
}

/// The schema at a pointer inside the first operation of this method on a path that is wanted.
fn body_schema<'a>(
    document: &'a Value,
    method: &str,
    pointer: &str,
    wanted: impl Fn(&str) -> bool,
) -> Option<&'a Value> {
    let paths = document.get("paths")?.as_object()?;
    paths
        .iter()
        .filter(|(path, _)| wanted(path))
        .find_map(|(_, item)| item.get(method)?.pointer(pointer))
}
