//! Finding the job of a submit of which nobody knows whether it arrived.

use std::collections::BTreeMap;
use std::fmt;
use std::future::IntoFuture;
use std::num::NonZeroU32;
use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::client::Client;
use crate::error::kind::{Kind, Phase};
use crate::error::{Error, Submission};
use crate::http::core::Running;
use crate::http::retry::failure::is_request_id;
use crate::platform::history::newest_first;
use crate::platform::past_requests::PastRequests;
use crate::platform::payload::{Likeness, compare};
use crate::platform::request::TimeLimit;
use crate::platform::time;
use crate::platform::transport::types::{PastRequest, RequestExpansion};
use crate::values::endpoint::Endpoint;
use crate::values::job::{Job, Urls};

/// The search for the jobs that a submit may have bought; made by [`Client::find_lost_jobs`], where
/// it is explained.
#[must_use = "nothing is looked for until the search is awaited"]
pub struct FindLostJobs<E> {
    client: Client,
    endpoint: String,
    input: Result<Value, serde_json::Error>,
    since: SystemTime,
    slack: Duration,
    timeout: Option<Duration>,
    type_of_job: std::marker::PhantomData<fn() -> E>,
}

/// A job that may be the lost one.
pub struct LostJob<E> {
    job: Job<E>,
    evidence: Evidence,
    sent_at: Option<SystemTime>,
    started_at: Option<SystemTime>,
    ended_at: Option<SystemTime>,
    status_code: Option<u16>,
}

/// What speaks for a [`LostJob`]; the strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Evidence {
    /// The time, and the stored input says the same as the one that was sent.
    SameInput,
    /// The time, and all that was sent is in the stored input, beside fields that were not sent:
    /// defaults that fal filled in, or another call that set more.
    SameInputAndMore,
    /// The time alone: the input of this request is not stored.
    InputNotStored,
}

/// Clocks of servers and callers rarely differ by more.
const SLACK: Duration = Duration::from_secs(120);

/// How far back fal looks where no time is given; an hour less, for the clocks and the search itself.
const WINDOW: Duration = Duration::from_secs(23 * 3600);

/// fal allows so many entries on a page. Stored inputs can be large: where the page is too large, one of fewer
/// entries may not be.
const LARGEST_PAGE: NonZeroU32 = NonZeroU32::new(100).unwrap();

impl<E: Endpoint> FindLostJobs<E> {
    pub(crate) fn new(client: Client, input: &E, since: SystemTime) -> Self {
        Self {
            client,
            endpoint: input.endpoint_id().to_owned(),
            input: serde_json::to_value(input),
            since,
            slack: SLACK,
            timeout: None,
            type_of_job: std::marker::PhantomData,
        }
    }

    /// By how much fal's clock may be behind ours; two minutes by default. Jobs that fal says it took
    /// before `since` less this are not looked at.
    pub fn slack(mut self, slack: Duration) -> Self {
        self.slack = slack;
        self
    }

    /// The longest that the search as a whole may take. By default, the attempts of each page are limited
    /// instead: see [`Retry::attempts`](crate::Retry::attempts).
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    async fn search(self) -> Result<Vec<LostJob<E>>, Error> {
        let input = self
            .input
            .map_err(|error| Error::new(Kind::Encode, Phase::Prepare).with_source(error))?;
        let earliest = self.since.checked_sub(self.slack).unwrap_or(self.since);
        let limit = TimeLimit::of(&self.client, self.timeout);
        let mut size = LARGEST_PAGE;
        let requests = loop {
            match listed(&self.client, &self.endpoint, earliest, size, limit).await {
                Ok(requests) => break requests,
                // A cursor may count in pages, so the list begins anew.
                Err(error) if is_too_large(&error) && size > NonZeroU32::MIN => {
                    size = NonZeroU32::new(size.get() / 4).unwrap_or(NonZeroU32::MIN);
                }
                Err(error) => return Err(error),
            }
        };
        let mut found: Vec<LostJob<E>> = requests
            .into_values()
            .filter_map(|request| candidate(request, &self.endpoint, &input, earliest))
            .collect();
        found.sort_by(|one, other| {
            let key = |job: &LostJob<E>| (job.evidence, job.sent_at);
            key(one)
                .cmp(&key(other))
                .then_with(|| one.request_id().cmp(other.request_id()))
        });
        Ok(found)
    }
}

/// What fal lists of an endpoint, by request id: from the list by endpoint, which goes by the end of a request, and from
/// the history, which goes by its beginning and so may have what has not ended.
async fn listed(
    client: &Client,
    endpoint: &str,
    earliest: SystemTime,
    size: NonZeroU32,
    limit: TimeLimit,
) -> Result<BTreeMap<String, PastRequest>, Error> {
    let mut requests = PastRequests::new(client.clone(), endpoint.to_owned())
        .expand(RequestExpansion::Payloads)
        .limit(size);
    if earliest.elapsed().is_ok_and(|age| age > WINDOW) {
        requests = requests.since(earliest);
    }
    let mut all = BTreeMap::new();
    let mut add = |request: PastRequest| {
        let known: &mut PastRequest = all
            .entry(request.request_id.clone())
            .or_insert_with(|| request.clone());
        // What one list leaves out, the other may have.
        if known.json_input.is_none() {
            known.json_input = request.json_input;
        }
    };
    let by_end = requests.stream_until(limit).all().await?;
    by_end.into_iter().for_each(&mut add);
    let mut history = newest_first(client.clone(), endpoint.to_owned(), size, limit);
    while let Some(request) = history.next().await {
        match request {
            Ok(request) => {
                let sent_at = request.sent_at.as_deref().and_then(time::read);
                if sent_at.is_some_and(|time| time < earliest) {
                    break;
                }
                add(request);
            }
            // A server without a history.
            Err(error) if matches!(error.status(), Some(400 | 404 | 422)) => break,
            Err(error) => return Err(error),
        }
    }
    Ok(all)
}

impl<E: Endpoint> IntoFuture for FindLostJobs<E> {
    type Output = Result<Vec<LostJob<E>>, Error>;
    type IntoFuture = Running<Vec<LostJob<E>>>;

    fn into_future(self) -> Self::IntoFuture {
        let endpoint = self.endpoint.clone();
        Box::pin(async move {
            self.search().await.map_err(|mut error| {
                // The search has failed, so whether there is a job is as unknown as before.
                let inner = error.inner_mut();
                inner.submission = Submission::Unknown;
                inner.endpoint = Some(endpoint);
                error
            })
        })
    }
}

fn is_too_large(error: &Error) -> bool {
    matches!(error.inner().kind, Kind::TooLarge)
}

fn candidate<E: Endpoint>(
    request: PastRequest,
    endpoint: &str,
    input: &Value,
    earliest: SystemTime,
) -> Option<LostJob<E>> {
    let read = |text: Option<String>| text.as_deref().and_then(time::read);
    let sent_at = read(request.sent_at);
    let (started_at, ended_at) = (read(request.started_at), read(request.ended_at));
    let is_earlier = |time: Option<SystemTime>| time.is_some_and(|time| time < earliest);
    // What had started or ended before the submit was sent before it, too.
    if [sent_at, started_at, ended_at].into_iter().any(is_earlier)
        || !is_request_id(&request.request_id)
    {
        return None;
    }
    let evidence = match &request.json_input {
        None => Evidence::InputNotStored,
        Some(stored) => match compare(input, stored) {
            Likeness::Same => Evidence::SameInput,
            Likeness::SameAndMore => Evidence::SameInputAndMore,
            Likeness::Different => return None,
        },
    };
    Some(LostJob {
        job: Job::new(endpoint, request.request_id, Urls::default()),
        evidence,
        sent_at,
        started_at,
        ended_at,
        status_code: request.status_code,
    })
}

impl<E> LostJob<E> {
    /// The job, to be followed, fetched or cancelled.
    #[must_use]
    pub fn job(&self) -> &Job<E> {
        &self.job
    }

    /// The job, without the rest.
    #[must_use]
    pub fn into_job(self) -> Job<E> {
        self.job
    }

    /// The request id.
    #[must_use]
    pub fn request_id(&self) -> &str {
        self.job.request_id()
    }

    /// What speaks for it.
    #[must_use]
    pub fn evidence(&self) -> Evidence {
        self.evidence
    }

    /// When fal took it, by fal's clock.
    #[must_use]
    pub fn sent_at(&self) -> Option<SystemTime> {
        self.sent_at
    }

    /// When a runner began with it; `None` while it waits.
    #[must_use]
    pub fn started_at(&self) -> Option<SystemTime> {
        self.started_at
    }

    /// When it ended, well or not; `None` before.
    #[must_use]
    pub fn ended_at(&self) -> Option<SystemTime> {
        self.ended_at
    }

    /// The HTTP status of its result; `None` where there is no result yet.
    #[must_use]
    pub fn status_code(&self) -> Option<u16> {
        self.status_code
    }
}

impl<E> fmt::Debug for LostJob<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LostJob")
            .field("job", &self.job)
            .field("evidence", &self.evidence)
            .field("sent_at", &self.sent_at)
            .field("started_at", &self.started_at)
            .field("ended_at", &self.ended_at)
            .field("status_code", &self.status_code)
            .finish()
    }
}

/// The input may hold what is nobody else's business; it is left out.
impl<E> fmt::Debug for FindLostJobs<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FindLostJobs")
            .field("endpoint", &self.endpoint)
            .field("since", &self.since)
            .finish_non_exhaustive()
    }
}
