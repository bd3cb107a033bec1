//! A call, step by step.

use futures_util::future::Either;
use futures_util::{FutureExt as _, StreamExt as _, stream};

use crate::call::Call;
use crate::call::follow::update::{Update, Updates};
use crate::call::recorded::typed;
use crate::error::Error;
use crate::http::notices;
use crate::values::endpoint::Endpoint;

impl<E: Endpoint> Call<E> {
    /// Every step of the call: the upload of its files, the job that fal made, what the job does, and each retry. The
    /// last item is [`Update::Completed`] or an error, and comes once.
    ///
    /// Nothing is sent until the updates are read, and nothing goes on while they are not. Dropping them cancels nothing.
    ///
    /// ```no_run
    /// # async fn example(client: kling_api::Client) -> Result<(), kling_api::Error> {
    /// use std::path::Path;
    /// use kling_api::Update;
    /// use kling_api::v2_1::master::image_to_video::Input;
    ///
    /// let input = Input::new("two robins build a nest", Path::new("robins.webp"));
    /// let mut updates = client.call(input).updates();
    /// while let Some(update) = updates.next().await {
    ///     match update? {
    ///         Update::Uploading { sent, total, .. } => println!("{sent} of {total} bytes"),
    ///         Update::Submitted(job) => println!("request {}", job.request_id()),
    ///         Update::Retrying(retry) => println!("{retry}"),
    ///         Update::Completed(video) => println!("{}", video.video.url),
    ///         _ => {}
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn updates(mut self) -> Updates<E::Output> {
        let (notices, told) = notices::channel();
        self.notices = notices.clone();
        let start = async move {
            let deadline = self.core.deadline(self.timeout);
            let (job, ended) = self.submit_until(deadline).await?;
            let submitted = Update::Submitted(job.clone().of());
            let rest = match ended {
                Some(ended) => {
                    let completed = ended.and_then(|completed| typed(completed, &job));
                    let last = completed.map(|it| Update::Completed(Box::new(it)));
                    Either::Left(stream::iter([last]))
                }
                None => Either::Right(self.follow(job, deadline).items(notices)),
            };
            Ok::<_, Error>(stream::iter([Ok(submitted)]).chain(rest))
        };
        let items = start.into_stream().flat_map(|started| match started {
            Ok(items) => Either::Left(items),
            Err(error) => Either::Right(stream::iter([Err(error)])),
        });
        Updates::new(items, told)
    }
}
