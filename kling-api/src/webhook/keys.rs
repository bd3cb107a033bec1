//! The keys that fal signs webhooks with.

use std::fmt;
use std::sync::Arc;

use base64ct::{Base64UrlUnpadded, Encoding};
use ed25519_dalek::VerifyingKey;
use serde_json::Value;

use crate::webhook::error::{Kind, WebhookError};

/// Where fal publishes the keys that it signs webhooks with. No API key is needed to read it. Load it
/// anew once a day at least, and when a signature fits no key: fal changes its keys without notice.
pub const JWKS_URL: &str = "https://rest.fal.ai/.well-known/jwks.json";

/// How many keys an error describes.
const DESCRIBED: usize = 3;

/// The public keys that fal signs webhooks with. Cheap to clone.
///
/// ```
/// use kling_api::webhook::Keys;
///
/// let jwks = r#"{"keys": [
///     {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "kid": "1"}
/// ]}"#;
/// assert_eq!(Keys::from_jwks(jwks)?.count(), 1);
/// # Ok::<(), kling_api::webhook::WebhookError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Keys(Arc<[VerifyingKey]>);

impl Keys {
    /// Reads the text of a JSON Web Key Set. Keys of other kinds than Ed25519 are passed over.
    ///
    /// # Errors
    /// Where the text is no key set, or holds no usable key.
    pub fn from_jwks(jwks: impl AsRef<[u8]>) -> Result<Self, WebhookError> {
        let set: Value = serde_json::from_slice(jwks.as_ref()).map_err(|error| {
            WebhookError::new(Kind::KeysUnreadable("the text is no JSON".to_owned()))
                .with_source(error)
        })?;
        let Some(entries) = set.get("keys").and_then(Value::as_array) else {
            return Err(WebhookError::new(Kind::KeysUnreadable(
                "there is no list `keys` in the JSON".to_owned(),
            )));
        };
        let mut keys = Vec::new();
        let mut problems = Vec::new();
        for (index, entry) in entries.iter().enumerate() {
            match key(entry) {
                Ok(key) if keys.contains(&key) => {}
                Ok(key) => keys.push(key),
                Err(problem) => problems.push(format!("keys[{index}] {problem}")),
            }
        }
        if keys.is_empty() {
            let more = problems.len().saturating_sub(DESCRIBED);
            problems.truncate(DESCRIBED);
            let problem = match (problems.is_empty(), more) {
                (true, _) => "the list `keys` is empty".to_owned(),
                (false, 0) => problems.join(", "),
                (false, more) => format!("{}, and so on for {more} more", problems.join(", ")),
            };
            return Err(WebhookError::new(Kind::NoUsableKey(problem)));
        }
        Ok(Self(keys.into()))
    }

    /// How many there are; at least one.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }

    pub(super) fn verifying(&self) -> &[VerifyingKey] {
        &self.0
    }
}

/// One entry of the list, or what is wrong with it.
fn key(entry: &Value) -> Result<VerifyingKey, String> {
    let text = |name: &str| entry.get(name).and_then(Value::as_str);
    if text("kty") != Some("OKP") || text("crv") != Some("Ed25519") {
        return Err("is not of the kind OKP with the curve Ed25519".to_owned());
    }
    if text("use").is_some_and(|purpose| purpose != "sig") {
        return Err("is not for signatures".to_owned());
    }
    let x = text("x").ok_or("has no text `x`")?;
    let bytes = Base64UrlUnpadded::decode_vec(x.trim_end_matches('='))
        .map_err(|_| "has an `x` that is no base64url")?;
    let bytes = <[u8; 32]>::try_from(bytes)
        .map_err(|bytes| format!("has an `x` of {} bytes in place of 32", bytes.len()))?;
    VerifyingKey::from_bytes(&bytes)
        .ok()
        // For a weak key, anybody can make signatures that fit.
        .filter(|key| !key.is_weak())
        .ok_or_else(|| "has an `x` that is no public key".to_owned())
}

/// The keys themselves are public, and of no use to a reader.
impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys")
            .field("count", &self.count())
            .finish_non_exhaustive()
    }
}
