//! A job that fal has, as a value that can be kept.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::sync::Arc;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::values::endpoint::{Endpoint, Raw};

/// A job that fal has. Keep it: it is all that is needed to follow, fetch or cancel the job, from
/// any process, as long as fal keeps the result.
///
/// It holds no secret and can be stored as JSON. Dropping it cancels nothing.
///
/// ```
/// use kling_api::{Job, Raw};
///
/// let job = Job::raw("fal-ai/kling-video/v2.1/master/image-to-video", "6f1c0e9a");
/// let saved = serde_json::to_string(&job)?;
/// let again: Job<Raw> = serde_json::from_str(&saved)?;
/// assert_eq!(job, again);
/// # Ok::<(), serde_json::Error>(())
/// ```
pub struct Job<E> {
    /// Shared, since each request about a job holds it.
    pub(crate) parts: Arc<JobParts>,
    endpoint: PhantomData<fn() -> E>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct JobParts {
    pub(crate) endpoint: String,
    pub(crate) request_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) status_url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) response_url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) cancel_url: Option<String>,
}

/// The URLs that fal named when it took the job. Used only where the key may go to them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Urls {
    pub(crate) status: Option<String>,
    pub(crate) response: Option<String>,
    pub(crate) cancel: Option<String>,
}

impl<E: Endpoint> Job<E> {
    /// The job of endpoint `E` with this request id, where only the id was kept.
    ///
    /// For [`Raw`] use [`Job::raw`], which knows the endpoint; without one, the job cannot be asked for.
    #[must_use]
    pub fn from_request_id(request_id: impl Into<String>) -> Self {
        Self::new(E::INFO.id, request_id.into(), Urls::default())
    }
}

impl Job<Raw> {
    /// The job of any endpoint with this request id.
    #[must_use]
    pub fn raw(endpoint: impl Into<String>, request_id: impl Into<String>) -> Self {
        Self::new(endpoint, request_id.into(), Urls::default())
    }
}

impl<E> Job<E> {
    pub(crate) fn new(endpoint: impl Into<String>, request_id: String, urls: Urls) -> Self {
        Self {
            parts: Arc::new(JobParts {
                endpoint: endpoint.into(),
                request_id,
                status_url: urls.status,
                response_url: urls.response,
                cancel_url: urls.cancel,
            }),
            endpoint: PhantomData,
        }
    }

    /// The request id: what fal's pages, webhooks and invoices call the job.
    #[must_use]
    pub fn request_id(&self) -> &str {
        &self.parts.request_id
    }

    /// The full id of the endpoint that the job was submitted to.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.parts.endpoint
    }

    /// The same job, said to be of endpoint `F`.
    #[cfg(feature = "client")]
    pub(crate) fn of<F>(self) -> Job<F> {
        Job {
            parts: self.parts,
            endpoint: PhantomData,
        }
    }
}

impl<E> Serialize for Job<E> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        JobParts::serialize(&self.parts, serializer)
    }
}

impl<'de, E: Endpoint> Deserialize<'de> for Job<E> {
    /// # Errors
    /// Where the stored job belongs to another endpoint than `E`.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let parts = JobParts::deserialize(deserializer)?;
        let expected = E::INFO.id;
        if !expected.is_empty() && parts.endpoint != expected {
            return Err(D::Error::custom(format!(
                "the job {} belongs to endpoint {} and not to {expected}; read it as a job of its own \
                 endpoint, or as Job<Raw>",
                parts.request_id, parts.endpoint
            )));
        }
        Ok(Self {
            parts: Arc::new(parts),
            endpoint: PhantomData,
        })
    }
}

impl<E> Clone for Job<E> {
    fn clone(&self) -> Self {
        Self {
            parts: self.parts.clone(),
            endpoint: PhantomData,
        }
    }
}

impl<E> fmt::Debug for Job<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job")
            .field("endpoint", &self.parts.endpoint)
            .field("request_id", &self.parts.request_id)
            .finish_non_exhaustive()
    }
}

/// The request id and the endpoint: `6f… of fal-ai/kling-video/v1/standard/image-to-video`.
impl<E> fmt::Display for Job<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.parts.request_id, self.parts.endpoint)
    }
}

impl<E> PartialEq for Job<E> {
    fn eq(&self, other: &Self) -> bool {
        self.parts == other.parts
    }
}

impl<E> Eq for Job<E> {}

impl<E> Hash for Job<E> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.parts.hash(state);
    }
}
