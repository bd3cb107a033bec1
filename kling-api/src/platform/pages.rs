//! Lists that come in pages.

use std::collections::{HashSet, VecDeque};
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::{Stream, StreamExt, TryStreamExt};

use crate::client::Client;
use crate::error::Error;
use crate::error::kind::{Kind, Phase};
use crate::platform::request::{TimeLimit, send};
use crate::platform::transport::{Api, PlatformRequest, Sending};

/// One page of a list.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Page<T> {
    /// The entries.
    pub items: Vec<T>,
    /// What leads to the next page; `None` on the last one.
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    pub(super) fn new(items: Vec<T>, next_cursor: Option<String>, has_more: Option<bool>) -> Self {
        Self {
            items,
            next_cursor: next_cursor.filter(|_| has_more != Some(false)),
        }
    }
}

/// A list that can be asked for page by page.
pub(super) trait List: Clone + Send + Sync + 'static {
    type Item: Send + 'static;

    /// Whether it can be asked for at all.
    fn check(&self) -> Result<(), Error> {
        Ok(())
    }

    fn send<'a>(&'a self, api: &'a Api, cursor: Option<&'a str>) -> Sending<'a, Page<Self::Item>>;
}

/// All entries of a list, page after page: made by the `stream` of a list.
///
/// It ends after the first error.
#[must_use = "nothing is sent until the entries are read"]
pub struct Pages<T> {
    items: Pin<Box<dyn Stream<Item = Result<T, Error>> + Send>>,
}

/// A list of fal has some thousand entries; one that never ends is broken.
const MOST_PAGES: usize = 1000;

impl<T: Send + 'static> Pages<T> {
    pub(super) fn of(client: Client, list: impl List<Item = T>, timeout: Option<Duration>) -> Self {
        Self::new(client, list, timeout, None)
    }

    /// With the end of all attempts set already.
    pub(super) fn until(client: Client, list: impl List<Item = T>, limit: TimeLimit) -> Self {
        Self::new(client, list, None, Some(limit))
    }

    fn new(
        client: Client,
        list: impl List<Item = T>,
        timeout: Option<Duration>,
        limit: Option<TimeLimit>,
    ) -> Self {
        let state = State {
            client,
            list,
            timeout,
            limit,
            items: VecDeque::new(),
            next: Next::First,
            read: HashSet::new(),
        };
        let items = futures_util::stream::unfold(state, |mut state| async move {
            match state.next().await {
                Ok(item) => Some((Ok(item?), state)),
                Err(error) => {
                    state.next = Next::None;
                    Some((Err(error), state))
                }
            }
        });
        Self {
            items: Box::pin(items),
        }
    }

    /// The next entry; `None` after the end. May be dropped and called again without losing one.
    pub async fn next(&mut self) -> Option<Result<T, Error>> {
        self.items.next().await
    }

    pub(super) async fn all(self) -> Result<Vec<T>, Error> {
        self.items.try_collect().await
    }
}

struct State<L: List> {
    client: Client,
    list: L,
    timeout: Option<Duration>,
    limit: Option<TimeLimit>,
    items: VecDeque<L::Item>,
    next: Next,
    read: HashSet<String>,
}

/// Which page is asked for next.
enum Next {
    First,
    At(String),
    None,
}

impl<L: List> State<L> {
    async fn next(&mut self) -> Result<Option<L::Item>, Error> {
        loop {
            if let Some(item) = self.items.pop_front() {
                return Ok(Some(item));
            }
            let cursor = match &self.next {
                Next::First => None,
                Next::At(cursor) => Some(cursor.clone()),
                Next::None => return Ok(None),
            };
            let limit = *self
                .limit
                .get_or_insert_with(|| TimeLimit::of(&self.client, self.timeout));
            let page = page(&self.client, self.list.clone(), cursor, limit).await?;
            self.items.extend(page.items);
            self.next = match page.next_cursor {
                None => Next::None,
                Some(cursor) if self.read.len() >= MOST_PAGES => {
                    return Err(endless(&format!(
                        "has more than {MOST_PAGES} pages, up to {cursor:?}"
                    )));
                }
                Some(cursor) if !self.read.insert(cursor.clone()) => {
                    return Err(endless(&format!("leads back to its page {cursor:?}")));
                }
                Some(cursor) => Next::At(cursor),
            };
        }
    }
}

/// Asks for one page.
pub(super) async fn page<L: List>(
    client: &Client,
    list: L,
    cursor: Option<String>,
    limit: TimeLimit,
) -> Result<Page<L::Item>, Error> {
    struct OnePage<L>(L, Option<String>);

    impl<L: List> PlatformRequest for OnePage<L> {
        type Response = Page<L::Item>;

        fn send<'a>(&'a self, api: &'a Api) -> Sending<'a, Self::Response> {
            self.0.send(api, self.1.as_deref())
        }
    }

    list.check()?;
    send(client, &OnePage(list, cursor), limit).await
}

fn endless(what: &str) -> Error {
    Error::new(Kind::Unreadable, Phase::Platform).with_source(format!("the list {what}"))
}

impl<T> Stream for Pages<T> {
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.items.as_mut().poll_next(context)
    }
}

impl<T> fmt::Debug for Pages<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages").finish_non_exhaustive()
    }
}
