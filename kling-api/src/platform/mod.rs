//! fal's platform API: which models there are, what they cost, and which requests were made.
//!
//! [`Client::platform`] leads here. The requests and responses are those of a client that progenitor
//! generates from `schemas/platform.json`; they go out under the same rules as everything else that
//! a [`Client`] sends: the key to trusted hosts only, time limits, no redirects, and retries with
//! backoff, since no request here changes anything.
//!
//! ```no_run
//! # async fn example(client: kling_api::Client) -> Result<(), kling_api::Error> {
//! use kling_api::platform::ModelStatus;
//!
//! let mut models = client.platform().models().category("image-to-video").status(ModelStatus::Active).stream();
//! while let Some(model) = models.next().await {
//!     println!("{}", model?.endpoint_id);
//! }
//! # Ok(())
//! # }
//! ```

mod billing;
mod history;
pub(crate) mod lost;
mod models;
mod money;
mod of_client;
mod pages;
mod past_requests;
pub(crate) mod payload;
pub(crate) mod prices;
mod request;
mod time;
mod transport;

use crate::client::Client;

pub use crate::platform::billing::{BilledCost, BilledCostRequest};
pub use crate::platform::lost::{Evidence, FindLostJobs, LostJob};
pub use crate::platform::models::{ExpansionFailed, MetaRequest, Models};
pub use crate::platform::money::Amount;
pub use crate::platform::pages::{Page, Pages};
pub use crate::platform::past_requests::PastRequests;
pub use crate::platform::prices::{EstimateRequest, LivePrice, LivePriceRequest, Prices};
pub use crate::platform::transport::types::PastRequest;
pub use crate::platform::transport::types::{Meta, Model, ModelGroup, ModelMetadata};
pub use crate::platform::transport::types::{
    ModelExpansion, ModelStatus, RequestExpansion, RequestStatus,
};

/// fal's platform API; made by [`Client::platform`].
#[derive(Clone, Debug)]
pub struct Platform {
    client: Client,
}

impl Platform {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// The models that fal serves, all of them unless told otherwise.
    pub fn models(&self) -> Models {
        Models::new(self.client.clone())
    }

    /// What the models of these endpoint ids cost by the unit. An id of which fal knows no price is
    /// left out of the list.
    ///
    /// ```no_run
    /// # async fn example(client: kling_api::Client) -> Result<(), kling_api::Error> {
    /// for price in client.platform().prices(["fal-ai/kling-video/v1/standard/image-to-video"]).await? {
    ///     println!("{price}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn prices(&self, endpoint_ids: impl IntoIterator<Item = impl Into<String>>) -> Prices {
        Prices::new(self.client.clone(), endpoint_ids)
    }

    /// What one model costs by the unit, by its endpoint id. [`Client::live_price`] takes it from an
    /// input's type.
    pub fn live_price(&self, endpoint_id: impl Into<String>) -> LivePriceRequest {
        LivePriceRequest::new(self.client.clone(), endpoint_id.into())
    }

    /// What so many calls of each endpoint would cost, at what the calls of the past cost.
    ///
    /// ```no_run
    /// # async fn example(client: kling_api::Client) -> Result<(), kling_api::Error> {
    /// let estimate = client
    ///     .platform()
    ///     .estimate_calls([("fal-ai/kling-video/v1/standard/image-to-video", 100)])
    ///     .await?;
    /// println!("a hundred videos: {estimate}");
    /// # Ok(())
    /// # }
    /// ```
    pub fn estimate_calls(
        &self,
        calls: impl IntoIterator<Item = (impl Into<String>, u64)>,
    ) -> EstimateRequest {
        EstimateRequest::of_calls(self.client.clone(), calls)
    }

    /// What so many units of each endpoint would cost, at the price of today. Which unit a model
    /// counts is in [`LivePrice::unit`].
    pub fn estimate_units(
        &self,
        units: impl IntoIterator<Item = (impl Into<String>, f64)>,
    ) -> EstimateRequest {
        EstimateRequest::of_units(self.client.clone(), units)
    }

    /// The account's requests to one endpoint, those of the last 24 hours unless told otherwise.
    pub fn requests(&self, endpoint_id: impl Into<String>) -> PastRequests {
        PastRequests::new(self.client.clone(), endpoint_id.into())
    }

    /// Facts about the platform itself, such as where webhooks come from.
    pub fn meta(&self) -> MetaRequest {
        MetaRequest::new(self.client.clone())
    }
}
