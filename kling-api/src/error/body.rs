//! The body of a response that is no success, in any of the shapes that fal uses.

use std::fmt::{self, Write as _};

use serde_json::{Map, Value};

use crate::error::visible::Visible;
use crate::values::error_type::ErrorType;

/// How much of a body an error keeps.
pub(crate) const KEPT: usize = 64 * 1024;

/// What the body of an error says.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ErrorBody {
    pub(crate) message: Option<String>,
    pub(crate) error_type: Option<ErrorType>,
    pub(crate) field_errors: Vec<FieldError>,
    /// "User is locked": the balance is used up.
    pub(crate) is_locked: bool,
    /// "Request is still in progress".
    pub(crate) is_in_progress: bool,
    /// The word in `status`, as a cancellation and an unknown id have it.
    pub(crate) status_word: Option<String>,
    pub(crate) is_json: bool,
    /// The start of the text.
    pub(crate) start: Option<String>,
}

/// One thing that the model did not accept.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct FieldError {
    /// Where: names and indexes from the outside in, mostly starting with `body`.
    pub loc: Vec<Location>,
    /// What is wrong, for people. fal changes these texts: decide by `error_type`.
    pub msg: String,
    /// What is wrong, for programs.
    pub error_type: ErrorType,
    /// The bounds that apply, for example `{"min_width": 512}`; the names are listed at
    /// [`ErrorType`].
    pub ctx: Option<Value>,
    /// fal's page about this type.
    pub url: Option<String>,
    /// The value that was refused, as fal sent it back.
    pub input: Option<Value>,
}

/// One step of [`FieldError::loc`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Location {
    /// The name of a field.
    Name(String),
    /// The place in a list, counted from 0.
    Index(u64),
}

impl From<&str> for ErrorBody {
    /// Reads any text whatever.
    fn from(text: &str) -> Self {
        let value = match serde_json::from_str(text) {
            Err(error) if error.is_eof() => serde_json::from_str(&closed(text)),
            read => read,
        };
        let mut body = match value {
            Ok(Value::Object(object)) => Self {
                is_json: true,
                ..Self::of_object(&object)
            },
            Ok(Value::String(message)) => Self {
                is_json: true,
                message: Some(message),
                ..Self::default()
            },
            Ok(_) => Self {
                is_json: true,
                ..Self::default()
            },
            Err(_) => Self::default(),
        };
        if let Some(message) = &body.message {
            let message = message.to_lowercase();
            body.is_locked = message.contains("exhausted balance")
                || (message.contains("user is locked") && message.contains("balance"));
            body.is_in_progress = message.contains("still in progress");
        }
        body.start = (!text.is_empty()).then(|| start(text, KEPT).to_owned());
        body
    }
}

impl ErrorBody {
    fn of_object(object: &Map<String, Value>) -> Self {
        let mut body = Self {
            error_type: text(object, "error_type").map(ErrorType::from),
            status_word: text(object, "status"),
            ..Self::default()
        };
        match object.get("detail") {
            Some(Value::String(detail)) => body.message = Some(detail.clone()),
            Some(Value::Array(items)) => {
                body.field_errors = items.iter().filter_map(FieldError::read).collect();
            }
            Some(Value::Object(detail)) => {
                body.field_errors.extend(FieldError::read_object(detail));
                body.message = text(detail, "message").or_else(|| text(detail, "error"));
                body.error_type = body
                    .error_type
                    .or_else(|| text(detail, "error_type").map(ErrorType::from));
            }
            _ => {}
        }
        let platform = object.get("error").and_then(Value::as_object);
        body.message = body
            .message
            .or_else(|| text(object, "message"))
            .or_else(|| platform.and_then(|error| text(error, "message")))
            .or_else(|| text(object, "error"))
            .or_else(|| body.field_errors.first().map(ToString::to_string));
        body.error_type = body
            .error_type
            .or_else(|| {
                platform
                    .and_then(|error| text(error, "type"))
                    .map(ErrorType::from)
            })
            .or_else(|| {
                body.field_errors
                    .first()
                    .map(|field| field.error_type.clone())
            });
        body
    }
}

impl FieldError {
    fn read(item: &Value) -> Option<Self> {
        match item {
            Value::Object(object) => Self::read_object(object),
            Value::String(msg) => Some(Self {
                loc: Vec::new(),
                msg: msg.clone(),
                error_type: ErrorType::Other(String::new()),
                ctx: None,
                url: None,
                input: None,
            }),
            _ => None,
        }
    }

    fn read_object(object: &Map<String, Value>) -> Option<Self> {
        let msg = text(object, "msg")?;
        let steps = object
            .get("loc")
            .and_then(Value::as_array)
            .map(Vec::as_slice)
            .unwrap_or_default();
        Some(Self {
            loc: steps.iter().filter_map(Location::read).collect(),
            msg,
            error_type: ErrorType::from(text(object, "type").unwrap_or_default()),
            ctx: object.get("ctx").filter(|ctx| !ctx.is_null()).cloned(),
            url: text(object, "url"),
            input: object.get("input").cloned(),
        })
    }

    /// The field, for example `dynamic_masks[0].mask_url`, without the `body` that the input is for fal. Empty
    /// where fal named none, or the input as a whole.
    #[must_use]
    pub fn path(&self) -> String {
        let steps = match self.loc.as_slice() {
            [Location::Name(body), steps @ ..] if body == "body" => steps,
            steps => steps,
        };
        let steps = steps.iter().enumerate().map(|(index, step)| match step {
            Location::Name(name) if index == 0 => name.clone(),
            Location::Name(name) => format!(".{name}"),
            Location::Index(index) => format!("[{index}]"),
        });
        steps.collect()
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path();
        let msg = self.msg.trim();
        match (msg, path.as_str()) {
            (msg, "") => Visible(f).write_str(msg),
            ("", path) => Visible(f).write_str(path),
            (msg, path) => write!(Visible(f), "{msg} ({path})"),
        }
    }
}

impl Location {
    fn read(step: &Value) -> Option<Self> {
        match step {
            Value::String(name) => Some(Self::Name(name.clone())),
            Value::Number(index) => index.as_u64().map(Self::Index),
            _ => None,
        }
    }
}

fn text(object: &Map<String, Value>, name: &str) -> Option<String> {
    object.get(name).and_then(Value::as_str).map(str::to_owned)
}

/// JSON that was cut off, up to its last whole value.
fn closed(text: &str) -> String {
    let (mut open, mut in_string, mut is_escaped) = (Vec::new(), false, false);
    let (mut whole, mut closers) = (0, Vec::new());
    for (place, byte) in text.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if in_string => is_escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'{' => open.push('}'),
            b'[' => open.push(']'),
            b'}' | b']' => {
                open.pop();
            }
            b',' => (whole, closers) = (place, open.clone()),
            _ => {}
        }
    }
    text[..whole]
        .chars()
        .chain(closers.into_iter().rev())
        .collect()
}

/// At most `length` bytes, never through a character.
fn start(text: &str, length: usize) -> &str {
    let mut end = text.len().min(length);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn read(value: &Value) -> ErrorBody {
        ErrorBody::from(value.to_string().as_str())
    }

    #[test]
    fn a_model_error_is_read_field_by_field() {
        let reading = read(&json!({"detail": [{
            "loc": ["body", "dynamic_masks", 0, "mask_url"], "msg": "Image too small",
            "type": "image_too_small", "url": "https://docs.fal.ai/errors/#image_too_small",
            "ctx": {"min_width": 512, "min_height": 512}, "input": "https://x/y.png"
        }, {"loc": ["body"], "msg": "no", "type": "brand_new"}]}));
        assert_eq!(reading.field_errors.len(), 2);
        let field = &reading.field_errors[0];
        assert_eq!(field.path(), "dynamic_masks[0].mask_url");
        assert_eq!(field.error_type, ErrorType::ImageTooSmall);
        assert_eq!(
            field.ctx,
            Some(json!({"min_width": 512, "min_height": 512}))
        );
        assert_eq!(field.input, Some(json!("https://x/y.png")));
        assert_eq!(reading.error_type, Some(ErrorType::ImageTooSmall));
        assert_eq!(
            reading.message.as_deref(),
            Some("Image too small (dynamic_masks[0].mask_url)")
        );
        assert_eq!(
            reading.field_errors[1].error_type,
            ErrorType::Other("brand_new".into())
        );
    }

    #[test]
    fn the_other_shapes_are_read_too() {
        let flat = read(&json!({"detail": "Runner gone", "error_type": "runner_disconnected"}));
        assert_eq!(flat.error_type, Some(ErrorType::RunnerDisconnected));
        assert_eq!(flat.message.as_deref(), Some("Runner gone"));
        let path = read(&json!({"error": "Error", "message": "Path /foo not found"}));
        assert_eq!(path.message.as_deref(), Some("Path /foo not found"));
        let word = read(&json!({"status": "NOT_FOUND"}));
        assert_eq!(word.status_word.as_deref(), Some("NOT_FOUND"));
        let object = read(&json!({"detail": {"msg": "bad", "type": "one_of", "loc": ["body"]}}));
        assert_eq!(object.error_type, Some(ErrorType::OneOf));
        let platform = read(&json!({"error": {"type": "not_found", "message": "No such model"}}));
        assert_eq!(platform.message.as_deref(), Some("No such model"));
        let locked = read(&json!({"detail": "User is locked. Reason: Exhausted balance. Top up."}));
        assert!(locked.is_locked);
        for other in [
            "Your IP address is blocked",
            "This model is locked",
            "User is locked. Reason: Abuse.",
        ] {
            assert!(!read(&json!({ "detail": other })).is_locked, "{other}");
        }
        assert!(read(&json!({"detail": "Request is still in progress"})).is_in_progress);
    }

    #[test]
    fn a_long_body_is_kept_to_a_limit() {
        let body = "\u{e9}".repeat(KEPT);
        let kept = ErrorBody::from(body.as_str()).start.unwrap();
        assert_eq!(kept.len(), KEPT);
    }

    #[test]
    fn what_was_cut_off_is_read_up_to_there() {
        let text = format!(
            r#"{{"detail": [{{"type": "image_too_small", "loc": ["body", "image_url"],
                "msg": "Image, \"too\" {{small", "input": "{}"}}]}}"#,
            "x".repeat(100)
        );
        let cut = ErrorBody::from(&text[..text.len() - 50]);
        assert_eq!(cut.error_type, Some(ErrorType::ImageTooSmall));
        assert_eq!(cut.field_errors[0].path(), "image_url");
        assert!(cut.is_json);
        assert!(!ErrorBody::from("{\"a\": ").is_json);
    }

    proptest! {
        #[test]
        fn any_text_can_be_read(body in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = ErrorBody::from(&*String::from_utf8_lossy(&body));
        }
    }
}
