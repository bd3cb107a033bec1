//! The connections of a client, with the settings that this crate's promises rest on.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use url::Url;

use crate::error::Error;
use crate::http::hosts::is_loopback;
use crate::http::tls;

/// A change that the caller makes to the HTTP library's settings.
pub(crate) type Configure =
    Arc<dyn Fn(reqwest::ClientBuilder) -> reqwest::ClientBuilder + Send + Sync>;

/// The settings of the HTTP library.
pub(crate) struct PoolSettings {
    pub(crate) user_agent: String,
    pub(crate) proxy: Option<String>,
    pub(crate) configure: Option<Configure>,
    pub(crate) connect_timeout: Duration,
}

/// Connections that may be reused, up to a number for each host. There are two kinds, each made when it is first needed.
pub(crate) struct Pool {
    settings: Arc<PoolSettings>,
    idle: usize,
    direct: OnceLock<reqwest::Client>,
    tunnelled: OnceLock<reqwest::Client>,
}

impl Pool {
    pub(super) fn new(settings: Arc<PoolSettings>, idle: usize) -> Self {
        Self {
            settings,
            idle,
            direct: OnceLock::new(),
            tunnelled: OnceLock::new(),
        }
    }

    /// The connections for a URL.
    ///
    /// A request that is not encrypted takes no proxy, which would see the key and the prompt; and no proxy can reach
    /// this machine for us. Any other request goes through the tunnel of a proxy, where there is one.
    pub(crate) fn client(&self, url: &Url) -> Result<&reqwest::Client, Error> {
        tls::check(url)?;
        let is_direct = url.scheme() != "https" || is_loopback(url);
        let slot = if is_direct {
            &self.direct
        } else {
            &self.tunnelled
        };
        if let Some(client) = slot.get() {
            return Ok(client);
        }
        let client = client(&self.settings, self.idle, is_direct)?;
        Ok(slot.get_or_init(|| client))
    }
}

fn client(settings: &PoolSettings, idle: usize, is_direct: bool) -> Result<reqwest::Client, Error> {
    let mut builder = tls::choose(reqwest::Client::builder())
        .user_agent(&settings.user_agent)
        .tcp_keepalive(ALIVE)
        // Without these, an HTTP/2 connection that a router has forgotten gives no response to any request, until the
        // operating system gives it up a quarter of an hour later.
        .http2_keep_alive_interval(ALIVE)
        .http2_keep_alive_timeout(ALIVE)
        .http2_keep_alive_while_idle(true);
    if let Some(proxy) = &settings.proxy {
        let proxy = reqwest::Proxy::all(proxy).map_err(|error| {
            Error::configuration("the proxy is not a URL such as http://proxy.example:3128")
                .with_source(error.without_url())
        })?;
        builder = builder.proxy(proxy);
    }
    if let Some(configure) = &settings.configure {
        builder = configure(builder);
    }
    if is_direct {
        builder = builder.no_proxy();
    }
    builder
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .connect_timeout(settings.connect_timeout)
        .pool_max_idle_per_host(idle)
        // The longest that the library knows, in place of none.
        .timeout(NEVER)
        .build()
        .map_err(|error| {
            Error::configuration(
                "the HTTP library cannot be set up; check the settings given to \
                 configure_http",
            )
            .with_source(error.without_url())
        })
}

/// How long a connection may be without a sign of life before it is probed.
const ALIVE: Duration = Duration::from_secs(20);

/// A total timeout can be changed but not taken away once `configure_http` has set one.
const NEVER: Duration = Duration::from_secs(100 * 365 * 24 * 3600);
