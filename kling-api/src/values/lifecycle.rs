//! How long fal keeps a file, and who may see it.

use std::time::Duration;

use serde::Serialize;

#[cfg(feature = "client")]
use crate::error::Error;

/// How long fal keeps the media that a job makes, and who may see it.
///
/// ```
/// use std::time::Duration;
/// use kling_api::{Access, ObjectLifecycle};
///
/// let lifecycle = ObjectLifecycle::new()
///     .expires_after(Duration::from_secs(3600))
///     .default_access(Access::Forbid)
///     .access_for("a-user", Access::Allow);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[must_use]
pub struct ObjectLifecycle {
    #[serde(skip_serializing_if = "Option::is_none")]
    expiration_duration_seconds: Option<Expiration>,
    #[serde(skip_serializing_if = "Option::is_none")]
    initial_acl: Option<AccessList>,
}

/// Written as a number, or as null for never.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
enum Expiration {
    Seconds(u64),
    Never,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
struct AccessList {
    #[serde(skip_serializing_if = "Option::is_none")]
    default: Option<Access>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    rules: Vec<AccessRule>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct AccessRule {
    user: String,
    decision: Access,
}

/// Whether a user may see a medium.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Access {
    /// The medium is served.
    Allow,
    /// The medium is refused.
    Forbid,
    /// The medium seems not to exist.
    Hide,
}

impl ObjectLifecycle {
    /// Nothing set: the defaults of the account apply.
    pub fn new() -> Self {
        Self::default()
    }

    /// The media expire after so long, in whole seconds, at least one.
    pub fn expires_after(mut self, duration: Duration) -> Self {
        self.expiration_duration_seconds = Some(Expiration::Seconds(duration.as_secs()));
        self
    }

    /// The media never expire.
    pub fn never_expires(mut self) -> Self {
        self.expiration_duration_seconds = Some(Expiration::Never);
        self
    }

    /// Who is named by no rule.
    pub fn default_access(mut self, access: Access) -> Self {
        self.initial_acl.get_or_insert_default().default = Some(access);
        self
    }

    /// A rule for one user.
    pub fn access_for(mut self, user: impl Into<String>, access: Access) -> Self {
        let rule = AccessRule {
            user: user.into(),
            decision: access,
        };
        self.initial_acl.get_or_insert_default().rules.push(rule);
        self
    }

    /// The value of a header.
    #[cfg(feature = "client")]
    pub(crate) fn written(&self) -> Result<String, Error> {
        // fal reads 0 as "never", the opposite of what was meant.
        if self.expiration_duration_seconds == Some(Expiration::Seconds(0)) {
            return Err(Error::configuration(
                "the media shall expire in less than a second; give at least one second, or call \
                 never_expires()",
            ));
        }
        let text = serde_json::to_string(self).map_err(|error| {
            Error::configuration("the object lifecycle cannot be written as JSON")
                .with_source(error)
        })?;
        Ok(ascii(&text))
    }
}

/// JSON with every character outside ASCII escaped, as a header needs it.
#[cfg(feature = "client")]
fn ascii(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for character in json.chars() {
        if character.is_ascii() {
            text.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            text.extend(["\\u", &format!("{unit:04x}")]);
        }
    }
    text
}

#[cfg(all(test, feature = "client"))]
mod tests {
    use super::*;

    #[test]
    fn media_that_never_expire_are_asked_for_by_null() {
        assert_eq!(
            ObjectLifecycle::new().never_expires().written().unwrap(),
            "{\"expiration_duration_seconds\":null}"
        );
    }
}
