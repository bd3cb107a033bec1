//! The HTTP library below a client, with the settings that this crate's promises rest on.

use std::time::Duration;

use crate::error::Error;
use crate::http::transport::HttpSettings;

pub(super) fn client(settings: &HttpSettings, idle: usize) -> Result<reqwest::Client, Error> {
    let mut builder = reqwest::Client::builder()
        .user_agent(&settings.user_agent)
        .tcp_keepalive(ALIVE)
        // Without these, an HTTP/2 connection that a router has forgotten answers every request with
        // silence, until the operating system gives it up a quarter of an hour later.
        .http2_keep_alive_interval(ALIVE)
        .http2_keep_alive_timeout(ALIVE)
        .http2_keep_alive_while_idle(true);
    if settings.hosts.are_on_this_machine() {
        // No proxy can reach this machine for us, and it would see the key.
        builder = builder.no_proxy();
    }
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
    builder
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .connect_timeout(settings.connect_timeout)
        .pool_max_idle_per_host(idle)
        // The longest that the transport knows, in place of none.
        .timeout(NEVER)
        .build()
        .map_err(|error| {
            Error::configuration(
                "the HTTP library cannot be set up; check the TLS feature and the settings given to \
                 configure_http",
            )
            .with_source(error.without_url())
        })
}

/// How long a connection may be without a sign of life before it is probed.
const ALIVE: Duration = Duration::from_secs(20);

/// A total timeout can be changed but not taken away once `configure_http` has set one.
const NEVER: Duration = Duration::from_secs(100 * 365 * 24 * 3600);
