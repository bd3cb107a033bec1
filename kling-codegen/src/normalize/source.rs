//! Where a document says what its endpoint takes and returns.

use serde_json::{Map, Value};

use crate::error::{Error, shortened};
use crate::ir::names::EndpointId;
use crate::pointer::Pointer;

/// The places in a document that say what the endpoint takes and returns.
pub(super) struct Source<'a> {
    pub(super) input: (&'a Value, Pointer),
    pub(super) output: (&'a Value, Pointer),
    pub(super) components: Option<&'a Map<String, Value>>,
    pub(super) deprecated: bool,
}

impl<'a> Source<'a> {
    pub(super) fn find(id: &EndpointId, value: &'a Value) -> Result<Self, Error> {
        check_kind(id, value)?;
        let paths = Pointer::root().key("paths");
        let submit = paths.key(&format!("/{id}")).key("post");
        let result = paths
            .key(&format!("/{id}/requests/{{request_id}}"))
            .key("get")
            .key("responses")
            .key("200");
        let json = |place: &Pointer| place.key("content").key("application/json").key("schema");
        let find = |place: Pointer, problem: &str, remedy| match place.look_up(value) {
            Some(found) => Ok((found, place)),
            None => Err(Error::new(id.as_str(), place.as_str(), problem, remedy)),
        };
        let (operation, _) = find(
            submit.clone(),
            "the document has no operation that submits a job to this endpoint",
            "Fetch the document of the right endpoint",
        )?;
        let expected = format!("/{id}/requests/{{request_id}}");
        let (no_result, remedy) = match other_result(&expected, value) {
            Some(other) => (
                format!(
                    "the document has the result at `{}` and not at `{expected}`",
                    shortened(other).escape_debug()
                ),
                "Correct the path in the document, or give the document the id that its paths have",
            ),
            None => (
                "the document does not say what the result is".to_owned(),
                "Generate from an endpoint that answers with JSON",
            ),
        };
        Ok(Self {
            input: find(
                json(&submit.key("requestBody")),
                "the submit operation has no JSON body",
                "Generate from an endpoint that takes JSON",
            )?,
            output: find(json(&result), &no_result, remedy)?,
            components: value
                .pointer("/components/schemas")
                .and_then(Value::as_object),
            deprecated: operation.get("deprecated") == Some(&Value::Bool(true)),
        })
    }
}

/// The path of a result, where it is another one than that of this endpoint.
fn other_result<'a>(expected: &str, document: &'a Value) -> Option<&'a str> {
    let paths = document.get("paths").and_then(Value::as_object)?;
    let is_result = |(path, operations): &(&'a String, &Value)| {
        let last = path.rsplit_once("/requests/").map(|(_, last)| last);
        let is_one = last.is_some_and(|last| last.starts_with('{') && !last.contains('/'));
        is_one && path.as_str() != expected && operations.get("get").is_some()
    };
    let (path, _) = paths.iter().find(is_result)?;
    Some(path.as_str())
}

/// Whether this is an OpenAPI document, and one of this endpoint.
fn check_kind(id: &EndpointId, value: &Value) -> Result<(), Error> {
    let fail =
        |pointer, problem: String, remedy| Err(Error::new(id.as_str(), pointer, problem, remedy));
    let text = |pointer| value.pointer(pointer).and_then(Value::as_str);
    if !value.is_object() {
        return fail(
            "",
            "this is no OpenAPI document but another JSON value".into(),
            "Fetch the document again",
        );
    }
    if value.get("error").is_some() {
        let message = shortened(text("/error/message").unwrap_or("no message"));
        return fail(
            "/error",
            format!(
                "fal sent an error in place of the document: {}",
                message.escape_debug()
            ),
            "Check the endpoint id, then fetch the document again",
        );
    }
    if !text("/openapi").is_some_and(|version| version.starts_with("3.")) {
        return fail(
            "/openapi",
            "this is no OpenAPI 3 document".into(),
            "Fetch the document again",
        );
    }
    let named = "/info/x-fal-metadata/endpointId";
    match text(named).filter(|other| *other != id.as_str()) {
        Some(other) => fail(
            named,
            format!(
                "this is the document of `{}`",
                shortened(other).escape_debug()
            ),
            "Fetch the document of the right endpoint",
        ),
        None => Ok(()),
    }
}
