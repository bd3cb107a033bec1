//! Connections to Postgres, with TLS.

use std::str::FromStr as _;
use std::time::Duration;

use deadpool_postgres::{
    Manager, ManagerConfig, Pool, PoolError, RecyclingMethod, Runtime, Timeouts,
};
use rustls::ClientConfig;
use rustls_platform_verifier::BuilderVerifierExt as _;
use tokio_postgres::Config;
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::http::tls;
use crate::journal::store::StoreError;

/// Commits of as many share a flush of the server's log.
const CONNECTIONS: usize = 16;

/// How long to wait for a connection.
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) fn pool(url: &str) -> Result<Pool, StoreError> {
    // The cause is left out: it may repeat a part of the URL, which holds a password.
    let mut config = Config::from_str(url).map_err(|_| {
        StoreError::new(
            "the URL of the journal is none of Postgres; write it as postgres://user:password@host/database",
        )
    })?;
    // A commit that is told before it is on the disk would lose what was bought.
    let durable = "-csynchronous_commit=on";
    let options = match config.get_options() {
        Some(options) => format!("{options} {durable}"),
        None => durable.to_owned(),
    };
    config.options(options);
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(Duration::from_secs(10));
    }
    if config.get_application_name().is_none() {
        config.application_name("kling-api");
    }
    let manager = Manager::from_config(
        config,
        tls()?,
        ManagerConfig {
            recycling_method: RecyclingMethod::Fast,
        },
    );
    Pool::builder(manager)
        .max_size(CONNECTIONS)
        .timeouts(Timeouts {
            wait: Some(PATIENCE),
            create: Some(PATIENCE),
            recycle: Some(PATIENCE),
        })
        .runtime(Runtime::Tokio1)
        .build()
        .map_err(|error| {
            StoreError::new("the connections to Postgres cannot be set up").with_source(error)
        })
}

fn tls() -> Result<MakeRustlsConnect, StoreError> {
    let failed = |error: rustls::Error| {
        StoreError::new("TLS for Postgres cannot be set up: the cause says why").with_source(error)
    };
    tls::provide();
    let config = ClientConfig::builder()
        .with_platform_verifier()
        .map_err(failed)?
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

pub(super) fn failed(error: PoolError) -> StoreError {
    StoreError::new(
        "no connection to Postgres could be made. Check the URL of the journal, that the server runs, and that this \
         machine trusts its certificate",
    )
    .with_source(error)
}
