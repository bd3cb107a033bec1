//! The library that encrypts.

use url::Url;

use crate::error::Error;

const IS_THERE: bool = cfg!(any(
    feature = "rustls",
    feature = "rustls-aws-lc",
    feature = "native-tls"
));

/// Refuses a URL of https where the crate was built without TLS.
pub(super) fn check(url: &Url) -> Result<(), Error> {
    if IS_THERE || url.scheme() != "https" {
        return Ok(());
    }
    Err(Error::configuration(
        "kling-api was built without TLS, so there is no way to a URL of https; enable its feature rustls, \
         rustls-aws-lc or native-tls",
    ))
}

/// Chooses rustls where there are both, whatever another crate has enabled in the HTTP library.
pub(super) fn choose(builder: reqwest::ClientBuilder) -> reqwest::ClientBuilder {
    #[cfg(any(feature = "rustls", feature = "rustls-aws-lc"))]
    {
        provide();
        builder.tls_backend_rustls()
    }
    #[cfg(all(
        feature = "native-tls",
        not(any(feature = "rustls", feature = "rustls-aws-lc"))
    ))]
    {
        builder.tls_backend_native()
    }
    #[cfg(not(any(feature = "rustls", feature = "rustls-aws-lc", feature = "native-tls")))]
    {
        builder
    }
}

/// Sees to it that the process has a cryptography provider for rustls: the one that the program has installed, else
/// AWS-LC where that is enabled, else ring.
#[cfg(any(
    feature = "rustls",
    feature = "rustls-aws-lc",
    feature = "journal-postgres"
))]
pub(crate) fn provide() {
    if rustls::crypto::CryptoProvider::get_default().is_some() {
        return;
    }
    #[cfg(feature = "rustls-aws-lc")]
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    #[cfg(not(feature = "rustls-aws-lc"))]
    let provider = rustls::crypto::ring::default_provider();
    // Where another thread was faster, there is one now.
    let _ = provider.install_default();
}
