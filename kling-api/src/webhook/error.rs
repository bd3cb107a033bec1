//! Why a delivery was not taken.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

/// Why a delivery was not taken for fal's.
///
/// Printed, it is one sentence on what is wrong and one on what to do. It repeats nothing of the
/// delivery, which anybody may have sent. [`status_code`](Self::status_code) is what to answer.
#[derive(Clone, Debug)]
pub struct WebhookError {
    pub(super) kind: Kind,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Missing(&'static str),
    Repeated(&'static str),
    Malformed {
        header: &'static str,
        problem: String,
    },
    Old {
        seconds: u64,
    },
    Early {
        seconds: u64,
    },
    TooLarge {
        length: usize,
        limit: usize,
    },
    Signature {
        keys: usize,
    },
    KeysUnreadable(String),
    NoUsableKey(String),
    KeysUnavailable,
    Body(String),
}

impl WebhookError {
    pub(super) fn new(kind: Kind) -> Self {
        Self { kind, source: None }
    }

    /// For a program that loads fal's keys by its own means, and could not.
    #[must_use]
    pub fn keys_unavailable(source: impl StdError + Send + Sync + 'static) -> Self {
        Self::new(Kind::KeysUnavailable).with_source(source)
    }

    pub(super) fn with_source(mut self, source: impl StdError + Send + Sync + 'static) -> Self {
        self.source = Some(Arc::new(source));
        self
    }

    /// The status to answer the delivery with. fal repeats a delivery whatever the status, unless it
    /// is 2xx; they differ for whoever reads the logs.
    ///
    /// 503 where [the keys are not at hand](Self::is_key_unavailable), 401 where time or signature are
    /// wrong, 413 where the body is too large, 400 for everything else.
    #[must_use]
    pub fn status_code(&self) -> u16 {
        match self.kind {
            Kind::KeysUnreadable(_) | Kind::NoUsableKey(_) | Kind::KeysUnavailable => 503,
            Kind::Old { .. } | Kind::Early { .. } | Kind::Signature { .. } => 401,
            Kind::Missing(_) | Kind::Repeated(_) | Kind::Malformed { .. } | Kind::Body(_) => 400,
            Kind::TooLarge { .. } => 413,
        }
    }

    /// fal's keys could not be had, so that nothing is known about the delivery: it may be genuine.
    /// Answer 503, and fal delivers it again.
    #[must_use]
    pub fn is_key_unavailable(&self) -> bool {
        self.status_code() == 503
    }

    /// One of the four headers is missing, there twice, or not of its form. fal sends no such thing.
    #[must_use]
    pub fn is_malformed(&self) -> bool {
        matches!(
            self.kind,
            Kind::Missing(_) | Kind::Repeated(_) | Kind::Malformed { .. }
        )
    }

    /// The delivery was signed more than 300 s ago, or is more than 300 s ahead of this machine's
    /// clock.
    #[must_use]
    pub fn is_out_of_time(&self) -> bool {
        matches!(self.kind, Kind::Old { .. } | Kind::Early { .. })
    }

    /// The body is longer than the verifier takes: 10 MiB, or what `max_body` says.
    #[must_use]
    pub fn is_too_large(&self) -> bool {
        matches!(self.kind, Kind::TooLarge { .. })
    }

    /// No key of fal's has made this signature for these headers and this body.
    #[must_use]
    pub fn is_signature(&self) -> bool {
        matches!(self.kind, Kind::Signature { .. })
    }

    /// The signature is fal's, and the body is not an event that this version can read.
    #[must_use]
    pub fn is_unreadable(&self) -> bool {
        matches!(self.kind, Kind::Body(_))
    }
}

impl fmt::Display for WebhookError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Missing(header) => write!(
                f,
                "the delivery has no header {header}. fal sends it with every webhook: if this one came \
                 from fal, see whether a proxy takes it away"
            ),
            Kind::Repeated(header) => write!(
                f,
                "the delivery has the header {header} more than once, and fal signs one. Refuse it"
            ),
            Kind::Malformed { header, problem } => write!(
                f,
                "the header {header} of the delivery {problem}. Refuse it: fal sends no such header"
            ),
            Kind::Old { seconds } => write!(
                f,
                "the delivery was signed {seconds} s ago, and more than 300 s are not taken. Refuse it, \
                 and see that this machine's clock is right: fal delivers again with a new time"
            ),
            Kind::Early { seconds } => write!(
                f,
                "the delivery was signed {seconds} s ahead of this machine's clock, and more than 300 s \
                 are not taken. Refuse it, and set the clock of this machine right"
            ),
            Kind::TooLarge { length, limit } => write!(
                f,
                "the body of the delivery has {length} bytes, and more than {limit} are not taken. If it \
                 came from fal, set a higher limit with max_body()"
            ),
            Kind::Signature { keys } => write!(
                f,
                "the signature of the delivery fits no key of fal's, {keys} tried. Refuse it, \
                 and if it came from fal, see that the body is handed over byte for byte and that the \
                 keys are the present ones"
            ),
            Kind::KeysUnreadable(problem) => write!(
                f,
                "the keys of webhooks cannot be read: {problem}. Give the document that {} serves",
                crate::webhook::keys::JWKS_URL
            ),
            Kind::NoUsableKey(problem) => write!(
                f,
                "there is no usable key for webhooks: {problem}. Give the document that {} serves, with \
                 an Ed25519 key in it",
                crate::webhook::keys::JWKS_URL
            ),
            Kind::KeysUnavailable => f.write_str(
                "the keys of webhooks could not be fetched, so that the delivery could not be checked. \
                 Answer 503, and fal delivers it again",
            ),
            Kind::Body(problem) => write!(
                f,
                "the signature is fal's, and the body is no event: {problem}. Update this crate, or read \
                 the body yourself"
            ),
        }
    }
}

impl StdError for WebhookError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
