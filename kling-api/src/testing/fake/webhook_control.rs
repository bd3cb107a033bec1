//! The webhooks, in the hands of a test.

use std::time::SystemTime;

use crate::testing::fake::FakeFal;
use crate::testing::routes::webhooks;
use crate::testing::state::deliveries::Delivery;

impl FakeFal {
    /// The public key of webhooks, as the text that fal serves to everybody.
    #[must_use]
    pub fn webhook_keys(&self) -> String {
        self.shared().webhook_keys.jwks().to_string()
    }

    /// Signs with a new key from now on, and publishes it in place of the old one.
    pub fn rotate_webhook_keys(&self) {
        self.shared().webhook_keys.rotate();
    }

    /// The four headers that a delivery with this body has: to call a handler without a job.
    ///
    /// ```
    /// use std::time::SystemTime;
    /// use kling_api::testing::FakeFal;
    /// use kling_api::{Raw, webhook::{Keys, Verifier}};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let fake = FakeFal::start().await?;
    /// let body = br#"{"request_id": "6f1c0e9a", "status": "OK", "payload": {}}"#;
    /// let headers = fake.sign_webhook("6f1c0e9a", body, SystemTime::now());
    /// let verifier = Verifier::new(Keys::from_jwks(fake.webhook_keys())?);
    /// assert_eq!(verifier.verify::<Raw>(&headers, body)?.request_id(), "6f1c0e9a");
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn sign_webhook(
        &self,
        request_id: &str,
        body: &[u8],
        at: SystemTime,
    ) -> Vec<(String, String)> {
        self.shared().webhook_keys.sign(request_id, body, at)
    }

    /// All attempts to deliver so far, in the order in which they ended.
    ///
    /// The fake delivers to plain URLs on this machine only. It reads the statuses of a job that has such a webhook, so
    /// that by default the job ends at once; the delivery may arrive before the response to the submit, as it may with
    /// fal. [`wait_for`](Self::wait_for) waits for deliveries, as [`Operation::Webhook`](super::Operation::Webhook).
    #[must_use]
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.shared().deliveries.all()
    }

    /// Delivers the event of a job once more, as fal does where a response got lost. Returns the status of the response;
    /// none where the job has no webhook, has not ended, or no response came.
    ///
    /// # Panics
    /// If no job of this id was bought here.
    #[track_caller]
    pub fn deliver_again(
        &self,
        request_id: &str,
    ) -> impl Future<Output = Option<u16>> + Send + use<> {
        let job = self.job(request_id).job;
        let shared = self.shared().clone();
        async move { webhooks::deliver_again(&shared, &job).await }
    }
}
