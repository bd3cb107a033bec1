//! What a job cost, by fal's billing events.

use std::fmt;
use std::future::IntoFuture;
use std::time::{Duration, SystemTime};

use crate::client::Client;
use crate::error::Error;
use crate::http::core::Running;
use crate::platform::pages::{List, Page, Pages};
use crate::platform::request::TimeLimit;
use crate::platform::time;
use crate::platform::transport::types::BillingEvent;
use crate::platform::transport::{Api, Sending};
use crate::values::usd::Usd;

/// What fal billed for a job, exact to the nano dollar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BilledCost {
    nano_dollars: u64,
}

impl BilledCost {
    /// The amount in nano dollars: `1_000_000_000` is one dollar.
    #[must_use]
    pub const fn nano_dollars(self) -> u64 {
        self.nano_dollars
    }

    /// The amount, rounded up to a whole micro-dollar.
    #[must_use]
    pub const fn usd(self) -> Usd {
        Usd::from_micros(self.nano_dollars.div_ceil(1000))
    }
}

/// At least two decimals, and no more than the amount needs: `$1.40`, `$0.000000001`.
impl fmt::Display for BilledCost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = format!("{:010}", self.nano_dollars);
        let (dollars, fraction) = digits.split_at(digits.len() - 9);
        let fraction = fraction.trim_end_matches('0');
        f.pad(&format!("${dollars}.{fraction:0<2}"))
    }
}

/// A request for what a job cost; made by [`Client::billed_cost`].
///
/// Awaited, it gives `None` as long as fal has not billed the job, and for jobs of more than 89 days ago.
///
/// # Errors
/// Where there is no response, or the journal cannot keep the cost.
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until the request is awaited"]
pub struct BilledCostRequest {
    client: Client,
    request_id: String,
    timeout: Option<Duration>,
}

/// fal looks back 90 days at most.
const WINDOW: Duration = Duration::from_secs(89 * 24 * 3600);

impl BilledCostRequest {
    pub(super) fn new(client: Client, request_id: String) -> Self {
        Self {
            client,
            request_id,
            timeout: None,
        }
    }

    /// The longest that all attempts together may take.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }
}

impl IntoFuture for BilledCostRequest {
    type Output = Result<Option<BilledCost>, Error>;
    type IntoFuture = Running<Option<BilledCost>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let start = SystemTime::now().checked_sub(WINDOW).and_then(time::write);
            let events = Events {
                request_id: self.request_id.clone(),
                start,
            };
            let limit = TimeLimit::of(&self.client, self.timeout);
            let events = Pages::until(self.client.clone(), events, limit)
                .all()
                .await?;
            let costs = events
                .iter()
                .filter(|event| event.request_id == self.request_id)
                // A credit note would be below zero; it takes nothing away from what was billed before.
                .map(|event| u64::try_from(event.cost_estimate_nano_usd).unwrap_or(0));
            let Some(nano_dollars) = costs.reduce(u64::saturating_add) else {
                return Ok(None);
            };
            if let Some(recorder) = &self.client.recording.recorder {
                recorder.billed(&self.request_id, nano_dollars).await?;
            }
            Ok(Some(BilledCost { nano_dollars }))
        })
    }
}

#[derive(Clone)]
struct Events {
    request_id: String,
    start: Option<String>,
}

impl List for Events {
    type Item = BillingEvent;

    fn send<'a>(
        &'a self,
        api: &'a Api,
        cursor: Option<&'a str>,
    ) -> Sending<'a, Page<BillingEvent>> {
        Box::pin(async move {
            let page = api
                .list_billing_events(cursor, &self.request_id, self.start.as_deref())
                .await?
                .into_inner();
            Ok(Page::new(
                page.billing_events,
                page.next_cursor,
                page.has_more,
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_read_as_on_an_invoice() {
        for (nano_dollars, text, micros) in [
            (0, "$0.00", 0),
            (1, "$0.000000001", 1),
            (1_400_000_000, "$1.40", 1_400_000),
            (45_000_001, "$0.045000001", 45_001),
            (12_000_000_000, "$12.00", 12_000_000),
        ] {
            let cost = BilledCost { nano_dollars };
            assert_eq!(
                (cost.to_string().as_str(), cost.usd().micros()),
                (text, micros)
            );
        }
    }
}
