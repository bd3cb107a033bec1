//! What models cost by the unit today, and what so much of them would cost.

use std::collections::BTreeMap;
use std::fmt;
use std::future::IntoFuture;
use std::time::Duration;

use crate::client::Client;
use crate::error::Error;
use crate::http::core::Running;
use crate::platform::money::Amount;
use crate::platform::pages::{List, Page, Pages};
use crate::platform::request::{TimeLimit, send};
use crate::platform::transport::{Api, PlatformRequest, Sending, types};
use crate::values::usd::Usd;

/// What one unit of a model's work costs today. A call costs this times the units that it is billed
/// for, which [`Completed::billable_units`](crate::Completed::billable_units) tells afterwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LivePrice {
    endpoint_id: String,
    amount: Amount,
    unit: String,
}

impl LivePrice {
    fn new(price: types::UnitPrice) -> Self {
        Self {
            endpoint_id: price.endpoint_id,
            amount: Amount::new(price.unit_price, price.currency),
            unit: price.unit,
        }
    }

    /// The endpoint id.
    #[must_use]
    pub fn endpoint_id(&self) -> &str {
        &self.endpoint_id
    }

    /// The price of one unit.
    #[must_use]
    pub fn amount(&self) -> &Amount {
        &self.amount
    }

    /// The price of one unit in dollars; `None` where it cannot be told in whole micro-dollars.
    #[must_use]
    pub fn usd(&self) -> Option<Usd> {
        self.amount.usd()
    }

    /// What is counted, such as `second` or `image`: free text of fal's. `units` and `credits` do not
    /// say how many of them a call takes.
    #[must_use]
    pub fn unit(&self) -> &str {
        &self.unit
    }
}

/// `fal-ai/kling-video/v1/standard/image-to-video: $0.045 per second`.
impl fmt::Display for LivePrice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} per {}", self.endpoint_id, self.amount, self.unit)
    }
}

/// A request for prices; made by [`Platform::prices`](super::Platform::prices).
///
/// # Errors
/// Where fal does not know one of the ids, and where there is no response.
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until the request is awaited"]
pub struct Prices {
    client: Client,
    endpoint_ids: Vec<String>,
    timeout: Option<Duration>,
}

/// fal tells the prices of so many models at a time.
const MOST_IDS: usize = 50;

impl Prices {
    pub(super) fn new(
        client: Client,
        endpoint_ids: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        Self {
            client,
            endpoint_ids: endpoint_ids.into_iter().map(Into::into).collect(),
            timeout: None,
        }
    }

    /// The longest that all attempts together may take.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }
}

impl IntoFuture for Prices {
    type Output = Result<Vec<LivePrice>, Error>;
    type IntoFuture = Running<Vec<LivePrice>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let limit = TimeLimit::of(&self.client, self.timeout);
            let mut prices = Vec::new();
            for ids in self.endpoint_ids.chunks(MOST_IDS) {
                let pages = Pages::until(self.client.clone(), Of(ids.to_vec()), limit);
                prices.extend(pages.all().await?);
            }
            Ok(prices)
        })
    }
}

/// The prices of some endpoint ids.
#[derive(Clone)]
struct Of(Vec<String>);

impl List for Of {
    type Item = LivePrice;

    fn send<'a>(&'a self, api: &'a Api, cursor: Option<&'a str>) -> Sending<'a, Page<LivePrice>> {
        Box::pin(async move {
            let page = api.list_prices(cursor, &self.0).await?.into_inner();
            let prices = page.prices.into_iter().map(LivePrice::new).collect();
            Ok(Page::new(prices, page.next_cursor, page.has_more))
        })
    }
}

/// A request for one price; made by [`Client::live_price`] and
/// [`Platform::live_price`](super::Platform::live_price).
///
/// Awaited, it gives `None` where fal has no price for the model.
///
/// # Errors
/// Where fal does not know the id, and where there is no response.
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until the request is awaited"]
pub struct LivePriceRequest {
    client: Client,
    endpoint_id: String,
    timeout: Option<Duration>,
}

impl LivePriceRequest {
    pub(crate) fn new(client: Client, endpoint_id: String) -> Self {
        Self {
            client,
            endpoint_id,
            timeout: None,
        }
    }

    /// The longest that all attempts together may take.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }
}

impl IntoFuture for LivePriceRequest {
    type Output = Result<Option<LivePrice>, Error>;
    type IntoFuture = Running<Option<LivePrice>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            if self.endpoint_id.is_empty() {
                return Err(Error::configuration(
                    "no endpoint id was given; for an endpoint that this crate \
                     does not know, name it in platform().live_price(id)",
                ));
            }
            let id = self.endpoint_id.clone();
            let limit = TimeLimit::of(&self.client, self.timeout);
            let pages = Pages::until(self.client, Of(vec![id]), limit);
            let prices = pages.all().await?;
            Ok(prices
                .into_iter()
                .find(|price| price.endpoint_id == self.endpoint_id))
        })
    }
}

/// A request for an estimate; made by
/// [`Platform::estimate_calls`](super::Platform::estimate_calls) and
/// [`Platform::estimate_units`](super::Platform::estimate_units). Awaited, it gives the sum.
///
/// # Errors
/// Where fal does not know one of the ids, and where there is no response.
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until the request is awaited"]
pub struct EstimateRequest {
    client: Client,
    body: types::EstimateRequest,
    timeout: Option<Duration>,
}

impl EstimateRequest {
    pub(super) fn of_calls(
        client: Client,
        calls: impl IntoIterator<Item = (impl Into<String>, u64)>,
    ) -> Self {
        let calls = calls.into_iter().map(|(id, call_quantity)| {
            let quantity = types::CallQuantity { call_quantity };
            (id.into(), quantity)
        });
        let calls: BTreeMap<String, _> = calls.collect();
        Self::new(client, types::EstimateRequest::HistoricalApiPrice(calls))
    }

    pub(super) fn of_units(
        client: Client,
        units: impl IntoIterator<Item = (impl Into<String>, f64)>,
    ) -> Self {
        let units = units.into_iter().map(|(id, unit_quantity)| {
            let quantity = types::UnitQuantity { unit_quantity };
            (id.into(), quantity)
        });
        let units: BTreeMap<String, _> = units.collect();
        Self::new(client, types::EstimateRequest::UnitPrice(units))
    }

    fn new(client: Client, body: types::EstimateRequest) -> Self {
        Self {
            client,
            body,
            timeout: None,
        }
    }

    /// The longest that all attempts together may take.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }
}

impl IntoFuture for EstimateRequest {
    type Output = Result<Amount, Error>;
    type IntoFuture = Running<Amount>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let limit = TimeLimit::of(&self.client, self.timeout);
            let estimate = send(&self.client, &Sum(self.body), limit).await?;
            Ok(Amount::new(estimate.total_cost, estimate.currency))
        })
    }
}

struct Sum(types::EstimateRequest);

impl PlatformRequest for Sum {
    type Response = types::Estimate;

    fn send<'a>(&'a self, api: &'a Api) -> Sending<'a, types::Estimate> {
        Box::pin(async move { Ok(api.estimate_cost(&self.0).await?.into_inner()) })
    }
}
