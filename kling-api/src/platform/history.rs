//! The account's requests, the newest first.

use std::num::NonZeroU32;

use crate::client::Client;
use crate::platform::pages::{List, Page, Pages};
use crate::platform::request::TimeLimit;
use crate::platform::transport::types::{PastRequest, RequestExpansion};
use crate::platform::transport::{Api, Sending};

/// The requests to one endpoint in the order in which they were made, the newest first, with inputs where they are stored.
/// Whether a waiting request is among them, fal does not say; a running one is.
pub(super) fn newest_first(
    client: Client,
    endpoint_id: String,
    page: NonZeroU32,
    limit: TimeLimit,
) -> Pages<PastRequest> {
    let history = History {
        endpoint_id,
        expansions: vec![RequestExpansion::Payloads],
        page,
    };
    Pages::until(client, history, limit)
}

#[derive(Clone)]
struct History {
    endpoint_id: String,
    expansions: Vec<RequestExpansion>,
    page: NonZeroU32,
}

impl List for History {
    type Item = PastRequest;

    fn send<'a>(&'a self, api: &'a Api, cursor: Option<&'a str>) -> Sending<'a, Page<PastRequest>> {
        Box::pin(async move {
            let page = api
                .search_requests(
                    cursor,
                    Some(&self.endpoint_id),
                    Some(&self.expansions),
                    Some(self.page),
                )
                .await?
                .into_inner();
            Ok(Page::new(page.results, page.next_cursor, page.has_more))
        })
    }
}
