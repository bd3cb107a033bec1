//! Reading what fal shows to everybody.

use std::time::Duration;

use ::http::{HeaderValue, Method, header};
use url::Url;

use crate::http::deadline::{self, End};
use crate::http::request::Failure;
use crate::http::response::{Reader, Response};
use crate::http::transport::Http;

/// More than any public document has.
const LIMIT: usize = 1024 * 1024;

impl Http {
    /// One attempt to read a document that needs no key, so that none is sent. The headers that the
    /// caller set for every request are sent, and so only to servers that the client knows.
    pub(crate) async fn public(&self, url: Url, timeout: Duration) -> Result<Response, Failure> {
        if !self.hosts().is_trusted(&url) {
            return Err(Failure::Untrusted);
        }
        let mut headers = self.headers.clone();
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        let client = self.shared.client(&url)?;
        let request = client.request(Method::GET, url).headers(headers);
        let exchange = async {
            let _permit = self.connections.acquire().await;
            let response = request.send().await?;
            Reader::new(&self.key, LIMIT).read(response).await
        };
        let exchanged = End::new(deadline::after(timeout), None)
            .bound(exchange)
            .await;
        exchanged.unwrap_or(Err(Failure::TimedOut {
            sent: true,
            deadline: false,
            partial: None,
        }))
    }
}
