//! The URLs of a job.

use std::sync::Arc;

use url::Url;

use crate::call::endpoint_id::EndpointId;
use crate::error::Error;
use crate::http::hosts::{Hosts, below};
use crate::values::job::{Named, Parts};

/// The URLs of a job: those that fal named, where the key may go to them, else those that follow
/// from the endpoint id.
#[derive(Debug)]
pub(crate) struct Routes {
    job: Arc<Parts>,
}

impl Routes {
    pub(crate) fn of(job: Arc<Parts>) -> Result<Self, Error> {
        let id = &job.request_id;
        if matches!(id.as_str(), "" | "." | "..") {
            return Err(Error::configuration(format!(
                "{id:?} is no request id; take the id that fal named when it took the job"
            )));
        }
        EndpointId::parse(&job.endpoint)?;
        Ok(Self { job })
    }

    pub(crate) fn job(&self) -> &Parts {
        &self.job
    }

    pub(crate) fn status(&self, hosts: &Hosts) -> Url {
        self.url(self.job.status_url.as_ref(), Some("status"), hosts)
    }

    pub(crate) fn stream(&self, hosts: &Hosts) -> Url {
        let mut stream = self.status(hosts);
        stream.set_path(&format!("{}/stream", stream.path()));
        stream
    }

    pub(crate) fn result(&self, hosts: &Hosts) -> Url {
        self.url(self.job.response_url.as_ref(), None, hosts)
    }

    pub(crate) fn cancel(&self, hosts: &Hosts) -> Url {
        self.url(self.job.cancel_url.as_ref(), Some("cancel"), hosts)
    }

    fn url(&self, named: Option<&Named>, last: Option<&str>, hosts: &Hosts) -> Url {
        let named = named
            .and_then(Named::url)
            .filter(|url| hosts.is_trusted(url));
        named.cloned().unwrap_or_else(|| {
            let endpoint = EndpointId::parse(&self.job.endpoint);
            let application = endpoint.as_ref().map_or("", EndpointId::application_path);
            let requests = ["requests", &self.job.request_id];
            below(
                hosts.queue(),
                application.split('/').chain(requests).chain(last),
            )
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
            Routes::of(job.into_parts()).unwrap(),
            Hosts::of_queue(base).unwrap(),
        );
        [
            routes.status(&base),
            routes.stream(&base),
            routes.result(&base),
            routes.cancel(&base),
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
        let of = |id: &str| {
            Routes::of(Job::<Raw>::new(ENDPOINT, id.into(), Urls::default()).into_parts())
        };
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
