//! The settings of a client.

use std::fmt;
#[cfg(feature = "unstable-configure-http")]
use std::sync::Arc;
use std::time::Duration;

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName, HeaderValue};
use secrecy::SecretString;

use crate::call::budget::{Budget, Limits};
use crate::call::recorder::Recording;
use crate::client::Client;
use crate::error::Error;
use crate::http::core::{Core, Timeouts};
use crate::http::hosts::{Host, HostSettings, Hosts};
use crate::http::key::Key;
use crate::http::pool::{Configure, PoolSettings};
#[cfg(feature = "unstable-configure-http")]
use crate::http::reqwest;
use crate::http::retry::policy::Retry;
use crate::http::transport::{Http, HttpSettings};
use crate::values::usd::Usd;

const USER_AGENT: &str = concat!("kling-api/", env!("CARGO_PKG_VERSION"), " (rust)");

/// The settings of a [`Client`]. All have defaults; the key defaults to the environment.
///
/// ```no_run
/// # fn example() -> Result<(), kling_api::Error> {
/// use std::time::Duration;
/// use kling_api::{Client, Retry};
///
/// let client = Client::builder()
///     .key("key-id:key-secret")
///     .connect_timeout(Duration::from_secs(5))
///     .retry(Retry::default().attempts(5))
///     .build()?;
/// # Ok(())
/// # }
/// ```
#[must_use = "a builder makes no client before `build` is called"]
pub struct ClientBuilder {
    key: Option<SecretString>,
    hosts: HostSettings,
    allow_plain_http: bool,
    user_agent_suffix: Option<String>,
    headers: Vec<(String, String)>,
    proxy: Option<String>,
    configure: Option<Configure>,
    connect_timeout: Duration,
    timeouts: Timeouts,
    timeout: Option<Duration>,
    retry: Retry,
    body_limit: usize,
    max_connections: usize,
    max_streams: usize,
    limits: Limits,
    pub(crate) recording: Recording,
}

impl Default for ClientBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl ClientBuilder {
    /// The defaults.
    pub fn new() -> Self {
        Self {
            key: None,
            hosts: HostSettings::default(),
            allow_plain_http: false,
            user_agent_suffix: None,
            headers: Vec::new(),
            proxy: None,
            configure: None,
            connect_timeout: Duration::from_secs(10),
            timeouts: Timeouts {
                submit: Duration::from_secs(60),
                run: Duration::from_secs(3600),
                request: Duration::from_secs(60),
                not_found: Duration::from_secs(30),
                transfer: Duration::from_secs(120),
            },
            timeout: None,
            retry: Retry::default(),
            body_limit: 32 * 1024 * 1024,
            max_connections: 64,
            max_streams: 64,
            limits: Limits::default(),
            recording: Recording::default(),
        }
    }

    /// The API key, `key-id:key-secret`. By default it is read from `FAL_KEY`, or from `FAL_KEY_ID`
    /// and `FAL_KEY_SECRET`.
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(SecretString::from(key.into()));
        self
    }

    /// The base URL of the queue, `https://queue.fal.run` by default.
    ///
    /// With one of the four base URLs set, the client knows only those that are: the key goes to URLs
    /// below them and to nothing else, fal's own hosts included. The queue's must be among them; what
    /// needs another one is an error that says which. `http` is allowed for servers on this machine; see
    /// [`allow_plain_http`](Self::allow_plain_http) for others.
    ///
    /// With none of the four set, they are read from the variables `KLING_API_QUEUE_URL`, `KLING_API_RUN_URL`,
    /// `KLING_API_REST_URL` and `KLING_API_PLATFORM_URL`, by which a program that is not changed can be pointed at
    /// FakeFal. Those must lead to this machine, unless [`allow_plain_http`](Self::allow_plain_http) says otherwise.
    pub fn queue_url(mut self, url: impl Into<String>) -> Self {
        self.hosts.set(Host::Queue, url.into());
        self
    }

    /// The base URL of [synchronous calls](crate::Call::run), `https://fal.run` by default; see
    /// [`queue_url`](Self::queue_url).
    pub fn run_url(mut self, url: impl Into<String>) -> Self {
        self.hosts.set(Host::Run, url.into());
        self
    }

    /// The base URL of uploads and of the keys of webhooks, `https://rest.fal.ai` by default; see
    /// [`queue_url`](Self::queue_url).
    pub fn rest_url(mut self, url: impl Into<String>) -> Self {
        self.hosts.set(Host::Rest, url.into());
        self
    }

    /// The base URL of fal's platform API, `https://api.fal.ai/v1` by default; see
    /// [`queue_url`](Self::queue_url).
    pub fn platform_url(mut self, url: impl Into<String>) -> Self {
        self.hosts.set(Host::Platform, url.into());
        self
    }

    /// With `true`, a base URL of another machine may be plain `http`, such as that of a proxy in
    /// one's own network, and may come from the environment. Anybody on the way can then read the key. Off by default; fal's own hosts
    /// are never spoken to without TLS.
    pub fn allow_plain_http(mut self, allow: bool) -> Self {
        self.allow_plain_http = allow;
        self
    }

    /// The longest that each operation as a whole may take which has no timeout of its own: a call from its first upload
    /// to its result, a follow, a request about a job, an upload, a download. By default there is none.
    ///
    /// It replaces the limits for operations without a timeout, which [`Retry::attempts`] describes. An operation that
    /// may take longer says so: `.timeout(Duration::MAX)` is for ever.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// The longest that connecting may take, TLS included; 10 s by default. Where it runs out,
    /// nothing was sent.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// The longest that one attempt of a submit may take; 60 s by default. Where it runs out, the
    /// job may have been bought.
    pub fn submit_timeout(mut self, timeout: Duration) -> Self {
        self.timeouts.submit = timeout;
        self
    }

    /// The longest that one attempt may take of a request for a status, a result or a cancellation, or to the platform
    /// API; 60 s by default.
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.timeouts.request = timeout;
        self
    }

    /// How long a 404 is retried for a job that fal has named; 30 s by default. Just after a submit, and just after the
    /// end of a job, not all of fal's servers know it. For an id that you bring yourself
    /// ([`Job::from_request_id`](crate::Job::from_request_id)), the first 404 is an error.
    pub fn not_found_grace(mut self, grace: Duration) -> Self {
        self.timeouts.not_found = grace;
        self
    }

    /// The longest that one attempt of a [synchronous call](crate::Call::run) may take; an hour by default,
    /// which is what fal gives a model unless its owner set another limit.
    pub fn run_timeout(mut self, timeout: Duration) -> Self {
        self.timeouts.run = timeout;
        self
    }

    /// The most that one call may cost by the published price. A call above it is refused before
    /// anything is sent, and so is one whose price is not known, unless the call says what to
    /// expect: [`expected_cost`](crate::Call::expected_cost). By default there is no limit.
    ///
    /// Prices change without notice: this guards against asking for too much by mistake, not against
    /// fal charging more than it publishes.
    pub fn max_cost_per_call(mut self, limit: Usd) -> Self {
        self.limits.per_call = Some(limit);
        self
    }

    /// The most that all calls of this client and its clones together may cost by the published
    /// prices; [`Client::spent`] is the total so far. A call that would go past it is refused before
    /// anything is sent. By default there is no limit.
    ///
    /// The total is kept in memory and starts at zero.
    pub fn budget(mut self, total: Usd) -> Self {
        self.limits.total = Some(total);
        self
    }

    /// The longest that an upload or a download may go without a byte that moves; 120 s by default. An attempt that
    /// takes longer ends, and is retried.
    pub fn transfer_timeout(mut self, timeout: Duration) -> Self {
        self.timeouts.transfer = timeout;
        self
    }

    /// How often and how fast attempts are repeated where that is safe. Nothing makes this client
    /// repeat a submit that may have arrived.
    pub fn retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }

    /// The largest body that is read, and the largest event of a stream, in bytes; 32 MiB by
    /// default.
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }

    /// The most requests at once, without status streams, and the most files at once that are uploaded or
    /// downloaded; 64 of each by default, at least 1. Further ones wait, and the wait counts towards the
    /// timeout of a request.
    pub fn max_connections(mut self, count: usize) -> Self {
        self.max_connections = count;
        self
    }

    /// The most status streams at once; 64 by default. Each has a connection of its own, whatever
    /// version of HTTP the server speaks. Further jobs are followed by polling, which takes no
    /// connection while it waits: the end of a job that is polled every 5 s is noticed up to 5 s late.
    pub fn max_streams(mut self, count: usize) -> Self {
        self.max_streams = count;
        self
    }

    /// Text after our own `User-Agent`, for example `my-studio/1.0`.
    pub fn user_agent_suffix(mut self, suffix: impl Into<String>) -> Self {
        self.user_agent_suffix = Some(suffix.into());
        self
    }

    /// A header for every request. `Authorization` is refused: it carries the key.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// A proxy, for example `http://proxy.example:3128`. The default is the proxy of the system and of
    /// the variables `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`.
    ///
    /// Only requests over https to other machines take it, by a tunnel (`CONNECT`) in which the proxy
    /// cannot read. A request over plain http never takes a proxy, which would see the key.
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        self.proxy = Some(url.into());
        self
    }

    /// Changes the HTTP library's settings: certificates, name resolution, local address, HTTP version.
    ///
    /// The feature `unstable-configure-http` is exempt from semantic versioning: the argument is reqwest's type, and any
    /// version of this crate may come with another version of reqwest.
    ///
    /// The function is called once for each connection pool of a client, of which there are up to four. After
    /// it, the settings that this crate's promises rest on are restored: no redirect is followed, no
    /// request is repeated by the library itself, and no total timeout applies. Set headers with
    /// [`header`](Self::header): those that are set here go to the hosts of files, too.
    ///
    /// ```no_run
    /// # fn example() -> Result<(), kling_api::Error> {
    /// let client = kling_api::Client::builder()
    ///     .configure_http(|transport| transport.http1_only())
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "unstable-configure-http")]
    pub fn configure_http(
        mut self,
        configure: impl Fn(reqwest::ClientBuilder) -> reqwest::ClientBuilder + Send + Sync + 'static,
    ) -> Self {
        self.configure = Some(Arc::new(configure));
        self
    }

    /// Makes the client. Nothing is sent.
    ///
    /// # Errors
    /// Where the key is missing or cannot stand in a header, or where a URL, a header, the proxy or
    /// the HTTP library's settings are not usable.
    pub fn build(self) -> Result<Client, Error> {
        let key = match self.key {
            Some(key) => Key::new(key)?,
            None => Key::from_variables(variable)?,
        };
        let hosts = self.hosts.or_variables(variable, self.allow_plain_http)?;
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            let (name, value) = header(name, value)?;
            headers.append(name, value);
        }
        let user_agent = match &self.user_agent_suffix {
            Some(suffix) => format!("{USER_AGENT} {suffix}"),
            None => USER_AGENT.to_owned(),
        };
        header("user-agent", &user_agent)?;
        let http = Http::new(HttpSettings {
            key,
            hosts: Hosts::new(&hosts, self.allow_plain_http)?,
            headers,
            pool: PoolSettings {
                user_agent,
                proxy: self.proxy,
                configure: self.configure,
                connect_timeout: self.connect_timeout,
            },
            body_limit: self.body_limit,
            max_connections: self.max_connections.clamp(1, usize::from(u16::MAX)),
            max_streams: self.max_streams.min(usize::from(u16::MAX)),
        })?;
        let core = Core {
            http,
            timeouts: self.timeouts,
            timeout: self.timeout,
            retry: self.retry,
        };
        Ok(Client::from_parts(
            core,
            Budget::new(self.limits),
            self.recording,
        ))
    }
}

/// Without the key, and without headers and a proxy URL, which may hold secrets too.
impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("hosts", &self.hosts)
            .field("user_agent_suffix", &self.user_agent_suffix)
            .field("connect_timeout", &self.connect_timeout)
            .field("timeouts", &self.timeouts)
            .field("timeout", &self.timeout)
            .field("retry", &self.retry)
            .field("limits", &self.limits)
            .field("body_limit", &self.body_limit)
            .field("max_connections", &self.max_connections)
            .field("max_streams", &self.max_streams)
            .finish_non_exhaustive()
    }
}

/// A variable of the environment; one that is empty counts as not set.
fn variable(name: &str) -> Option<String> {
    // A key that is no Unicode is passed on as it can be shown, to be refused for what it is.
    let value = std::env::var_os(name)?.to_string_lossy().into_owned();
    (!value.is_empty()).then_some(value)
}

/// A header of the caller, checked.
fn header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), Error> {
    // The name is not repeated: a header pasted whole would bring its value into the text.
    let parsed = HeaderName::from_bytes(name.as_bytes()).map_err(|_| {
        Error::configuration(
            "the name of a header is not usable; give the name alone, such as x-team, and the \
             value beside it",
        )
    })?;
    if parsed == AUTHORIZATION {
        return Err(Error::configuration(
            "the header Authorization carries the API key; give the key to the client instead",
        ));
    }
    let value = HeaderValue::from_str(value).map_err(|_| {
        Error::configuration(format!(
            "the value of the header {parsed} contains a line break or a character outside ASCII; \
             take it out"
        ))
    })?;
    Ok((parsed, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_pasted_whole_is_not_repeated() {
        let client = ClientBuilder::new()
            .key("id:part")
            .header("Authorization: Key id:part", "");
        let error = client
            .build()
            .err()
            .map(|error| format!("{error:#}"))
            .unwrap_or_default();
        assert!(error.contains("name of a header"), "{error}");
        assert!(!error.contains("part"), "{error}");
    }
}
