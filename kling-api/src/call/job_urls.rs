//! The URLs of a job.

use std::sync::{Arc, OnceLock};

use url::Url;

use crate::call::endpoint_id::EndpointId;
use crate::error::Error;
use crate::http::hosts::{Hosts, below};
use crate::values::job::JobParts;

/// The URLs of a job: those that fal named, where they are this job's on the client's own queue, else
/// those that follow from the endpoint id. Each is made when it is first needed.
///
/// A saved job is data that somebody may have changed: it must not send the key elsewhere, nor to
/// another path of fal's.
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

    /// Whether fal named the job in the response to its submit. Otherwise the id is the caller's.
    pub(crate) fn are_named(&self) -> bool {
        self.job.status_url.is_some() || self.job.response_url.is_some()
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
            .filter(|url| self.is_own(url, last, hosts.queue()).unwrap_or(false))
            .unwrap_or_else(|| {
                let requests = ["requests", &self.job.request_id];
                let application = self.application.split('/');
                below(hosts.queue(), application.chain(requests).chain(last))
            })
    }

    /// Whether a URL is that of this job: on the same server, below the same base, with the id of the endpoint or the
    /// start of it, and with the id of the request.
    fn is_own(&self, url: &Url, last: Option<&str>, queue: &Url) -> Option<bool> {
        if url.origin() != queue.origin() || !url.username().is_empty() || url.password().is_some()
        {
            return Some(false);
        }
        let base = queue.path().trim_end_matches('/');
        let path = url.path().strip_prefix(base)?.strip_prefix('/')?;
        let (endpoint, request) = path.rsplit_once("/requests/")?;
        let is_endpoint = self
            .job
            .endpoint
            .strip_prefix(endpoint)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            && endpoint
                .strip_prefix(self.application.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        let rest = request.strip_prefix(self.job.request_id.as_str())?;
        let is_request = match last {
            Some(last) => rest.strip_prefix('/') == Some(last),
            None => matches!(rest, "" | "/response"),
        };
        Some(is_endpoint && is_request)
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
    fn urls_that_fal_named_are_used_where_they_are_the_jobs_own() {
        let urls = |base: &str| Urls {
            status: Some(format!("{base}/requests/6f/status?a=1")),
            response: Some(format!("{base}/requests/6f/response")),
            cancel: Some(format!("{base}/requests/6f/cancel")),
        };
        for application in ["fal-ai/kling-video", "fal-ai/kling-video/v2.1", ENDPOINT] {
            let base = format!("https://queue.fal.run/{application}");
            assert_eq!(
                routes(urls(&base), "https://queue.fal.run"),
                [
                    format!("{base}/requests/6f/status?a=1"),
                    format!("{base}/requests/6f/status/stream?a=1"),
                    format!("{base}/requests/6f/response"),
                    format!("{base}/requests/6f/cancel"),
                ]
            );
        }
        let below = "http://127.0.0.1:9/proxy";
        let own = routes(urls(&format!("{below}/fal-ai/kling-video")), below);
        assert!(own[2].ends_with("/response"), "{own:?}");
        assert_eq!(
            routes(urls("http://127.0.0.1:9/fal-ai/kling-video"), below),
            routes(Urls::default(), below)
        );
    }

    /// A saved job may have been changed by somebody: whatever it names, the key goes to the job's own URLs.
    #[test]
    fn urls_that_are_not_the_jobs_own_are_made_anew() {
        let computed = routes(Urls::default(), "https://queue.fal.run");
        let own = "https://queue.fal.run/fal-ai/kling-video/requests/6f";
        for foreign in [
            "https://evil.example/fal-ai/kling-video/requests/6f",
            "https://rest.fal.ai/fal-ai/kling-video/requests/6f",
            "https://evil.queue.fal.run/fal-ai/kling-video/requests/6f",
            "http://queue.fal.run/fal-ai/kling-video/requests/6f",
            "https://queue.fal.run:444/fal-ai/kling-video/requests/6f",
            "https://u:p@queue.fal.run/fal-ai/kling-video/requests/6f",
            "https://queue.fal.run/fal-ai/kling-video/requests/7a",
            "https://queue.fal.run/fal-ai/kling-video/requests/6f0",
            "https://queue.fal.run/fal-ai/kling-video-2/requests/6f",
            "https://queue.fal.run/fal-ai/requests/6f",
            "https://queue.fal.run/x/y/requests/6f",
            "https://queue.fal.run/storage/upload",
            "https://queue.fal.run/fal-ai/kling-video/../../x/requests/6f",
            "::",
        ] {
            let urls = Urls {
                status: Some(format!("{foreign}/status")),
                response: Some(foreign.to_owned()),
                cancel: Some(format!("{foreign}/cancel")),
            };
            assert_eq!(routes(urls, "https://queue.fal.run"), computed, "{foreign}");
        }
        // Each of the three URLs has its own end.
        let swapped = Urls {
            status: Some(format!("{own}/cancel")),
            response: Some(format!("{own}/status")),
            cancel: Some(own.to_owned()),
        };
        assert_eq!(routes(swapped, "https://queue.fal.run"), computed);
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
