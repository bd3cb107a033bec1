//! The requests that the account has made.

use std::future::IntoFuture;
use std::num::NonZeroU32;
use std::time::{Duration, SystemTime};

use crate::client::Client;
use crate::error::Error;
use crate::http::core::Running;
use crate::platform::pages::{List, Page, Pages, page};
use crate::platform::request::TimeLimit;
use crate::platform::time;
use crate::platform::transport::types::{RequestExpansion, RequestStatus};
use crate::platform::transport::{Api, Sending};

use crate::platform::transport::types::PastRequest;

/// A request for the list of the account's requests to one endpoint; made by
/// [`Platform::requests`](super::Platform::requests).
///
/// fal lists those of the last 24 hours, or of the last 90 days where one
/// [request id](Self::request_id) is asked for, at most 100 to a page. Awaited, it gives the whole
/// list; [`stream`](Self::stream) gives the entries as they come.
///
/// ```no_run
/// # async fn example(client: kling_api::Client) -> Result<(), kling_api::Error> {
/// use kling_api::platform::{RequestExpansion, RequestStatus};
///
/// let failed = client
///     .platform()
///     .requests("fal-ai/kling-video/v1/standard/image-to-video")
///     .status(RequestStatus::UserError)
///     .expand(RequestExpansion::Payloads)
///     .await?;
/// for request in failed {
///     println!("{} with {:?}", request.request_id, request.json_input);
/// }
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// Where a page cannot be fetched: see [`Error`]. A request buys nothing.
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until the list is awaited or streamed"]
pub struct PastRequests {
    client: Client,
    query: Query,
    timeout: Option<Duration>,
}

#[derive(Clone, Debug, Default)]
struct Query {
    endpoint_id: String,
    request_id: Option<String>,
    start: Option<String>,
    end: Option<String>,
    status: Option<RequestStatus>,
    expansions: Vec<RequestExpansion>,
    limit: Option<NonZeroU32>,
}

impl PastRequests {
    pub(super) fn new(client: Client, endpoint_id: String) -> Self {
        let query = Query {
            endpoint_id,
            ..Query::default()
        };
        Self {
            client,
            query,
            timeout: None,
        }
    }

    /// Only the request of this id.
    pub fn request_id(mut self, id: impl Into<String>) -> Self {
        self.query.request_id = Some(id.into());
        self
    }

    /// Only requests since this time.
    pub fn since(mut self, start: SystemTime) -> Self {
        self.query.start = time::write(start);
        self
    }

    /// Only requests up to this time.
    pub fn until(mut self, end: SystemTime) -> Self {
        self.query.end = time::write(end);
        self
    }

    /// Only requests that ended so.
    pub fn status(mut self, status: RequestStatus) -> Self {
        self.query.status = Some(status);
        self
    }

    /// Adds something to each request: its input and output, where the account stores them.
    pub fn expand(mut self, expansion: RequestExpansion) -> Self {
        self.query.expansions.push(expansion);
        self
    }

    /// The most entries of a page, up to 100. Unset, fal chooses.
    pub fn limit(mut self, entries: NonZeroU32) -> Self {
        self.query.limit = Some(entries);
        self
    }

    /// The longest that all pages together may take. By default, the attempts of each page are limited
    /// instead: see [`Retry::attempts`](crate::Retry::attempts).
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// The requests, page after page.
    pub fn stream(self) -> Pages<PastRequest> {
        Pages::of(self.client, self.query, self.timeout)
    }

    /// One page: the first one, or the one that `cursor` leads to.
    ///
    /// # Errors
    /// Where the page cannot be fetched.
    pub async fn page(&self, cursor: Option<&str>) -> Result<Page<PastRequest>, Error> {
        let cursor = cursor.map(str::to_owned);
        let limit = TimeLimit::of(&self.client, self.timeout);
        page(&self.client, self.query.clone(), cursor, limit).await
    }

    pub(super) fn stream_until(self, limit: TimeLimit) -> Pages<PastRequest> {
        Pages::until(self.client, self.query, limit)
    }
}

impl IntoFuture for PastRequests {
    type Output = Result<Vec<PastRequest>, Error>;
    type IntoFuture = Running<Vec<PastRequest>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.stream().all())
    }
}

impl List for Query {
    type Item = PastRequest;

    fn send<'a>(&'a self, api: &'a Api, cursor: Option<&'a str>) -> Sending<'a, Page<PastRequest>> {
        let expansions = (!self.expansions.is_empty()).then_some(&self.expansions);
        Box::pin(async move {
            let page = api
                .list_requests(
                    cursor,
                    self.end.as_deref(),
                    &self.endpoint_id,
                    expansions,
                    self.limit,
                    self.request_id.as_deref(),
                    self.start.as_deref(),
                    self.status,
                )
                .await?
                .into_inner();
            Ok(Page::new(page.items, page.next_cursor, page.has_more))
        })
    }
}
