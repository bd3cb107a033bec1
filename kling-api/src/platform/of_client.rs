//! The methods of a client for the platform API.

use std::time::SystemTime;

use crate::client::Client;
use crate::platform::Platform;
use crate::platform::billing::BilledCostRequest;
use crate::platform::lost::FindLostJobs;
use crate::platform::prices::LivePriceRequest;
use crate::values::endpoint::Endpoint;
use crate::values::job::Job;

impl Client {
    /// The platform API of fal: models, prices, past requests.
    #[must_use]
    pub fn platform(&self) -> Platform {
        Platform::new(self.clone())
    }

    /// What one unit of this endpoint's work costs today; `None` where fal has no price. The price
    /// that [`estimated_cost`](Endpoint::estimated_cost) goes by is the one that was published when
    /// this version was made.
    ///
    /// ```no_run
    /// # async fn example(client: kling_api::Client) -> Result<(), kling_api::Error> {
    /// use kling_api::v2_1::master::image_to_video::Input;
    ///
    /// if let Some(price) = client.live_price::<Input>().await? {
    ///     println!("{} per {}", price.amount(), price.unit());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn live_price<E: Endpoint>(&self) -> LivePriceRequest {
        LivePriceRequest::new(self.clone(), E::INFO.id.to_owned())
    }

    /// What fal billed for a job, exact to the nano dollar; `None` as long as it has not. With a journal, the journal's
    /// sums have it from then on, in place of the published price.
    ///
    /// ```no_run
    /// # async fn example(client: kling_api::Client, job: kling_api::Job<kling_api::Raw>) -> Result<(), kling_api::Error> {
    /// if let Some(cost) = client.billed_cost(&job).await? {
    ///     println!("{cost}, or {} nano dollars", cost.nano_dollars());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn billed_cost<E>(&self, job: &Job<E>) -> BilledCostRequest {
        BilledCostRequest::new(self.clone(), job.request_id().to_owned())
    }

    /// Looks for the job of a submit whose outcome is unknown, in the account's list of requests: for
    /// jobs of this input's endpoint that fal took since `since`, and whose stored input is this one.
    /// `since` is the time before the submit; two minutes of
    /// [slack](crate::platform::FindLostJobs::slack) are left for the clocks.
    ///
    /// ```no_run
    /// # async fn example(client: kling_api::Client) -> Result<(), kling_api::Error> {
    /// use std::time::SystemTime;
    /// use kling_api::{Submission, v2_1::master::image_to_video::Input};
    ///
    /// let input = Input::new("two robins build a nest", "https://example.com/robins.webp");
    /// let before = SystemTime::now();
    /// let job = match client.call(input.clone()).submit().await {
    ///     Ok(job) => job,
    ///     Err(error) if error.submission() == Submission::Unknown => {
    ///         let mut found = client.find_lost_jobs(&input, before).await?;
    ///         println!("{found:?}");
    ///         match found.len() {
    ///             1 => found.remove(0).into_job(),
    ///             // None yet, or several: that is for a person to decide, or for a later look.
    ///             _ => return Err(error),
    ///         }
    ///     }
    ///     Err(error) => return Err(error),
    /// };
    /// let video = client.follow(&job).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// The best match comes first: see [`Evidence`](crate::platform::Evidence). Two calls with the
    /// same input cannot be told apart, so both are found.
    ///
    /// An empty list does not prove that nothing was bought. fal does not document how soon a
    /// request is listed, nor whether one that waits or runs is, so look again once it could have
    /// ended. Where the account or the call does not store payloads, time is all that there is to go
    /// by. And an input that fal stores in another form than it was sent, such as a data URI as a
    /// file, does not match.
    ///
    /// The input is compared as it was sent. Where it holds a file of this machine, the call sent the
    /// URL of an upload that nobody knows any more, and awaiting this is an error: upload the file
    /// [first](Self::upload_file), and submit the input with that URL.
    ///
    /// All pages are read, up to 100 requests each. fal goes back 24 hours by itself; for a `since`
    /// before that it is asked to go back further, and how far it does is not documented.
    ///
    /// # Errors
    /// Awaited, it gives an error where a page cannot be fetched. Its
    /// [`submission`](crate::Error::submission) is [`Submission::Unknown`](crate::Submission::Unknown),
    /// since nothing more is known then.
    pub fn find_lost_jobs<E: Endpoint>(&self, input: &E, since: SystemTime) -> FindLostJobs<E> {
        FindLostJobs::new(self.clone(), input, since)
    }
}
