//! A request that buys a job.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, header};
use tokio::time::Instant;
use url::Url;

use crate::call::endpoint_id::EndpointId;
use crate::call::options::Options;
use crate::error::Error;
use crate::error::kind::{Kind, Phase};
use crate::http::hosts::{Host, Hosts, below};
use crate::http::request::{Body, Request};
use crate::values::endpoint::Endpoint;

/// A request that buys, the same for every attempt.
pub(crate) struct BilledRequest {
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl BilledRequest {
    /// Checks the options, and writes everything that is sent.
    pub(crate) fn new<E: Endpoint>(
        hosts: &Hosts,
        host: Host,
        input: &E,
        options: &Options,
    ) -> Result<Self, Error> {
        let id = EndpointId::parse(input.endpoint_id())?;
        let base = hosts.base(host)?;
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
    pub(crate) fn request(&self, timeout: Duration, deadline: Option<Instant>) -> Request {
        Request {
            headers: self.headers.clone(),
            body: Body::Once(self.body.clone()),
            ..Request::new(Method::POST, self.url.clone(), timeout, deadline)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::endpoint::Raw;

    #[test]
    fn the_whole_id_stands_below_the_base_of_the_host() {
        let hosts = Hosts::of_queue("http://127.0.0.1:9/proxy/").unwrap();
        let input = Raw::new(
            "fal-ai/kling-video/v2.1/master/image-to-video",
            serde_json::json!({"prompt": "a"}),
        );
        let billed = |host| BilledRequest::new(&hosts, host, &input, &Options::default());
        assert_eq!(
            billed(Host::Queue).unwrap().url.as_str(),
            "http://127.0.0.1:9/proxy/fal-ai/kling-video/v2.1/master/image-to-video"
        );
        let error = format!("{:#}", billed(Host::Run).err().unwrap());
        assert!(error.contains("call run_url too"), "{error}");
    }
}
