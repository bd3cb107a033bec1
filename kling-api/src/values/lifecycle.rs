//! How long fal keeps a file, and who may see it.

use std::time::Duration;

use serde::Serialize;

/// How long fal keeps the media that a job makes, and who may see it.
///
/// ```
/// use std::time::Duration;
/// use kling_api::{Access, ObjectLifecycle};
///
/// let lifecycle = ObjectLifecycle::new()
///     .expires_after(Duration::from_secs(3600))
///     .default_access(Access::Forbid);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[must_use]
pub struct ObjectLifecycle {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expiration_duration_seconds: Option<Expiration>,
    #[serde(skip_serializing_if = "Option::is_none")]
    initial_acl: Option<AccessList>,
}

/// Written as a number, or as null for never.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(crate) enum Expiration {
    Seconds(u64),
    Never,
}

/// fal takes rules for single users, too; this crate does not offer them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
struct AccessList {
    default: Access,
}

/// Whether other users than the owner may see a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Access {
    /// The file is served.
    Allow,
    /// The file is refused.
    Forbid,
    /// The file seems not to exist.
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

    /// Whether other users may see the media.
    pub fn default_access(mut self, access: Access) -> Self {
        self.initial_acl = Some(AccessList { default: access });
        self
    }
}
