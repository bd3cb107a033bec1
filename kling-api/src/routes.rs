//! The URLs of a job.

use url::Url;

use crate::endpoint_id::EndpointId;
use crate::hosts::{Host, Hosts, below};
use crate::{Error, Job};

/// The URLs of a job: those that fal named, where the key may go to them, else those that follow
/// from the endpoint id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Routes {
    pub(crate) status: Url,
    pub(crate) stream: Url,
    pub(crate) result: Url,
    pub(crate) cancel: Url,
}

impl Routes {
    pub(crate) fn of<E>(job: &Job<E>, hosts: &Hosts) -> Result<Self, Error> {
        let id = job.request_id();
        if id.is_empty() || id == "." || id == ".." {
            return Err(Error::configuration(format!(
                "{id:?} is no request id; take the id that fal named when it took the job"
            )));
        }
        let endpoint = EndpointId::parse(job.endpoint())?;
        let base = hosts.base(Host::Queue)?;
        let own = |last: &[&str]| {
            let application = endpoint.application_path().iter().map(String::as_str);
            below(
                base,
                application
                    .chain(["requests", id])
                    .chain(last.iter().copied()),
            )
        };
        let named = |url: Option<&str>| {
            url.and_then(|url| Url::parse(url).ok())
                .filter(|url| hosts.is_trusted(url))
        };
        let status = named(job.status_url()).unwrap_or_else(|| own(&["status"]));
        let mut stream = status.clone();
        stream.set_path(&format!("{}/stream", status.path()));
        Ok(Self {
            stream,
            status,
            result: named(job.response_url()).unwrap_or_else(|| own(&[])),
            cancel: named(job.cancel_url()).unwrap_or_else(|| own(&["cancel"])),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Raw;
    use crate::job::Urls;

    const ENDPOINT: &str = "fal-ai/kling-video/v2.1/master/image-to-video";

    fn routes(urls: Urls, base: &str) -> [String; 4] {
        let job = Job::<Raw>::new(ENDPOINT, "6f".into(), urls);
        let routes = Routes::of(&job, &Hosts::queue(base).unwrap()).unwrap();
        [routes.status, routes.stream, routes.result, routes.cancel].map(String::from)
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
        let job = Job::<Raw>::new(ENDPOINT, "../../x?y#z".into(), Urls::default());
        let routes = Routes::of(&job, &Hosts::queue("https://queue.fal.run").unwrap()).unwrap();
        assert_eq!(
            routes.result.as_str(),
            "https://queue.fal.run/fal-ai/kling-video/requests/..%2F..%2Fx%3Fy%23z"
        );
        for id in ["", ".", ".."] {
            let job = Job::<Raw>::new(ENDPOINT, id.into(), Urls::default());
            assert!(Routes::of(&job, &Hosts::queue("https://queue.fal.run").unwrap()).is_err());
        }
    }
}
