//! The keys that the fake signs its webhooks with. It signs on its own, so that it can contradict the client's check.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use ed25519_dalek::{Signer as _, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// The user that the fake's jobs belong to.
const USER: &str = "test-user";

/// One published key at a time.
pub(crate) struct WebhookKeys {
    current: Mutex<Current>,
    random: RandomState,
}

struct Current {
    key: SigningKey,
    number: u64,
}

impl WebhookKeys {
    pub(crate) fn new() -> Self {
        let random = RandomState::new();
        Self {
            current: Mutex::new(Current {
                key: new_key(&random, 0),
                number: 0,
            }),
            random,
        }
    }

    /// The public key, as the document that fal serves.
    pub(crate) fn jwks(&self) -> Value {
        let key = self.lock().key.verifying_key();
        let x = Base64UrlUnpadded::encode_string(key.as_bytes());
        json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "x": x, "kid": "test"}]})
    }

    pub(crate) fn rotate(&self) {
        let mut current = self.lock();
        current.number += 1;
        current.key = new_key(&self.random, current.number);
    }

    /// The four headers of a delivery.
    pub(crate) fn sign(
        &self,
        request_id: &str,
        body: &[u8],
        at: SystemTime,
    ) -> Vec<(String, String)> {
        let key = self.lock().key.clone();
        sign(&key, request_id, body, at)
    }

    /// The same by a key that nobody publishes.
    pub(crate) fn forge(
        &self,
        request_id: &str,
        body: &[u8],
        at: SystemTime,
    ) -> Vec<(String, String)> {
        sign(&new_key(&self.random, u64::MAX), request_id, body, at)
    }

    fn lock(&self) -> MutexGuard<'_, Current> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn sign(key: &SigningKey, request_id: &str, body: &[u8], at: SystemTime) -> Vec<(String, String)> {
    let since_epoch = at.duration_since(SystemTime::UNIX_EPOCH);
    let timestamp = since_epoch.unwrap_or_default().as_secs().to_string();
    let hash = hex::encode(Sha256::digest(body));
    let message = [request_id, USER, &timestamp, &hash].join("\n");
    let signature = hex::encode(key.sign(message.as_bytes()).to_bytes());
    [
        ("x-fal-webhook-request-id", request_id),
        ("x-fal-webhook-user-id", USER),
        ("x-fal-webhook-timestamp", &timestamp),
        ("x-fal-webhook-signature", &signature),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec()
}

/// A key of this fake alone.
fn new_key(random: &RandomState, number: u64) -> SigningKey {
    let mut seed = [0; 32];
    for (place, part) in seed.chunks_exact_mut(8).enumerate() {
        part.copy_from_slice(&random.hash_one((number, place)).to_le_bytes());
    }
    SigningKey::from_bytes(&seed)
}
