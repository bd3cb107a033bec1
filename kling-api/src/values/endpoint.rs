//! The seam between generated code and this runtime.

use serde::de::DeserializeOwned;
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::values::price::Price;
use crate::values::usd::Usd;
use crate::values::validation::{Validate, Validator};

/// The input of one fal endpoint. Every generated `Input` implements it.
///
/// [`Client`](crate::Client), [`Call`](crate::Call), [`Job`](crate::Job) and
/// [`Completed`](crate::Completed) are generic over it; nothing else differs between endpoints.
pub trait Endpoint: Validate + Serialize + Send + Sync + 'static {
    /// What a finished job of this endpoint returns.
    type Output: DeserializeOwned + Serialize + Send + Sync + 'static;

    /// What is known of the endpoint without a call.
    const INFO: EndpointInfo;

    /// The length that this input asks for, in seconds, where the price depends on it.
    fn seconds(&self) -> Option<f64> {
        None
    }

    /// What fal would charge for this input by the published price; `None` where no price is
    /// published or the length is not known.
    fn estimated_cost(&self) -> Option<Usd> {
        Self::INFO.price?.cost(self.seconds())
    }

    /// The id that a call is sent to.
    #[doc(hidden)]
    fn endpoint_id(&self) -> &str {
        Self::INFO.id
    }
}

/// What is known of an endpoint without a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EndpointInfo {
    /// The full id, for example `fal-ai/kling-video/v2.1/master/image-to-video`. Empty only for
    /// [`Raw`].
    pub id: &'static str,
    /// The name that fal shows.
    pub title: Option<&'static str>,
    /// fal's category, for example `image-to-video`.
    pub category: Option<&'static str>,
    /// fal's page of the endpoint.
    pub documentation_url: Option<&'static str>,
    /// The price, where fal publishes one.
    pub price: Option<Price>,
}

impl EndpointInfo {
    /// An endpoint of which only the id is known.
    #[must_use]
    pub const fn new(id: &'static str) -> Self {
        Self {
            id,
            title: None,
            category: None,
            documentation_url: None,
            price: None,
        }
    }

    /// Sets the name that fal shows.
    #[must_use]
    pub const fn title(mut self, title: &'static str) -> Self {
        self.title = Some(title);
        self
    }

    /// Sets fal's category.
    #[must_use]
    pub const fn category(mut self, category: &'static str) -> Self {
        self.category = Some(category);
        self
    }

    /// Sets fal's page of the endpoint.
    #[must_use]
    pub const fn documentation_url(mut self, url: &'static str) -> Self {
        self.documentation_url = Some(url);
        self
    }

    /// Sets the published price.
    #[must_use]
    pub const fn price(mut self, price: Price) -> Self {
        self.price = Some(price);
        self
    }
}

/// The input of an endpoint that this crate does not know: plain JSON, unchecked.
///
/// Made by [`Client::call_raw`](crate::Client::call_raw); the output is plain JSON too.
#[derive(Clone, Debug, PartialEq)]
pub struct Raw {
    endpoint: String,
    input: Value,
}

impl Raw {
    /// An input for the endpoint with this id.
    #[must_use]
    pub fn new(endpoint: impl Into<String>, input: Value) -> Self {
        Self {
            endpoint: endpoint.into(),
            input,
        }
    }
}

impl Endpoint for Raw {
    type Output = Value;
    const INFO: EndpointInfo = EndpointInfo::new("");

    fn endpoint_id(&self) -> &str {
        &self.endpoint
    }
}

impl Validate for Raw {
    fn validate_with(&self, _: &mut Validator) {}
}

impl Serialize for Raw {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.input.serialize(serializer)
    }
}
