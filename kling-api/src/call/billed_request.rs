//! A request that buys, ready to be sent.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, header};
use tokio::time::Instant;
use url::Url;

use std::sync::Arc;

use crate::call::endpoint_id::EndpointId;
use crate::call::options::Options;
use crate::error::Error;
use crate::error::kind::{Kind, Phase};
use crate::http::core::Core;
use crate::http::hosts::{Host, below};
use crate::http::{Body, Request};
use crate::values::endpoint::Endpoint;

/// The same request for every attempt.
pub(crate) struct Prepared {
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Prepared {
    /// Checks the options, and writes everything down that is sent.
    pub(crate) fn new<E: Endpoint>(
        core: &Arc<Core>,
        host: Host,
        input: &E,
        options: &Options,
    ) -> Result<Self, Error> {
        let id = EndpointId::parse(input.endpoint_id())?;
        let base = core.http.hosts().base(host)?;
        let mut url = below(base, id.submit_path());
        let mut headers = HeaderMap::new();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        );
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        options.apply(&mut headers, &mut url)?;
        let body = serde_json::to_vec(input)
            .map_err(|error| Error::new(Kind::Encode, Phase::Prepare).with_source(error))?;
        Ok(Self {
            url,
            headers,
            body: body.into(),
        })
    }

    /// One attempt.
    pub(crate) fn request(
        &self,
        timeout: std::time::Duration,
        deadline: Option<Instant>,
    ) -> Request {
        Request {
            method: Method::POST,
            url: self.url.clone(),
            headers: self.headers.clone(),
            body: Body::Once(self.body.clone()),
            timeout,
            deadline,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::Client;
    use crate::values::endpoint::Raw;

    #[test]
    fn the_whole_id_stands_below_the_base_of_the_host() {
        let client = Client::builder()
            .key("id:secret-part")
            .queue_url("http://127.0.0.1:9/proxy/")
            .build()
            .unwrap();
        let input = Raw::new(
            "fal-ai/kling-video/v2.1/master/image-to-video",
            serde_json::json!({"prompt": "a"}),
        );
        let prepared = |host| Prepared::new(client.core(), host, &input, &Options::default());
        assert_eq!(
            prepared(Host::Queue).unwrap().url.as_str(),
            "http://127.0.0.1:9/proxy/fal-ai/kling-video/v2.1/master/image-to-video"
        );
        let error = prepared(Host::Run).err().unwrap().to_string();
        assert!(error.contains("call run_url too"), "{error}");
    }
}
