//! What fal signs, and the checks of it.

use std::time::{Duration, SystemTime};

use ed25519_dalek::Signature;
use sha2::{Digest, Sha256};

use crate::webhook::error::{Kind, WebhookError};
use crate::webhook::headers::{Headers, REQUEST_ID, SIGNATURE, TIMESTAMP, USER_ID, one};
use crate::webhook::keys::Keys;

/// The farthest that the time of signing and the present may lie apart.
const TOLERANCE: Duration = Duration::from_secs(300);

/// The longest body that is taken, unless the caller sets another limit. An event is a few kilobytes.
pub(super) const LARGEST_BODY: usize = 10 * 1024 * 1024;

/// What the headers of a delivery claim. Nothing of it is believed yet.
pub(super) struct Claim<'a> {
    /// The request id of the headers.
    pub(super) request_id: &'a str,
    user_id: &'a str,
    timestamp: &'a str,
    seconds: u64,
    signature: Signature,
}

impl<'a> Claim<'a> {
    /// Reads the four headers.
    pub(super) fn read<H: Headers + ?Sized>(headers: &'a H) -> Result<Self, WebhookError> {
        let timestamp = one(headers, TIMESTAMP)?;
        Ok(Self {
            request_id: one(headers, REQUEST_ID)?,
            user_id: one(headers, USER_ID)?,
            timestamp,
            seconds: seconds(timestamp)?,
            signature: read_signature(one(headers, SIGNATURE)?)?,
        })
    }

    /// Whether the delivery was signed at about this time.
    pub(super) fn check_age(&self, now: SystemTime) -> Result<(), WebhookError> {
        let now = now
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        let then = Duration::from_secs(self.seconds);
        // Rounded up, so that no error says 300 s are more than 300 s.
        let seconds = |apart: Duration| apart.as_secs() + u64::from(apart.subsec_nanos() > 0);
        match (now.checked_sub(then), then.checked_sub(now)) {
            (Some(age), _) if age > TOLERANCE => Err(WebhookError::new(Kind::Old {
                seconds: seconds(age),
            })),
            (_, Some(lead)) if lead > TOLERANCE => Err(WebhookError::new(Kind::Early {
                seconds: seconds(lead),
            })),
            _ => Ok(()),
        }
    }

    /// Takes the body, which costs as much work as it is long: last, and within a limit.
    pub(super) fn of_body(self, body: &[u8], limit: usize) -> Result<Signed<'a>, WebhookError> {
        if body.len() > limit {
            return Err(WebhookError::new(Kind::TooLarge {
                length: body.len(),
                limit,
            }));
        }
        Ok(Signed {
            request_id: self.request_id,
            message: message(self.request_id, self.user_id, self.timestamp, body),
            signature: self.signature,
        })
    }
}

/// The signed part of a delivery.
pub(super) struct Signed<'a> {
    pub(super) request_id: &'a str,
    message: Vec<u8>,
    signature: Signature,
}

impl Signed<'_> {
    /// Whether one of the keys has made the signature. fal does not say which key it used.
    pub(super) fn check_signature(&self, keys: &Keys) -> Result<(), WebhookError> {
        let keys = keys.verifying();
        let fits = |key: &ed25519_dalek::VerifyingKey| {
            key.verify_strict(&self.message, &self.signature).is_ok()
        };
        if keys.iter().any(fits) {
            Ok(())
        } else {
            Err(WebhookError::new(Kind::Signature { keys: keys.len() }))
        }
    }
}

/// The bytes that are signed: three headers as they came and the hash of the body, one a line.
pub(crate) fn message(request_id: &str, user_id: &str, timestamp: &str, body: &[u8]) -> Vec<u8> {
    let hash = hex::encode(Sha256::digest(body));
    [request_id, user_id, timestamp, &hash]
        .join("\n")
        .into_bytes()
}

fn seconds(timestamp: &str) -> Result<u64, WebhookError> {
    let is_number = timestamp.bytes().all(|byte| byte.is_ascii_digit());
    timestamp
        .parse()
        .ok()
        .filter(|_| is_number)
        .ok_or_else(|| malformed(TIMESTAMP, "is no count of seconds since 1970".to_owned()))
}

/// Digits of one case only: both are in use for hexadecimal numbers, and with a mixture there would be
/// many headers for one signature.
fn read_signature(digits: &str) -> Result<Signature, WebhookError> {
    let mut bytes = [0; Signature::BYTE_SIZE];
    if digits.len() != 2 * bytes.len() {
        let problem = format!(
            "has {} characters, and a signature has {} hexadecimal digits",
            digits.len(),
            2 * bytes.len()
        );
        return Err(malformed(SIGNATURE, problem));
    }
    let is_mixed = digits.bytes().any(|digit| digit.is_ascii_lowercase())
        && digits.bytes().any(|digit| digit.is_ascii_uppercase());
    if is_mixed || hex::decode_to_slice(digits, &mut bytes).is_err() {
        let problem = "holds other characters than hexadecimal digits of one case".to_owned();
        return Err(malformed(SIGNATURE, problem));
    }
    Ok(Signature::from_bytes(&bytes))
}

fn malformed(header: &'static str, problem: String) -> WebhookError {
    WebhookError::new(Kind::Malformed { header, problem })
}
