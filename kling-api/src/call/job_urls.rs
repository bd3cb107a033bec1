//! The URLs of a job.

use std::sync::{Arc, OnceLock};

use url::Url;

use crate::call::endpoint_id::EndpointId;
use crate::error::Error;
use crate::http::hosts::{Hosts, below};
use crate::values::job::JobParts;

/// The URLs of a job: those that fal named, where the key may go to them, else those that follow
/// from the endpoint id. Each is made when it is first needed.
#[derive(Debug)]
pub(crate) struct JobUrls {
    job: Arc<JobParts>,
    /// The part of the endpoint id that stands in the URLs.
    application: String,
    status: OnceLock<Url>,
    result: OnceLock<Url>,
    cancel: OnceLock<Url>,
}

impl JobUrls {
    pub(crate) fn of(job: Arc<JobParts>) -> Result<Self, Error> {
        let id = &job.request_id;
        if matches!(id.as_str(), "" | "." | "..") {
            return Err(Error::configuration(format!(
                "{id:?} is no request id; use the id that fal named when it took the job"
            )));
        }
        let application = EndpointId::parse(&job.endpoint)?
            .application_path()
            .to_owned();
        Ok(Self {
            job,
            application,
            status: OnceLock::new(),
            result: OnceLock::new(),
            cancel: OnceLock::new(),
        })
    }

    pub(crate) fn job(&self) -> &JobParts {
        &self.job
    }

    pub(crate) fn status(&self, hosts: &Hosts) -> &Url {
        let named = self.job.status_url.as_deref();
        self.status
            .get_or_init(|| self.url(named, Some("status"), hosts))
    }

    pub(crate) fn stream(&self, hosts: &Hosts) -> Url {
        let mut stream = self.status(hosts).clone();
        stream.set_path(&format!("{}/stream", stream.path()));
        stream
    }

    pub(crate) fn result(&self, hosts: &Hosts) -> &Url {
        let named = self.job.response_url.as_deref();
        self.result.get_or_init(|| self.url(named, None, hosts))
    }

    pub(crate) fn cancel(&self, hosts: &Hosts) -> &Url {
        let named = self.job.cancel_url.as_deref();
        self.cancel
            .get_or_init(|| self.url(named, Some("cancel"), hosts))
    }

    fn url(&self, named: Option<&str>, last: Option<&str>, hosts: &Hosts) -> Url {
        let named = named.and_then(|text| Url::parse(text).ok());
        named
            .filter(|url| hosts.is_trusted(url))
            .unwrap_or_else(|| {
                let requests = ["requests", &self.job.request_id];
                let application = self.application.split('/');
                below(hosts.queue(), application.chain(requests).chain(last))
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::endpoint::Raw;
    use crate::values::job::{Job, Urls};

    const ENDPOINT: &str = "fal-ai/kling-video/v2.1/master/image-to-video";

    fn routes(urls: Urls, base: &str) -> [String; 4] {
        let job = Job::<Raw>::new(ENDPOINT, "6f".into(), urls);
        let (routes, base) = (
            JobUrls::of(job.parts).unwrap(),
            Hosts::of_queue(base).unwrap(),
        );
        [
            routes.status(&base).clone(),
            routes.stream(&base),
            routes.result(&base).clone(),
            routes.cancel(&base).clone(),
        ]
        .map(String::from)
    }

    #[test]
    fn the_path_of_the_endpoint_is_dropped_once_the_job_is_there() {
        assert_eq!(
            routes(Urls::default(), "https://queue.fal.run"),
            [
                "https://queue.fal.run/fal-ai/kling-video/requests/6f/status",
                "https://queue.fal.run/fal-ai/kling-video/requests/6f/status/stream",
                "https://queue.fal.run/fal-ai/kling-video/requests/6f",
                "https://queue.fal.run/fal-ai/kling-video/requests/6f/cancel",
            ]
        );
    }

    #[test]
    fn urls_that_fal_named_are_used_and_foreign_ones_are_not() {
        let urls = |host: &str| Urls {
            status: Some(format!("{host}/x/y/requests/6f/status?a=1")),
            response: Some(format!("{host}/x/y/requests/6f/response")),
            cancel: Some(format!("{host}/x/y/requests/6f/cancel")),
        };
        assert_eq!(
            routes(urls("https://queue.fal.run"), "https://queue.fal.run"),
            [
                "https://queue.fal.run/x/y/requests/6f/status?a=1",
                "https://queue.fal.run/x/y/requests/6f/status/stream?a=1",
                "https://queue.fal.run/x/y/requests/6f/response",
                "https://queue.fal.run/x/y/requests/6f/cancel",
            ]
        );
        for host in [
            "https://evil.example",
            "http://queue.fal.run",
            "https://queue.fal.run:444",
            "::",
        ] {
            assert_eq!(
                routes(urls(host), "https://queue.fal.run"),
                routes(Urls::default(), "https://queue.fal.run")
            );
        }
    }

    #[test]
    fn an_id_cannot_leave_its_place_in_the_path() {
        let of =
            |id: &str| JobUrls::of(Job::<Raw>::new(ENDPOINT, id.into(), Urls::default()).parts);
        let base = Hosts::of_queue("https://queue.fal.run").unwrap();
        assert_eq!(
            of("../../x?y#z").unwrap().result(&base).as_str(),
            "https://queue.fal.run/fal-ai/kling-video/requests/..%2F..%2Fx%3Fy%23z"
        );
        for id in ["", ".", ".."] {
            assert!(of(id).is_err());
        }
    }
}
