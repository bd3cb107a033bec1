//! The input of an endpoint that is chosen at run time. Its checks are those of the typed input behind it.

use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Serialize, Serializer, ser};
use serde_json::Value;

use crate::call::by_id::fields;
use crate::values::endpoint::{Endpoint, EndpointInfo};
use crate::values::media::Media;
use crate::values::media::fields::{MediaFields, Path};
use crate::values::usd::Usd;
use crate::values::validation::{Validate, Validator};
use crate::values::violations::{Violation, Violations};

/// The input of an endpoint that was chosen at run time by `Client::call_by_id`. The output is JSON.
pub struct ById(Box<dyn Known>);

/// An endpoint as generated code lists it.
#[derive(Clone, Copy)]
pub struct KnownEndpoint {
    id: &'static str,
    read: fn(&Value) -> Result<Box<dyn Known>, Violation>,
}

impl KnownEndpoint {
    /// The endpoint of a typed input.
    #[must_use]
    pub const fn of<E: Endpoint + DeserializeOwned>() -> Self {
        Self {
            id: E::INFO.id,
            read: read::<E>,
        }
    }
}

impl fmt::Debug for KnownEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("KnownEndpoint").field(&self.id).finish()
    }
}

impl ById {
    /// Reads JSON as the input of an endpoint, with files in some of its fields.
    pub(super) fn read(
        endpoints: &[KnownEndpoint],
        id: &str,
        mut value: Value,
        files: Vec<(String, Media)>,
    ) -> Result<Self, Violations> {
        let Some(known) = endpoints.iter().find(|endpoint| endpoint.id == id) else {
            let ids: Vec<&str> = endpoints.iter().map(|endpoint| endpoint.id).collect();
            return Err(Violations::one(Violation::new(
                String::new(),
                format!(
                    "is for no endpoint that this version knows; it knows {}",
                    ids.join(", ")
                ),
            )));
        };
        for (index, (field, _)) in files.iter().enumerate() {
            place(&mut value, field, index);
        }
        let mut input = Self((known.read)(&value).map_err(Violations::one)?);
        for (index, (field, file)) in files.into_iter().enumerate() {
            if !input.put(&placeholder(index), &file) {
                return Err(Violations::one(Violation::new(
                    field,
                    "takes no file".to_owned(),
                )));
            }
        }
        Ok(input)
    }

    /// Puts a file where a placeholder stands.
    fn put(&mut self, placeholder: &str, file: &Media) -> bool {
        let mut found = false;
        self.0.media(&mut MediaFields {
            path: Path::default(),
            visit: &mut |_, media, _| {
                if media.as_url() == Some(placeholder) {
                    found = true;
                    *media = file.clone();
                }
            },
        });
        found
    }
}

/// What stands for a file while the JSON is read. It is no URL, so nothing can be fetched from there.
fn placeholder(index: usize) -> String {
    format!("kling-api file {index}")
}

fn place(value: &mut Value, field: &str, index: usize) {
    let file = Value::from(placeholder(index));
    match value.get_mut(field) {
        Some(Value::Array(items)) => items.push(file),
        Some(other) => *other = file,
        None => {
            if let Value::Object(fields) = value {
                fields.insert(field.to_owned(), file);
            }
        }
    }
}

/// A typed input without its type.
trait Known: Send + Sync {
    fn id(&self) -> &str;
    fn seconds(&self) -> Option<f64>;
    fn cost(&self) -> Option<Usd>;
    fn validate_with(&self, validator: &mut Validator);
    fn media(&mut self, media: &mut MediaFields<'_>);
    fn value(&self) -> Result<Value, serde_json::Error>;
}

impl<E: Endpoint> Known for E {
    fn id(&self) -> &str {
        self.endpoint_id()
    }

    fn seconds(&self) -> Option<f64> {
        Endpoint::seconds(self)
    }

    fn cost(&self) -> Option<Usd> {
        self.estimated_cost()
    }

    fn validate_with(&self, validator: &mut Validator) {
        Validate::validate_with(self, validator);
    }

    fn media(&mut self, media: &mut MediaFields<'_>) {
        Validate::media(self, media);
    }

    fn value(&self) -> Result<Value, serde_json::Error> {
        serde_json::to_value(self)
    }
}

fn read<E: Endpoint + DeserializeOwned>(sent: &Value) -> Result<Box<dyn Known>, Violation> {
    let input: E = E::deserialize(sent).map_err(|error| misread::<E>(sent, &error))?;
    let read = input.value().unwrap_or_default();
    if let Some(path) = lost(sent, &read, "") {
        let fields = fields::of::<E>().join(", ");
        let message = format!("is no field of this endpoint; the fields of its input are {fields}");
        return Err(Violation::new(path, message));
    }
    Ok(Box::new(input))
}

/// Which field cannot be read, and why, without its value.
fn misread<E: DeserializeOwned>(sent: &Value, error: &serde_json::Error) -> Violation {
    let reason = error.to_string();
    let field = sent.as_object().and_then(|fields| {
        fields.keys().find(|name| {
            let mut others = fields.clone();
            others.remove(*name);
            E::deserialize(&Value::Object(others))
                .err()
                .is_none_or(|other| other.to_string() != reason)
        })
    });
    let said = match (reason.find('"'), reason.rfind('"')) {
        (Some(start), Some(end)) if start < end => {
            format!("{}…{}", &reason[..start], &reason[end + 1..])
        }
        _ => reason,
    };
    Violation::new(
        field.cloned().unwrap_or_default(),
        format!("cannot be read: {said}"),
    )
}

/// The first field that a type did not keep. A null may be left out.
fn lost(sent: &Value, read: &Value, at: &str) -> Option<String> {
    match (sent, read) {
        (Value::Object(sent), Value::Object(read)) => sent.iter().find_map(|(name, value)| {
            let at = match at {
                "" => name.clone(),
                at => format!("{at}.{name}"),
            };
            match read.get(name) {
                Some(read) => lost(value, read, &at),
                None => (!value.is_null()).then_some(at),
            }
        }),
        (Value::Array(sent), Value::Array(read)) => {
            let mut pairs = sent.iter().zip(read).enumerate();
            pairs.find_map(|(index, (sent, read))| lost(sent, read, &format!("{at}[{index}]")))
        }
        _ => None,
    }
}

impl Endpoint for ById {
    type Output = Value;
    const INFO: EndpointInfo = EndpointInfo::new("");

    fn seconds(&self) -> Option<f64> {
        self.0.seconds()
    }

    fn estimated_cost(&self) -> Option<Usd> {
        self.0.cost()
    }

    fn endpoint_id(&self) -> &str {
        self.0.id()
    }
}

impl Validate for ById {
    fn validate_with(&self, validator: &mut Validator) {
        self.0.validate_with(validator);
    }

    fn media(&mut self, media: &mut MediaFields<'_>) {
        self.0.media(media);
    }
}

impl Serialize for ById {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let value = self.0.value().map_err(ser::Error::custom)?;
        value.serialize(serializer)
    }
}

impl fmt::Debug for ById {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ById").field(&self.0.id()).finish()
    }
}
